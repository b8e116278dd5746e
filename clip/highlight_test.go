package clip

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var highlightStates = []HighlightState{
	HighlightRendering, HighlightReview, HighlightApproved, HighlightSettled, HighlightRefused, HighlightWithdrawn, HighlightFailed,
}

// reviewed is a highlight that waits for a decision, or is beyond it.
func reviewed(state HighlightState) Highlight {
	return Highlight{
		ID: "m1", Feed: "match", Revision: 3, State: state, Recipe: recipe(evening(20, 41, 7), evening(20, 41, 12)),
		Renditions: []Rendition{
			{Shape: Wide, Digest: "0a", Size: 10, Cover: "0b", Captions: "0c", Duration: 5 * time.Second},
			{Shape: Tall, Digest: "1a", Size: 20, Cover: "1b", Duration: 5 * time.Second},
		},
		Drafts:   []Draft{{Destination: "club", Shape: Wide, Text: "Goal!", Alt: "A goal"}, {Destination: "drop", Shape: Tall, Text: "Goal", NotBefore: evening(21, 0, 0)}},
		Approval: ByPerson, Deadline: evening(21, 0, 0), Missing: []Span{{evening(20, 41, 8), evening(20, 41, 9)}},
	}
}

func TestHighlightStateFinal(t *testing.T) {
	moving := []HighlightState{HighlightRendering, HighlightReview, HighlightApproved}
	for _, s := range highlightStates {
		if s.Final() == slices.Contains(moving, s) {
			t.Errorf("%s: final is %t", s, s.Final())
		}
	}
}

// Every edit that is allowed voids the decision, and one that is not changes
// nothing.
func TestEditsVoidDecisions(t *testing.T) {
	edits := []struct {
		name string
		edit func(*Highlight) error
		kind Kind // of the refusal in a state that can be edited; Internal: none
		says string
	}{
		{"trim", func(h *Highlight) error { return h.Trim(Span{evening(20, 41, 8), evening(20, 41, 12)}) }, Internal, ""},
		{"trim to the same span", func(h *Highlight) error { return h.Trim(h.Recipe.Span) }, Internal, ""},
		{"text", func(h *Highlight) error { return h.Redraft(Draft{Destination: "club", Shape: Wide, Text: "Goal!!"}) }, Internal, ""},
		{"the same text", func(h *Highlight) error { return h.Redraft(h.Drafts[0]) }, Internal, ""},
		{"shape", func(h *Highlight) error { return h.Redraft(Draft{Destination: "club", Shape: Tall, Text: "Goal!"}) }, Internal, ""},
		{"embargo", func(h *Highlight) error { d := h.Drafts[1]; d.NotBefore = evening(22, 0, 0); return h.Redraft(d) }, Internal, ""},
		{"trim to nothing", func(h *Highlight) error { return h.Trim(Span{evening(20, 41, 8), evening(20, 41, 8)}) }, Invalid, "is empty"},
		{"an unknown destination", func(h *Highlight) error { return h.Redraft(Draft{Destination: "x", Shape: Wide}) }, NotFound, `no draft for "x"`},
		{"a shape that is not rendered", func(h *Highlight) error { return h.Redraft(Draft{Destination: "club", Shape: Square}) }, Invalid, "1:1 is not rendered"},
	}
	for _, state := range highlightStates {
		for _, tt := range edits {
			h, before := reviewed(state), reviewed(state)
			d := Decision{Highlight: h.ID, Revision: h.Revision, Subject: h.Subject(), Verdict: Approve}
			if !d.Covers(h) {
				t.Fatal("a decision does not cover what it was made over")
			}
			err := tt.edit(&h)
			switch {
			case state == HighlightFailed && strings.HasPrefix(tt.name, "trim"):
				continue // TestTrimOfAFailedHighlight
			case state.Final():
				wantError(t, tt.name, err, Conflict, "it is "+string(state)+"; flag the moment again")
			case tt.says != "":
				wantError(t, tt.name, err, tt.kind, tt.says)
			case err != nil:
				t.Errorf("%s of one in %s: %v", tt.name, state, err)
				continue
			}
			if err != nil {
				if diff := cmp.Diff(before, h); diff != "" {
					t.Errorf("%s was refused, but changed the highlight:\n%s", tt.name, diff)
				}
				continue
			}
			if d.Covers(h) || h.Revision != 4 || !h.Deadline.IsZero() || h.State == HighlightApproved {
				t.Errorf("after %s of one in %s: covered %t, revision %d, deadline %v, %s", tt.name, state, d.Covers(h), h.Revision, h.Deadline, h.State)
			}
			if d := before.Drafts[0]; cmp.Diff(d, reviewed(state).Drafts[0]) != "" {
				t.Errorf("%s changed the drafts of a copy", tt.name)
			}
		}
	}
}

