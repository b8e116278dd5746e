package feed

import (
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// spacing is the frame rate and the length of a frame. What is measured counts
// where pictures come evenly; where they do not, as from clocks in
// milliseconds, the parameter set's word (said) does if it can be meant: the
// rate is loose then, for the next piece may seem to have another. It is zero
// when neither helps.
func spacing(times []clip.Ticks, said clip.Rate) (rate clip.Rate, step clip.Ticks, loose bool) {
	const enough = 6 // frames whose spacing is believed
	if len(times) < enough && !said.Zero() {
		return said, said.Ticks(1), true
	}
	if len(times) < 2 {
		return said, clip.TickRate / 25, true // one frame that says nothing: any length is a guess
	}
	steps := make([]clip.Ticks, len(times)-1)
	for i := range steps {
		steps[i] = times[i+1] - times[i]
	}
	slices.Sort(steps)
	median := max(1, steps[len(steps)/2])
	if rate := evenRate(steps, median); !rate.Zero() && len(times) >= enough {
		return rate, rate.Ticks(1), false
	}
	mean := max(1, clip.Ticks(clip.Rescale(int64(times[len(times)-1]-times[0]), 1, int64(len(steps)))))
	if rate = looseRate(median, mean, said); rate.Zero() {
		return rate, median, true
	}
	return rate, rate.Ticks(1), true
}

// evenRate is the rate of pictures that nearly all come the same step apart;
// zero: they do not.
func evenRate(steps []clip.Ticks, median clip.Ticks) clip.Rate {
	if rate := clip.RateOf(median); !rate.Zero() && even(steps, median) {
		return rate
	}
	if steps[len(steps)-1]-steps[0] <= 2 {
		return reduced(clip.TickRate, int(median)) // at no broadcast rate
	}
	return clip.Rate{}
}

// looseRate is the likeliest rate of pictures whose times jitter.
func looseRate(median, mean clip.Ticks, said clip.Rate) clip.Rate {
	if !said.Zero() && (alike(said.Ticks(1), mean) || alike(said.Ticks(1), median)) {
		return said
	}
	for _, d := range []clip.Ticks{median, mean} {
		if rate := clip.RateOf(d); !rate.Zero() {
			return rate
		}
	}
	return said
}

// even reports whether nearly all of the sorted steps are the median one.
func even(steps []clip.Ticks, median clip.Ticks) bool {
	off := 0
	for _, d := range steps {
		if abs(d-median) > 1 {
			off++
		}
	}
	return off*strayShare <= len(steps)
}

// alike reports whether two lengths of a frame are within 2 %: what jitter
// leaves in a mean, and less than any two rates but those of NTSC differ.
func alike(a, b clip.Ticks) bool { return 50*abs(a-b) <= a }
