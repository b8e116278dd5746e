package feed

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/decode"
)

// freePort is a port that nobody uses now, for TCP and UDP.
func freePort(t *testing.T) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if c, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// send plays the endless recording in a loop, at its own speed, until the test
// stops it. A sender that finds nobody there yet tries again.
func send(t *testing.T, format, url string, options ...string) (stop func()) {
	t.Helper()
	endless(t, "endless")
	return sendFile(t, filepath.Join(mediaDir, "endless", "all.ts"), url, append([]string{"-map", "0", "-c", "copy", "-f", format}, options...)...)
}

// sendFile does the same with a file.
func sendFile(t *testing.T, file, url string, options ...string) (stop func()) {
	t.Helper()
	args := append([]string{"-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", file}, options...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan string)
	go func() {
		var complaints strings.Builder
		for ctx.Err() == nil {
			cmd := exec.CommandContext(ctx, "ffmpeg", append(args, url)...)
			cmd.Stderr = &complaints
			_ = cmd.Run() // it was stopped, or complained
			_ = pause(ctx, 200*time.Millisecond)
		}
		ended <- complaints.String()
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if complaints := <-ended; t.Failed() {
			t.Log("sender:", complaints)
		}
	})
	t.Cleanup(stop)
	return stop
}

// recorded runs a recorder of a URL into memory and gives its index.
func recorded(t *testing.T, url string) (*memory, string) {
	t.Helper()
	f := clip.Feed{ID: "f", URL: url, AllowPrivate: true, Window: time.Hour}
	src, err := Open(f, Tools{}, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	m, dir := newMemory(), t.TempDir()
	r := &Recorder{Feed: f, Source: src, Dir: dir, Index: m, Log: quietLog()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return m, dir
}

// TestSenders records what real senders send, through the loss and the return
// of the sender.
func TestSenders(t *testing.T) {
	for _, c := range []struct{ name, feed, format, send string }{
		{"udp", "udp://127.0.0.1:%d", "mpegts", "udp://127.0.0.1:%d?pkt_size=1316"},
		{"rtp", "rtp://127.0.0.1:%d", "rtp_mpegts", "rtp://127.0.0.1:%d"},
		{"srt listener", "srt://127.0.0.1:%d?mode=listener&passphrase=correct-horse&streamid=final", "mpegts", "srt://127.0.0.1:%d?pkt_size=1316&passphrase=correct-horse&streamid=final"},
		{"srt caller", "srt://127.0.0.1:%d", "mpegts", "srt://127.0.0.1:%d?mode=listener&pkt_size=1316"},
		{"rtmp listener", "rtmp://127.0.0.1:%d/live/key-1?mode=listener", "flv", "rtmp://127.0.0.1:%d/live/key-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			m, dir := recorded(t, fmt.Sprintf(c.feed, port))
			time.Sleep(200 * time.Millisecond) // a listener is there
			stop := send(t, c.format, fmt.Sprintf(c.send, port))
			held := func() []clip.Segment { _, segs := m.recorded(); return segs }
			within(t, time.Minute, "two segments", func() bool { return len(held()) >= 2 })
			stop()
			time.Sleep(2 * time.Second)
			n := len(held())
			send(t, c.format, fmt.Sprintf(c.send, port))
			within(t, time.Minute, "a segment after the return", func() bool { return len(held()) > n+1 })
			tl, segs := m.recorded()
			if len(tl) < 2 {
				t.Errorf("%d epochs; a sender that begins anew has another clock", len(tl))
			}
			for _, s := range segs {
				if n := decode.Pictures(t, filepath.Join(dir, s.Path)); n != len(s.Frames) {
					t.Errorf("segment %d: ffmpeg decodes %d pictures, the index has %d", s.Seq, n, len(s.Frames))
				}
			}
		})
	}
}

// TestSendersRefused lets nobody in who does not know the secret, and says so
// once.
func TestSendersRefused(t *testing.T) {
	for _, c := range []struct{ name, feed, format, send string }{
		{"srt passphrase", "srt://127.0.0.1:%d?mode=listener&passphrase=correct-horse", "mpegts", "srt://127.0.0.1:%d?pkt_size=1316&passphrase=wrong-horses"},
		{"srt streamid", "srt://127.0.0.1:%d?mode=listener&streamid=final", "mpegts", "srt://127.0.0.1:%d?pkt_size=1316&streamid=other"},
		{"rtmp key", "rtmp://127.0.0.1:%d/live/key-1?mode=listener", "flv", "rtmp://127.0.0.1:%d/live/key-2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			m, _ := recorded(t, fmt.Sprintf(c.feed, port))
			time.Sleep(200 * time.Millisecond)
			send(t, c.format, fmt.Sprintf(c.send, port))
			time.Sleep(5 * time.Second)
			if _, segs := m.recorded(); len(segs) > 0 {
				t.Errorf("%d segments of a sender without the secret", len(segs))
			}
		})
	}
}
