package feed

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestPrograms chooses among the programmes of a multiplex as their tables
// come, in whatever order.
func TestPrograms(t *testing.T) {
	video := func(n uint16) []byte { return pmt(n, mapEntry{kind: 0x1b, pid: 0x100 + n}) }
	radio := func(n uint16) []byte { return pmt(n, mapEntry{kind: 0x0f, pid: 0x200 + n}) }
	later := func(b []byte) []byte { b[5] &^= 1; return b } // for use later
	type table struct {
		pid     uint16
		section []byte
		number  uint16 // chosen after it; zero: none
		sure    bool
	}
	for name, tables := range map[string][]table{
		"one": {{0, pat(listing{7, 0x1000}), 0, false}, {0x1000, video(7), 7, true}},
		"radio first": {{0, pat(listing{1, 0x1000}, listing{2, 0x1001}), 0, false},
			{0x1000, radio(1), 0, false}, {0x1001, video(2), 2, true}},
		"the later one's map comes first": {{0, pat(listing{1, 0x1000}, listing{2, 0x1001}), 0, false},
			{0x1001, video(2), 2, false}, {0x1000, video(1), 1, true}},
		"both maps on one PID": {{0, pat(listing{1, 0x1000}, listing{2, 0x1000}), 0, false},
			{0x1000, radio(1), 0, false}, {0x1000, video(2), 2, true}, {0x1000, radio(1), 2, true}},
		"a map that is not listed": {{0, pat(listing{1, 0x1000}), 0, false}, {0x1000, video(3), 0, false}, {0x1000, video(1), 1, true}},
		"tables for later": {{0, pat(listing{1, 0x1000}), 0, false}, {0x1000, later(video(1)), 0, false},
			{0x1000, video(1), 1, true}, {0, later(pat(listing{9, 0x1900})), 1, true}},
		"the network's own table": {{0, pat(listing{0, 0x10}, listing{4, 0x1000}), 0, false}, {0x1000, video(4), 4, true}},
		"another multiplex": {{0, pat(listing{1, 0x1000}), 0, false}, {0x1000, video(1), 1, true},
			{0, pat(listing{5, 0x1005}), 0, false}, {0x1005, video(5), 5, true}},
		"only radio": {{0, pat(listing{1, 0x1000}), 0, false}, {0x1000, radio(1), 0, true}},
	} {
		var d directory
		for i, s := range tables {
			w := tsWriter{}
			w.section(s.pid, s.section)
			packets(w.Bytes(), func(p packet) bool { d.packet(p); return true })
			prog, ok, sure := d.choose()
			if prog.number != s.number || ok != (s.number != 0) || ok && sure != s.sure {
				t.Errorf("%s: after table %d programme %d, sure %v; want %d, %v", name, i, prog.number, sure, s.number, s.sure)
			}
		}
	}
}

// TestTextWords: captions and subtitles as people read of them.
func TestTextWords(t *testing.T) {
	for want, text := range map[string]Text{
		"captions (CEA-608)":                 {Kind: "cea608"},
		"captions (CEA-708)":                 {Kind: "cea708"},
		"captions (CEA-708 service 2) (spa)": {Kind: "cea708", Lang: "spa", Page: 2},
		"teletext":                           {Kind: "teletext"},
		"teletext page 150 (deu)":            {Kind: "teletext", Lang: "deu", Page: 150},
		"DVB subtitles (deu), recorded as the pictures that they are: they become no captions": {Kind: "dvb", Lang: "deu"},
	} {
		if got := text.String(); got != want {
			t.Errorf("%+v is %q, want %q", text, got, want)
		}
	}
}

