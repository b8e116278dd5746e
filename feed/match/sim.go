package match

import (
	"math"
	"time"
)

// sim is the match while it is being simulated. Positions are rounded to
// 1/1024 m after each step so that no machine's arithmetic can make another
// match of it.
type sim struct {
	play *play
	now  step
	r    *random

	owner  int     // who has the ball, or -1 while it flies
	until  float64 // when the owner passes on
	flight flight
	mood   [22]float64
	shot   bool
}

// flight is the way of a ball that nobody has.
type flight struct {
	from, to       vec
	begin, end     float64
	lift, low, top float64 // height of the arc, and at both ends
	target         int     // who receives it; -1: the net
}

// The script of a cycle, in seconds.
const (
	turnover  = 7.5  // the team that will score wins the ball
	setUp     = 21.2 // the pass to the scorer is played
	shootAt   = 23.25
	goalTime  = 24.0
	celebrate = 24.4
)

// shape is where the eleven stand when the ball is in the middle, in metres
// from their own goal line and from the centre line; 4-3-3.
var shape = [11]vec{
	{4, 0}, {24, -22}, {20, -8}, {20, 8}, {24, 22}, {36, 0}, {42, -12}, {42, 12}, {58, -22}, {61, 0}, {58, 22},
}

func newSim(p *play) *sim {
	s := &sim{play: p, r: randomOf(p.cycle.seed, uint64(p.cycle.index), 7)}
	for i := range s.now.men {
		s.mood[i] = s.r.between(0, 100)
		s.now.men[i].at = s.base(i, vec{}, 0)
		s.now.men[i].run = s.r.between(0, 10)
	}
	s.owner = s.first(1-p.cycle.scoring) + 5
	s.until = -2.5
	s.now.ball.at = s.now.men[s.owner].at
	return s
}

// first is the goalkeeper of a side, sideOf the side of a man, toward the
// direction that he attacks.
func (s *sim) first(side int) int { return side * 11 }
func sideOf(i int) int            { return i / 11 }
func toward(i int) float64        { return 1 - 2*float64(sideOf(i)) }

// base is where a man wants to be for a ball at b.
func (s *sim) base(i int, b vec, t float64) vec {
	f, d := shape[i%11], toward(i)
	if i%11 == 0 {
		return vec{d * (-halfLength + 3 + 4*ease((b.x*d+50)/100)), b.y * 0.12}
	}
	push := -4.0
	if s.side(t) == sideOf(i) {
		push = 5
	}
	x := f.x - halfLength + push + 0.62*b.x*d + 2.2*sway(t*0.8, s.mood[i])
	y := f.y*0.82 + 0.34*b.y*1 + 2.6*sway(t*0.7, s.mood[i]+31)
	return vec{d * min(max(x, -halfLength+7), halfLength-9), min(max(y, -halfWidth+1.5), halfWidth-1.5)}
}

// side is the team in possession by the script.
func (s *sim) side(t float64) int {
	if t < turnover {
		return 1 - s.play.cycle.scoring
	}
	return s.play.cycle.scoring
}

func (s *sim) scorer() int { return s.first(s.play.cycle.scoring) + s.play.cycle.scorer }

// step moves everything on to t.
func (s *sim) step(t float64) {
	s.moveBall(t)
	hunters := s.hunters(t)
	for i := range s.now.men {
		goal, pace := s.wish(i, t, hunters)
		s.move(i, goal, pace)
	}
	s.part()
	s.gesture(t)
	if s.owner >= 0 {
		s.dribble()
	}
}

// move runs towards a goal with a man's inertia.
func (s *sim) move(i int, goal vec, pace float64) {
	m := &s.now.men[i]
	want := goal.sub(m.at).scale(1 / 0.7).cap(pace)
	m.speed = m.speed.add(want.sub(m.speed).cap(7.5 / stepsEach))
	m.at = m.at.add(m.speed.scale(1.0 / stepsEach))
	m.run += m.speed.size() / stepsEach
	m.at, m.speed = m.at.round(), m.speed.round()
}

func (a vec) round() vec {
	return vec{math.Round(a.x*1024) / 1024, math.Round(a.y*1024) / 1024}
}

// part keeps men from standing in one another.
func (s *sim) part() {
	for i := range s.now.men {
		for j := range i {
			a, b := &s.now.men[i], &s.now.men[j]
			d := a.at.sub(b.at)
			if gap := d.size(); gap < 1.3 && gap > 1e-3 {
				push := d.scale((1.3 - gap) * 0.12 / gap)
				a.at, b.at = a.at.add(push), b.at.sub(push)
			}
		}
	}
}

// dribble keeps the ball before its owner's feet, touched now and then.
func (s *sim) dribble() {
	m := &s.now.men[s.owner]
	ahead := 0.55 + 0.35*math.Abs(math.Sin(m.run*1.1))
	want := m.at.add(m.speed.unit().scale(ahead))
	b := &s.now.ball
	step := want.sub(b.at).scale(0.5)
	b.at, b.high = b.at.add(step).round(), 0.11
	b.roll += step.size()
}

// moveBall flies on, or is passed by who has it.
func (s *sim) moveBall(t float64) {
	if s.owner >= 0 {
		switch {
		case s.shot || t < s.until:
		case t >= setUp-0.01 && s.owner == s.scorer():
			if t >= shootAt {
				s.shoot(t)
			}
		default:
			s.pass(t)
		}
		return
	}
	f, b := &s.flight, &s.now.ball
	part := min((t-f.begin)/(f.end-f.begin), 1)
	was := b.at
	b.at = f.from.to(f.to, part).round()
	b.high = mix(f.low, f.top, part) + 4*f.lift*part*(1-part)
	b.roll += b.at.far(was)
	if part < 1 {
		return
	}
	if f.target < 0 {
		s.rest(t)
		return
	}
	s.owner = f.target
	s.until = t + s.r.between(0.7, 2.4)
	if s.until > setUp-0.3 {
		s.until = setUp // one more pass, and that is to the scorer
	}
}

// rest lets the ball drop and lie in the net.
func (s *sim) rest(t float64) {
	b, since := &s.now.ball, t-s.flight.end
	b.high = max(0.11, s.flight.top-4.9*since*since)
	b.at = s.flight.to.add(vec{-s.play.dir * 0.5 * ease(since), 0})
}

// touch records a kick.
func (s *sim) touch(t, force float64) {
	s.now.men[s.owner].kick = 1
	if t >= 0 {
		s.play.kicks = append(s.play.kicks, kick{time.Duration(t * float64(time.Second)), force, s.owner})
	}
}
