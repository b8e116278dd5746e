package feed

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// The fuzz targets promise: an error or a result that holds together, never a
// panic or a hang.

func FuzzPlaylist(f *testing.F) {
	for _, text := range []string{
		"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n",
		"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.64001f\"\na.m3u8\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"e\",URI=\"b\"\n",
		"#EXTM3U\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"10@0\"\n#EXT-X-BYTERANGE:5@2\n#EXTINF:1.5,t\n#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00.123+01:00\na\n#EXT-X-GAP\n#EXT-X-DISCONTINUITY\n#EXTINF:2\nb\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-PART:DURATION=0.5,URI=\"p\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"q\"\n#EXT-X-KEY:METHOD=NONE\n#EXT-X-CUE-OUT:30\n#EXT-OATCLS-SCTE35:/DA=\n#EXTINF:1,\na\n",
		"#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n#EXT-X-DEFINE:QUERYPARAM=\"q\"\n#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-11-24T20:00:00Z\",DURATION=3,SCTE35-OUT=0xFC30\n#EXTINF:1,\n{$a}\n",
		"#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"e\",LANGUAGE=\"en\",FORCED=YES,URI=\"s\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,SUBTITLES=\"s\",AUDIO=\"a\"\n{$q}\n",
		lowLatency,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePlaylist(text, playlistBase, nil)
		if err != nil {
			return
		}
		if p.media == nil {
			if len(p.variants) == 0 {
				t.Fatal("neither media nor variants")
			}
			return
		}
		for _, e := range p.media.entries {
			if e.duration < 0 || e.duration > maxDuration || e.from < 0 || e.n < 0 || checkScheme(e.url.Scheme) != nil || e.url.Host == "" {
				t.Fatalf("entry %+v", e)
			}
		}
	})
}

// check holds for every Content that Scan gives without an error.
func (c Content) check(t *testing.T) {
	if len(c.Frames) == 0 || c.First >= c.End || c.Sound.From > c.Sound.To {
		t.Fatalf("content %+v", c)
	}
	for _, f := range c.Frames {
		if f.PTS < c.First || f.PTS >= c.End || f.Kind > clip.Recovery {
			t.Fatalf("frame %+v of %d to %d", f, c.First, c.End)
		}
	}
	for _, s := range c.messages {
		s.marks(1)
	}
	r := newCaptions("en")
	r.choose(c.Texts)
	r.pages.read(c.teletext, c.First, 0)
	for _, b := range c.captions {
		r.read(b)
	}
	r.take(c.End)
}

func FuzzTS(f *testing.F) {
	for _, name := range []string{"head.ts", "hevc.ts", "riders.ts", "tracks.ts"} {
		f.Add(corpus(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := Scan(Piece{Container: clip.MPEGTS, Bytes: b}); err == nil {
			c.check(t)
		}
	})
}

func FuzzFMP4(f *testing.F) {
	f.Add(corpus(f, "init.mp4"), corpus(f, "head.m4s"))
	f.Fuzz(func(t *testing.T, init, b []byte) {
		if c, err := Scan(Piece{Container: clip.FMP4, Init: init, Bytes: b}); err == nil {
			c.check(t)
		}
	})
}

func FuzzSCTE35(f *testing.F) {
	f.Add(corpus(f, "goal.scte35"), int64(900000))
	f.Fuzz(func(t *testing.T, b []byte, at int64) {
		marks, err := message{bytes: b, at: clip.Ticks(at % int64(maxTime))}.marks(1)
		for _, m := range marks {
			if err != nil || m.Scheme != schemeSCTE35 || m.Epoch != 1 || m.Fields["command"] == "" {
				t.Fatalf("mark %+v, %v", m, err)
			}
		}
	})
}

func FuzzCaptions(f *testing.F) {
	f.Add([]byte{0x14, 0x25, 0x14, 0x2d, 0x14, 0x70, 'A', 'B', 0x11, 0x37, 0x14, 0x21, 0x14, 0x2c, 0x14, 0x29, 'C', 'D'}, uint8(0))
	f.Add([]byte{0x14, 0x20, 0x14, 0x2e, 'A', 'B', 0x14, 0x2f, 0x1c, 0x25, 'X', 'Y', 0x14, 0x2a, 'T', 'T', 0x14, 0x2c}, uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, channel uint8) {
		r := newCaptionReader("en", 1+int(channel%4))
		at := clip.Ticks(0)
		for ; len(b) >= 2; b = b[2:] {
			r.read(at, ccPairs([2]byte{b[0] & 0x7f, b[1] & 0x7f}))
			at += 3600
		}
		for _, c := range append(r.take(at), r.reset(at)...) {
			if c.Text == "" || c.To != 0 && c.To <= c.From {
				t.Fatalf("cue %+v", c)
			}
		}
	})
}

// FuzzTeletext reads data units of teletext.
func FuzzTeletext(f *testing.F) {
	f.Add(append([]byte{0x10}, pageUnits(pageHeader(0x150, 1, eraseC4|subtitleC6), choice(1, 28, 0o44), accents(1, 20, [3]int{3, 0x12, 'e'}),
		pageRow(1, 20, "\x0dHello"), pageHeader(0x888, 6, serialC11))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newTeletextReader("en")
		track := r.track(pagePID)
		for at := range clip.Ticks(3) {
			track.at = at * clip.TickRate
			track.data(b)
		}
		for _, c := range append(r.take(10*clip.TickRate), r.reset(20*clip.TickRate)...) {
			if c.Text == "" || c.To != 0 && c.To <= c.From {
				t.Fatalf("cue %+v", c)
			}
		}
	})
}

// corpus reads a small sample. They were cut from ffmpeg's output: the first
// packets of small feeds (plain H.264; HEVC with open GOPs; three audio tracks;
// captions, SCTE-35 and ID3 put in by inject), and a fragment with its init
// segment.
func corpus(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "corpus", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
