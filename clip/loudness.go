package clip

import "math"

// LoudnessWindow is how much sound one level of the loudness curve is measured
// over: the 400 ms that end at its place (EBU Tech 3341, "momentary"; one block
// of ITU-R BS.1770-5's gating, which also lie 100 ms apart).
const LoudnessWindow = 4 * LoudnessStep

// The gates of integrated loudness (ITU-R BS.1770-5, annex 1, checked
// 2026-11-24), in hundredths of LUFS.
const (
	absoluteGate = -7000 // what is quieter does not count
	relativeGate = -1000 // nor does what is that much quieter than the rest
)

// Place is where the i-th level was measured.
func (l Loudness) Place(i int) Ticks { return l.From + Ticks(i)*LoudnessStep }

// End is where the level after the last one will be measured.
func (l Loudness) End() Ticks { return l.Place(len(l.Levels)) }

// After is the part of a curve that was measured behind a place.
func (l Loudness) After(t Ticks) Loudness {
	if t < l.From {
		return l
	}
	n := min(int((t-l.From)/LoudnessStep)+1, len(l.Levels))
	return Loudness{Epoch: l.Epoch, From: l.Place(n), Levels: l.Levels[n:]}
}

// UpTo is the part of a curve that was measured at a place or before it.
func (l Loudness) UpTo(t Ticks) Loudness {
	n := 0
	if t >= l.From {
		n = min(int((t-l.From)/LoudnessStep)+1, len(l.Levels))
	}
	return Loudness{Epoch: l.Epoch, From: l.From, Levels: l.Levels[:n]}
}

// Within is the part of a curve whose sound lies in a span, whole.
func (l Loudness) Within(s Span90) Loudness { return l.After(s.From + LoudnessWindow - 1).UpTo(s.To) }

// Coarse is the curve with one level for every n, the loudest of them, for
// drawing more than there are points on a screen. They lie on a grid of their
// own, so that curves that are read piece by piece fit together: a level is
// about the n steps that end at its place.
func (l Loudness) Coarse(n int) Loudness {
	if n <= 1 || len(l.Levels) == 0 {
		return l
	}
	step := Ticks(n) * LoudnessStep
	up := func(t Ticks) Ticks { return -floorDiv(-t, step) * step }
	out := Loudness{Epoch: l.Epoch, From: up(l.From)}
	for i, v := range l.Levels {
		k := int((up(l.Place(i)) - out.From) / step)
		if k == len(out.Levels) {
			out.Levels = append(out.Levels, v)
		}
		out.Levels[k] = max(out.Levels[k], v)
	}
	return out
}

func floorDiv(a, b Ticks) Ticks {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Integrated is the loudness of all that the levels measure together, gated as
// EBU R 128 has it, in hundredths of LUFS. It is false where everything lies
// below the absolute gate: silence has no loudness.
func Integrated(levels []int16) (level int16, audible bool) {
	mean, ok := meanAbove(levels, absoluteGate)
	if !ok {
		return Silence, false
	}
	mean, ok = meanAbove(levels, max(absoluteGate, mean+relativeGate))
	return int16(math.Round(mean)), ok
}

// meanAbove is the level of the mean power of what is louder than a gate.
func meanAbove(levels []int16, gate float64) (level float64, any bool) {
	var sum float64
	n := 0
	for _, l := range levels {
		if float64(l) > gate {
			sum += math.Pow(10, float64(l)/1000)
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return 1000 * math.Log10(sum/float64(n)), true
}
