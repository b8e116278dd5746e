package clip

import (
	"slices"
	"time"
)

// Epoch is a run of a feed's clock without a break: encoder restarts, lost
// timestamps, discontinuities and format changes begin a new one. Inside it a
// place is ticks; a line of straight pieces leads from there to programme time:
// it begins at First and Start and goes another way at each of Bends. The line
// only ever grows at its end, so that a place never moves after somebody marked
// it.
type Epoch struct {
	ID     EpochID   `json:"id"`
	First  Ticks     `json:"first"`           // PTS of the first video frame
	End    Ticks     `json:"end"`             // first PTS that is not recorded (yet)
	Start  time.Time `json:"start"`           // programme time of First
	Format Format    `json:"format"`          // never changes within an epoch
	Reason string    `json:"reason"`          // why the epoch began, for people
	Bends  []Bend    `json:"bends,omitempty"` // in order; how the clock was found to drift
}

// Time is the programme time of t, rounded to the nearest nanosecond. A later
// place has a later time.
func (e Epoch) Time(t Ticks) time.Time {
	return e.line(func(b Bend) bool { return b.At <= t }).time(t)
}

// Ticks is the place of a programme time, rounded to the nearest tick, also
// outside the epoch's recording. It is the inverse of Time: for every place,
// e.Ticks(e.Time(t)) == t.
func (e Epoch) Ticks(t time.Time) Ticks {
	return e.line(func(b Bend) bool { return !b.Time.After(t) }).ticks(t)
}

// Unwrap is the place that a player means by t. What is at least Wrap cannot
// come from a transport stream and is meant as it stands. Anything else may be
// a 33-bit clock that has wrapped within the epoch: it is the latest place with
// that clock which is recorded or about to be, or, where the epoch has none,
// the one nearest to its recording.
func (e Epoch) Unwrap(t Ticks) Ticks {
	if t < 0 || t >= Wrap {
		return t
	}
	last := e.End + TicksOf(MaxFuture)
	at := last - (last - t).Raw()
	if before, after := e.First-at, at+Wrap-last; before > 0 && after < before {
		at += Wrap
	}
	return at
}

// Span is the programme time that the epoch covers so far.
func (e Epoch) Span() Span { return Span{In: e.Start, Out: e.Time(e.End)} }

// Timeline is all that is known about where a feed's recorded media lies in
// programme time: its epochs in order of their start. It is the only place
// where programme time and ticks meet.
type Timeline []Epoch

// Epoch finds an epoch by its number.
func (tl Timeline) Epoch(id EpochID) (Epoch, bool) {
	i := slices.IndexFunc(tl, func(e Epoch) bool { return e.ID == id })
	if i < 0 {
		return Epoch{}, false
	}
	return tl[i], true
}

// Time is the programme time of a position. The position must lie in a known
// epoch; it may lie beyond what is recorded so far, and its clock may be the
// transport stream's own, see [Epoch.Unwrap].
func (tl Timeline) Time(p Position) (time.Time, error) {
	e, ok := tl.Epoch(p.Epoch)
	if !ok {
		return time.Time{}, Errorf(Expired, "find media position "+p.String(),
			"the feed's recording has no epoch %d (any more); reload the player and mark again", p.Epoch)
	}
	return e.Time(e.Unwrap(p.PTS)), nil
}

// At is the position of a programme time: in the epoch that covers it, else
// in the last one that began before it.
func (tl Timeline) At(t time.Time) (Position, error) {
	var best *Epoch
	for i := range tl {
		e := &tl[i]
		if e.Start.After(t) {
			continue
		}
		if t.Before(e.Time(e.End)) {
			return Position{e.ID, e.Ticks(t)}, nil
		}
		best = e
	}
	if best == nil {
		return Position{}, Errorf(Expired, "find "+t.UTC().Format(time.RFC3339Nano), "it lies before the recording")
	}
	return Position{best.ID, best.Ticks(t)}, nil
}

// Window is the programme time from the first to the last recorded frame,
// gaps included; the zero span when nothing is recorded.
func (tl Timeline) Window() Span {
	if len(tl) == 0 {
		return Span{}
	}
	w := tl[0].Span()
	for _, e := range tl[1:] {
		s := e.Span()
		if s.In.Before(w.In) {
			w.In = s.In
		}
		if s.Out.After(w.Out) {
			w.Out = s.Out
		}
	}
	return w
}
