package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// How long a browser stays signed in (OWASP ASVS 5.0, 7.3, 2026-11-24): so
// long without any request, and so long at most.
const (
	sessionIdle  = 30 * time.Minute
	sessionTotal = 12 * time.Hour
	sessionTouch = time.Minute // a cookie older than this is renewed
)

// session is what the cookie carries, signed. It holds no secret: Mark is a
// hash of the user's token, so that a replaced token ends its sessions.
type session struct {
	User   string `json:"u"`
	Mark   string `json:"m"`
	Nonce  string `json:"n"`
	Begun  int64  `json:"b"` // Unix seconds
	Active int64  `json:"a"`
}

// cookieName is bound to this host by its prefix where the connection is
// encrypted (RFC 6265bis, 4.1.3).
func cookieName(r *http.Request) string {
	if secure(r) {
		return "__Host-ovation"
	}
	return "ovation"
}

// begin signs a browser in.
func (d *Desk) begin(w http.ResponseWriter, r *http.Request, u User) {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:])
	now := d.Now().Unix()
	d.setCookie(w, r, session{User: u.Name, Mark: d.mark(u), Nonce: hex.EncodeToString(nonce[:]), Begun: now, Active: now})
}

// bySession is who the cookie says is asking, if it is ours, fresh, and its
// user still has the same token. It renews a cookie that is in use.
func (d *Desk) bySession(w http.ResponseWriter, r *http.Request) clip.Actor {
	s, ok := d.readCookie(r)
	if !ok {
		return clip.Actor{}
	}
	now := d.Now()
	if now.Sub(time.Unix(s.Begun, 0)) > sessionTotal || now.Sub(time.Unix(s.Active, 0)) > sessionIdle || d.guards.ended(s.Nonce) {
		return clip.Actor{}
	}
	for _, u := range d.Users {
		if u.Name == s.User && hmac.Equal([]byte(d.mark(u)), []byte(s.Mark)) {
			if now.Sub(time.Unix(s.Active, 0)) > sessionTouch {
				s.Active = now.Unix()
				d.setCookie(w, r, s)
			}
			return clip.Actor{Name: u.Name, Role: u.Role}
		}
	}
	return clip.Actor{}
}

// end signs a browser out; the cookie is dead even where somebody copied it.
func (d *Desk) end(w http.ResponseWriter, r *http.Request) {
	if s, ok := d.readCookie(r); ok {
		d.guards.end(s.Nonce, d.Now())
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode})
}

func (d *Desk) setCookie(w http.ResponseWriter, r *http.Request, s session) {
	body, _ := json.Marshal(s) // strings and numbers
	text := base64.RawURLEncoding.EncodeToString(body)
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: text + "." + d.sign("cookie", text), Path: "/", MaxAge: int(sessionTotal.Seconds()),
		HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode,
	})
}

func (d *Desk) readCookie(r *http.Request) (session, bool) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return session{}, false
	}
	text, mac, ok := strings.Cut(c.Value, ".")
	if !ok || !hmac.Equal([]byte(mac), []byte(d.sign("cookie", text))) {
		return session{}, false
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	var s session
	return s, err == nil && json.Unmarshal(body, &s) == nil
}

// mark identifies a user's present token without giving it away.
func (d *Desk) mark(u User) string { return d.sign("token", u.Name+"\x00"+u.Token.Reveal())[:22] }

// sign is an HMAC under the desk's key; purpose keeps the uses apart.
func (d *Desk) sign(purpose, text string) string {
	m := hmac.New(sha256.New, d.Key)
	m.Write([]byte(purpose + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
