package feed

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/decode"
)

// endless is a transport stream as an encoder sends it, with a GOP of one
// second.
func endless(t testing.TB, name string, extra ...string) []byte {
	t.Helper()
	dir := made(t, name, source("25", 12), h264(25, false), extra, []string{"-f", "mpegts", "all.ts"})
	b, err := os.ReadFile(filepath.Join(dir, "all.ts"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cut feeds a cutter with b in pieces of any size, and gives what it emits.
func cut(t testing.TB, b []byte, r *rand.Rand) (whole, parts []Piece) {
	t.Helper()
	now := time.Date(2026, 7, 26, 20, 0, 0, 0, time.UTC)
	c := newCutter(func() time.Time { return now }, func(p Piece) error {
		if p.Part {
			parts = append(parts, p)
		} else {
			whole = append(whole, p)
		}
		return nil
	})
	var a aligner
	for len(b) > 0 {
		n := min(len(b), 1+r.IntN(9000))
		now = now.Add(30 * time.Millisecond)
		if err := c.add(a.add(b[:n])); err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
	if err := c.ended(); err != nil {
		t.Fatal(err)
	}
	return whole, parts
}

func TestCutterKeepsEveryPacket(t *testing.T) {
	ts := endless(t, "endless")
	r := rand.New(rand.NewPCG(1, 2))
	whole, parts := cut(t, ts, r)
	if len(whole) != 6 {
		t.Fatalf("%d segments of 12 s, want 6", len(whole))
	}
	var all, open []byte
	frames := 0
	for i, p := range whole {
		c, err := Scan(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Frames) != 50 || c.Frames[0].Kind != clip.IDR {
			t.Errorf("segment %d has %d frames and begins with kind %d", i, len(c.Frames), c.Frames[0].Kind)
		}
		frames += len(c.Frames)
		all = append(all, p.Bytes...)
	}
	if frames != 300 {
		t.Errorf("%d frames, want 300", frames)
	}
	for _, p := range parts {
		open = append(open, p.Bytes...)
	}
	if len(open) < len(all)*8/10 || !bytes.HasPrefix(whole[0].Bytes, parts[0].Bytes) {
		t.Errorf("the parts hold %d of %d bytes", len(open), len(all))
	}
	// Without the tables that were put at the heads, the segments are the
	// packets that came, from the first key frame on.
	if at := bytes.Index(ts, all[2*packetSize:4*packetSize]); at < 0 || at > 10*packetSize {
		t.Errorf("the first segment begins at byte %d", at)
	}
	head := len(whole[0].Bytes)
	second := whole[1].Bytes[2*packetSize:]
	if !bytes.Contains(ts, append(bytes.Clone(whole[0].Bytes[head-packetSize:]), second[:packetSize]...)) {
		t.Error("between two segments packets are missing")
	}
}

func TestCutterResyncs(t *testing.T) {
	ts := endless(t, "endless")
	r := rand.New(rand.NewPCG(3, 4))
	dirty := append([]byte("garbage \x47 before"), ts[:400*packetSize+77]...)
	dirty = append(dirty, make([]byte, 500)...)
	dirty = append(dirty, ts[400*packetSize+77+100:]...)
	whole, _ := cut(t, dirty, r)
	frames := 0
	for _, p := range whole {
		c, err := Scan(p)
		if err != nil {
			t.Fatal(err)
		}
		frames += len(c.Frames)
	}
	if frames < 298 || len(whole) != 6 {
		t.Errorf("%d frames in %d segments, want at least 298 in 6", frames, len(whole))
	}
}

func TestCutterSplitsAtBreaks(t *testing.T) {
	a, b := endless(t, "endless"), endless(t, "endless-later", "-output_ts_offset", "5000")
	whole, _ := cut(t, append(bytes.Clone(a[:len(a)/2/packetSize*packetSize]), b...), rand.New(rand.NewPCG(5, 6)))
	broken := 0
	for i, p := range whole {
		if _, err := Scan(p); err != nil {
			t.Errorf("segment %d: %v", i, err)
		}
		if p.Discontinuity {
			broken++
		}
	}
	if broken != 1 {
		t.Errorf("%d segments begin with a break, want 1", broken)
	}
}

// TestCutterOnWrap counts on past the 33-bit wrap.
func TestCutterOnWrap(t *testing.T) {
	whole, _ := cut(t, endless(t, "endless-wrap", "-output_ts_offset", "95440"), rand.New(rand.NewPCG(7, 8)))
	if len(whole) != 6 {
		t.Fatalf("%d segments, want 6", len(whole))
	}
	for i, p := range whole {
		if p.Discontinuity {
			t.Errorf("segment %d begins with a break", i)
		}
	}
}

// TestCutterBroke leaves out the picture that may not be whole.
func TestCutterBroke(t *testing.T) {
	ts := endless(t, "endless")
	var got []Piece
	now := time.Now()
	c := newCutter(func() time.Time { return now }, func(p Piece) error { got = append(got, p); return nil })
	if err := c.add(ts[:len(ts)/20/packetSize*packetSize]); err != nil {
		t.Fatal(err)
	}
	if err := c.broke(); err != nil {
		t.Fatal(err)
	}
	last := got[len(got)-1]
	content, err := Scan(last)
	if err != nil || last.Part {
		t.Fatalf("part %t, %v", last.Part, err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "cut.ts")
	if err := os.WriteFile(file, last.Bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	if n := decode.Pictures(t, file); n != len(content.Frames) {
		t.Errorf("ffmpeg decodes %d pictures, the index has %d", n, len(content.Frames))
	}
}

// TestCutterDamagedTime takes one picture with a garbage time for what it is,
// and does not cut around it.
func TestCutterDamagedTime(t *testing.T) {
	ts := bytes.Clone(endless(t, "endless"))
	prog, err := findProgram(ts)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := 0; i+packetSize <= len(ts); i += packetSize {
		p, ok := takeApart(ts[i : i+packetSize])
		if !ok || !p.start || p.pid != prog.video {
			continue
		}
		if n++; n == 130 || n == 180 {
			at := i + packetSize - len(p.payload) + 9
			ts[at], ts[at+5] = ts[at]^0x06, ts[at+5]^0x06 // bits 30 and 31 of PTS and DTS
		}
	}
	whole, _ := cut(t, ts, rand.New(rand.NewPCG(9, 10)))
	frames := 0
	for i, p := range whole {
		if p.Discontinuity {
			t.Errorf("segment %d begins with a break", i)
		}
		c, err := Scan(p)
		if err != nil {
			t.Fatal(err)
		}
		frames += len(c.Frames)
	}
	if len(whole) != 6 || frames != 298 {
		t.Errorf("%d segments with %d pictures, want 6 with 298", len(whole), frames)
	}
}
