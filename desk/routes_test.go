package desk

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// table says who may use each route. A route without a row fails the test, and
// so does a row without a route.
var table = map[string]clip.Right{
	"GET /api/v1/feeds":                                  clip.MayView,
	"GET /api/v1/feeds/{id}":                             clip.MayView,
	"GET /api/v1/feeds/{id}/cues":                        clip.MayView,
	"GET /api/v1/feeds/{id}/loudness":                    clip.MayView,
	"GET /api/v1/feeds/{id}/marks":                       clip.MayView,
	"POST /api/v1/feeds":                                 clip.MayOperate,
	"POST /api/v1/feeds/probe":                           clip.MayOperate,
	"DELETE /api/v1/feeds/{id}":                          clip.MayOperate,
	"GET /api/v1/moments":                                clip.MayView,
	"GET /api/v1/moments/{id}":                           clip.MayView,
	"POST /api/v1/moments":                               clip.MayFlag,
	"POST /api/v1/moments/{id}/close":                    clip.MayFlag,
	"PATCH /api/v1/moments/{id}":                         clip.MayFlag,
	"POST /api/v1/moments/{id}/withdraw":                 clip.MayFlag,
	"GET /api/v1/highlights":                             clip.MayView,
	"GET /api/v1/highlights/{id}":                        clip.MayView,
	"GET /api/v1/highlights/{id}/build":                  clip.MayView,
	"GET /api/v1/highlights/{id}/captions":               clip.MayView,
	"PUT /api/v1/highlights/{id}/captions":               clip.MayEdit,
	"DELETE /api/v1/highlights/{id}/captions":            clip.MayEdit,
	"POST /api/v1/highlights/{id}/reframe":               clip.MayEdit,
	"POST /api/v1/highlights/{id}/trim":                  clip.MayEdit,
	"PATCH /api/v1/highlights/{id}/drafts/{destination}": clip.MayEdit,
	"POST /api/v1/highlights/{id}/decisions":             clip.MayDecide,
	"POST /api/v1/highlights/{id}/retract":               clip.MayDecide,
	"GET /api/v1/posts":                                  clip.MayView,
	"GET /api/v1/posts/{id}":                             clip.MayView,
	"GET /api/v1/posts/{id}/numbers":                     clip.MayView,
	"POST /api/v1/posts/{id}/retract":                    clip.MayDecide,
	"POST /api/v1/posts/{id}/resolve":                    clip.MayDecide,
	"GET /api/v1/sending":                                clip.MayView,
	"POST /api/v1/sending/stop":                          clip.MayDecide,
	"POST /api/v1/sending/resume":                        clip.MayDecide,
	"GET /api/v1/destinations":                           clip.MayView,
	"POST /api/v1/destinations/{name}/check":             clip.MayOperate,
	"POST /api/v1/destinations/{name}/count":             clip.MayView,
	"GET /api/v1/rules":                                  clip.MayView,
	"GET /api/v1/events":                                 clip.MayView,
	"POST /api/v1/hooks/{source}":                        signed,
	"GET /api/openapi.json":                              open,
	"GET /live/{feed}/index.m3u8":                        clip.MayView,
	"GET /live/{feed}/proxy/index.m3u8":                  clip.MayView,
	"GET /live/{feed}/proxy/{file}":                      clip.MayView,
	"GET /live/{feed}/proxy/all/index.m3u8":              clip.MayView,
	"GET /live/{feed}/proxy/all/{file}":                  clip.MayView,
	"GET /live/{feed}/{file}":                            clip.MayView,
	"GET /media/{digest}":                                clip.MayView,
	"GET /healthz":                                       open,
	"GET /readyz":                                        open,
	"GET /metrics":                                       open,
	"GET /problems/{kind}":                               open,
	"GET /sign-in":                                       open,
	"POST /sign-in":                                      open,
	"POST /sign-out":                                     open,
	"GET /static/{version}/{file...}":                    open,
	"GET /{$}":                                           clip.MayView,
	"GET /watch/{feed}":                                  clip.MayView,
	"GET /review":                                        clip.MayView,
	"GET /review/{id}":                                   clip.MayView,
	"GET /posts":                                         clip.MayView,
	"GET /feeds":                                         clip.MayView,
	"GET /badges":                                        clip.MayView,
	" /":                                                 open,
}

func TestEveryRouteHasARow(t *testing.T) {
	w := newWorld(t)
	for _, rt := range w.desk.routes {
		name := rt.method + " " + rt.path
		want, ok := table[name]
		if !ok {
			t.Errorf("%s has no row in the table: say who may use it", name)
		} else if want != rt.right {
			t.Errorf("%s needs %q, the table says %q", name, rt.right, want)
		}
	}
	if len(w.desk.routes) != len(table) {
		t.Errorf("there are %d routes and %d rows", len(w.desk.routes), len(table))
	}
}

var slot = regexp.MustCompile(`\{[^}]*\}`)

