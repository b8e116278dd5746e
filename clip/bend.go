package clip

import (
	"slices"
	"time"
)

// Bend is where the line between an epoch's clock and programme time gets
// another slope, because the feed's clock runs fast or slow. It lies where
// nothing was recorded yet when it was made, so that no place that somebody
// may have marked ever moves.
type Bend struct {
	At   Ticks     `json:"at"`
	Time time.Time `json:"time"` // programme time of At: where the line before it puts it
	Rate int64     `json:"rate"` // programme time runs this much faster than the clock, in 10⁻⁹
}

// MaxRate is the steepest bend, 0.5 %: far more than any clock drifts, and
// little enough that nobody sees or hears programme time catch up.
const MaxRate = 5_000_000

// perRate is what a Bend's Rate counts in.
const perRate = 1_000_000_000

// time is the programme time of t on the line that begins at the bend. A tick
// is perRate/TickRate nanoseconds, so one division makes both the conversion
// and the slope.
func (b Bend) time(t Ticks) time.Time {
	return b.Time.Add(time.Duration(Rescale(int64(t-b.At), perRate+b.Rate, TickRate)))
}

// ticks is the inverse of time. Half a nanosecond of rounding there is far less
// than half a tick here, so that every tick comes back.
func (b Bend) ticks(t time.Time) Ticks {
	return b.At + Ticks(Rescale(int64(t.Sub(b.Time)), TickRate, perRate+b.Rate))
}

// line is the straight piece that leads on from the last bend that was passed.
// The first piece reaches back without end: it is the clock's own pace from
// First and Start, or, where what lay before the first bend is gone, that
// bend's.
func (e Epoch) line(passed func(Bend) bool) Bend {
	for i := len(e.Bends) - 1; i >= 0; i-- {
		if passed(e.Bends[i]) {
			return e.Bends[i]
		}
	}
	if len(e.Bends) > 0 && e.Bends[0].At <= e.First {
		return e.Bends[0]
	}
	return Bend{At: e.First, Time: e.Start}
}

// Rate is how much faster than the clock programme time runs at the end of the
// epoch, in 10⁻⁹.
func (e Epoch) Rate() int64 {
	return e.line(func(b Bend) bool { return b.At <= e.End }).Rate
}

// Bent is the epoch with another rate from its end on, no steeper than MaxRate.
// Everything recorded stays where it is.
func (e Epoch) Bent(rate int64) Epoch {
	bend := Bend{At: e.End, Time: e.Time(e.End), Rate: max(-MaxRate, min(rate, MaxRate))}
	kept := slices.DeleteFunc(slices.Clone(e.Bends), func(b Bend) bool { return b.At >= e.End })
	e.Bends = append(kept, bend)
	return e
}

// exact is the smallest number of ticks that is a whole number of nanoseconds:
// 100 µs.
const exact Ticks = 9

// From is the epoch without what lies before a place: what is left of it when
// its oldest media is deleted. It may begin up to 100 µs before that place, so
// that every place from there on keeps its programme time to the nanosecond.
func (e Epoch) From(at Ticks) Epoch {
	by := (at - e.First) / exact * exact
	if by <= 0 {
		return e
	}
	first := e.First + by
	e.First, e.Start, e.Bends = first, e.Time(first), inForce(e.Bends, first)
	return e
}

// inForce are the bends without those that no place from at on is measured by.
func inForce(bends []Bend, at Ticks) []Bend {
	for len(bends) > 1 && bends[1].At <= at {
		bends = bends[1:]
	}
	return bends
}

// before are the bends that lie before a place.
func before(bends []Bend, at Ticks) []Bend {
	i := slices.IndexFunc(bends, func(b Bend) bool { return b.At >= at })
	if i < 0 {
		return bends
	}
	return bends[:i:i]
}

// Grow is old as far as e reaches: e is the same epoch, later. Either may lack
// a beginning, as [Epoch.From] leaves it; what is left is old's. It is a
// Conflict if anything recorded in old would move in programme time.
func (e Epoch) Grow(old Epoch) (Epoch, error) {
	const op = "grow an epoch"
	from := max(old.First, e.First)
	if moved := old.Time(from).Sub(e.Time(from)); moved.Abs() > Ticks(1).Duration() { // a tick is rounding
		return old, Errorf(Conflict, op, "epoch %d would move by %s in programme time; begin another", old.ID, moved)
	}
	if !old.Format.Equal(e.Format) {
		return old, Errorf(Conflict, op, "epoch %d would change its format; begin another", old.ID)
	}
	grown := old
	grown.Bends = before(old.Bends, old.End)
	for _, b := range e.Bends[len(before(e.Bends, old.End)):] {
		grown.End = max(grown.End, b.At)
		if next := grown.Bent(b.Rate); b.At < grown.End || !next.Bends[len(next.Bends)-1].equal(b) {
			return old, Errorf(Conflict, op, "epoch %d breaks at %d: its line must go on from where it was, by at most 0.5 %%", old.ID, b.At)
		}
		grown.Bends = grown.Bent(b.Rate).Bends
	}
	if !slices.EqualFunc(inForce(grown.Bends, from), inForce(e.Bends, from), Bend.equal) {
		return old, Errorf(Conflict, op, "epoch %d would move where its clock was bent before; begin another", old.ID)
	}
	grown.End = max(old.End, e.End)
	return grown, nil
}

func (b Bend) equal(o Bend) bool { return b.At == o.At && b.Rate == o.Rate && b.Time.Equal(o.Time) }
