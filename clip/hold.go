package clip

import (
	"fmt"
	"slices"
	"time"
)

// Hold keeps posts from being sent, to one destination or to all of them. It
// never keeps one from being read back or taken down.
type Hold struct {
	Destination string    `json:"destination"` // empty: all
	By          string    `json:"by"`          // who wants it; empty: the platform asks for it
	Reason      string    `json:"reason,omitempty"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"until,omitzero"` // zero: until somebody ends it
}

// Over reports a hold that has ended by itself.
func (h Hold) Over(now time.Time) bool { return !h.Until.IsZero() && !now.Before(h.Until) }

// String says who holds what, for people.
func (h Hold) String() string {
	var s string
	switch {
	case h.By == "":
		s = fmt.Sprintf("%s asks to wait until %s", h.Destination, h.Until.UTC().Format(time.TimeOnly+" MST"))
	case h.Destination == "":
		s = "all sending is stopped by " + h.By
	default:
		s = h.Destination + " is paused by " + h.By
	}
	if h.Reason != "" {
		s += ": " + h.Reason
	}
	return s
}

// HoldOn finds what keeps posts to a destination from being sent now. A stop of
// everything comes before a pause, and what a person wants before what a
// platform asks for.
func HoldOn(holds []Hold, destination string, now time.Time) (Hold, bool) {
	weight := func(h Hold) int {
		switch {
		case h.Destination == "":
			return 2
		case h.By != "":
			return 1
		}
		return 0
	}
	holds = slices.DeleteFunc(slices.Clone(holds), func(h Hold) bool {
		return h.Over(now) || h.Destination != "" && h.Destination != destination
	})
	if len(holds) == 0 {
		return Hold{}, false
	}
	return slices.MaxFunc(holds, func(a, b Hold) int { return weight(a) - weight(b) }), true
}

// Sends reports a step that brings a post nearer to the public, which a hold
// forbids.
func (s Step) Sends() bool { return s == StepIntend || s == StepUpload || s == StepPublish }
