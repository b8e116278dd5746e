package platform_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/pds"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

var sessionCalls = []platformtest.Call{
	{Name: "sign in", Is: at(http.MethodPost, "/xrpc/com.atproto.server.createSession")},
	{Name: "renew", Is: at(http.MethodPost, "/xrpc/com.atproto.server.refreshSession")},
	{Name: "check", Is: at(http.MethodGet, "/xrpc/com.atproto.server.getSession")},
}

// checked opens an account with a vault and proves it.
func checked(t *testing.T, proxy *platformtest.Proxy, password string, vault platform.Vault) error {
	t.Helper()
	account := blueskyOpen(t, map[string]any{
		"server": proxy.URL, "handle": "ovation.test", "password": password, "video_service": "none", "allow_private": true,
	}, platform.Deps{Client: proxy.Client, Log: silent(), Dir: t.TempDir(), Vault: vault})
	return account.(platform.Checked).Check(t.Context())
}

func blueskyOpen(t *testing.T, options map[string]any, d platform.Deps) platform.Account {
	t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	account, err := openJSON("bluesky", string(text), d)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// TestBlueskySession: one sign-in lasts over restarts, is renewed while that
// goes, and made anew where it does not.
func TestBlueskySession(t *testing.T) {
	server := pds.Start(t)
	proxy := platformtest.NewProxy(t, server.URL, sessionCalls)
	vault := platformtest.NewVault()
	hits := func(signIns, renewals int) {
		t.Helper()
		if s, r := proxy.Hits("sign in"), proxy.Hits("renew"); s != signIns || r != renewals {
			t.Errorf("signed in %d times and renewed %d times, want %d and %d", s, r, signIns, renewals)
		}
	}
	for range 2 {
		if err := checked(t, proxy, server.Password, vault); err != nil {
			t.Fatal(err)
		}
	}
	hits(1, 0)
	kept := func(edit func(map[string]any)) {
		t.Helper()
		text, err := vault.Load(t.Context())
		var have map[string]any
		if err == nil {
			err = json.Unmarshal(text, &have)
		}
		if err != nil {
			t.Fatal(err)
		}
		edit(have)
		if text, err = json.Marshal(have); err == nil {
			err = vault.Save(t.Context(), text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	kept(func(have map[string]any) { have["renew"] = time.Now().Add(-time.Minute) })
	if err := checked(t, proxy, server.Password, vault); err != nil {
		t.Fatal(err)
	}
	hits(1, 1)
	kept(func(have map[string]any) { have["access"] = have["access"].(string) + "x" })
	err := checked(t, proxy, server.Password, vault)
	if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "the session is made anew") {
		t.Errorf("a token that is not taken: %v", err)
	}
	kept(func(have map[string]any) { have["renew"], have["refresh"] = time.Now().Add(-time.Minute), "nonsense" })
	if err := checked(t, proxy, server.Password, vault); err != nil {
		t.Errorf("a session that cannot be renewed: %v", err)
	}
	hits(2, 2)
	err = checked(t, proxy, "another-password", vault)
	if clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "app password") || strings.Contains(err.Error(), "another-password") {
		t.Errorf("a wrong password: %v", err)
	}
	hits(3, 2)
}

// TestBlueskyStale: who finds a token that the server does not take makes the
// session anew at the next try, and posts.
func TestBlueskyStale(t *testing.T) {
	server := pds.Start(t)
	proxy := platformtest.NewProxy(t, server.URL, sessionCalls)
	account := blueskyOpen(t, map[string]any{
		"server": proxy.URL, "handle": server.Handle, "password": server.Password, "video_service": "none", "allow_private": true,
	}, platform.Deps{Client: proxy.Client, Log: silent(), Vault: platformtest.NewVault()})
	check := func() error { return account.(platform.Checked).Check(t.Context()) }
	proxy.Break("check", platformtest.Unauthorized, 1)
	if err := check(); clip.KindOf(err) != clip.Denied || strings.Contains(err.Error(), "eyJ") {
		t.Errorf("a token that is refused with 401: %v", err)
	}
	if err := check(); err != nil || proxy.Hits("renew") != 1 {
		t.Errorf("after it: %v, renewed %d times", err, proxy.Hits("renew"))
	}
}

// TestBlueskyLimited meets the limits that a PDS has by default.
func TestBlueskyLimited(t *testing.T) {
	server := pds.StartLimited(t)
	proxy := platformtest.NewProxy(t, server.URL, sessionCalls)
	account := blueskyOpen(t, map[string]any{
		"server": proxy.URL, "handle": server.Handle, "password": server.Password, "video_service": "none", "allow_private": true,
	}, platform.Deps{Client: proxy.Client, Log: silent(), Vault: platformtest.NewVault()})
	sample := platformtest.NewSample(t)
	media := sample.Media()
	sample.Video = make([]byte, 6<<20)
	media.Video = sample.Media().Video
	if _, err := account.Upload(t.Context(), sample.Post("x", "x"), media); clip.KindOf(err) != clip.Rejected || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a video that is too large for the PDS: %v", err)
	}
	var err error
	for range 31 {
		if err = checked(t, proxy, server.Password, platformtest.NewVault()); err != nil {
			break
		}
	}
	if wait := time.Until(clip.UntilOf(err)); clip.KindOf(err) != clip.Throttled || wait <= 0 || wait > 6*time.Minute {
		t.Errorf("after 31 sign-ins: %v, wait %s", err, wait)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := account.(platform.Checked).Check(over); err == nil {
		t.Error("a call that was given up succeeded")
	}
}

// TestBlueskyOptions: each error names the key and says what to write.
func TestBlueskyOptions(t *testing.T) {
	for name, tt := range map[string]struct{ options, want string }{
		"good":               {`{"handle":"ovation.bsky.social","password":"secret"}`, ""},
		"a DID, no service":  {`{"handle":"did:plc:abc","password":"secret","video_service":"none"}`, ""},
		"no handle":          {`{"password":"secret"}`, "handle"},
		"handle with @":      {`{"handle":"@ovation.bsky.social","password":"secret"}`, "without @"},
		"no password":        {`{"handle":"ovation.bsky.social"}`, "password"},
		"plain http":         {`{"handle":"ovation.bsky.social","password":"secret","server":"http://pds.example"}`, "https"},
		"a strange service":  {`{"handle":"ovation.bsky.social","password":"secret","video_service":"video"}`, "video_service"},
		"server with a path": {`{"handle":"ovation.bsky.social","password":"secret","server":"https://pds.example/xrpc"}`, "server"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openJSON("bluesky", tt.options, platform.Deps{Log: silent(), Dir: t.TempDir(), Vault: platformtest.NewVault()})
			if tt.want == "" && err != nil || tt.want != "" && (clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), `secret"`)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
