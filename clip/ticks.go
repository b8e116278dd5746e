package clip

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Ticks is media time in units of 1/90000 s, the clock of MPEG-TS (ISO/IEC
// 13818-1). Inside one epoch ticks are unwrapped: they only grow, also past
// the 33-bit wrap of the transport stream. Across epochs they mean nothing.
type Ticks int64

// TickRate is the number of ticks in a second.
const TickRate = 90000

// Wrap is where a transport stream's 33-bit clock returns to zero, about
// 26.5 h.
const Wrap Ticks = 1 << 33

// TicksOf converts a duration, rounded to the nearest tick.
func TicksOf(d time.Duration) Ticks {
	return Ticks(Rescale(int64(d), TickRate, int64(time.Second)))
}

// Duration converts to a duration, rounded to the nearest nanosecond. A tick
// survives the way there and back.
func (t Ticks) Duration() time.Duration {
	return time.Duration(Rescale(int64(t), int64(time.Second), TickRate))
}

// Raw is the 33-bit value that the transport stream carries for t.
func (t Ticks) Raw() Ticks { return t & (Wrap - 1) }

// Rescale computes n*mul/div rounded to nearest (halves away from zero),
// without overflow in between; a result that no int64 holds is the nearest
// that it does. mul and div must be positive. It is the only conversion
// between timescales.
func Rescale(n, mul, div int64) int64 {
	if n < 0 {
		return -rescale(-uint64(n), mul, div)
	}
	return rescale(uint64(n), mul, div)
}

func rescale(n uint64, mul, div int64) int64 {
	hi, lo := bits.Mul64(n, uint64(mul))
	lo, carry := bits.Add64(lo, uint64(div/2), 0)
	if hi += carry; hi >= uint64(div) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(div))
	return int64(min(q, math.MaxInt64))
}

// EpochID numbers a feed's epochs from 1.
type EpochID int

// Position is an exact place on a feed: ticks inside one epoch. It is what the
// desk's player sends.
type Position struct {
	Epoch EpochID `json:"epoch"`
	PTS   Ticks   `json:"pts"`
}

// String is the position as a person writes it, EPOCH:PTS.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Epoch, p.PTS) }

// maxPTS bounds what a position may name: a century of ticks.
const maxPTS = 1 << 48

// ParsePosition reads EPOCH:PTS.
func ParsePosition(s string) (Position, error) {
	const op = "read a media position"
	e, t, ok := strings.Cut(s, ":")
	epoch, err1 := strconv.Atoi(e)
	pts, err2 := strconv.ParseInt(t, 10, 64)
	if !ok || err1 != nil || err2 != nil || epoch < 1 || pts < 0 || pts > maxPTS {
		return Position{}, Errorf(Invalid, op, "%q is not EPOCH:PTS, such as 1:900000 (ticks of 1/90000 s)", s)
	}
	return Position{EpochID(epoch), Ticks(pts)}, nil
}

// Span is a stretch of programme time, half open: In is the first instant
// wanted, Out the first not wanted. A zero Out means that the span is still
// open.
type Span struct {
	In  time.Time `json:"in"`
	Out time.Time `json:"out,omitzero"`
}

// Open reports whether the mark-out is not known yet.
func (s Span) Open() bool { return s.Out.IsZero() }

// Duration is the length of a closed span.
func (s Span) Duration() time.Duration { return s.Out.Sub(s.In) }

// Grow adds context: preRoll before the mark-in and, once it is known,
// postRoll after the mark-out.
func (s Span) Grow(preRoll, postRoll time.Duration) Span {
	s.In = s.In.Add(-preRoll)
	if !s.Open() {
		s.Out = s.Out.Add(postRoll)
	}
	return s
}

// Overlaps reports whether two closed spans share an instant.
func (s Span) Overlaps(o Span) bool { return s.In.Before(o.Out) && o.In.Before(s.Out) }

// String prints the span for people, in UTC.
func (s Span) String() string {
	const layout = "15:04:05.000"
	if s.Open() {
		return s.In.UTC().Format(layout) + " –"
	}
	return s.In.UTC().Format(layout) + " – " + s.Out.UTC().Format(layout)
}

// Rate is a frame rate as a fraction of frames a second, such as 30000/1001.
type Rate struct {
	Num int `json:"num"`
	Den int `json:"den"`
}

// rates are the frame rates that broadcast uses (SMPTE ST 2051, ITU-R
// BT.2020). A feed's rate is snapped to the nearest.
var rates = []Rate{{24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1}, {50, 1}, {60000, 1001}, {60, 1}}

// RateOf is the broadcast rate of one frame every d ticks, or the zero rate
// when none is within one tick. It is that strict because pictures are played
// at the rate itself: a hundredth beside it is a third of a second in a clip of
// half a minute.
func RateOf(d Ticks) Rate {
	for _, r := range rates {
		want := Ticks(Rescale(TickRate, int64(r.Den), int64(r.Num)))
		if diff := max(d-want, want-d); diff <= 1 {
			return r
		}
	}
	return Rate{}
}

// Zero reports whether the rate is unknown.
func (r Rate) Zero() bool { return r.Num == 0 || r.Den == 0 }

// Frames is the number of frames that fit t, rounded to nearest.
func (r Rate) Frames(t Ticks) int {
	return int(Rescale(int64(t), int64(r.Num), TickRate*int64(r.Den)))
}

// Ticks is the length of n frames, rounded to the nearest tick.
func (r Rate) Ticks(n int) Ticks {
	return Ticks(Rescale(int64(n)*TickRate, int64(r.Den), int64(r.Num)))
}

// Divide is the rate when only every n-th frame is kept.
func (r Rate) Divide(n int) Rate {
	if r.Num%n == 0 {
		return Rate{r.Num / n, r.Den}
	}
	return Rate{r.Num, r.Den * n}
}

// String is the fraction as ffmpeg and people write it.
func (r Rate) String() string {
	if r.Den == 1 {
		return strconv.Itoa(r.Num)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}
