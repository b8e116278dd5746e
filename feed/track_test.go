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