// TestCutterPrograms records the first programme with pictures of a multiplex
// that ffmpeg made, and the same one in every segment.
func TestCutterPrograms(t *testing.T) {
	ts := read(t, made(t, "programmes", []string{"-f", "lavfi", "-i", "sine", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=sample_rate=48000",
		"-f", "lavfi", "-i", "testsrc2=size=160x96:rate=50", "-t", "8", "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac",
		"-program", "program_num=1:st=0", "-program", "program_num=2:st=1:st=2", "-program", "program_num=3:st=3", "a.ts"})+"/a.ts")
	whole, _ := cut(t, ts, rand.New(rand.NewPCG(9, 9)))
	frames := 0
	for i, p := range whole {
		c, err := Scan(p)
		if err != nil {
			t.Fatal(err)
		}
		frames += len(c.Frames)
		if f := c.Format; f.Width != 320 || f.Rate != (clip.Rate{Num: 25, Den: 1}) || len(f.Tracks) != 1 || f.SampleRate != 48000 {
			t.Errorf("segment %d: %+v", i, f)
		}
	}
	if frames != 200 || len(whole) != 4 {
		t.Errorf("%d frames in %d segments, want 200 in 4", frames, len(whole))
	}
}

// TestCutterWaitsNoLonger: a programme that is listed first and whose map never
// comes holds nothing up for long.
func TestCutterWaitsNoLonger(t *testing.T) {
	good := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))[1].Bytes
	ghosts := func(w *tsWriter) {
		w.section(patPID, pat(listing{9, 0x1900}, listing{1, mapPID}))
		w.section(mapPID, pmt(1, mapEntry{kind: 0x1b, pid: videoPID}, mapEntry{kind: 0x0f, pid: audioPID}))
	}
	ts := remade(t, good, ghosts, func(w *tsWriter, n int, u unit) (uint16, []byte) {
		if n%2 == 0 {
			ghosts(w)
		}
		return videoPID, u.bytes
	})
	whole, _ := cut(t, ts, rand.New(rand.NewPCG(2, 2)))
	if len(whole) == 0 {
		t.Fatal("nothing was recorded")
	}
	c, err := Scan(whole[0])
	if err != nil || len(c.Frames) != 25 { // from the second key frame on
		t.Errorf("%d frames, %v", len(c.Frames), err)
	}
}

// TestBrokenLinks lets ffmpeg judge which leading pictures an HEVC splice
// leaves: random access points are made broken links.
func TestBrokenLinks(t *testing.T) {
	dir := made(t, "ts-hevc-open", source("25", 4), []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=27:min-keyint=27:bframes=3:b-adapt=0:log-level=error:open-gop=1:scenecut=0", "-an"}, hls("mpegts"))
	p := segments(t, dir)[0]
	whole, err := Scan(p)
	if err != nil {
		t.Fatal(err)
	}
	const cra, bla = 21 << 1, 16 << 1
	links := 0
	for i := 0; i+5 < len(p.Bytes); i++ {
		if string(p.Bytes[i:i+3]) == "\x00\x00\x01" && p.Bytes[i+3] == cra && p.Bytes[i+4] == 1 {
			p.Bytes[i+3] = bla
			links++
		}
	}
	got, err := Scan(p)
	if err != nil {
		t.Fatal(err)
	}
	if links == 0 || len(got.Frames) >= len(whole.Frames) {
		t.Fatalf("%d links, %d of %d frames: nothing to see", links, len(got.Frames), len(whole.Frames))
	}
	if n := pictures(t, p.Bytes); n != len(got.Frames) {
		t.Errorf("ffmpeg shows %d pictures, the index has %d", n, len(got.Frames))
	}
}

// TestScanIsBounded: whatever a segment is, reading it takes no longer than
// its size allows.
func TestScanIsBounded(t *testing.T) {
	good := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))[1].Bytes
	headless := remade(t, good, usual, func(_ *tsWriter, _ int, u unit) (uint16, []byte) {
		return videoPID, append(u.bytes[:u.head:u.head], make([]byte, 400<<10)...) // no slice in sight
	})
	syncs := make([]byte, 8<<20)
	for i := range syncs {
		syncs[i] = syncByte
	}
	for name, b := range map[string][]byte{"no slices": headless, "sync bytes only": syncs, "zeros": make([]byte, 8<<20)} {
		began := time.Now()
		_, err := Scan(ts(b))
		if d := time.Since(began); err == nil || d > 20*time.Second {
			t.Errorf("%s: %v after %s", name, err, d)
		}
	}
}
