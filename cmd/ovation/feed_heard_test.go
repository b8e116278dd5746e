package main

import (
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

func TestMarksAndCues(t *testing.T) {
	w := newWorld(t)
	must(t, w.c.AddMarks(t.Context(), "match", []clip.Mark{
		{Epoch: 1, PTS: 10 * clip.TickRate, Scheme: "scene", Fields: map[string]string{"change": "31"}},
		{Epoch: 1, PTS: 20 * clip.TickRate, Scheme: "scte35", Event: "7", Fields: map[string]string{"type": "x", "a": "\x1b[2J"}},
	}))
	must(t, w.c.AddCues(t.Context(), "match", []clip.Cue{
		{Epoch: 1, From: 10 * clip.TickRate, To: 12 * clip.TickRate, Lang: "en", Text: "What a\ngoal!"},
		{Epoch: 1, From: 50 * clip.TickRate, Lang: "en", Text: "And"},
	}))
	for _, tc := range []struct {
		args []string
		want []string
		n    int
	}{
		{[]string{"feed", "marks", "match"}, []string{"1:900000", "scene", "change=31", "scte35", "type=x"}, 3},
		{[]string{"feed", "marks", "match", "--scheme", "scte35,id3"}, []string{"1:1800000"}, 2},
		{[]string{"feed", "marks", "match", "--in", w.live.Add(-45e9).Format("2006-01-02T15:04:05.999+00:00")}, []string{"scte35"}, 2},
		{[]string{"feed", "cues", "match"}, []string{"What a / goal!", "on screen"}, 3},
		{[]string{"feed", "cues", "match", "--in", "-5s", "--lang", "en"}, []string{"And"}, 2},
		{[]string{"feed", "cues", "match", "--lang", "fr"}, nil, 1},
	} {
		out, stderr, code := w.run(tc.args...)
		if code != exitDone || strings.Count(out, "\n") != tc.n || strings.Contains(out, "\x1b") {
			t.Errorf("%v: exit code %d: %s%s", tc.args, code, out, stderr)
		}
		for _, want := range tc.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v lacks %q:\n%s", tc.args, want, out)
			}
		}
	}
	_, stderr, code := w.run("feed", "marks", "match", "--in", "noon")
	if code != exitFailed || !strings.Contains(stderr, "HH:MM:SS") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
