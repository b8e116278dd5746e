package feed

import (
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestChaos serves faults and compares what is recorded: everything, unless a
// segment cannot be had at all.
func TestChaos(t *testing.T) {
	fail := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	private := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
	}
	for _, c := range []struct {
		name   string
		faults func(l *live)
		lost   int
		detail string
	}{
		{"404 once", func(l *live) { l.faults["s2"] = fail(404) }, 0, ""},
		{"500 on the playlist", func(l *live) { l.faults["index.m3u8"] = fail(500) }, 0, "500"},
		{"503 with Retry-After", func(l *live) {
			l.faults["index.m3u8"] = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "1"); w.WriteHeader(503) }
		}, 0, "503"},
		{"403 on a segment", func(l *live) { l.always("s2", fail(403)) }, 1, "credentials"},
		{"403 until addresses are asked for anew", func(l *live) { l.faults["s2"] = fail(403) }, 0, "credentials"},
		{"HTML instead of a segment", func(l *live) {
			l.faults["s2"] = func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>oops</html>")) }
		}, 1, "web page"},
		{"HTML instead of a playlist", func(l *live) {
			l.faults["index.m3u8"] = func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>oops</html>")) }
		}, 0, "#EXTM3U"},
		{"truncated", func(l *live) {
			l.faults["s2"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100000")
				w.Write(l.pieces[2].Bytes[:5000])
			}
		}, 0, ""},
		{"reset", func(l *live) {
			l.faults["s2"] = func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
		}, 0, ""},
		{"redirect to another scheme", func(l *live) {
			l.faults["s2"] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
			}
		}, 1, "not http"},
		{"redirect to the metadata service", func(l *live) { l.faults["s2"] = private }, 1, "public"},
		{"stale playlist", func(l *live) {
			l.faults["index.m3u8"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Write([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:2,\ns0\n"))
			}
		}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLive(t, closedTS(t))
			m, dir := newMemory(), t.TempDir()
			l.show(0, 2)
			h := hurried(l.feed())
			if strings.Contains(c.name, "metadata") {
				h.client = newClient(true)
				guardRedirects(h.client, l.Listener.Addr().String())
			}
			startRecorder(t, l.feed(), h, dir, m)
			eventually(t, "the window is recorded", func() bool { return m.held() == 2 })
			l.change(func() { c.faults(l); l.to = 4 })
			eventually(t, "what can be had is recorded", func() bool { return m.held() == 4-c.lost })
			if c.detail != "" {
				eventually(t, "health names the fault", func() bool {
					m.mu.Lock()
					defer m.mu.Unlock()
					return strings.Contains(m.health.Detail, c.detail)
				})
			}
			verify(t, dir, m)
			if tl, _ := m.recorded(); len(tl) != 1 {
				t.Errorf("epochs %+v, want one", tl)
			}
		})
	}
}

// TestEncoderRestart begins the numbering anew, with the same addresses and
// other media: a new epoch, nothing lost, nothing twice.
func TestEncoderRestart(t *testing.T) {
	l := newLive(t, closedTS(t))
	m, dir := newMemory(), t.TempDir()
	l.show(0, 5)
	startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the window is recorded", func() bool { return m.held() == 5 })
	other := segments(t, made(t, "rec-ahead", source("25", 4), h264(25, false), []string{"-output_ts_offset", "5000"}, hls("mpegts")))
	l.change(func() { l.pieces, l.from, l.to = other, 0, 2 })
	eventually(t, "the new window is recorded", func() bool { return m.held() == 7 })
	verify(t, dir, m)
	if tl, _ := m.recorded(); len(tl) != 2 {
		t.Errorf("timeline %+v, want two epochs", tl)
	}
}

// TestPackagerRestart begins the numbering anew with the same media: nothing
// is stored twice and the epoch goes on.
func TestPackagerRestart(t *testing.T) {
	l := newLive(t, closedTS(t))
	l.base = 100
	m, dir := newMemory(), t.TempDir()
	l.show(0, 4)
	startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the window is recorded", func() bool { return m.held() == 4 })
	l.change(func() { l.base, l.from, l.to = 0, 1, 6 })
	eventually(t, "the rest is recorded", func() bool { return m.held() == 6 })
	verify(t, dir, m)
	if tl, _ := m.recorded(); len(tl) != 1 || m.frames() != 300 {
		t.Errorf("%d epochs, %d frames, want 1 and 300", len(tl), m.frames())
	}
}

// guardRedirects lets a client reach only the test's own server as if it were
// public.
func guardRedirects(c *http.Client, own string) {
	dialer := &net.Dialer{Control: func(network, address string, raw syscall.RawConn) error {
		if address == own {
			return nil
		}
		return guard(network, address, raw)
	}}
	c.Transport.(*http.Transport).DialContext = dialer.DialContext
}
