package desk

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// hear gives the tape a loudness curve, marks and captions: the first epoch is
// at -30 LUFS with a roar of -14 from its tenth second to its twelfth, the
// second is silent for ten seconds and then at -23.
func (w *world) hear() clip.Timeline {
	w.t.Helper()
	ctx := w.t.Context()
	tl, err := w.cat.Timeline(ctx, "pitch")
	must(w.t, err)
	for i, e := range tl {
		l := clip.Loudness{Epoch: e.ID, From: e.First + clip.LoudnessWindow}
		for k := 0; l.Place(k) <= e.End; k++ {
			second := float64(l.Place(k)-e.First) / clip.TickRate
			level := int16(-3000)
			switch {
			case i == 0 && second > 10 && second <= 12:
				level = -1400
			case i == 1 && second <= 10:
				level = clip.Silence
			case i == 1:
				level = -2300
			}
			l.Levels = append(l.Levels, level)
		}
		must(w.t, w.cat.PutLoudness(ctx, "pitch", l))
		must(w.t, w.cat.AddMarks(ctx, "pitch", []clip.Mark{
			{Epoch: e.ID, PTS: e.First + 4*clip.TickRate, Scheme: "scene", Fields: map[string]string{"change": "31"}},
			{Epoch: e.ID, PTS: e.First + 10*clip.TickRate, Scheme: "scte35", Event: "7", Fields: map[string]string{"type": "splice_insert"}},
		}))
		must(w.t, w.cat.AddCues(ctx, "pitch", []clip.Cue{
			{Epoch: e.ID, From: e.First + 10*clip.TickRate, To: e.First + 12*clip.TickRate, Lang: "en", Text: "What a goal!"},
			{Epoch: e.ID, From: e.First + 15*clip.TickRate, Lang: "fr", Text: "Quel but !"},
		}))
	}
	return tl
}

func TestLoudnessOfAFeed(t *testing.T) {
	w := newWorld(t)
	w.record()
	tl := w.hear()
	const path = "/api/v1/feeds/pitch/loudness"
	var got loudnessBody
	w.get(200, &got, "vera", "GET", path, "")
	if len(got.Stretches) != 2 || len(got.Stretches[0].Levels) != 197 || got.Step != 100*time.Millisecond {
		t.Fatalf("%d stretches, %d levels every %s", len(got.Stretches), len(got.Stretches[0].Levels), got.Step)
	}
	if at, want := got.Stretches[1].At, tl[1].Time(tl[1].First+clip.LoudnessWindow); !at.Equal(want) {
		t.Errorf("the second stretch begins at %s, want %s", at, want)
	}
	span := func(e int, in, out float64) string {
		at := func(s float64) string {
			return url.QueryEscape(fmt.Sprintf("%d:%d", tl[e].ID, tl[e].First+clip.Ticks(s*clip.TickRate)))
		}
		return path + "?in=" + at(in) + "&out=" + at(out)
	}
	for _, tc := range []struct {
		path string
		want float64 // integrated; 0: none
		n    int     // levels
	}{
		{span(0, 2, 6), -30, 40},
		{span(0, 10.5, 12), -14, 15},
		{span(0, 10.5, 12) + "&step=500ms", -14, 4},
		{span(1, 0, 9), 0, 87},
		{span(1, 11, 15), -23, 40},
		{span(1, 11, 11.3), 0, 3}, // shorter than what one level measures
		{span(1, 11, 15) + "&step=2s", -23, 3},
	} {
		w.get(200, &got, "vera", "GET", tc.path, "")
		n := 0
		for _, s := range got.Stretches {
			n += len(s.Levels)
		}
		if (tc.want == 0) != (got.Integrated == nil) || got.Integrated != nil && *got.Integrated != tc.want || n < tc.n-1 || n > tc.n {
			t.Errorf("%s: %d levels, integrated %v", tc.path, n, got.Integrated)
		}
	}
	for query, want := range map[string]int{
		"?step=50ms": 422, "?step=150ms": 422, "?step=2h": 422, "?step=x": 422, "?in=-1s&out=-5s": 422, "?in=noon": 422,
	} {
		w.get(want, nil, "vera", "GET", path+query, "")
	}
	w.get(404, nil, "vera", "GET", "/api/v1/feeds/nobody/loudness", "")
}

