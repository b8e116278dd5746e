package feed

import (
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Grace is how long the file of a segment can still be read after retention
// let the segment go: a player that watches the oldest part of the window asks
// for what stood in the playlist that it read last. Where the disk is short,
// there is none.
const Grace = time.Minute

// leaver is a segment that is let go, and whose file is to be deleted.
type leaver struct {
	segment clip.Segment
	at      time.Time // not before
}

// leave remembers what is to be deleted after a grace. It gives what is due by
// now, and the segments whose files stay.
func (r *recording) leave(gone []clip.Segment, grace time.Duration) (due, stay []clip.Segment) {
	now := r.now()
	for _, s := range gone {
		r.leaving = append(r.leaving, leaver{s, now.Add(grace)})
	}
	if len(r.leaving) == 0 || grace > 0 && r.leaving[0].at.After(now) {
		return nil, nil
	}
	stay = slices.Clone(r.held)
	later := r.leaving[:0:0]
	for _, l := range r.leaving {
		if grace > 0 && l.at.After(now) {
			later, stay = append(later, l), append(stay, l.segment)
		} else {
			due = append(due, l.segment)
		}
	}
	r.leaving = later
	return due, stay
}
