package match

import (
	"time"

	"github.com/ovation-live/ovation/clip"
)

// origin is when frame 0 of every match was on air, in Unix seconds:
// 2026-01-01T00:00:00Z.
const origin = 1767225600

// gop is the distance of key frames in seconds. Frame numbers of key frames
// are its multiples, so that segments and the feed's grid coincide.
const gop = 2

// wholeGrid is the greatest multiple of two seconds within the 33-bit clock of
// MPEG-TS.
const wholeGrid = int64(clip.Wrap) / int64(clip.CellTicks) * int64(clip.CellTicks)

// clock relates frame numbers, wall-clock time and the transport's clock.
type clock struct{ rate int }

// at is the number of the frame that is on air at t.
func (c clock) at(t time.Time) int64 {
	return (t.Unix()-origin)*int64(c.rate) + int64(t.Nanosecond())*int64(c.rate)/int64(time.Second)
}

// key is the number of the last key frame at or before t.
func (c clock) key(t time.Time) int64 {
	n, g := c.at(t), int64(gop*c.rate)
	return n - n%g
}

// time is when frame n is on air.
func (c clock) time(n int64) time.Time {
	r := int64(c.rate)
	return time.Unix(origin+n/r, clip.Rescale(n%r, int64(time.Second), r)).UTC()
}

// tick is the length of a frame.
func (c clock) tick() int64 { return clip.TickRate / int64(c.rate) }

// pts is the place of frame n on the transport's clock in a run that began
// with frame first. It is n times the length of a frame, taken modulo whole
// two-second cells at the run's beginning, so that every run lies on the grid,
// and runs on through the 33-bit wrap from there.
func (c clock) pts(first, n int64) clip.Ticks {
	return clip.Ticks(first*c.tick()%wholeGrid + (n-first)*c.tick()).Raw()
}
