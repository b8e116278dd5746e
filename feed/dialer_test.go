package feed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestPublic judges addresses.
func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "151.101.1.1": true, "2606:4700::1111": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.100.100.200": false, "192.0.0.192": false, "198.18.0.1": false,
		"224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::1": false, "::": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false,
		"64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2001:db8::1": false, "2001::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("public(%s) = %v, want %v", text, got, want)
		}
	}
}

// TestGuardedClient refuses private addresses by whatever name, also behind a
// redirect, and everything that is not HTTP.
func TestGuardedClient(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			t.Errorf("a redirect says where it came from: %s", r.Referer())
		}
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		fmt.Fprint(w, "hello")
	}))
	defer s.Close()
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, c := range []struct {
		url     string
		private bool
		want    clip.Kind
	}{
		{s.URL, false, clip.Denied},
		{"http://localhost" + port, false, clip.Denied},
		{"http://[::ffff:127.0.0.1]" + port, false, clip.Denied},
		{"http://2130706433" + port, false, clip.Unavailable}, // a decimal address is no name
		{"http://169.254.169.254/latest/meta-data", false, clip.Denied},
		{"http://user:secret@127.0.0.1" + port + "/?token=secret", false, clip.Denied},
		{"file:///etc/passwd", true, clip.Denied},
		{s.URL + "?to=file:///etc/passwd", true, clip.Denied},
		{s.URL + "?to=/%3Fto=/", true, -1},
		{s.URL, true, -1},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		body, _, err := fetch(t.Context(), newClient(c.private), request{url: u, limit: 100, timeout: 5 * time.Second})
		if c.want < 0 {
			if err != nil || string(body) != "hello" {
				t.Errorf("%s: %q, %v", c.url, body, err)
			}
			continue
		}
		if clip.KindOf(err) != c.want || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: %v, want kind %s and no secret", c.url, err, c.want)
		}
	}
}

// TestFetch classifies answers, and bounds them.
func TestFetch(t *testing.T) {
	bomb := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	code := func(n int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(n)
		}
	}
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(s))
		}
	}
	silent := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drip := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	}
	loop := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }
	ignoresRange := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "0123456789") }
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		from   int64
		n      int64
		body   string
		kind   clip.Kind
	}{
		{"whole", text("0123456789"), 0, 0, "0123456789", -1},
		{"range", text("0123456789"), 3, 4, "3456", -1},
		{"range ignored", ignoresRange, 3, 4, "3456", -1},
		{"range beyond the end", text("0123456789"), 8, 4, "", clip.Unavailable},
		{"range beyond the end, ignored", ignoresRange, 8, 4, "", clip.Unavailable},
		{"401", code(401), 0, 0, "", clip.Denied},
		{"403", code(403), 0, 0, "", clip.Denied},
		{"404", code(404), 0, 0, "", clip.NotFound},
		{"429", code(429), 0, 0, "", clip.Throttled},
		{"503", code(503, "Retry-After", "3"), 0, 0, "", clip.Throttled},
		{"500", code(500), 0, 0, "", clip.Unavailable},
		{"never ending", bomb, 0, 0, "", clip.Invalid},
		{"announced too large", code(200, "Content-Length", "99999999"), 0, 0, "", clip.Invalid},
		{"silent", silent, 0, 0, "", clip.Unavailable},
		{"drip", drip, 0, 0, "", clip.Unavailable},
		{"redirect loop", loop, 0, 0, "", clip.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(c.answer)
			defer s.Close()
			u, _ := url.Parse(s.URL)
			client := newClient(true)
			defer client.CloseIdleConnections()
			body, _, err := fetch(t.Context(), client, request{url: u, from: c.from, n: c.n, limit: 1 << 20, timeout: 500 * time.Millisecond})
			if c.kind >= 0 && clip.KindOf(err) != c.kind || c.kind < 0 && (err != nil || string(body) != c.body) {
				t.Errorf("%q, %v; want %q or kind %s", body, err, c.body, c.kind)
			}
		})
	}
}

// TestRetryAfter reads both forms and never waits for long.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "3": now.Add(3 * time.Second), "86400": now.Add(time.Minute), "-1": {}, "soon": {},
		"Tue, 24 Nov 2026 20:00:30 GMT": now.Add(30 * time.Second), "Wed, 25 Nov 2026 20:00:00 GMT": now.Add(time.Minute),
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); !got.Equal(want) {
			t.Errorf("Retry-After %q: %s, want %s", text, got, want)
		}
	}
}
