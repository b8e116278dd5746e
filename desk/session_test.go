package desk

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// signIn gives the cookie of a user as a header's text.
func (w *world) signIn(user string) string {
	w.t.Helper()
	a := w.ask("", "GET", "/sign-in?token="+user, "")
	if a.StatusCode != 303 || len(a.Cookies()) != 1 {
		w.t.Fatalf("sign-in: %d, cookies %v", a.StatusCode, a.Cookies())
	}
	c := a.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		w.t.Errorf("the cookie is %v", c)
	}
	return c.Name + "=" + c.Value
}

func (w *world) in(cookie string) bool {
	w.t.Helper()
	return w.ask("", "GET", "/api/v1/rules", "", "Cookie", cookie).StatusCode == 200
}

func TestSession(t *testing.T) {
	w := newWorld(t)
	start := time.Now().Truncate(time.Second)
	for _, c := range []struct {
		name string
		wait []time.Duration // between requests; the cookie is renewed as a browser does
		in   bool
	}{
		{"at once", []time.Duration{0}, true},
		{"29 minutes idle", []time.Duration{29 * time.Minute}, true},
		{"31 minutes idle", []time.Duration{31 * time.Minute}, false},
		{"in use for an hour", []time.Duration{20 * time.Minute, 20 * time.Minute, 20 * time.Minute}, true},
		{"in use for 13 hours", slicesOf(20*time.Minute, 39), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := start
			w.at(now)
			cookie := w.signIn("anna")
			in := false
			for _, d := range c.wait {
				now = now.Add(d)
				w.at(now)
				a := w.ask("", "GET", "/api/v1/rules", "", "Cookie", cookie)
				in = a.StatusCode == 200
				if n := a.Cookies(); len(n) == 1 {
					cookie = n[0].Name + "=" + n[0].Value
				}
			}
			if in != c.in {
				t.Errorf("signed in: %t", in)
			}
		})
	}
}

func slicesOf(d time.Duration, n int) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d
	}
	return out
}

func TestSessionEnds(t *testing.T) {
	w := newWorld(t)
	cookie := w.signIn("anna")
	if !w.in(cookie) {
		t.Fatal("not signed in")
	}
	if w.in(cookie+"x") || w.in(strings.Replace(cookie, "=", "=A", 1)) {
		t.Error("a changed cookie counts")
	}
	w.ask("", "POST", "/sign-out", "", "Cookie", cookie)
	if w.in(cookie) {
		t.Error("a copy of the cookie outlives the sign-out")
	}
	other := w.signIn("anna")
	w.desk.Users = append([]User(nil), everybody...)
	w.desk.Users[4].Token = "another"
	if w.in(other) {
		t.Error("the cookie outlives its token")
	}
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	for next, want := range map[string]string{"/review": "/review", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "": "/", "/sign-out": "/"} {
		r := strings.NewReader("token=anna&next=" + next)
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/sign-in", r)
		must(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		got, err := stay.Do(req)
		must(t, err)
		_ = got.Body.Close()
		if got.StatusCode != 303 || got.Header.Get("Location") != want {
			t.Errorf("next=%q leads to %q (%d), want %q", next, got.Header.Get("Location"), got.StatusCode, want)
		}
	}
	a := w.ask("", "GET", "/sign-in?token=anna", "", "X-Forwarded-Proto", "https")
	if c := a.Cookies(); len(c) != 1 || !c[0].Secure || c[0].Name != "__Host-ovation" {
		t.Errorf("behind TLS the cookie is %v", c)
	}
	if strings.Contains(w.log.String(), "anna\" token") || strings.Contains(w.log.String(), "token=") {
		t.Error("a token stands in the log")
	}
}

func TestGuessing(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	w.at(now)
	cookie := w.signIn("anna")
	for i := range maxGuesses {
		if a := w.ask("wrong", "GET", "/api/v1/rules", ""); a.StatusCode != 401 {
			t.Fatalf("guess %d: %d", i, a.StatusCode)
		}
	}
	a := w.ask("wrong", "GET", "/api/v1/rules", "")
	if a.StatusCode != 429 || a.Header.Get("Retry-After") != "60" {
		t.Errorf("guess after the limit: %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	if !w.in(cookie) {
		t.Error("who is signed in is locked out by others' guesses")
	}
	w.at(now.Add(61 * time.Second))
	if a := w.ask("anna", "GET", "/api/v1/rules", ""); a.StatusCode != 200 {
		t.Errorf("after a minute: %d", a.StatusCode)
	}
}
