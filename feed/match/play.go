package match

import (
	"math"
	"sync"
	"time"
)

// stepsEach is how many steps of the simulation there are in a second.
const stepsEach = 20

// warmUp is how long a cycle is simulated before it begins, so that everybody
// is already moving.
const warmUp = 4 * stepsEach

// play is what happens in one cycle: where everybody is at each step. It is
// simulated once from the cycle's seed and then only read.
type play struct {
	cycle cycle
	dir   float64 // +1 when the scoring team attacks to the right
	steps []step
	kicks []kick
	aim   []vec // where the main camera looks

	assist int // the man who plays the last pass
	script []line

	mu     sync.Mutex
	pairs  []pair      // the script as captions
	speech [][]float32 // the script's lines as sound, made when first heard
}

// step is one instant of the simulation.
type step struct {
	men  [22]man
	ball ball
}

// man is one player. 0 to 10 are the home team, the goalkeepers are 0 and 11.
type man struct {
	at, speed vec
	run       float64 // metres run so far: it drives the legs
	arms      float64 // 0 hanging, 1 thrown up
	dive      float64 // 0 standing, ±1 stretched to the side
	kick      float64 // 1 at the instant of a kick, fading
}

// ball is its centre's place and height, and how far it rolled.
type ball struct {
	at   vec
	high float64
	roll float64
}

// kick is one touch that is heard.
type kick struct {
	at    time.Duration
	force float64
	man   int
}

// simulate plays a cycle.
func simulate(c cycle) *play {
	p := &play{cycle: c, dir: 1}
	if c.scoring == 1 {
		p.dir = -1
	}
	s := newSim(p)
	for i := -warmUp; i < int(cycleLength/time.Second)*stepsEach+stepsEach; i++ {
		s.step(float64(i) / stepsEach)
		if i >= 0 {
			p.steps = append(p.steps, s.now)
		}
	}
	p.aim = aimOf(p.steps)
	p.script = scriptOf(p)
	p.speech = make([][]float32, len(p.script))
	return p
}

// aimOf is the path of an operator's eye: the ball's, smoothed over what was
// and what is about to come.
func aimOf(steps []step) []vec {
	const before, after = 14, 20
	out := make([]vec, len(steps))
	for i := range steps {
		var sum vec
		total := 0.0
		for k := -before; k <= after; k++ {
			j := min(max(i+k, 0), len(steps)-1)
			w := 0.5 + 0.5*math.Cos(math.Pi*float64(k-3)/(after+4))
			sum, total = sum.add(steps[j].ball.at.scale(w)), total+w
		}
		out[i] = sum.scale(1 / total)
	}
	return out
}

// at is the state at a time into the cycle, between steps.
func (p *play) at(into time.Duration) step {
	i, t := p.index(into, len(p.steps)-1)
	a, b := &p.steps[i], &p.steps[i+1]
	out := *b
	for k := range out.men {
		m, n := &a.men[k], &b.men[k]
		out.men[k] = man{
			at:    hermite(m.at, n.at, m.speed, n.speed, t),
			speed: m.speed.to(n.speed, t),
			run:   mix(m.run, n.run, t), arms: mix(m.arms, n.arms, t),
			dive: mix(m.dive, n.dive, t), kick: mix(m.kick, n.kick, t),
		}
	}
	out.ball = ball{a.ball.at.to(b.ball.at, t), mix(a.ball.high, b.ball.high, t), mix(a.ball.roll, b.ball.roll, t)}
	return out
}

// aimAt is where the main camera looks.
func (p *play) aimAt(into time.Duration) vec {
	i, t := p.index(into, len(p.aim)-1)
	return p.aim[i].to(p.aim[i+1], t)
}

func (p *play) index(into time.Duration, last int) (int, float64) {
	at := max(into.Seconds(), 0) * stepsEach
	i := min(int(at), last-1)
	return i, min(at-float64(i), 1)
}

// hermite goes from a to b with the speeds given at both.
func hermite(a, b, va, vb vec, t float64) vec {
	const h = 1.0 / stepsEach
	t2, t3 := t*t, t*t*t
	return a.scale(2*t3 - 3*t2 + 1).add(va.scale(h * (t3 - 2*t2 + t))).
		add(b.scale(3*t2 - 2*t3)).add(vb.scale(h * (t3 - t2)))
}

// spoken is a line of the script as sound.
func (p *play) spoken(i int) []float32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.speech[i] == nil {
		l := p.script[i]
		said := loop(speak(l.text, (l.to - l.from).Seconds(), l.heat, uint64(i)))
		p.speech[i] = said.level(0.8 + 0.5*l.heat)
	}
	return p.speech[i]
}

// captions are the script's lines as pairs of bytes, one for each slot of the
// cycle; a match has one rate of them.
func (p *play) captions(rate int) []pair {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pairs == nil {
		p.pairs = captionsOf(p.script, rate)
	}
	return p.pairs
}
