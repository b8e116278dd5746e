package match

import "math"

// joint is a place on a body: metres ahead, to the left and up.
type joint struct{ ahead, side, up float64 }

// kit is what a man wears, and what he looks like.
type kit struct{ shirt, shorts, socks, trim, skin, hair colour }

// pose is one man's joints.
type pose struct {
	hip, knee, foot, toe  [2]joint
	shoulder, elbow, hand [2]joint
	pelvis, chest, neck   joint
	head                  joint
	facing                vec
	lean, bounce          float64
}

// poseOf bends a body for what a man does: the legs follow the metres he ran.
func poseOf(m *man) pose {
	speed := m.speed.size()
	drive := ease(speed / 6.5)
	stride := mix(0.55, 0.36, drive) * math.Pi // radians a metre
	phase := m.run * stride * 1.15
	swing := mix(0.06, 0.85, ease(speed/5.5))
	q := pose{lean: 0.05 + 0.20*drive, bounce: 0.03 * drive * math.Abs(math.Sin(phase))}
	q.facing = m.speed.unit()
	for i, sgn := range []float64{-1, 1} {
		a := swing * math.Sin(phase+float64(i)*math.Pi)
		bend := 0.12 + (0.25+1.25*drive)*max(0, math.Sin(phase+float64(i)*math.Pi-1.2))*ease(speed/2)
		if i == 1 {
			a, bend = mix(a, 1.15, m.kick), mix(bend, 0.05, m.kick)
		}
		q.leg(i, sgn, a, bend)
		q.arm(i, sgn, -a*0.95, 0.5+0.9*drive, m.arms)
	}
	q.pelvis = joint{0, 0, 0.94 + q.bounce}
	q.chest = joint{q.lean * 0.42, 0, 1.36 + q.bounce}
	q.neck = joint{q.lean * 0.55, 0, 1.50 + q.bounce}
	q.head = joint{q.lean*0.62 + 0.03, 0, 1.68 + q.bounce}
	return q
}

func (q *pose) leg(i int, sgn, angle, bend float64) {
	const thigh, shin = 0.43, 0.43
	q.hip[i] = joint{0, sgn * 0.10, 0.92 + q.bounce}
	s, c := math.Sincos(angle)
	q.knee[i] = joint{thigh * s, sgn * 0.11, q.hip[i].up - thigh*c}
	s, c = math.Sincos(angle - bend)
	q.foot[i] = joint{q.knee[i].ahead + shin*s, sgn * 0.10, max(q.knee[i].up-shin*c, 0.06)}
	q.toe[i] = joint{q.foot[i].ahead + 0.17, sgn * 0.11, max(q.foot[i].up-0.03, 0.04)}
}

func (q *pose) arm(i int, sgn, angle, bend, raised float64) {
	const upper, fore = 0.29, 0.27
	q.shoulder[i] = joint{q.lean * 0.5, sgn * 0.20, 1.44 + q.bounce}
	s, c := math.Sincos(angle)
	elbow := joint{q.shoulder[i].ahead + upper*s, sgn * 0.27, q.shoulder[i].up - upper*c}
	s2, c2 := math.Sincos(angle + bend)
	hand := joint{elbow.ahead + fore*s2, sgn * 0.24, elbow.up - fore*c2}
	up := joint{q.shoulder[i].ahead + 0.05, sgn * 0.40, q.shoulder[i].up + 0.22}
	top := joint{q.shoulder[i].ahead + 0.10, sgn * 0.46, q.shoulder[i].up + 0.50}
	q.elbow[i], q.hand[i] = elbow.to(up, raised), hand.to(top, raised)
}

func (a joint) to(b joint, t float64) joint {
	return joint{mix(a.ahead, b.ahead, t), mix(a.side, b.side, t), mix(a.up, b.up, t)}
}

