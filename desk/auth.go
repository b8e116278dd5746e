package desk

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// errUnsigned marks an error as 401: nobody is signed in, rather than somebody
// who may not.
var errUnsigned = errors.New("send Authorization: Bearer TOKEN, or sign in at /sign-in")

// actorKey is where the authenticated actor lies in a request's context.
type actorKey struct{}

// actorOf is who asks; the zero actor where nobody is signed in.
func actorOf(ctx context.Context) clip.Actor {
	a, _ := ctx.Value(actorKey{}).(clip.Actor)
	return a
}

// authenticate finds out who asks: by token, else by cookie. A wrong token is
// an error, it never falls back to the cookie.
func (d *Desk) authenticate(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	var actor clip.Actor
	if h := r.Header.Get("Authorization"); h != "" && !strings.HasPrefix(r.URL.Path, "/api/v1/hooks/") {
		u, err := d.byToken(r, tokenOf(r))
		if err != nil {
			return r, err
		}
		actor = clip.Actor{Name: u.Name, Role: u.Role}
	} else {
		actor = d.bySession(w, r)
	}
	return r.WithContext(context.WithValue(r.Context(), actorKey{}, actor)), nil
}

// tokenOf is the token in a request's Authorization. Players such as VLC can
// only send a password, by https://any:TOKEN@host/live/…, and may: for playing.
// Nowhere else, because browsers add a password that they know by themselves.
func tokenOf(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok && plays(r) {
		return password
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// plays reports a request of a player for a feed's recording.
func plays(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.HasPrefix(r.URL.Path, "/live/")
}

// byToken finds a token's user. Every token is compared, each in constant
// time. Who guesses too often waits.
func (d *Desk) byToken(r *http.Request, token string) (User, error) {
	const op = "sign in"
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := -1
	for i, u := range d.Users {
		have := sha256.Sum256([]byte(u.Token.Reveal()))
		if subtle.ConstantTimeCompare(sum[:], have[:]) == 1 && u.Token != "" {
			found = i
		}
	}
	if found >= 0 { // a right token is never made to wait for others' wrong ones
		return d.Users[found], nil
	}
	who := remote(r)
	if until := d.guards.guesses.until(who, d.Now()); !until.IsZero() {
		return User{}, &clip.Error{Op: op, Kind: clip.Throttled, Until: until, Err: errors.New("too many wrong tokens came from your address; wait a minute")}
	}
	d.guards.guesses.add(who, d.Now())
	return User{}, clip.Errorf(clip.Denied, op, "the token is unknown or was replaced: %w", errUnsigned)
}

// remote is the caller's address without its port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// allow says whether the request may use the route, and answers it if not.
func (d *Desk) allow(w http.ResponseWriter, r *http.Request, rt route) bool {
	if rt.right == open || rt.right == signed {
		return true
	}
	a := actorOf(r.Context())
	switch {
	case a.Role.May(rt.right):
		return true
	case a.Name == "" && rt.page:
		to := "/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
		if r.Header.Get("HX-Request") != "" {
			w.Header().Set("HX-Redirect", "/sign-in")
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	case a.Name == "":
		d.fail(w, r, clip.Errorf(clip.Denied, rt.method+" "+rt.path, "nobody is signed in: %w", errUnsigned))
	case rt.page:
		d.refusePage(w, r, a, rt)
	default:
		d.fail(w, r, clip.Errorf(clip.Denied, rt.method+" "+rt.path, "%s is a %s, who may not %s; ask an administrator for another role", a.Name, a.Role, rt.right))
	}
	return false
}

// within runs f with the route's deadline; used where a far side is asked.
func within(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	return f(ctx)
}
