package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// issuer is a token server that exchanges each refresh token once, as X and
// LinkedIn do, and an API that takes the last access token alone.
type issuer struct {
	*httptest.Server
	mu      sync.Mutex
	n       int
	refresh string // the only good one
	asked   []url.Values
	basic   string
	broken  int // answers that are lost
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{refresh: "first-refresh"}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path != "/token" {
		if r.Header.Get("Authorization") != "Bearer "+i.access() {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = w.Write([]byte(`{}`))
		return
	}
	_ = r.ParseForm()
	i.asked, i.basic = append(i.asked, r.PostForm), r.Header.Get("Authorization")
	if i.broken--; i.broken >= 0 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if r.PostForm.Get("refresh_token") != i.refresh {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"no such token ` + r.PostForm.Get("refresh_token") + `"}`))
		return
	}
	i.n++
	i.refresh += "+"
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": i.access(), "refresh_token": i.refresh, "expires_in": 7200})
}

func (i *issuer) access() string { return "access-" + strings.Repeat("i", i.n) }

// memoryVault is a vault in memory that can fail.
type memoryVault struct {
	secret []byte
	err    error
}

func (v *memoryVault) Load(context.Context) ([]byte, error) { return v.secret, nil }
func (v *memoryVault) Save(_ context.Context, s []byte) error {
	if v.err == nil {
		v.secret = s
	}
	return v.err
}

func (i *issuer) oauth(t *testing.T, v Vault, g grant) *caller {
	t.Helper()
	options := oauthOptions{ClientID: "id", ClientSecret: "client-secret", RefreshToken: "first-refresh", TokenURL: i.URL + "/token"}
	o, err := newOAuth(Deps{Vault: v}, options, g, true)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(Deps{}, base, "", true)
	c.tokens = o
	return c
}

func call(t *testing.T, c *caller) error {
	t.Helper()
	var into struct{}
	_, err := c.do(t.Context(), ask{op: "call", method: http.MethodGet, path: "/api"}, &into)
	return err
}

func TestOAuthRotates(t *testing.T) {
	i, v := newIssuer(t), new(memoryVault)
	c := i.oauth(t, v, refreshGrant(""))
	for range 3 {
		if err := call(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if len(i.asked) != 1 || !strings.HasPrefix(i.basic, "Basic ") || i.asked[0].Has("client_id") {
		t.Errorf("asked %v with %q; want once, by Basic", i.asked, i.basic)
	}
	c.tokens.(*oauth).now = func() time.Time { return time.Now().Add(2*time.Hour - time.Minute) }
	if err := call(t, c); err != nil || i.n != 2 {
		t.Errorf("just before the end: renewed %d times, %v", i.n, err)
	}
	again := i.oauth(t, v, refreshGrant("client_key")) // the process was restarted
	if err := call(t, again); err != nil || i.n != 2 {
		t.Errorf("after a restart: renewed %d times, %v", i.n, err)
	}
	i.n++ // the platform revoked the access token
	if err := call(t, again); clip.KindOf(err) != clip.Denied {
		t.Errorf("a revoked token gave %v", err)
	}
	if err := call(t, again); err != nil || i.asked[len(i.asked)-1].Get("client_key") != "id" {
		t.Errorf("after it was revoked: %v, asked %v", err, i.asked)
	}
}

func TestOAuthRefused(t *testing.T) {
	i, v := newIssuer(t), new(memoryVault)
	c := i.oauth(t, v, refreshGrant(""))
	i.broken = 1
	if err := call(t, c); clip.KindOf(err) != clip.Unavailable {
		t.Errorf("a gateway's error gave %v", err)
	}
	i.refresh = "another"
	err := call(t, c)
	var e *clip.Error
	if !errors.As(err, &e) || e.Kind != clip.Denied || !strings.Contains(err.Error(), "connect the account again") {
		t.Errorf("a dead refresh token gave %v", err)
	}
	for _, secret := range []string{"client-secret", "first-refresh"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %s: %v", secret, err)
		}
	}
}

// TestOAuthUnsaved: an exchanged token that could not be saved is not lost
// while the process lives, and is saved before it is used.
func TestOAuthUnsaved(t *testing.T) {
	i, v := newIssuer(t), new(memoryVault)
	c := i.oauth(t, v, refreshGrant(""))
	v.err = errors.New("the disk is full")
	if err := call(t, c); err == nil {
		t.Error("a token that nobody kept was used")
	}
	v.err = nil
	if err := call(t, c); err != nil || len(i.asked) != 1 || !strings.Contains(string(v.secret), i.refresh) {
		t.Errorf("%v; asked %d times; kept %s", err, len(i.asked), v.secret)
	}
}

func TestOAuthOptions(t *testing.T) {
	for want, o := range map[string]oauthOptions{
		"client_id":     {RefreshToken: "r", TokenURL: "https://a.example/t"},
		"refresh_token": {ClientID: "c", TokenURL: "https://a.example/t"},
		"token_url":     {ClientID: "c", RefreshToken: "r", TokenURL: "http://a.example/t"},
	} {
		if _, err := newOAuth(Deps{}, o, refreshGrant(""), false); err == nil || !strings.Contains(err.Error(), "oauth."+want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
