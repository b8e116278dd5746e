package match

import "math"

// The stand is a box of three walls around the pitch: boards at the foot, the
// crowd above.
const (
	standFar   = 41.0 // metres behind the centre line
	standEnd   = 61.0 // metres beyond the centre spot
	boardHigh  = 0.95
	crowdFoot  = 1.5 // where the seats begin
	standHigh  = 30.0
	crowdEach  = 24 // texels a metre
	boardEach  = 64
	crowdWidth = 2048 // texels
	boardWidth = 8192
)

// stand holds the walls' textures and, for one picture, where they are.
type stand struct {
	crowd  [2]*texture
	boards [4]*texture
}

// wall is where one column of the picture meets the stand.
type wall struct {
	u         int // texel of the crowd with 8 fractional bits
	scale     float64
	top, foot int // rows
	boardTop  int
	seatTop   int     // where the seats' foot is
	y0        float64 // row of the ground there
}

// columns finds the wall behind every column, every pixels apart.
func (c *camera) columns(out []wall) {
	for i := range out {
		across := (float64(i) + 0.5 - c.cx) / c.focal
		dx, dy := c.fx+across*c.fy, c.fy-across*c.fx
		d, along := math.Inf(1), 0.0
		if dy > 1e-6 {
			d = (standFar - c.at.y) / dy
			along = c.at.x + d*dx
		}
		if math.Abs(dx) > 1e-6 {
			end := math.Copysign(standEnd, dx)
			if e := (end - c.at.x) / dx; e > 0 && e < d {
				d, along = e, end+math.Copysign(1, dx)*(standFar-(c.at.y+e*dy))
			}
		}
		s := c.focal / d
		w := &out[i]
		*w = wall{u: int((along + 256) * crowdEach * 256), scale: s, y0: c.hor + s*c.high}
		w.foot = min(max(int(w.y0+0.5), 0), c.h)
		w.boardTop = min(max(int(w.y0-s*boardHigh+0.5), 0), c.h)
		w.seatTop = min(max(int(w.y0-s*crowdFoot+0.5), 0), c.h)
		w.top = min(max(int(w.y0-s*standHigh), 0), c.h)
	}
}

// draw paints the walls behind a camera's picture. bounce lifts the crowd, in
// metres, by column of texels.
func (s *stand) draw(p *Picture, walls []wall, bounce *[64]int, slide float64) {
	top, foot := p.H, 0
	for i := range walls {
		top, foot = min(top, walls[i].top), max(foot, walls[i].foot)
	}
	mip, board := 0, 0
	middle := walls[len(walls)/2].scale
	if middle < 15 {
		mip = 1
	}
	for board < 3 && boardEach>>board > int(middle*1.35) {
		board++
	}
	s.plane(p.y, p.W, 1, top, foot, walls, mip, board, bounce, slide, func(t *texture) []byte { return t.y })
	s.plane(p.u, p.W/2, 2, top, foot, walls, mip, board, bounce, slide, func(t *texture) []byte { return t.u })
	s.plane(p.v, p.W/2, 2, top, foot, walls, mip, board, bounce, slide, func(t *texture) []byte { return t.v })
}

// plane paints one plane; every is 2 for chroma.
func (s *stand) plane(out []byte, stride, every, top, foot int, walls []wall, mip, board int, bounce *[64]int, slide float64, of func(*texture) []byte) {
	crowd, boards := s.crowd[mip], s.boards[board]
	seats, led := of(crowd), of(boards)
	lowest := crowd.h - texels(crowdFoot)>>mip - 2 // whoever jumps does not lift the wall
	n := len(walls) / every
	for i := range n {
		w := &walls[i*every]
		uc := w.u >> (8 + mip) & (crowd.w - 1)
		ub := (w.u*boardEach/crowdEach>>8 + int(slide*boardEach)) >> board & (boards.w - 1)
		step := int(crowdEach / w.scale * 65536 / float64(int(1)<<mip) * float64(every))
		lift := bounce[w.u>>8/12&63] << 16 >> mip
		v := int((standHigh*crowdEach-(w.y0-float64(w.top))*crowdEach/w.scale)*65536)>>mip + lift
		at := w.top/every*stride + i
		for end := w.seatTop / every * stride; at < end; at += stride {
			out[at] = seats[min(max(v>>16, 0), lowest)*crowd.w+uc]
			v += step
		}
		v -= lift
		end := w.boardTop / every * stride
		for ; at < end; at += stride {
			out[at] = seats[min(v>>16, crowd.h-1)*crowd.w+uc]
			v += step
		}
		stepB := int(boardEach / w.scale * 65536 / float64(int(1)<<board) * float64(every))
		vb := int((boardHigh*boardEach-(w.y0-float64(w.boardTop))*boardEach/w.scale)*65536) >> board
		for end = w.foot / every * stride; at < end; at += stride {
			out[at] = led[min(max(vb>>16, 0), boards.h-1)*boards.w+ub]
			vb += stepB
		}
	}
}
