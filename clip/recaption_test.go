package clip

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawCues draws captions of a tape, that may overlap.
func drawCues(t *rapid.T, s tape) []Cue {
	var cues []Cue
	at := 0
	for range rapid.IntRange(0, 12).Draw(t, "cues") {
		at += rapid.IntRange(0, 90).Draw(t, "pause")
		length := rapid.IntRange(1, 120).Draw(t, "length")
		text := rapid.SampledFrom([]string{"Goal", "What a pass", "He shoots"}).Draw(t, "text")
		cues = append(cues, Cue{Epoch: 1, From: s.pts(at) + Ticks(rapid.SampledFrom([]int{0, 0, 1, 1799, 3599}).Draw(t, "off")), To: s.pts(at + length), Lang: "en", Text: text})
		at += length
	}
	return cues
}

// TestSameWords rewrites captions as they are: no chunk changes, whether they
// are given by their places on the feed or in the clip.
func TestSameWords(t *testing.T) {
	s := standard()
	lost := s
	lost.lost = func(i int) bool { return i == 6 }
	rapid.Check(t, func(t *rapid.T) {
		rec := record(false, rapid.SampledFrom([]tape{s, lost}).Draw(t, "tape"))
		rec.Cues = drawCues(t, s)
		h := Highlight{State: HighlightReview, Recipe: s.ofFrames(75, 525)}
		before := mustPlan(t, h.Recipe, rec)
		var placed []Cue
		for _, q := range before.Cues() {
			placed = append(placed, before.OnFeed(q)...)
		}
		for _, cues := range [][]Cue{before.Captions(), placed} {
			if len(cues) == 0 {
				continue
			}
			again := h
			if err := again.Recaption(cues); err != nil {
				t.Fatal(err)
			}
			after := mustPlan(t, again.Recipe, rec)
			if got := changed(before, after); got != nil {
				t.Fatalf("cells %v changed:\n%v\n%v", got, before.Captions(), after.Captions())
			}
			if again.Revision != h.Revision+1 || again.State != HighlightRendering {
				t.Fatalf("it is at revision %d, %s", again.Revision, again.State)
			}
		}
	})
}

// TestReword changes a word, and then the span.
func TestReword(t *testing.T) {
	s := standard()
	rec := record(false, s)
	rec.Cues = []Cue{
		{Epoch: 1, From: s.pts(60), To: s.pts(120), Lang: "en", Text: "What a pas"}, // reaches in
		{Epoch: 1, From: s.pts(290), To: s.pts(310), Lang: "en", Text: "He shots"},
		{Epoch: 1, From: s.pts(500), Lang: "en", Text: "Goal"}, // still stands
	}
	h := Highlight{State: HighlightReview, Recipe: s.ofFrames(100, 525), Unspoken: "nobody listened"}
	before := mustPlan(t, h.Recipe, rec)
	cues := before.Captions()
	cues[0].Text, cues[1].Text = "What a pass", "He shoots"
	if err := h.Recaption(cues); err != nil {
		t.Fatal(err)
	}
	if h.Unspoken != "" {
		t.Errorf("it has captions, and still says %q", h.Unspoken)
	}
	after := mustPlan(t, h.Recipe, rec)
	if got := changed(before, after); !slices.Equal(got, []int{0, 3, 4}) {
		t.Errorf("cells %v are rendered again", got)
	}
	h.State = HighlightReview
	if err := h.Trim(Span{s.at(50), s.at(575)}); err != nil {
		t.Fatal(err)
	}
	want := []Cue{
		{Epoch: 1, From: s.pts(60), To: s.pts(100), Lang: "en", Text: "What a pas"}, // outside, the feed's stay
		{Epoch: 1, From: s.pts(100), To: s.pts(120), Lang: "en", Text: "What a pass"},
		{Epoch: 1, From: s.pts(290), To: s.pts(310), Lang: "en", Text: "He shoots"},
		{Epoch: 1, From: s.pts(500), To: s.pts(525), Lang: "en", Text: "Goal"},
		{Epoch: 1, From: s.pts(525), To: s.pts(575), Lang: "en", Text: "Goal"},
	}
	if diff := cmp.Diff(want, mustPlan(t, h.Recipe, rec).Captions()); diff != "" {
		t.Errorf("want −, got +:\n%s", diff)
	}
	h.State = HighlightReview
	if err := h.Recaption(nil); err != nil {
		t.Fatal(err)
	}
	if got := mustPlan(t, h.Recipe, rec).Captions()[0].Text; got != "What a pas" {
		t.Errorf("the feed's own are not back: %q", got)
	}
}

func TestRecaptionRefuses(t *testing.T) {
	s := standard()
	cue := Cue{Epoch: 1, From: 1, To: 2, Text: "x"}
	with := func(change func(*Cue)) []Cue { c := cue; change(&c); return []Cue{c} }
	for name, tc := range map[string]struct {
		cues []Cue
		edit func(*Highlight)
		want string
	}{
		"backwards": {cues: with(func(c *Cue) { c.To = 1 }), want: `caption 1 ("x") does not end after it begins`},
		"nowhere":   {cues: with(func(c *Cue) { c.Epoch = 0 }), want: "caption 1"},
		"blank":     {cues: with(func(c *Cue) { c.Text = " \n" }), want: "caption 1 has no text; leave it out"},
		"too long":  {cues: with(func(c *Cue) { c.Text = strings.Repeat("é", 501) }), want: "has 501 characters, 500 is the limit"},
		"too many":  {cues: make([]Cue, 2001), want: "2001 are too many"},
		"over":      {cues: []Cue{cue}, edit: func(h *Highlight) { h.State = HighlightSettled }, want: "it is settled"},
		"open":      {cues: []Cue{cue}, edit: func(h *Highlight) { h.Recipe.Span = Span{In: s.at(0)} }, want: "still goes on"},
	} {
		h := Highlight{State: HighlightReview, Recipe: s.ofFrames(75, 525)}
		if tc.edit != nil {
			tc.edit(&h)
		}
		if err := h.Recaption(tc.cues); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