// TestLoudnessIsBounded: too long a curve is refused, with a step that fits.
func TestLoudnessIsBounded(t *testing.T) {
	for _, tc := range []struct {
		span time.Duration
		n    int
		ok   bool
	}{{time.Hour, 1, true}, {time.Hour + time.Second, 1, false}, {4 * time.Hour, 4, true}, {7 * 24 * time.Hour, 10, false}, {7 * 24 * time.Hour, 170, true}} {
		err := fits(clip.Span{In: time.Unix(0, 0), Out: time.Unix(0, 0).Add(tc.span)}, tc.n)
		if (err == nil) != tc.ok {
			t.Errorf("%s with %d: %v", tc.span, tc.n, err)
		}
	}
}

// TestLoudnessOfADriftingClock: stretches are short, so that each level is
// where it says.
func TestLoudnessOfADriftingClock(t *testing.T) {
	e := clip.Epoch{ID: 1, Start: time.Unix(1e9, 0).UTC()}
	e.Bends = []clip.Bend{{At: 0, Time: e.Start, Rate: 5_000_000}} // as fast as it gets
	l := clip.Loudness{Epoch: 1, Levels: make([]int16, 36000)}
	stretches := placed(l, e, 1)
	n := 0
	for _, s := range stretches {
		for i := range s.Levels {
			off := e.Time(s.From + clip.Ticks(i)*clip.LoudnessStep).Sub(s.At.Add(time.Duration(i) * 100 * time.Millisecond))
			if off > 400*time.Millisecond {
				t.Fatalf("level %d is %s off", n, off)
			}
			n++
		}
	}
	if n != len(l.Levels) {
		t.Errorf("%d of %d levels", n, len(l.Levels))
	}
}

func TestMarksAndCuesOfAFeed(t *testing.T) {
	w := newWorld(t)
	w.record()
	tl := w.hear()
	var marks struct{ Marks []markView }
	w.get(200, &marks, "vera", "GET", "/api/v1/feeds/pitch/marks", "")
	if len(marks.Marks) != 4 || marks.Marks[0].Scheme != "scene" || !marks.Marks[3].At.Equal(tl[1].Time(tl[1].First+10*clip.TickRate)) {
		t.Errorf("marks %+v", marks.Marks)
	}
	w.get(200, &marks, "vera", "GET", "/api/v1/feeds/pitch/marks?scheme=scte35,id3&in=-20s", "")
	if len(marks.Marks) != 1 || marks.Marks[0].Event != "7" || marks.Marks[0].Fields["type"] != "splice_insert" {
		t.Errorf("marks %+v", marks.Marks)
	}
	var cues struct{ Cues []cueView }
	w.get(200, &cues, "vera", "GET", "/api/v1/feeds/pitch/cues", "")
	if len(cues.Cues) != 4 || cues.Cues[0].Text != "What a goal!" || cues.Cues[0].Out.Sub(cues.Cues[0].In) != 2*time.Second || !cues.Cues[1].Out.IsZero() {
		t.Errorf("captions %+v", cues.Cues)
	}
	w.get(200, &cues, "vera", "GET", "/api/v1/feeds/pitch/cues?lang=fr&in=-4s&out=-1s", "")
	if len(cues.Cues) != 1 || cues.Cues[0].Lang != "fr" {
		t.Errorf("captions %+v", cues.Cues)
	}
}

// TestNothingHeardYet: a feed without a recording has empty lists.
func TestNothingHeardYet(t *testing.T) {
	w := newWorld(t)
	must(t, w.cat.PutFeed(t.Context(), clip.Feed{ID: "new", Title: "New", URL: "synthetic:match", Window: time.Hour}, seed))
	for _, what := range []string{"loudness", "marks", "cues"} {
		w.get(200, nil, "vera", "GET", "/api/v1/feeds/new/"+what, "")
		w.get(503, nil, "vera", "GET", "/api/v1/feeds/new/"+what+"?in=-5s", "")
	}
}
