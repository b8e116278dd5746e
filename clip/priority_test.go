package clip

import (
	"slices"
	"testing"
	"time"
)

// TestUrgency orders what waits to be rendered.
func TestUrgency(t *testing.T) {
	now := evening(20, 41, 0)
	highlight := func(p Priority, out time.Duration, builds int) Highlight {
		h := Highlight{Priority: p, Builds: make([]Built, builds)}
		h.Recipe.Span.In = now.Add(-time.Hour)
		if out != 0 {
			h.Recipe.Span.Out = now.Add(out)
		}
		return h
	}
	for name, tc := range map[string]struct {
		h    Highlight
		want int
	}{
		"an edit of yesterday's heat": {highlight(Low, -24*time.Hour, 1), 1},
		"gold, going on":              {highlight(High, 0, 0), 2},
		"gold, with its post-roll":    {highlight(High, 5*time.Second, 0), 2},
		"a goal, just over":           {highlight(Normal, -119*time.Second, 0), 3},
		"nothing said":                {highlight("", -time.Second, 0), 3},
		"a heat, going on":            {highlight(Low, 0, 0), 4},
		"gold, of this morning":       {highlight(High, -2*time.Minute, 0), 3},
		"a goal, of this morning":     {highlight(Normal, -time.Hour, 0), 4},
		"a heat, of this morning":     {highlight(Low, -time.Hour, 0), 5},
	} {
		if got := tc.h.Urgency(now); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
	if !slices.IsSortedFunc(Priorities(), func(a, b Priority) int { return a.Rank() - b.Rank() }) {
		t.Error("the ranks are not in order")
	}
}
