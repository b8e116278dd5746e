package desk

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// maxBody is how large a request may be.
const maxBody = 1 << 20

// policy is the content security policy of every answer: our own scripts and
// styles, no inline ones, nobody frames us. blob: is what Media Source
// Extensions give a <video>, data: an empty track that hls.js clears one with.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob: data:; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protect is what every request passes before it reaches its route.
func (d *Desk) protect(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.fail(w, r, clip.Errorf(clip.Denied, "change something from another site", "this request came from a page that is not the desk's; use a token"))
	}))
	guarded := crossOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, requestID(r)))
		defer d.recover(w, r)
		d.headers(w, r)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		r, err := d.authenticate(w, r)
		switch {
		case err != nil:
			d.fail(w, r, err)
		case r.Header.Get("Authorization") != "":
			next.ServeHTTP(w, r) // a browser never adds a token by itself, so no other site can
		default:
			guarded.ServeHTTP(w, r)
		}
	})
}

// headers are on every answer, errors included.
func (d *Desk) headers(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", requestOf(r.Context()))
	if secure(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// secure reports whether the browser's connection is encrypted, here or at a
// proxy before us.
func secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// recover turns a panic into a problem and a log line.
func (d *Desk) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil || v == http.ErrAbortHandler {
		return
	}
	d.Log.WithField("request", requestOf(r.Context())).WithField("path", r.URL.Path).
		WithField("stack", string(debug.Stack())).Errorf("request panicked: %v", v)
	d.fail(w, r, clip.Errorf(clip.Internal, "answer a request", "it panicked"))
}

// requestKey is where a request's id lies in its context.
type requestKey struct{}

// requestID is the caller's own id where it has one that can stand in a log.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && !strings.ContainsFunc(id, strange) {
		return id
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}

func strange(c rune) bool { return c <= ' ' || c > '~' }

func requestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
