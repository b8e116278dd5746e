package match

import "math"

// lineHalf is half the width of a line on the grass, in metres.
const lineHalf = 0.06

var chalk = rgb(236, 240, 232)

// lines draws the marks on the grass.
func (p *Picture) lines(c *camera) {
	l := func(x0, y0, x1, y1 float64) { p.groundLine(c, vec{x0, y0}, vec{x1, y1}, lineHalf, chalk, 215) }
	box := func(x0, y0, x1, y1 float64) { l(x0, y0, x1, y0); l(x0, y1, x1, y1); l(x1, y0, x1, y1) }
	l(-halfLength, -halfWidth, halfLength, -halfWidth)
	l(-halfLength, halfWidth, halfLength, halfWidth)
	l(0, -halfWidth, 0, halfWidth)
	p.arc(c, vec{}, 9.15, 0, 2*math.Pi)
	p.spot(c, vec{})
	for _, d := range []float64{-1, 1} {
		l(d*halfLength, -halfWidth, d*halfLength, halfWidth)
		box(d*halfLength, -20.16, d*(halfLength-16.5), 20.16)
		box(d*halfLength, -9.16, d*(halfLength-5.5), 9.16)
		p.spot(c, vec{d * (halfLength - 11), 0})
		half := math.Acos(5.5 / 9.15)
		middle := math.Pi * (1 + d) / 2
		p.arc(c, vec{d * (halfLength - 11), 0}, 9.15, middle-half, middle+half)
		for _, e := range []float64{-1, 1} {
			corner := vec{d * halfLength, e * halfWidth}
			begin := math.Atan2(-e, -d) - math.Pi/4
			p.arc(c, corner, 1, begin, begin+math.Pi/2)
			p.flag(c, corner)
		}
	}
}

// groundLine draws a line of the grass, in pieces that are short enough to be
// straight for their width.
func (p *Picture) groundLine(c *camera, a, b vec, half float64, col colour, alpha int) {
	n := max(int(a.far(b)/8), 1)
	side := b.sub(a).unit()
	side = vec{-side.y * half, side.x * half}
	for i := range n {
		s, e := a.to(b, float64(i)/float64(n)), a.to(b, float64(i+1)/float64(n))
		a0, _, ok0 := c.see(s.add(side), 0)
		a1, _, ok1 := c.see(e.add(side), 0)
		b0, _, _ := c.see(s.sub(side), 0)
		b1, _, _ := c.see(e.sub(side), 0)
		if ok0 && ok1 {
			p.ribbon(a0, a1, b0, b1, col, alpha)
		}
	}
}

// arc draws part of a circle; its pieces share their corners.
func (p *Picture) arc(c *camera, m vec, r, from, to float64) {
	n := max(int((to-from)*20), 4)
	at := func(i int, r float64) (point, bool) {
		t := from + (to-from)*float64(i)/float64(n)
		q, _, ok := c.see(m.add(vec{r * math.Cos(t), r * math.Sin(t)}), 0)
		return q, ok
	}
	for i := range n {
		a0, ok0 := at(i, r+lineHalf)
		a1, ok1 := at(i+1, r+lineHalf)
		b0, ok2 := at(i, r-lineHalf)
		b1, ok3 := at(i+1, r-lineHalf)
		if ok0 && ok1 && ok2 && ok3 {
			p.ribbon(a0, a1, b0, b1, chalk, 215)
		}
	}
}

func (p *Picture) spot(c *camera, at vec) {
	p.groundLine(c, at.sub(vec{0.12, 0}), at.add(vec{0.12, 0}), 0.12, chalk, 215)
}

// flag is a corner's pole and cloth.
func (p *Picture) flag(c *camera, at vec) {
	foot, s, ok := c.see(at, 0)
	top, _, _ := c.see(at, 1.5)
	if !ok {
		return
	}
	p.limb(foot, top, 0.025*s, 0.025*s, rgb(235, 220, 60), 0, 256)
	p.limb(point{top.x, top.y + 0.1*s}, point{top.x + 0.3*s, top.y + 0.16*s}, 0.13*s, 0.05*s, rgb(220, 60, 40), 0, 256)
}

// goals draws the frame and net of both ends; the near half after the players
// would be more exact, but posts are thin.
func (p *Picture) goals(c *camera, shake [2]float64) {
	for i, d := range []float64{-1, 1} {
		at := func(x, y float64) vec { return vec{d * (halfLength + x), y} }
		if _, s, ok := c.see(at(0, 0), 0); !ok || s < 4 {
			continue
		}
		p.net(c, at, shake[i])
		for _, y := range []float64{-goalHalf, goalHalf} {
			p.bar(c, at(0, y), 0, at(0, y), goalHeight)
		}
		p.bar(c, at(0, -goalHalf), goalHeight, at(0, goalHalf), goalHeight)
	}
}

func (p *Picture) bar(c *camera, a vec, za float64, b vec, zb float64) {
	q0, s0, ok0 := c.see(a, za)
	q1, s1, ok1 := c.see(b, zb)
	if ok0 && ok1 {
		p.limb(q0, q1, 0.065*s0, 0.065*s1, rgb(244, 244, 244), 26, 256)
	}
}

// net is the mesh: back, roof and sides.
func (p *Picture) net(c *camera, at func(x, y float64) vec, shake float64) {
	const meshes = 24
	thread := func(a vec, za float64, b vec, zb float64) {
		q0, s, ok0 := c.see(a, za)
		q1, _, ok1 := c.see(b, zb)
		if !ok0 || !ok1 {
			return
		}
		w := max(0.011*s, 0.28)
		if math.Abs(q1.x-q0.x) < math.Abs(q1.y-q0.y) {
			p.ribbon(point{q0.x - w, q0.y}, point{q1.x - w, q1.y}, point{q0.x + w, q0.y}, point{q1.x + w, q1.y}, rgb(215, 218, 220), 110)
		} else {
			p.ribbon(point{q0.x, q0.y - w}, point{q1.x, q1.y - w}, point{q0.x, q0.y + w}, point{q1.x, q1.y + w}, rgb(215, 218, 220), 110)
		}
	}
	const roof = 0.9
	bulge := func(y, z float64) float64 { return goalDepth + shake*math.Cos(y*0.4)*math.Sin(z*1.3) }
	for i := range meshes + 1 {
		y := -goalHalf + 2*goalHalf*float64(i)/meshes
		thread(at(bulge(y, 0), y), 0, at(bulge(y, 1.1), y), 1.1)
		thread(at(bulge(y, 1.1), y), 1.1, at(roof, y), goalHeight)
		if i%2 == 0 {
			thread(at(0, y), goalHeight, at(roof, y), goalHeight)
		}
	}
	for j := range 9 {
		z := goalHeight * float64(j) / 8
		back := mix(goalDepth, roof, max(0, (z-1.1)/(goalHeight-1.1))) + (bulge(0, z) - goalDepth)
		for i := range 4 {
			y0 := -goalHalf + 2*goalHalf*float64(i)/4
			thread(at(back, y0), z, at(back, y0+goalHalf/2), z)
		}
		thread(at(0, -goalHalf), z, at(back, -goalHalf), z)
		thread(at(0, goalHalf), z, at(back, goalHalf), z)
	}
}
