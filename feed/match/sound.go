package match

import (
	"math"
	"time"
)

// sampleRate is that of the sound.
const sampleRate = 48000

// sounds are made once for a match; all else is how they are mixed.
type sounds struct {
	left, right         loop // the crowd's murmur
	roarLeft, roarRight loop
	chant               loop
	kick                []float32
	whistle             []float32
}

func newSounds() *sounds {
	murmur := []band{{180, 160, 0.7}, {420, 300, 1}, {800, 500, 0.8}, {1500, 1100, 0.4}, {3200, 2400, 0.12}}
	roar := []band{{300, 260, 0.5}, {700, 420, 1}, {1200, 700, 1}, {2300, 1500, 0.55}, {4200, 3000, 0.2}}
	return &sounds{
		left: newNoise(1, 17, murmur), right: newNoise(2, 17, murmur),
		roarLeft: newNoise(3, 13, roar), roarRight: newNoise(4, 13, roar),
		chant: newChant(5, 7.5), kick: newKick(), whistle: newWhistle(1.1),
	}
}

// Levels of the mix, as amplitudes; the crowd and the voice have a
// power of 1 before.
const (
	murmurLevel = 0.040
	chantLevel  = 0.016
	roarLevel   = 0.140
	voiceLevel  = 0.075
	kickLevel   = 0.26
	refLevel    = 0.07
)

// Sound writes the stereo sound of frame n, s16le.
func (m *Match) Sound(n int64, out []byte) []byte {
	each := int64(sampleRate / m.set.rate)
	index, into := m.clock().place(n)
	pl := m.stage.play(index)
	first := n * each
	start := int64(clockSamples(into))
	for i := range each {
		l, r := m.stage.mix(pl, first+i, start+i)
		out = append(out, byte(l), byte(l>>8), byte(r), byte(r>>8))
	}
	return out
}

// clockSamples is a time in samples.
func clockSamples(t time.Duration) int { return int(math.Round(t.Seconds() * sampleRate)) }

// mix is one sample: n counts since the origin and moves the loops, in counts
// from the cycle's beginning.
func (s *stage) mix(pl *play, n, in int64) (l, r int16) {
	t := float64(in) / sampleRate
	g := pl.gains(t)
	x := s.sounds
	voice := pl.voice(in) * voiceLevel
	kick := pl.hit(in, x.kick) * kickLevel
	if k := in - int64(25.4*sampleRate); k >= 0 && k < int64(len(x.whistle)) {
		kick += float64(x.whistle[k]) * refLevel
	}
	sung := x.chant.at(n) * g.chant
	l = pcm(x.left.at(n)*g.murmur + x.roarLeft.at(n)*g.roar + 0.8*sung + x.chant.at(n+4100)*g.chant*0.3 + voice + kick)
	r = pcm(x.right.at(n)*g.murmur + x.roarRight.at(n)*g.roar + 0.8*x.chant.at(n+1900)*g.chant + 0.3*sung + voice + kick)
	return l, r
}

// pcm bends what is loud so that nothing clips.
func pcm(v float64) int16 {
	const knee = 0.6
	if a := math.Abs(v); a > knee {
		over := (a - knee) / (1 - knee)
		v = math.Copysign(knee+(1-knee)*over/(1+over)*0.9, v)
	}
	return int16(math.Round(v * 32000))
}

// gains are how loud the crowd is.
type gains struct{ murmur, roar, chant float64 }

// gains grow with the danger, explode at the goal and fade over some seconds.
func (p *play) gains(t float64) gains {
	danger := ease((t-13)/9) * (1 - ease((t-24.2)/0.4))
	joy := ease((t-24.05)/0.35) * (1 - 0.45*ease((t-26)/4.5)) * (1 - ease((t-29.5)/4))
	gasp := ease((t-23.2)/0.3) * (1 - ease((t-23.9)/0.2))
	tail := ease((t - 38.5) / 1.5) // into the next cycle there is no step
	chant := 0.0
	if p.cycle.index%2 == 0 {
		chant = ease((t-2)/3) * (1 - ease((t-17)/4))
	} else {
		chant = ease((t-30)/3) * (1 - tail)
	}
	swell := 1 + 0.18*sway(t*0.7, 2)*ease(t/2)*(1-tail)
	return gains{
		murmur: murmurLevel * swell * (1 + 1.1*danger + 1.2*joy),
		roar:   roarLevel * (joy*(0.93+0.07*sway(t*6, 5)) + 0.10*danger + 0.22*gasp),
		chant:  chantLevel * chant,
	}
}

// hit is what is heard of the ball at a sample of the cycle.
func (p *play) hit(in int64, sound []float32) float64 {
	sum := 0.0
	for i := range p.kicks {
		k := in - int64(clockSamples(p.kicks[i].at))
		if k >= 0 && k < int64(len(sound)) {
			sum += float64(sound[k]) * p.kicks[i].force
		}
	}
	return sum
}

// voice is the commentator at a sample of the cycle.
func (p *play) voice(in int64) float64 {
	for i := range p.script {
		from := int64(clockSamples(p.script[i].from))
		if in < from {
			return 0
		}
		if spoken := p.spoken(i); in < from+int64(len(spoken)) {
			return float64(spoken[in-from])
		}
	}
	return 0
}
