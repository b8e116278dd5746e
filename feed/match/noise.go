package match

import "math"

// loop is a sound that is repeated without a seam, one sample a slot.
type loop []float32

// at is the loop's sample at a place on the match's clock.
func (l loop) at(n int64) float64 { return float64(l[n%int64(len(l))]) }

// resonator is a two-pole filter with a peak: a formant, or a room.
type resonator struct{ a, b, gain, y1, y2 float64 }

func resonate(hz, width float64) resonator {
	r := math.Exp(-math.Pi * width / sampleRate)
	a := 2 * r * math.Cos(2*math.Pi*hz/sampleRate)
	return resonator{a: a, b: -r * r, gain: (1 - r) * math.Sqrt(1+r*r-2*r*math.Cos(4*math.Pi*hz/sampleRate))}
}

func (f *resonator) next(x float64) float64 {
	y := f.gain*x + f.a*f.y1 + f.b*f.y2
	f.y2, f.y1 = f.y1, y
	return y
}

// band is one part of a noise's spectrum.
type band struct{ hz, width, level float64 }

// newNoise makes a loop of noise. Its filters run round twice, so that the end
// meets the beginning.
func newNoise(seed uint64, seconds float64, bands []band) loop {
	n := int(seconds * sampleRate)
	white := make([]float32, n)
	r := randomOf(seed, 99)
	for i := range white {
		white[i] = float32(r.between(-1, 1))
	}
	out := make(loop, n)
	for _, b := range bands {
		f := resonate(b.hz, b.width)
		for i := range 2 * n {
			y := f.next(float64(white[i%n]))
			if i >= n {
				out[i-n] += float32(y * b.level)
			}
		}
	}
	return out.level(1)
}

// level scales the loop so that its mean power is rms squared.
func (l loop) level(rms float64) loop {
	sum := 0.0
	for _, v := range l {
		sum += float64(v) * float64(v)
	}
	k := float32(rms / math.Sqrt(sum/float64(len(l))+1e-12))
	for i := range l {
		l[i] *= k
	}
	return l
}

// Chants are sung by many out of tune.
var melody = []struct {
	note  float64 // semitones above 110 Hz; 0 with no length is a breath
	beats float64
}{{7, 1}, {7, 0.5}, {9, 0.5}, {12, 1}, {9, 1}, {7, 1.5}, {0, 0.5}, {5, 1}, {5, 0.5}, {7, 0.5}, {9, 1}, {7, 1}, {4, 1.5}, {0, 0.5}}

func newChant(seed uint64, seconds float64) loop {
	total := 0.0
	for _, m := range melody {
		total += m.beats
	}
	n := int(seconds * sampleRate)
	out := make(loop, n)
	const voices = 14
	r := randomOf(seed, 98)
	for range voices {
		detune, late, phase := r.between(0.985, 1.015), r.between(0, 0.09), 0.0
		octave := []float64{1, 1, 2}[r.below(3)]
		begin := 0.0
		for _, m := range melody {
			from, to := int((begin/total*seconds+late)*sampleRate), int(((begin+m.beats)/total*seconds+late)*sampleRate)
			begin += m.beats
			if m.note == 0 {
				continue
			}
			hz := 110 * octave * detune * math.Exp2(m.note/12)
			for i := from; i < to; i++ {
				phase += hz / sampleRate
				phase -= math.Floor(phase)
				t := float64(i-from) / float64(to-from)
				out[i%n] += float32((phase - 0.5) * ease(t*6) * ease((1-t)*5))
			}
		}
	}
	oh := [3]resonator{resonate(480, 120), resonate(850, 160), resonate(2500, 500)}
	sung := make(loop, n)
	for i := range 2 * n {
		x := float64(out[i%n])
		y := oh[0].next(x) + 0.7*oh[1].next(x) + 0.12*oh[2].next(x)
		if i >= n {
			sung[i-n] = float32(y)
		}
	}
	return sung.level(1)
}

// newKick is a foot on a ball.
func newKick() []float32 {
	out := make([]float32, sampleRate*12/100)
	r := randomOf(97)
	click := resonate(2100, 1800)
	phase := 0.0
	for i := range out {
		t := float64(i) / sampleRate
		phase += 2 * math.Pi * (70 + 120*math.Exp(-t*60)) / sampleRate
		out[i] = float32(0.85*math.Sin(phase)*math.Exp(-t*38) + 0.9*click.next(r.between(-1, 1))*math.Exp(-t*160))
	}
	return out
}

// newWhistle is the referee: two pipes and a pea.
func newWhistle(seconds float64) []float32 {
	out := make([]float32, int(seconds*sampleRate))
	breath := resonate(3100, 900)
	r := randomOf(96)
	for i := range out {
		t := float64(i) / sampleRate
		pea := 0.62 + 0.38*math.Sin(2*math.Pi*36*t)
		shape := ease(t/0.03) * ease((seconds-t)/0.06)
		tone := math.Sin(2*math.Pi*2870*t+0.6*math.Sin(2*math.Pi*36*t)) + 0.7*math.Sin(2*math.Pi*3190*t)
		out[i] = float32(shape * (0.42*pea*tone + 0.8*breath.next(r.between(-1, 1))))
	}
	return out
}
