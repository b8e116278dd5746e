package match

import "math"

// pass plays the ball to a team-mate, or loses it where the script says so.
func (s *sim) pass(t float64) {
	from := s.now.ball.at
	target := s.receiver(t)
	m := &s.now.men[target]
	far := m.at.far(from)
	pace := min(max(11+far*0.28, 12), 21)
	time := max(far/pace, 0.45)
	switch {
	case t >= setUp-0.01:
		time = min(max(time, 0.6), 1.1)
		s.play.assist = s.owner
	case t+time > setUp-0.2:
		s.until = setUp
		return
	}
	to := m.at.add(m.speed.scale(time * 0.8)).add(vec{toward(target) * 0.8, 0})
	to.x = min(max(to.x, -halfLength+2), halfLength-2)
	to.y = min(max(to.y, -halfWidth+1), halfWidth-1)
	lift := 0.0
	if far > 24 {
		lift = far * 0.16
	}
	s.touch(t, min(0.35+far/60, 0.8))
	s.flight = flight{from: from, to: to, begin: t, end: t + time, lift: lift, low: 0.11, top: 0.11, target: target}
	s.owner = -1
}

// receiver is who the ball is best passed to: near where the script wants the
// play to be, not too near and not too far.
func (s *sim) receiver(t float64) int {
	if t >= setUp-0.01 {
		return s.scorer()
	}
	side := s.side(t + 0.8)
	line := s.front(t + 1)
	best, least := -1, math.Inf(1)
	for k := 1; k < 11; k++ {
		i := s.first(side) + k
		if i == s.owner {
			continue
		}
		m := &s.now.men[i]
		far := m.at.far(s.now.ball.at)
		cost := math.Abs(m.at.x-line) + 0.25*math.Abs(far-15) + s.r.between(0, 9)
		if far < 6 || far > 42 {
			cost += 40
		}
		if i == s.scorer() && t > turnover+6 {
			cost += 8
		}
		if cost < least {
			best, least = i, cost
		}
	}
	return best
}

// front is how far up the pitch the script wants the ball to be.
func (s *sim) front(t float64) float64 {
	d := s.play.dir
	switch {
	case t < turnover:
		return d * mix(2, 10, ease((t+4)/10)) // the others come, and lose it
	case t < setUp:
		return d * mix(-8, 36, ease((t-turnover)/(setUp-turnover)))
	}
	return d * 40
}

// shoot sends the ball so that it crosses the line at the goal's time.
func (s *sim) shoot(t float64) {
	from := s.now.ball.at
	corner := s.r.between(1.9, 3.1)
	if s.r.below(2) == 1 {
		corner = -corner
	}
	high := s.r.between(0.3, 1.9)
	line := vec{s.play.dir * halfLength, corner}
	share := (goalTime - t) / math.Abs(line.x-from.x)
	deep := vec{s.play.dir * (halfLength + goalDepth - 0.45), corner * 1.02}
	s.touch(t, 1)
	s.flight = flight{from: from, to: deep, begin: t, end: t + share*math.Abs(deep.x-from.x), lift: 0.35, low: 0.11, top: high, target: -1}
	s.owner, s.shot = -1, true
}

// hunters are the defenders who press the ball, and the receiver who meets it.
func (s *sim) hunters(t float64) map[int]bool {
	out := map[int]bool{}
	if t > goalTime {
		return out
	}
	side := s.side(t)
	if s.owner >= 0 {
		side = sideOf(s.owner)
	} else if s.flight.target >= 0 {
		side = sideOf(s.flight.target)
	}
	for range 2 {
		best, least := -1, 18.0
		for k := 1; k < 11; k++ {
			i := s.first(1-side) + k
			if far := s.now.men[i].at.far(s.now.ball.at); far < least && !out[i] {
				best, least = i, far
			}
		}
		if best >= 0 {
			out[best] = true
		}
	}
	return out
}

// wish is where a man wants to go and how fast.
func (s *sim) wish(i int, t float64, hunters map[int]bool) (vec, float64) {
	b, d := s.now.ball.at, toward(i)
	if t > celebrate {
		return s.afterGoal(i, t)
	}
	switch {
	case i%11 == 0:
		return s.keep(i, t)
	case i == s.owner:
		if i == s.scorer() && t > setUp {
			return vec{d * 50, b.y * 0.5}, 5.6
		}
		return s.now.men[i].at.add(vec{d * 6, 3 * sway(t, s.mood[i])}), 4.6
	case s.owner < 0 && s.flight.target == i:
		return s.flight.to, 7.6
	case i == s.scorer() && t > 15:
		run := ease((t - 15) / 6)
		return vec{d * mix(24, 39.5, run), 9 * sway(7, s.mood[i])}, 7
	case hunters[i]:
		goalSide := vec{-toward(i) * halfLength, 0}.sub(b).unit()
		return b.add(goalSide.scale(1.5)), 6.6
	}
	return s.base(i, b, t), 5.2
}

// keep is the goalkeeper's place, on the line between ball and goal, and his
// leap at the shot, a little too late.
func (s *sim) keep(i int, t float64) (vec, float64) {
	b, d := s.now.ball.at, toward(i)
	mouth := vec{-d * halfLength, 0}
	if s.shot && sideOf(i) != s.play.cycle.scoring {
		return vec{-d * (halfLength - 0.9), s.flight.to.y * 0.62}, 5.5
	}
	out := 1.5 + 7*ease((b.far(mouth)-20)/60)
	return mouth.add(b.sub(mouth).unit().scale(out)), 4
}

// afterGoal: the scorer runs to the corner and his team after him; the others
// walk back.
func (s *sim) afterGoal(i int, t float64) (vec, float64) {
	corner := vec{s.play.dir * 45, -27}
	switch {
	case i == s.scorer():
		if t > 28.2 {
			return corner.add(vec{s.play.dir * 1.5 * (t - 28.2), 1}), 1.6
		}
		return corner, 7
	case sideOf(i) != s.play.cycle.scoring:
		return s.base(i, vec{-s.play.dir * 18, 0}, t), 1.7
	case i%11 == 0:
		return s.base(i, vec{}, t), 2
	}
	ring := float64(i%11) * 0.62
	hug := s.now.men[s.scorer()].at.add(vec{1.5 * math.Cos(ring), 1.5 * math.Sin(ring)})
	return hug, 6.4 - 0.15*float64(i%11)
}

// gesture raises arms, stretches goalkeepers and fades kicks.
func (s *sim) gesture(t float64) {
	for i := range s.now.men {
		m := &s.now.men[i]
		m.kick *= 0.8
		happy := t > goalTime+0.2 && t < 33 && sideOf(i) == s.play.cycle.scoring
		want := 0.0
		if happy {
			want = 0.75 + 0.25*math.Sin(t*5+s.mood[i])
			if i != s.scorer() && math.Mod(s.mood[i], 1) > 0.6 {
				want *= 0.5
			}
		}
		m.arms += (want - m.arms) * 0.22
		if i%11 == 0 && s.shot && sideOf(i) != s.play.cycle.scoring {
			m.dive = diveAt(t) * math.Copysign(1, s.flight.to.y-m.at.y+0.01)
		}
	}
}

// diveAt is how far the goalkeeper is stretched: off at the shot, down until
// the ball lies in the net, then up again.
func diveAt(t float64) float64 {
	return ease((t-shootAt-0.25)/0.45) * (1 - ease((t-26)/1.6))
}
