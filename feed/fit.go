package feed

import (
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// sighting is a place on a feed's clock and how much later than that clock's
// own pace it was seen, by another clock.
type sighting struct {
	at    clip.Ticks
	later time.Duration
}

// trend is a straight line through sightings.
type trend struct {
	sighting
	rate  int64         // how much later for each second of the feed's clock, in ns: in 10⁻⁹
	noise time.Duration // half of the sightings lie further from the line than this
}

// later is where the line leads.
func (l trend) laterAt(t clip.Ticks) time.Duration { return l.later + drifted(t-l.at, l.rate) }

// drifted is what a rate amounts to over a stretch, which may be a month long.
func drifted(d clip.Ticks, rate int64) time.Duration {
	return time.Duration(clip.Rescale(int64(d)*rate, 1, clip.TickRate))
}

// floor is the line below sightings whose errors are all delays: what arrives
// may be late by any amount, but never early. It is the edge of their lower
// convex hull three quarters on, where it has left older rates behind and still
// rests on more than the last few; it is no steeper than limit.
func floor(s []sighting, limit int64) trend {
	var hull []sighting
	for _, p := range s {
		for n := len(hull); n > 1 && above(hull[n-2], hull[n-1], p); n = len(hull) {
			hull = hull[:n-1]
		}
		hull = append(hull, p)
	}
	first, last := s[0].at, s[len(s)-1].at
	l := trend{}
	for i := 1; i < len(hull) && (i == 1 || hull[i-1].at < last-(last-first)/4); i++ {
		l.rate = steepness(hull[i-1], hull[i], limit)
	}
	return through(s, l.rate, func(rest []time.Duration) time.Duration { return rest[0] })
}

// above reports whether b lies above, or on, the line from a to c.
func above(a, b, c sighting) bool {
	return int64(b.later-a.later)*int64(c.at-a.at) >= int64(c.later-a.later)*int64(b.at-a.at)
}

// middle is the line amid sightings whose errors go both ways: the median of
// the slopes of all pairs (Theil and Sen), which a quarter of them cannot spoil.
func middle(s []sighting, limit int64) trend {
	slopes := make([]int64, 0, len(s)*(len(s)-1)/2)
	for i, a := range s {
		for _, b := range s[i+1:] {
			slopes = append(slopes, steepness(a, b, limit))
		}
	}
	rate := int64(0)
	if len(slopes) > 0 {
		slices.Sort(slopes)
		rate = slopes[len(slopes)/2]
	}
	return through(s, rate, median)
}

// steepness is the slope from a to b, no more than limit either way.
func steepness(a, b sighting, limit int64) int64 {
	if a.at >= b.at {
		return 0
	}
	return max(-limit, min(clip.Rescale(int64(b.later-a.later), clip.TickRate, int64(b.at-a.at)), limit))
}

// through lays a line of a known slope: pick says how high, given how high it
// would have to be for each sighting, lowest first.
func through(s []sighting, rate int64, pick func(sorted []time.Duration) time.Duration) trend {
	l := trend{rate: rate}
	l.at = s[len(s)-1].at
	rest := make([]time.Duration, len(s))
	for i, p := range s {
		rest[i] = p.later - drifted(p.at-l.at, rate)
	}
	slices.Sort(rest)
	l.later = pick(rest)
	for i := range rest {
		rest[i] = (rest[i] - l.later).Abs()
	}
	slices.Sort(rest)
	l.noise = median(rest)
	return l
}

func median(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }
