package match

import "math"

// Picture is one frame as planar YUV 4:2:0, limited range, BT.709.
type Picture struct {
	W, H    int
	Bytes   []byte // Y, then U, then V
	y, u, v []byte
}

// NewPicture makes a black picture.
func NewPicture(w, h int) *Picture {
	b := make([]byte, w*h*3/2)
	return &Picture{W: w, H: h, Bytes: b, y: b[:w*h], u: b[w*h : w*h*5/4], v: b[w*h*5/4:]}
}

// colour is one point in the picture's own colour space.
type colour struct{ y, u, v uint8 }

// rgb converts from full-range RGB by the matrix of ITU-R BT.709.
func rgb(r, g, b int) colour {
	y := 16*256 + (4663*r+15686*g+1584*b)/100
	u := 128*256 + (-2570*r-8646*g+11216*b)/100
	v := 128*256 + (11216*r-10188*g-1028*b)/100
	return colour{uint8(y >> 8), uint8(u >> 8), uint8(v >> 8)}
}

// lit is the colour, brighter or darker.
func (c colour) lit(by int) colour {
	c.y = uint8(min(max(int(c.y)+by, 16), 235))
	return c
}

// blend goes from c to d while t goes from 0 to 256.
func (c colour) blend(d colour, t int) colour {
	f := func(a, b uint8) uint8 { return uint8(int(a) + (int(b)-int(a))*t>>8) }
	return colour{f(c.y, d.y), f(c.u, d.u), f(c.v, d.v)}
}

// point is a place on the picture in pixels; pixel 0 covers [0, 1).
type point struct{ x, y float64 }

// limb draws a capsule from a to b that tapers from radius ra to rb. shade
// makes one side brighter and the other darker; alpha is 0 to 256.
func (p *Picture) limb(a, b point, ra, rb float64, c colour, shade, alpha int) {
	const q = 16 // sub-pixels
	f := func(v float64) int { return int(math.Round(v * q)) }
	capsule(p.y, p.W, p.H, [6]int{f(a.x), f(a.y), f(b.x), f(b.y), f(ra), f(rb)}, int(c.y), shade, alpha)
	half := [6]int{f(a.x / 2), f(a.y / 2), f(b.x / 2), f(b.y / 2), f(ra / 2), f(rb / 2)}
	capsule(p.u, p.W/2, p.H/2, half, int(c.u), 0, alpha)
	capsule(p.v, p.W/2, p.H/2, half, int(c.v), 0, alpha)
}

// disc draws a circle.
func (p *Picture) disc(a point, r float64, c colour, shade, alpha int) {
	p.limb(a, a, r, r, c, shade, alpha)
}

// capsule fills one plane. s holds both ends and both radii in sixteenths of a
// pixel. Thin ones are widened to one pixel and made fainter instead.
func capsule(plane []byte, w, h int, s [6]int, value, shade, alpha int) {
	x0, y0, x1, y1, r0, r1 := s[0], s[1], s[2], s[3], s[4], s[5]
	if thick := max(r0, r1); thick < 8 {
		alpha = alpha * max(thick, 1) / 8
		r0, r1 = 8, 8
	}
	reach := max(r0, r1) + 16
	left, right := max((min(x0, x1)-reach)>>4, 0), min((max(x0, x1)+reach)>>4, w-1)
	top, bottom := max((min(y0, y1)-reach)>>4, 0), min((max(y0, y1)+reach)>>4, h-1)
	if left > right || top > bottom || alpha <= 0 {
		return
	}
	vx, vy := x1-x0, y1-y0
	square := vx*vx + vy*vy
	length := int(math.Sqrt(float64(square)))
	inverse, along := 0, 0
	if length > 0 {
		inverse, along = 1<<16/length, (1<<32)/square
	}
	round0, round1 := 1<<16/(2*r0+1), 1<<16/(2*r1+1)
	relief := shade << 16 / ((r0+r1)/2 + 1)
	for y := top; y <= bottom; y++ {
		dy := y*16 + 8 - y0
		row := plane[y*w : y*w+w]
		from, to := left, right
		if vy != 0 { // within reach of the line through both ends
			a, b := (dy*vx-reach*length)/vy, (dy*vx+reach*length)/vy
			from, to = max(from, (x0+min(a, b))>>4-1), min(to, (x0+max(a, b))>>4+1)
		}
		for x := from; x <= to; x++ {
			dx := x*16 + 8 - x0
			dot := dx*vx + dy*vy
			across := (dx*vy - dy*vx) * inverse >> 16
			var inside int
			switch {
			case dot > 0 && dot < square:
				inside = r0 + (r1-r0)*(dot*along>>16)>>16 - max(across, -across)
			case dot <= 0:
				inside = (r0*r0 - dx*dx - dy*dy) * round0 >> 16
			default:
				ex, ey := dx-vx, dy-vy
				inside = (r1*r1 - ex*ex - ey*ey) * round1 >> 16
			}
			cover := min(inside+8, 16)
			if cover <= 0 {
				continue
			}
			level := value
			if shade != 0 {
				level = min(max(level+relief*across>>16, 16), 235)
			}
			was := int(row[x])
			row[x] = uint8(was + (level-was)*cover*alpha>>12)
		}
	}
}

