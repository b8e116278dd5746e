package feed

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// unlike is a transport stream of which change was made to every packet that it
// wants to change; it gives false for packets to be left out.
func unlike(ts []byte, change func(pid uint16, p []byte) bool) []byte {
	var out []byte
	for ts = bytes.Clone(ts); len(ts) >= packetSize; ts = ts[packetSize:] {
		if p := ts[:packetSize]; change(uint16(p[1]&0x1f)<<8|uint16(p[2]), p) {
			out = append(out, p...)
		}
	}
	return out
}

// TestNothing says why what comes cannot be recorded.
func TestNothing(t *testing.T) {
	ts := endless(t, "endless")
	prog, err := findProgram(ts)
	if err != nil {
		t.Fatal(err)
	}
	sound := read(t, filepath.Join(made(t, "sound-only", source("25", 3), []string{"-vn", "-c:a", "aac", "-f", "mpegts", "sound.ts"}), "sound.ts"))
	mpeg2 := read(t, filepath.Join(made(t, "mpeg2-all", source("25", 3), []string{"-c:v", "mpeg2video", "-c:a", "mp2", "-f", "mpegts", "all.ts"}), "all.ts"))
	mapPID := uint16(0x1000) // ffmpeg's
	for _, c := range []struct {
		name, want string
		b          []byte
	}{
		{"a page", "no MPEG transport stream", []byte(strings.Repeat("<html>Good evening</html>", 999))},
		{"RTP with H.264", "no MPEG transport stream", bytes.Repeat(rtpPacket(1, 2, strings.Repeat("\x65payload", 150)), 99)},
		{"no PAT", "no table of its programmes", unlike(ts, func(pid uint16, _ []byte) bool { return pid != patPID })},
		{"no PMT", "no map of a programme", unlike(ts, func(pid uint16, _ []byte) bool { return pid != mapPID })},
		{"sound alone", "no programme in it has a video track", sound},
		{"MPEG-2", "no programme in it has a video track", mpeg2},
		{"encrypted", "is encrypted", unlike(ts, func(pid uint16, p []byte) bool {
			if pid == prog.video {
				p[3] |= 0x80
			}
			return true
		})},
		{"no pictures", "no key frame", unlike(ts, func(pid uint16, _ []byte) bool { return pid != prog.video })},
	} {
		var got []Piece
		tr := &transport{cutter: newCutter(time.Now, func(p Piece) error { got = append(got, p); return nil })}
		for b := c.b; len(b) > 0; b = b[min(len(b), 1316):] {
			if err := tr.take(b[:min(len(b), 1316)]); err != nil {
				t.Fatal(err)
			}
		}
		if len(got) != 1 || !got[0].Part || got[0].Bytes != nil {
			t.Errorf("%s: %d pieces came", c.name, len(got))
		}
		after, why := tr.nothing()
		if clip.KindOf(why) != clip.Invalid || !strings.Contains(why.Error(), c.want) || after < time.Second {
			t.Errorf("%s: %v", c.name, why)
		}
		if err := tr.take(nil); err != nil { // another sender
			t.Fatal(err)
		}
		if err := tr.take(ts); err != nil || !tr.cutter.began || !tr.came.IsZero() {
			t.Errorf("%s: then a good sender: began %t, %v", c.name, tr.cutter.began, err)
		}
	}
}

// TestProbeSaysWhatComes: a sender that sends something else is no sender that
// is waited for.
func TestProbeSaysWhatComes(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	to, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	over := make(chan struct{})
	defer close(over)
	go func() {
		for every := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-every.C:
				_, _ = to.Write([]byte(strings.Repeat("good evening ", 100))) // nobody may listen yet
			case <-over:
				return
			}
		}
	}()
	began := time.Now()
	f, err := probing(t, fmt.Sprintf("udp://127.0.0.1:%d", port), "")
	if clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), "they are no MPEG transport stream") {
		t.Errorf("after %s: %v, %+v", time.Since(began), err, f)
	}
}
