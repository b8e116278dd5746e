package desk

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestLive(t *testing.T) {
	w := newWorld(t)
	w.record()
	a := w.ask("vera", "GET", "/live/pitch/index.m3u8", "", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(a.Body)
	must(t, err)
	text, err := io.ReadAll(z)
	must(t, err)
	if !strings.HasPrefix(string(text), "#EXTM3U") || strings.Count(string(text), ".ts\n") < 18 || strings.Count(string(text), "#EXT-X-DISCONTINUITY\n") != 1 || a.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v\n%s", a.Header, text)
	}
	must(t, os.WriteFile(filepath.Join(w.dvr, "secret.ts"), []byte("secret"), 0o600))
	must(t, os.WriteFile(filepath.Join(w.dvr, "pitch", "catalogue.db"), []byte("secret"), 0o600))
	must(t, os.Symlink("/etc/passwd", filepath.Join(w.dvr, "pitch", "999.ts")))
	for path, status := range map[string]int{
		"/live/pitch/1.ts":                          200,
		"/live/pitch/404.ts":                        404,
		"/live/pitch/catalogue.db":                  404,
		"/live/pitch/..%2fsecret.ts":                404,
		"/live/..%2f..%2fetc/passwd":                404,
		"/live/pitch/..%2f..%2f..%2fetc%2fpasswd":   404,
		"/live/pitch/%2e%2e/secret.ts":              404,
		"/live/%2e%2e/secret.ts":                    404,
		"/live/pitch/1.ts%00.m4s":                   404,
		"/live/pitch/1.ts/":                         404,
		"/live/none/index.m3u8":                     404,
		"/live/pitch/init-0123456789ab.mp4":         404,
		"/live/pitch/init-0123456789ab.mp4%2f..%2f": 404,
	} {
		a := w.ask("vera", "GET", path, "")
		body, _ := io.ReadAll(a.Body)
		if a.StatusCode != status && a.StatusCode != 301 && a.StatusCode != 307 || strings.Contains(string(body), "secret") && a.StatusCode == 200 {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
	}
	if a := w.ask("vera", "GET", "/live/pitch/999.ts", ""); a.StatusCode == 200 {
		t.Error("a link leads out of the recording")
	}
	part := w.ask("vera", "GET", "/live/pitch/1.ts", "", "Range", "bytes=188-375")
	body, _ := io.ReadAll(part.Body)
	if part.StatusCode != 206 || len(body) != 188 || body[0] != 0x47 || part.Header.Get("Content-Type") != "video/mp2t" {
		t.Errorf("range: %d, %d bytes, %v", part.StatusCode, len(body), part.Header)
	}
}

func TestLiveBeforeTheFirstSegment(t *testing.T) {
	w := newWorld(t)
	must(t, w.cat.PutFeed(t.Context(), clip.Feed{ID: "new", Title: "New", URL: "synthetic:match", Window: time.Hour}, seed))
	if a := w.get(503, nil, "vera", "GET", "/live/new/index.m3u8", ""); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestMedia(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, bytes, query, kind string }{
		{"video", "\x00\x00\x00\x18ftypisom" + strings.Repeat("v", 1000), "?type=mp4", "video/mp4"},
		{"cover", "\xff\xd8\xff\xe0 a JPEG", "", "image/jpeg"},
		{"captions", "WEBVTT\n\n", "?type=vtt", "text/vtt; charset=utf-8"},
		{"picture", "\x89PNG\r\n\x1a\n picture", "", "image/png"},
		{"page", "<html><script>alert(1)</script>", "", "application/octet-stream"},
		{"page that claims", "<html><script>alert(1)</script> ", "?type=html", "application/octet-stream"},
	} {
		digest, _, err := w.blob.Put(t.Context(), strings.NewReader(c.bytes))
		must(t, err)
		path := "/media/" + string(digest) + c.query
		a := w.ask("vera", "GET", path, "")
		body, _ := io.ReadAll(a.Body)
		if a.StatusCode != 200 || string(body) != c.bytes || a.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %d %s, %d bytes", c.name, a.StatusCode, a.Header.Get("Content-Type"), len(body))
		}
		tag := a.Header.Get("ETag")
		if n := w.ask("vera", "GET", path, "", "If-None-Match", tag); n.StatusCode != 304 {
			t.Errorf("%s: with its ETag %s: %d", c.name, tag, n.StatusCode)
		}
		p := w.ask("vera", "GET", path, "", "Range", "bytes=2-4")
		part, _ := io.ReadAll(p.Body)
		if p.StatusCode != 206 || string(part) != c.bytes[2:5] {
			t.Errorf("%s: range: %d %q", c.name, p.StatusCode, part)
		}
		if p := w.ask("vera", "GET", path, "", "Range", "bytes=99999-"); p.StatusCode != 416 {
			t.Errorf("%s: range beyond: %d", c.name, p.StatusCode)
		}
	}
	for _, path := range []string{"/media/" + strings.Repeat("0", 64), "/media/..%2f..%2fetc%2fpasswd", "/media/ABC"} {
		w.get(404, nil, "vera", "GET", path, "")
	}
}