// figure draws one man.
func (p *Picture) figure(c *camera, m *man, k kit, number int, l *lettering) {
	foot, s, ok := c.see(m.at, 0)
	if !ok || foot.x < -2*s || foot.x > float64(p.W)+2*s || foot.y < 0 || foot.y-2.6*s > float64(p.H) {
		return
	}
	q := poseOf(m)
	see := func(j joint) point { return c.joint(m, q.facing, j) }
	limb := func(a, b joint, ra, rb float64, col colour, shade int) {
		p.limb(see(a), see(b), ra*s, rb*s, col, shade, 256)
	}
	far := 0 // the arm and leg away from the camera come first
	if q.facing.x*c.fy-q.facing.y*c.fx > 0 {
		far = 1
	}
	near := 1 - far
	p.leg(limb, &q, far, k, -14)
	limb(q.shoulder[far], q.elbow[far], 0.062, 0.052, k.shirt.lit(-14), 10)
	limb(q.elbow[far], q.hand[far], 0.046, 0.04, k.skin.lit(-14), 8)
	p.leg(limb, &q, near, k, 0)
	limb(q.pelvis, joint{q.lean * 0.12, 0, 1.02 + q.bounce}, 0.155, 0.15, k.shorts, 16)
	limb(joint{0.01, 0, 1.05 + q.bounce}, q.chest, 0.15, 0.205, k.shirt, 22)
	limb(q.shoulder[far], q.shoulder[near], 0.085, 0.085, k.shirt.lit(4), 8)
	p.number(c, m, &q, k, number, s, l)
	limb(q.neck, q.head, 0.055, 0.055, k.skin.lit(-10), 0)
	p.disc(see(q.head), 0.118*s, k.skin, 14, 256)
	back := joint{q.head.ahead - 0.035, 0, q.head.up + 0.045}
	p.disc(see(back), 0.108*s, k.hair, 8, 256)
	limb(q.shoulder[near], q.elbow[near], 0.066, 0.054, k.shirt.lit(6), 14)
	limb(q.elbow[near], q.hand[near], 0.047, 0.042, k.skin, 10)
}

func (p *Picture) leg(limb func(a, b joint, ra, rb float64, c colour, shade int), q *pose, i int, k kit, lit int) {
	limb(q.knee[i], q.foot[i], 0.062, 0.048, k.socks.lit(lit), 14)
	limb(q.hip[i], q.knee[i], 0.088, 0.062, k.skin.lit(lit), 12)
	limb(q.hip[i], q.hip[i].to(q.knee[i], 0.62), 0.115, 0.11, k.shorts.lit(lit), 16)
	limb(joint{q.foot[i].ahead - 0.03, q.foot[i].side, q.foot[i].up}, q.toe[i], 0.05, 0.036, rgb(26, 26, 30), 10)
}

// joint projects a place on a body; a diving goalkeeper's lies on its side.
func (c *camera) joint(m *man, facing vec, j joint) point {
	left := vec{-facing.y, facing.x}
	if m.dive != 0 {
		d := math.Abs(m.dive)
		reach := math.Copysign(j.up*d, m.dive)
		at := m.at.add(facing.scale(j.ahead * 0.4)).add(left.scale(j.side * (1 - d))).add(vec{0, reach})
		q, _, _ := c.see(at, j.up*(1-d)+(0.35+j.side*0.6)*d+0.5*d*(1-d))
		return q
	}
	q, _, _ := c.see(m.at.add(facing.scale(j.ahead)).add(left.scale(j.side)), j.up)
	return q
}

// number puts the shirt's number where it can be read.
func (p *Picture) number(c *camera, m *man, q *pose, k kit, number int, s float64, l *lettering) {
	away := q.facing.x*c.fx + q.facing.y*c.fy
	if s < 60 || math.Abs(away) < 0.45 || m.dive != 0 {
		return
	}
	at := c.joint(m, q.facing, joint{q.lean*0.3 - math.Copysign(0.05, away), 0, 1.25})
	w := wording{text: itoa(number), size: int(0.27 * s * math.Abs(away)), bold: true}
	if away < 0 {
		w.size = w.size / 2
	}
	l.write(p, w, int(at.x)-l.width(w)/2, int(at.y)+w.size/3, k.trim, 230)
}
