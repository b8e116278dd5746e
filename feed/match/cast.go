package match

import (
	"math"
	"sort"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// numbers on the shirts, in the order of the eleven.
var numbers = [11]int{1, 2, 4, 5, 3, 6, 8, 10, 7, 9, 11}

// cast dresses the 22.
func cast(c *cycle) [22]kit {
	var out [22]kit
	hairs := []colour{rgb(30, 24, 20), rgb(60, 42, 28), rgb(22, 20, 20), rgb(150, 118, 70), rgb(90, 62, 40)}
	for i := range out {
		t := c.side(i / 11)
		r := randomOf(uint64(i), uint64(len(t.name)), uint64(t.name[0]), 5)
		out[i] = kit{t.shirt, t.shorts, t.socks, t.trim, skins[r.below(len(skins))], hairs[r.below(len(hairs))]}
		if i%11 == 0 {
			out[i].shirt, out[i].shorts, out[i].socks, out[i].trim = keepers[i/11], keepers[i/11].lit(-30), keepers[i/11], rgb(20, 20, 20)
		}
	}
	return out
}

// actors draws everybody and the ball, the farthest first, over their shadows.
func (p *Picture) actors(c *camera, now *step, kits *[22]kit, l *lettering) {
	for i := range now.men {
		p.shadow(c, &now.men[i])
	}
	p.ballShadow(c, &now.ball)
	order := make([]int, len(now.men)+1)
	deep := func(i int) float64 {
		at := now.ball.at
		if i < len(now.men) {
			at = now.men[i].at
		}
		v := at.sub(c.at)
		return v.x*c.fx + v.y*c.fy
	}
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return deep(order[a]) > deep(order[b]) })
	for _, i := range order {
		if i == len(now.men) {
			p.ball(c, &now.ball)
			continue
		}
		p.figure(c, &now.men[i], kits[i], numbers[i%11], l)
	}
}

// shadow is the star that four floodlights throw.
func (p *Picture) shadow(c *camera, m *man) {
	foot, s, ok := c.see(m.at, 0)
	if !ok || foot.x < -3*s || foot.x > float64(p.W)+3*s || foot.y > float64(p.H)+2*s {
		return
	}
	dark := rgb(24, 44, 18)
	flat := min(1.4*c.high/max(c.focal/s, 1), 1) // the ground seen at an angle
	reach := 1 - 0.6*math.Abs(m.dive)
	for _, d := range []vec{{1.5, 0.7}, {-1.5, 0.7}, {1.2, -0.8}, {-1.2, -0.8}} {
		for k, share := range []float64{0.55, 1} {
			if tip, st, ok := c.see(m.at.add(d.scale(reach*share)), 0); ok {
				p.limb(foot, tip, 0.14*s*flat, (0.15-0.06*float64(k))*st*flat, dark, 0, 44)
			}
		}
	}
	if m.dive != 0 {
		a, _, _ := c.see(m.at.add(vec{0, m.dive * 1.6}), 0)
		p.limb(foot, a, 0.2*s*flat, 0.2*s*flat, dark, 0, 110)
		return
	}
	for _, w := range []float64{0.30, 0.18} {
		p.limb(point{foot.x - w*s, foot.y}, point{foot.x + w*s, foot.y}, 0.16*s*flat, 0.16*s*flat, dark, 0, 80)
	}
}

// ballSize is a little larger than life, so that it can be followed.
const ballSize = 0.15

func (p *Picture) ballShadow(c *camera, b *ball) {
	foot, s, ok := c.see(b.at, 0)
	if !ok {
		return
	}
	r := ballSize * s * (1 + 0.08*b.high)
	alpha := int(150 / (1 + 0.35*b.high))
	p.limb(point{foot.x - r*0.6, foot.y}, point{foot.x + r*0.6, foot.y}, r*0.55, r*0.55, rgb(16, 34, 12), 0, alpha)
}

func (p *Picture) ball(c *camera, b *ball) {
	q, s, ok := c.see(b.at, b.high)
	if !ok {
		return
	}
	r := max(ballSize*s, 2.2*float64(p.H)/720)
	p.disc(q, r, rgb(250, 250, 250), 0, 256)
	if r < 3 {
		return
	}
	p.disc(point{q.x + r*0.25, q.y + r*0.3}, r*0.72, rgb(214, 216, 222), 0, 120)
	p.disc(point{q.x - r*0.2, q.y - r*0.2}, r*0.6, rgb(250, 250, 250), 0, 200)
	for k := range 3 { // panels that roll
		a := b.roll/ballSize*0.5 + float64(k)*2.1
		depth := math.Cos(a * 1.3)
		if depth < 0.1 {
			continue
		}
		p.disc(point{q.x + r*0.62*math.Sin(a), q.y + r*0.5*math.Cos(a*0.7+float64(k))}, r*0.26*depth, rgb(40, 42, 50), 0, 230)
	}
}

// Ball is where the ball's centre is in frame n, in pixels of the feed's
// picture; ok is false where the shot does not show it.
func (m *Match) Ball(n int64) (x, y int, ok bool) {
	index, into := m.clock().place(n)
	sc := sceneAt(into)
	if sc.shot == crowdShot {
		return 0, 0, false
	}
	pl := m.stage.play(index)
	cam := pl.cameraFor(sc, m.set.width, m.set.height)
	now := pl.at(sc.show)
	q, _, ok := cam.see(now.ball.at, now.ball.high)
	x, y = int(q.x), int(q.y)
	return x, y, ok && x >= 0 && y >= 0 && x < m.set.width && y < m.set.height
}
