package feed

import (
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// strayShare is how many of a piece's frames may have garbage times, as
// damaged packets make them, before the piece as a whole is not believed.
const strayShare = 10 // one in ten

// dropStrays removes frames whose times cannot be right beside the others':
// one damaged packet must not cost a segment, nor move its end.
func (c *Content) dropStrays() error {
	bad := make([]bool, len(c.Frames))
	outOfOrder(c.Frames, bad)
	farFromDecoding(c.Frames, bad)
	offGrid(c.Frames, bad)
	n := 0
	for _, b := range bad {
		if b {
			n++
		}
	}
	if n*strayShare > len(c.Frames) {
		return ErrClock
	}
	c.Damaged += n
	c.settle(bad)
	return nil
}

// settle takes the bad frames out, and gives what hangs on frames their times.
func (c *Content) settle(bad []bool) {
	var captions []captionBytes
	for _, b := range c.captions {
		if !bad[b.frame] {
			b.pts = c.Frames[b.frame].PTS
			captions = append(captions, b)
		}
	}
	kept := c.Frames[:0:0]
	before := make([]int, len(bad)) // the kept frame that is, or comes before, each one
	for i, f := range c.Frames {
		if !bad[i] {
			kept = append(kept, f)
		}
		before[i] = max(0, len(kept)-1)
	}
	for i := range c.messages {
		if m := &c.messages[i]; !m.exact && len(kept) > 0 {
			m.at = kept[before[m.frame]].PTS
		}
	}
	c.captions, c.Frames = captions, kept
}

// outOfOrder finds frames that do not fit into the longest run of decoding
// times without a jump.
func outOfOrder(frames []clip.Frame, bad []bool) {
	const reach = 64 // so many strays in a row are none
	follows := func(j, i int) bool {
		d := frames[i].DTS - frames[j].DTS
		return d >= -jumpBack && d <= jumpAhead
	}
	length, previous := make([]int, len(frames)), make([]int, len(frames))
	last := 0
	for i := range frames {
		length[i], previous[i] = 1, i
		for j := i - 1; j >= max(0, i-reach); j-- {
			if follows(j, i) && length[j] >= length[i] {
				length[i], previous[i] = length[j]+1, j
				if j == i-1 {
					break // nothing is longer than a run to the frame before
				}
			}
		}
		if length[i] > length[last] {
			last = i
		}
	}
	for i := range bad {
		bad[i] = true
	}
	for i := last; ; i = previous[i] {
		if bad[i] = false; previous[i] == i {
			return
		}
	}
}

// farFromDecoding finds frames that are shown longer after they are decoded,
// or before, than any order of frames makes.
func farFromDecoding(frames []clip.Frame, bad []bool) {
	const reordered = 17 // frames, one more than ITU-T H.264 and H.265 allow
	var waits, steps []clip.Ticks
	last := -1
	for i, f := range frames {
		if bad[i] {
			continue
		}
		waits = append(waits, f.PTS-f.DTS)
		if last >= 0 {
			steps = append(steps, f.DTS-frames[last].DTS)
		}
		last = i
	}
	if len(steps) < 2 {
		return
	}
	slices.Sort(waits)
	slices.Sort(steps)
	usual := waits[len(waits)/2]
	limit := max(clip.TickRate/2, reordered*steps[len(steps)/2], 4*steps[len(steps)-1])
	for i, f := range frames {
		bad[i] = bad[i] || abs(f.PTS-f.DTS-usual) > limit
	}
}

// offGrid finds frames between the instants at which a broadcast rate has
// pictures, where nearly all the others lie on them.
func offGrid(frames []clip.Frame, bad []bool) {
	var steps []clip.Ticks
	for i := 1; i < len(frames); i++ {
		steps = append(steps, frames[i].DTS-frames[i-1].DTS)
	}
	if len(steps) < 2 {
		return
	}
	slices.Sort(steps)
	median := steps[len(steps)/2]
	rate := clip.RateOf(median)
	if rate.Zero() || !even(steps, median) {
		return
	}
	for _, origin := range []int{0, len(frames) / 2} { // one of them may be a stray itself
		off := make([]bool, len(frames))
		n := 0
		for i, f := range frames {
			t := abs(f.PTS - frames[origin].PTS)
			if off[i] = 32*abs(t-rate.Ticks(rate.Frames(t))) > median; off[i] {
				n++
			}
		}
		if n*strayShare <= len(frames) {
			for i := range bad {
				bad[i] = bad[i] || off[i]
			}
			return
		}
	}
}
