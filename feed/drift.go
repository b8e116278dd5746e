package feed

import (
	"cmp"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// driftmeter compares a feed's clock with time of day and keeps programme time
// in step: a crystal that runs 100 ppm fast is 2 s ahead after 6 h, and a mark
// by the clock on the wall would be 50 frames off.
//
// Time of day is what the source states of its segments or, where it states
// nothing, when they arrive. Arrivals are late by whatever the network does,
// but never early, so the least delay over minutes is what counts. Programme
// time follows by bends of the epoch's line that nobody can see or hear, and
// never by a step.
type driftmeter struct {
	epoch  clip.EpochID
	pace   clip.Epoch // the epoch as it would be if its clock were right
	stated bool       // the source states programme time
	told   clip.Ticks // where it did last

	seen    []sighting // one for each tenSeconds, the oldest first
	open    []sighting // of the ten seconds that are not over
	strays  []sighting // the last ones, all far from the trend
	trend   trend      // of seen
	settled bool       // there is a trend to be acted on, or there was
	bent    clip.Ticks // where a bend was last considered
}

// follow keeps programme time in step with the source and says so in the feed's
// health.
func (r *recording) follow(e clip.Epoch, c Content, shift clip.Ticks, p Piece) clip.Epoch {
	e, step := r.drift.follow(e, c.First+shift, c.End+shift, p)
	if step != 0 {
		r.note("the source's clock was set", clip.Errorf(clip.Invalid, "follow the source's clock",
			"it stepped by %s; programme time follows by at most 0.5 %%, so that nothing recorded moves", step.Round(time.Millisecond)))
	}
	r.health.Drift, r.health.ClockOff = 0, 0
	if r.drift.steady() {
		r.health.Drift, r.health.ClockOff = -r.drift.trend.rate, -r.drift.off(e)
	}
	return e
}

// How the driftmeter measures.
const (
	tenSeconds clip.Ticks = 10 * clip.TickRate
	settleFor             = 6 * tenSeconds   // from the first sighting to the first bend
	silentFor             = 6 * tenSeconds   // after it, a source states no programme time any more
	overStated            = 60 * tenSeconds  // how far a trend looks back
	overHeard             = 180 * tenSeconds // likewise, for arrivals
	lateFor               = 60 * tenSeconds  // arrivals are late that long before it is their clock

	strayStated = 100 * time.Millisecond // further from the trend than this is another clock
	strayHeard  = 500 * time.Millisecond
	strayCount  = 3                      // that many of which agree
	stepFrom    = 500 * time.Millisecond // a step that people are told of

	// Clocks of encoders are within 100 ppm. What arrivals show beyond this is
	// not drift: an HLS playlist that is asked for in step with its segments
	// shows a growing delay until one falls between.
	mostHeard = 300_000
)

// How the driftmeter steers.
const (
	steerOver = 5 * time.Minute // an error is made good over
	steerFrom = 8 * time.Millisecond
	considers = 3 * tenSeconds // between bends
)

// follow is called with each piece of an epoch before it is recorded. It gives
// the epoch with a bend at its end where the clock has been drifting, and by
// how much the source's time of day was found to have stepped.
func (d *driftmeter) follow(e clip.Epoch, first, end clip.Ticks, p Piece) (clip.Epoch, time.Duration) {
	if e.ID != d.epoch {
		*d = driftmeter{epoch: e.ID, pace: clip.Epoch{First: e.First, Start: e.Start}, bent: e.End}
	} else {
		e = d.steer(e)
	}
	switch {
	case p.filed:
		return e, 0
	case p.states():
		if !d.stated {
			d.restart(nil)
		}
		d.stated, d.told = true, first
		return e, d.see(first, p.ProgramTime)
	case d.stated && first-d.told < silentFor:
		return e, 0 // not every segment need say
	case d.stated:
		d.stated = false
		d.restart(nil)
	}
	return e, d.see(end, p.Arrived)
}

// off is how far the source's time of day is ahead of programme time at the
// epoch's end.
func (d *driftmeter) off(e clip.Epoch) time.Duration {
	return d.trend.laterAt(e.End) - e.Time(e.End).Sub(d.pace.Time(e.End))
}

// steer bends the epoch where its error is too large and its line does not make
// it good, or where the line would go on when nothing is left to make good.
func (d *driftmeter) steer(e clip.Epoch) clip.Epoch {
	if e.End-d.bent < considers || !d.steady() {
		return e
	}
	d.bent = e.End
	off, gain := d.off(e), e.Rate()-d.trend.rate // gain is what the line makes good
	limit := max(steerFrom, d.trend.noise/8)
	right := off > 0 == (gain > 0)
	aim := int64(off) / int64(steerOver/time.Second)
	soon := drifted(2*considers, gain).Abs()
	switch {
	case off.Abs() <= limit && (right || drifted(clip.TicksOf(steerOver), gain).Abs() <= limit):
		return e
	case off.Abs() <= limit:
		aim = 0
	case right && soon <= off.Abs() && max(gain, -gain) >= max(aim, -aim)/2:
		return e
	}
	if bent := e.Bent(d.trend.rate + aim); bent.Rate() != e.Rate() {
		return bent
	}
	return e
}

// steady reports whether the trend has been seen for long enough.
func (d *driftmeter) steady() bool {
	return len(d.seen) > 0 && d.seen[len(d.seen)-1].at-d.seen[0].at >= settleFor
}

// see adds a sighting. A few in a row that lie far from the trend, and agree,
// are a step of the clock, and a new beginning; else they are left out.
func (d *driftmeter) see(at clip.Ticks, when time.Time) (step time.Duration) {
	s := sighting{at, when.Sub(d.pace.Time(at))}
	if len(d.seen)+len(d.open) == 0 {
		d.restart([]sighting{s})
		return 0
	}
	d.settled = d.settled || d.steady()
	limit := strayHeard
	if d.stated {
		limit = strayStated
	}
	away := s.later - d.trend.laterAt(at)
	if away.Abs() < limit {
		d.strays = nil
		d.add(s)
		return 0
	}
	if len(d.strays) > 0 && (s.later-d.strays[0].later).Abs() >= limit {
		d.strays = nil
	}
	d.strays = append(d.strays, s)
	late := !d.stated && away > 0 && at-d.strays[0].at < lateFor
	if len(d.strays) < strayCount || late {
		return 0
	}
	if d.settled && away.Abs() >= stepFrom {
		step = away
	}
	d.restart(d.strays[len(d.strays)-strayCount:])
	return step
}

// restart forgets all but some sightings.
func (d *driftmeter) restart(with []sighting) {
	d.seen, d.open, d.strays, d.trend = nil, nil, nil, trend{}
	for _, s := range with {
		d.add(s)
	}
}

// add takes a sighting into the trend.
func (d *driftmeter) add(s sighting) {
	n := len(d.open)
	if n > 0 && s.at <= d.open[n-1].at {
		return // pieces that overlap say nothing new
	}
	if n > 0 && s.at-d.open[0].at >= tenSeconds {
		d.close()
	}
	d.open = append(d.open, s)
	if len(d.seen) < 3 { // until then each one counts
		d.trend = d.fit(append(slices.Clone(d.seen), d.best()))
	}
}

// close makes one sighting of the open ones and forgets those that are too old.
func (d *driftmeter) close() {
	best, over := d.best(), overHeard
	if d.stated {
		over = overStated
	}
	d.seen, d.open = append(d.seen, best), nil
	for best.at-d.seen[0].at > over {
		d.seen = d.seen[1:]
	}
	d.trend = d.fit(d.seen)
}

// best is the open sighting to be believed: the one in the middle or, of
// arrivals, the earliest.
func (d *driftmeter) best() sighting {
	sorted := slices.SortedFunc(slices.Values(d.open), func(a, b sighting) int { return cmp.Compare(a.later, b.later) })
	if d.stated {
		return sorted[len(sorted)/2]
	}
	return sorted[0]
}

func (d *driftmeter) fit(s []sighting) trend {
	if d.stated {
		return middle(s, clip.MaxRate)
	}
	return floor(s, mostHeard)
}
