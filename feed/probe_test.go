package feed

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// probing probes a URL.
func probing(t *testing.T, url string, audio string) (Found, error) {
	t.Helper()
	return Probe(t.Context(), clip.Feed{ID: "f", URL: url, AllowPrivate: true, Window: time.Hour, Audio: audio}, Tools{}, quietLog())
}

// TestProbe says what real sources give.
func TestProbe(t *testing.T) {
	t.Parallel()
	l := newLive(t, closedTS(t))
	l.show(0, 3)
	file := filepath.Join(t.TempDir(), "match.ts")
	if err := os.WriteFile(file, endless(t, "endless"), 0o600); err != nil {
		t.Fatal(err)
	}
	const picture = "H.264 "
	for _, c := range []struct{ name, url, format, send, want string }{
		{"hls", l.feed().URL, "", "", "; a key frame every 1.0 s"},
		{"import", "import://" + file, "", "", "; a key frame every 1.0 s"},
		{"udp", "udp://127.0.0.1:%d", "mpegts", "udp://127.0.0.1:%d?pkt_size=1316", "; a key frame every 1.0 s"},
		{"srt listener", "srt://127.0.0.1:%d?mode=listener", "mpegts", "srt://127.0.0.1:%d?pkt_size=1316", "; a key frame every 1.0 s"},
		{"rtmp listener", "rtmp://127.0.0.1:%d/live/key?mode=listener", "flv", "rtmp://127.0.0.1:%d/live/key", "; a key frame every 1.0 s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := c.url
			if c.send != "" {
				port := freePort(t)
				url = fmt.Sprintf(c.url, port)
				time.AfterFunc(500*time.Millisecond, func() { send(t, c.format, fmt.Sprintf(c.send, port)) })
			}
			f, err := probing(t, url, "")
			if err != nil || !strings.HasPrefix(f.String(), picture) || !strings.Contains(f.String(), c.want) || f.Bitrate < 50_000 || f.Segment < time.Second || len(f.Warnings) > 0 {
				t.Errorf("%v, %+v: %s", err, f, f)
			}
		})
	}
}

// TestProbeSaysWhyNot: the kind and the words of everything that can be wrong.
func TestProbeSaysWhyNot(t *testing.T) {
	t.Parallel()
	status := func(code int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		t.Cleanup(s.Close)
		return s.URL + "/index.m3u8"
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Hello</html>") }))
	t.Cleanup(page.Close)
	text := filepath.Join(t.TempDir(), "notes.ts")
	if err := os.WriteFile(text, []byte(strings.Repeat("these are no pictures ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	for _, c := range []struct {
		name, url, want string
		kind            clip.Kind
	}{
		{"forbidden", status(403), "403", clip.Denied},
		{"missing", status(404), "404", clip.NotFound},
		{"a page", page.URL + "/index.m3u8", "no HLS playlist", clip.Unavailable},
		{"nobody there", fmt.Sprintf("http://127.0.0.1:%d/index.m3u8", port), "refused", clip.Unavailable},
		{"no such file", "import:///nowhere/match.ts", "no such file", clip.NotFound},
		{"srt without a sender", fmt.Sprintf("srt://127.0.0.1:%d", port), "", clip.Unavailable},
		{"a bad option", fmt.Sprintf("srt://127.0.0.1:%d?mode=other", port), "mode=other", clip.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, err := probing(t, c.url, "")
			if err == nil || clip.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v (%s), %+v", c.url, err, clip.KindOf(err), f)
			}
		})
	}
}

// TestProbeWaits: a feed that is sent to us is right before anybody sends.
func TestProbeWaits(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"udp://127.0.0.1:%d":                         "nothing is sent to UDP 127.0.0.1, port %d yet",
		"srt://:%d?mode=listener":                    "it waits for an SRT caller on this machine, port %d",
		"rtmp://0.0.0.0:%d/live/key-1?mode=listener": "it waits for an encoder that publishes to rtmp on this machine, port %d, path /live/key-1",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			f, err := probing(t, fmt.Sprintf(url, port), "")
			if want = fmt.Sprintf(want, port); err != nil || f.Waiting != want || f.String() != want {
				t.Errorf("%v, %q, want %q", err, f.Waiting, want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Probe(ctx, clip.Feed{ID: "f", URL: fmt.Sprintf("udp://127.0.0.1:%d", freePort(t)), AllowPrivate: true}, Tools{}, quietLog()); clip.KindOf(err) != clip.Unavailable {
		t.Errorf("given up: %v", err)
	}
}

// TestProbeWarns of what works, but not as it was meant.
func TestProbeWarns(t *testing.T) {
	c := Content{Format: clip.Format{Video: "h264", Width: 640, Height: 360, Rate: clip.Rate{Num: 25, Den: 1}, Audio: "aac", Channels: 2,
		Tracks: []clip.Track{{Codec: "aac", Channels: 2, Lang: "eng"}, {Codec: "ac3", Channels: 6, Lang: "deu"}}}, sounds: make([]clip.Span90, 2), End: 12 * clip.TickRate}
	for i := range 300 {
		f := clip.Frame{PTS: clip.Ticks(i * 3600)}
		if i%275 == 0 {
			f.Kind = clip.IDR
		}
		c.Frames = append(c.Frames, f)
	}
	p := prober{feed: clip.Feed{Audio: "fra"}, seen: []Content{c}, pieces: []Piece{{}}, bytes: 9_000_000, splices: true,
		bad: clip.Errorf(clip.Unavailable, "fetch 7.ts", "404")}
	f, err := p.found()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.String(), "H.264 640×360, 25 fps; eng AAC stereo (heard), deu AC-3 5.1; 6.0 Mbit/s; a key frame every 11.0 s; SCTE-35 messages"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if all := strings.Join(f.Warnings, "\n"); len(f.Warnings) != 3 || !strings.Contains(all, "fetch 7.ts") || !strings.Contains(all, "fra") || !strings.Contains(all, "11s apart") {
		t.Errorf("warnings: %s", all)
	}
}