// follow reads events until n came, or fails.
func (w *world) follow(n int, extra ...string) []string {
	w.t.Helper()
	a := w.ask("vera", "GET", "/api/v1/events", "", extra...)
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("events: %d %v", a.StatusCode, a.Header)
	}
	var seen []string
	done := make(chan bool)
	go func() {
		defer close(done)
		lines := bufio.NewScanner(a.Body)
		var id, name string
		for lines.Scan() {
			k, v, _ := strings.Cut(lines.Text(), ": ")
			switch k {
			case "id":
				id = v
			case "event":
				name = v
			case "data":
				seen = append(seen, id+" "+name)
			}
			if len(seen) == n {
				return
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = a.Body.Close()
		<-done
	}
	_ = a.Body.Close()
	return seen
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	w.record()
	start, err := w.cat.LastEvent(t.Context())
	must(t, err)
	first := make(chan []string)
	go func() { first <- w.follow(1) }()
	time.Sleep(200 * time.Millisecond) // so that the follower is there before
	w.flagged("One")
	live := <-first
	if len(live) != 1 || live[0] == "" {
		t.Fatalf("live: %v", live)
	}
	w.flagged("Two")
	all := w.follow(4, "Last-Event-ID", fmt.Sprint(start))
	if len(all) != 4 || all[0] != live[0] {
		t.Errorf("replayed from %d: %v, live it was %v", start, all, live)
	}
	for i, e := range all {
		if !strings.HasPrefix(e, fmt.Sprint(start+int64(i)+1)+" ") {
			t.Errorf("event %d is %q: one is missing or twice", i, e)
		}
	}
	if rest := w.follow(2, "Last-Event-ID", strings.Fields(all[1])[0]); len(rest) != 2 || rest[0] != all[2] {
		t.Errorf("replayed from the second: %v", rest)
	}
	w.get(422, nil, "vera", "GET", "/api/v1/events", "", "Last-Event-ID", "x")
}

// TestManyFollowers: one user cannot hold every connection.
func TestManyFollowers(t *testing.T) {
	w := newWorld(t)
	for range maxFollowers {
		if a := w.ask("vera", "GET", "/api/v1/events", ""); a.StatusCode != 200 {
			t.Fatal(a.StatusCode)
		}
	}
	if a := w.ask("vera", "GET", "/api/v1/events", ""); a.StatusCode != 429 || a.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d", a.StatusCode)
	}
	if a := w.ask("paul", "GET", "/api/v1/events", ""); a.StatusCode != 200 {
		t.Errorf("another user: %d", a.StatusCode)
	}
}

func TestReady(t *testing.T) {
	w := newWorld(t)
	w.get(http.StatusOK, nil, "", "GET", "/healthz", "")
	w.get(http.StatusOK, nil, "", "GET", "/readyz", "")
	w.desk.Ready = w.cat.Ping
	must(t, w.cat.Close())
	w.get(http.StatusServiceUnavailable, nil, "", "GET", "/readyz", "")
	w.get(http.StatusOK, nil, "", "GET", "/healthz", "")
}