// TestEveryRouteAsksForItsRight calls every route as everybody.
func TestEveryRouteAsksForItsRight(t *testing.T) {
	w := newWorld(t)
	w.desk.Leave() // events answer and end
	for _, rt := range w.desk.routes {
		if rt.method == "" || rt.method+rt.path == "POST/sign-in" { // the last answers 401 to no token
			continue
		}
		path := strings.TrimSuffix(slot.ReplaceAllString(rt.path, "none"), "none")
		if strings.HasSuffix(rt.path, "}") && rt.path != "/{$}" {
			path += "none"
		}
		body := ""
		if rt.method == "POST" || rt.method == "PATCH" {
			body = "{}"
		}
		for _, u := range append([]User{{}}, everybody...) {
			a := w.ask(u.Token.Reveal(), rt.method, path, body)
			_, _ = io.Copy(io.Discard, a.Body)
			_ = a.Body.Close()
			free := rt.right == open || rt.right == signed
			switch {
			case free || u.Role.May(rt.right):
				if a.StatusCode == 401 || a.StatusCode == 403 {
					t.Errorf("%s %s as %q: %d, but it may", rt.method, path, u.Name, a.StatusCode)
				}
			case u.Name == "" && rt.page:
				if a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
					t.Errorf("%s %s as nobody: %d to %q, want the sign-in page", rt.method, path, a.StatusCode, a.Header.Get("Location"))
				}
			case u.Name == "":
				if a.StatusCode != 401 || a.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s %s as nobody: %d, want 401 with a challenge", rt.method, path, a.StatusCode)
				}
			case a.StatusCode != 403:
				t.Errorf("%s %s as %s: %d, want 403", rt.method, path, u.Role, a.StatusCode)
			}
		}
	}
}

// TestHeaders looks at every answer, errors included.
func TestHeaders(t *testing.T) {
	w := newWorld(t)
	w.record()
	w.reviewed("A goal")
	for _, path := range []string{"/sign-in", "/", "/watch/pitch", "/review", "/posts", "/feeds", "/nowhere", "/api/v1/feeds", "/api/v1/nothing", "/healthz", "/media/none", "/live/pitch/index.m3u8"} {
		a := w.ask("anna", "GET", path, "", "Sec-Fetch-Dest", "document")
		text, _ := io.ReadAll(a.Body)
		h := a.Header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
		for _, bad := range []string{" style=\"", "<style", " onclick=", "javascript:", "ZgotmplZ"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s: the page has %q, which the policy forbids", path, bad)
			}
		}
		for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(string(text), -1) {
			if !strings.Contains(script, "src=") {
				t.Errorf("%s: inline script %s", path, script)
			}
		}
	}
	if a := w.ask("", "GET", "/sign-in", "", "X-Forwarded-Proto", "https"); a.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS behind TLS")
	}
}

// TestCrossSite: only the desk's own pages may change something by cookie.
func TestCrossSite(t *testing.T) {
	w := newWorld(t)
	w.record()
	cookie := w.signIn("anna")
	host := strings.TrimPrefix(w.url, "http://")
	for _, c := range []struct {
		name   string
		method string
		header []string
		ok     bool
	}{
		{"same origin", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://" + host}, true},
		{"typed by a person", "POST", []string{"Sec-Fetch-Site", "none"}, true},
		{"a program", "POST", nil, true},
		{"cross site", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, false},
		{"same site, other origin", "POST", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://other." + host}, false},
		{"old browser, other origin", "POST", []string{"Origin", "https://evil.example"}, false},
		{"null origin", "POST", []string{"Origin", "null"}, false},
		{"cross site DELETE", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"cross site PATCH", "PATCH", []string{"Sec-Fetch-Site", "cross-site"}, false},
	} {
		path, body := "/api/v1/destinations/fans/check", ""
		if c.method == "DELETE" {
			path = "/api/v1/feeds/pitch"
		}
		if c.method == "PATCH" {
			path, body = "/api/v1/moments/none", "{}"
		}
		a := w.ask("", c.method, path, body, append(c.header, "Cookie", cookie)...)
		if ok := a.StatusCode != http.StatusForbidden; ok != c.ok {
			t.Errorf("%s: %d", c.name, a.StatusCode)
		}
	}
	if a := w.ask("anna", "POST", "/api/v1/destinations/fans/check", "", "Sec-Fetch-Site", "cross-site"); a.StatusCode != 200 {
		t.Errorf("a token is no cookie: %d", a.StatusCode)
	}
	if _, err := w.cat.Feed(t.Context(), "pitch"); err != nil {
		t.Errorf("a cross-site DELETE reached the feed: %v", err)
	}
}

func TestRoutesAreDescribed(t *testing.T) {
	w := newWorld(t)
	described := w.desk.api.OpenAPI().Paths
	for _, rt := range w.desk.routes {
		if !strings.HasPrefix(rt.path, "/api/v1/") {
			continue
		}
		item := described[rt.path]
		if item == nil || !slices.Contains([]bool{item.Get != nil && rt.method == "GET", item.Post != nil && rt.method == "POST",
			item.Put != nil && rt.method == "PUT", item.Patch != nil && rt.method == "PATCH", item.Delete != nil && rt.method == "DELETE"}, true) {
			t.Errorf("%s %s is not in the OpenAPI document", rt.method, rt.path)
		}
	}
}