// What could not be rendered may be with another span.
func TestTrimOfAFailedHighlight(t *testing.T) {
	h := reviewed(HighlightFailed)
	h.Reason = "no picture"
	if err := h.Trim(Span{evening(20, 41, 8), evening(20, 41, 12)}); err != nil || h.State != HighlightRendering || h.Reason != "" || h.Revision != 4 {
		t.Errorf("%s, %q, revision %d, %v", h.State, h.Reason, h.Revision, err)
	}
}

func TestTrimRendersAgain(t *testing.T) {
	h := reviewed(HighlightApproved)
	if err := h.Trim(Span{evening(20, 41, 8), evening(20, 41, 12)}); err != nil {
		t.Fatal(err)
	}
	if h.State != HighlightRendering || h.Renditions != nil || h.Missing != nil || !h.Recipe.Span.In.Equal(evening(20, 41, 8)) {
		t.Errorf("after a trim: %s, %v, %v, %s", h.State, h.Renditions, h.Missing, h.Recipe.Span)
	}
	h = reviewed(HighlightApproved)
	if err := h.Redraft(h.Drafts[0]); err != nil || h.State != HighlightReview || len(h.Renditions) != 2 {
		t.Errorf("after a new text: %s, %v, %v", h.State, h.Renditions, err)
	}
}

// A decision is over these bytes, these words, this schedule, and nothing else.
func TestDecisionCovers(t *testing.T) {
	d := func() Decision {
		h := reviewed(HighlightReview)
		return Decision{Highlight: h.ID, Revision: h.Revision, Subject: h.Subject()}
	}()
	for name, change := range map[string]func(*Highlight){
		"id": func(h *Highlight) { h.ID = "m2" }, "revision": func(h *Highlight) { h.Revision++ },
		"video": func(h *Highlight) { h.Renditions[0].Digest = "ff" }, "cover": func(h *Highlight) { h.Renditions[1].Cover = "ff" },
		"captions": func(h *Highlight) { h.Renditions[0].Captions = "" }, "fewer renditions": func(h *Highlight) { h.Renditions = h.Renditions[:1] },
		"text": func(h *Highlight) { h.Drafts[0].Text += " " }, "alt": func(h *Highlight) { h.Drafts[0].Alt = "" },
		"destination": func(h *Highlight) { h.Drafts[0].Destination = "other" }, "shape": func(h *Highlight) { h.Drafts[0].Shape = Tall },
		"embargo": func(h *Highlight) { h.Drafts[1].NotBefore = time.Time{} }, "order": func(h *Highlight) { slices.Reverse(h.Drafts) },
	} {
		h := reviewed(HighlightReview)
		if change(&h); d.Covers(h) {
			t.Errorf("covers a highlight with another %s", name)
		}
	}
	for name, change := range map[string]func(*Highlight){
		"state": func(h *Highlight) { h.State = HighlightApproved }, "deadline": func(h *Highlight) { h.Deadline = time.Time{} },
		"reason": func(h *Highlight) { h.Reason = "x" }, "updated": func(h *Highlight) { h.Updated = evening(23, 0, 0) },
	} {
		h := reviewed(HighlightReview)
		if change(&h); !d.Covers(h) {
			t.Errorf("does not cover a highlight with another %s", name)
		}
	}
}

func TestHighlightPosts(t *testing.T) {
	h := reviewed(HighlightReview)
	got, err := h.Posts(Moment{Title: "1:0"})
	want := []Post{
		{ID: "m1.club", Highlight: "m1", Destination: "club", Revision: 3, Shape: Wide, Media: "0a", Size: 10, Cover: "0b", Captions: "0c",
			Duration: 5 * time.Second, Lang: "en", Title: "1:0", Text: "Goal!", Alt: "A goal", State: PostPlanned},
		{ID: "m1.drop", Highlight: "m1", Destination: "drop", Revision: 3, Shape: Tall, Media: "1a", Size: 20, Cover: "1b",
			Duration: 5 * time.Second, Lang: "en", Title: "1:0", Text: "Goal", NotBefore: evening(21, 0, 0), State: PostPlanned},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("posts, %v (-want +got):\n%s", err, diff)
	}
	h.Renditions = h.Renditions[:1]
	_, err = h.Posts(Moment{})
	wantError(t, "a rendition is not ready", err, Conflict, "its 9:16 rendition for drop is not ready")
	if _, ok := h.Rendition(Tall); ok {
		t.Error("found a rendition that is not there")
	}
}
