package feed

import (
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestHear chooses among the tracks of a broadcast as they are found in one.
func TestHear(t *testing.T) {
	tracks := []clip.Track{
		{Codec: "aac", SampleRate: 48000, Channels: 2, Lang: "ger"},
		{Codec: "ac3", SampleRate: 48000, Channels: 6, Lang: "deu"},
		{Codec: "mp2", SampleRate: 44100, Channels: 2, Lang: "eng"},
		{Codec: "aac", SampleRate: 48000, Channels: 1, Lang: "qaa"},
		{Codec: "aac", SampleRate: 48000, Channels: 1},
		{Codec: "aac", SampleRate: 48000, Channels: 2, Lang: "pt-BR"},
	}
	var sounds []clip.Span90
	for i := range tracks {
		sounds = append(sounds, clip.Span90{From: clip.Ticks(i), To: 90000})
	}
	for _, tt := range []struct {
		want string
		n    int
		err  string
	}{
		{"", 0, ""},
		{"1", 0, ""},
		{"6", 5, ""},
		{"de", 0, ""},
		{"DEU", 1, ""},
		{"de-AT", 0, ""},
		{"en", 2, ""},
		{"en-US", 2, ""},
		{"eng", 2, ""},
		{"qaa", 3, ""},
		{"pt", 5, ""},
		{"pt-br", 5, ""},
		{"0", 0, `"0" is not there`},
		{"7", 0, "6 (pt-BR, aac, 2 ch)"},
		{"-1", 0, "not there"},
		{"fr", 0, "5 (no language, aac, 1 ch)"},
		{"und", 0, "not there"},
		{"commentary", 0, "not there"},
		{"1e9", 0, "not there"},
		{"99999999999999999999", 0, "not there"},
	} {
		c := Content{Format: clip.Format{Tracks: tracks, Audio: "aac", SampleRate: 1, Channels: 1}, sounds: sounds}
		err := c.hear(tt.want)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %v, want %q", tt.want, err, tt.err)
		}
		f, want := c.Format, tracks[tt.n]
		if f.Track != tt.n || f.Audio != want.Codec || f.SampleRate != want.SampleRate || f.Channels != want.Channels || c.Sound.From != clip.Ticks(tt.n) {
			t.Errorf("%q: heard is %+v with sound %v", tt.want, f, c.Sound)
		}
	}
	silent := Content{}
	if err := silent.hear("en"); err != nil || silent.Format.Audio != "" {
		t.Errorf("without sound: %v, %+v", err, silent.Format)
	}
}

// TestRecordAudio records real media with two audio tracks: the one that the
// feed wants is heard, and when another is wanted a new epoch begins.
func TestRecordAudio(t *testing.T) {
	two := []string{"-f", "lavfi", "-i", "sine=frequency=880:sample_rate=44100", "-t", "6", "-map", "0:v", "-map", "1:a", "-map", "2:a",
		"-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=fra"}
	for _, kind := range []string{"mpegts", "fmp4"} {
		t.Run(kind, func(t *testing.T) {
			pieces := segments(t, made(t, "two-tracks-"+kind, source("25", 6), two, h264(25, false), hls(kind)))
			m, dir := newMemory(), t.TempDir()
			health := func() clip.Health { m.mu.Lock(); defer m.mu.Unlock(); return m.health }
			for i, want := range []string{"fr", "de", "it"} {
				stop := startRecorder(t, clip.Feed{ID: "match", Audio: want}, &script{pieces: pieces[i : i+1]}, dir, m)
				eventually(t, "it records", func() bool { return m.held() == i+1 })
				eventually(t, "it says so", func() bool { return health().Segments == i+1 })
				stop()
			}
			verify(t, dir, m)
			if h := health(); !strings.Contains(h.Detail, `"it" is not there`) || !strings.Contains(h.Detail, "2 (fra, aac, 2 ch)") {
				t.Errorf("the feed's health says %q", h.Detail)
			}
			tl, segs := m.recorded()
			if len(tl) != 2 || tl[0].Format.Track != 1 || tl[0].Format.SampleRate != 44100 || tl[1].Format.Track != 0 || tl[1].Format.SampleRate != 48000 {
				t.Fatalf("timeline %+v", tl)
			}
			for _, s := range segs {
				if s.Sound.To-s.Sound.From < 170000 {
					t.Errorf("segment %d has %d ticks of sound", s.Seq, s.Sound.To-s.Sound.From)
				}
			}
		})
	}
}