// ribbon fills what lies between two edges, each from its first to its second
// point, with exact coverage along the shorter direction. It is how lines on
// the grass, posts and nets are drawn.
func (p *Picture) ribbon(a0, a1, b0, b1 point, c colour, alpha int) {
	ribbon(p.y, p.W, p.H, a0, a1, b0, b1, int(c.y), alpha)
	half := func(q point) point { return point{q.x / 2, q.y / 2} }
	a0, a1, b0, b1 = half(a0), half(a1), half(b0), half(b1)
	ribbon(p.u, p.W/2, p.H/2, a0, a1, b0, b1, int(c.u), alpha)
	ribbon(p.v, p.W/2, p.H/2, a0, a1, b0, b1, int(c.v), alpha)
}

func ribbon(plane []byte, w, h int, a0, a1, b0, b1 point, value, alpha int) {
	stepMajor, stepMinor := 1, w
	if math.Abs(a1.x-a0.x) < math.Abs(a1.y-a0.y) { // steep: walk along y
		turn := func(q point) point { return point{q.y, q.x} }
		a0, a1, b0, b1 = turn(a0), turn(a1), turn(b0), turn(b1)
		stepMajor, stepMinor, w, h = w, 1, h, w
	}
	if a0.x > a1.x {
		a0, a1, b0, b1 = a1, a0, b1, b0
	}
	if a1.x-a0.x < 1e-6 || math.Abs(a0.x) > 1e5 || math.Abs(a1.x) > 1e5 {
		return
	}
	const q = 1 << 8
	slopeA, slopeB := (a1.y-a0.y)/(a1.x-a0.x), (b1.y-b0.y)/max(b1.x-b0.x, 1e-6)
	for x := max(int(math.Round(a0.x)), 0); x < min(int(math.Round(a1.x)), w); x++ {
		at := float64(x) + 0.5
		ya, yb := a0.y+slopeA*(at-a0.x), b0.y+slopeB*(at-b0.x)
		if ya > yb {
			ya, yb = yb, ya
		}
		if yb <= 0 || ya >= float64(h) {
			continue
		}
		lo, hi := int(ya*q), int(yb*q)
		for y := max(lo>>8, 0); y <= min((hi-1)>>8, h-1); y++ {
			cover := min(hi, (y+1)*q) - max(lo, y*q)
			i := x*stepMajor + y*stepMinor
			was := int(plane[i])
			plane[i] = uint8(was + (value-was)*cover*alpha>>16)
		}
	}
}

// box fills a rectangle whose right and left edges lean by lean pixels over
// its height.
func (p *Picture) box(x, y, w, h, lean int, c colour, alpha int) {
	fill := func(plane []byte, stride, rows, x, y, w, h, lean int, value int) {
		for j := max(y, 0); j < min(y+h, rows); j++ {
			shift := lean * (y + h - 1 - j) / max(h, 1)
			row := plane[j*stride : j*stride+stride]
			if alpha >= 256 {
				for i := max(x+shift, 0); i < min(x+w+shift, stride); i++ {
					row[i] = byte(value)
				}
				continue
			}
			for i := max(x+shift, 0); i < min(x+w+shift, stride); i++ {
				row[i] = uint8(int(row[i]) + (value-int(row[i]))*alpha>>8)
			}
		}
	}
	fill(p.y, p.W, p.H, x, y, w, h, lean, int(c.y))
	fill(p.u, p.W/2, p.H/2, x/2, y/2, (w+1)/2, (h+1)/2, lean/2, int(c.u))
	fill(p.v, p.W/2, p.H/2, x/2, y/2, (w+1)/2, (h+1)/2, lean/2, int(c.v))
}
