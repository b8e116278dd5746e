package clip

import (
	"slices"
	"time"
)

// Priority says which of several highlights comes first: a gold medal goes
// before the group stage, in rendering and in what an account may still post.
type Priority string

// The priorities. The empty one is Normal.
const (
	High   Priority = "high"
	Normal Priority = "normal"
	Low    Priority = "low"
)

// Priorities lists them, the first first.
func Priorities() []Priority { return []Priority{High, Normal, Low} }

// Rank counts from 0, which comes first.
func (p Priority) Rank() int {
	if i := slices.Index(Priorities(), p); i >= 0 {
		return i
	}
	return slices.Index(Priorities(), Normal)
}

// fresh is how long after its mark-out a moment counts as happening: who posts
// it first matters.
const fresh = 2 * time.Minute

// The urgencies of rendering, 1 first. Temporal has five levels by default.
const (
	urgentEdit = 1 // somebody who saw the files changed something, and waits
	urgentLive = 2 // and by priority up to 4
	urgentPast = 3 // and by priority up to 5
)

// Urgency is the place of h among all that wants to be rendered, from 1 to 5,
// 1 first: an edit before all, what is live before what is past, and either by
// priority.
func (h Highlight) Urgency(now time.Time) int {
	span := h.Recipe.Span
	switch {
	case len(h.Builds) > 0:
		return urgentEdit
	case span.Open() || now.Sub(span.Out) < fresh:
		return urgentLive + h.Priority.Rank()
	}
	return urgentPast + h.Priority.Rank()
}
