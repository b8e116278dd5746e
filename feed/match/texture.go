package match

// texture is a picture in the match's own colours that repeats along x.
type texture struct {
	w, h    int // w is a power of two
	y, u, v []byte
}

func newTexture(w, h int, c colour) *texture {
	t := &texture{w: w, h: h, y: make([]byte, w*h), u: make([]byte, w*h), v: make([]byte, w*h)}
	for i := range t.y {
		t.y[i], t.u[i], t.v[i] = c.y, c.u, c.v
	}
	return t
}

// set paints one texel, round and round along x.
func (t *texture) set(x, y int, c colour) {
	if y < 0 || y >= t.h {
		return
	}
	i := y*t.w + x&(t.w-1)
	t.y[i], t.u[i], t.v[i] = c.y, c.u, c.v
}

// fill paints a rectangle.
func (t *texture) fill(x, y, w, h int, c colour) {
	for j := y; j < y+h; j++ {
		for i := x; i < x+w; i++ {
			t.set(i, j, c)
		}
	}
}

// half is the texture at half the size, for looking at it from afar.
func (t *texture) half() *texture {
	o := newTexture(t.w/2, t.h/2, colour{})
	shrink := func(dst, src []byte) {
		for y := range o.h {
			a, b := src[2*y*t.w:], src[(2*y+1)*t.w:]
			for x := range o.w {
				dst[y*o.w+x] = uint8((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) >> 2)
			}
		}
	}
	shrink(o.y, t.y)
	shrink(o.u, t.u)
	shrink(o.v, t.v)
	return o
}

// soften blurs slightly, so that fine detail neither flickers nor costs bits.
func (t *texture) soften() {
	blur := func(p []byte) {
		src := append([]byte(nil), p...)
		at := func(x, y int) int { return int(src[min(max(y, 0), t.h-1)*t.w+x&(t.w-1)]) }
		for y := range t.h {
			for x := range t.w {
				p[y*t.w+x] = uint8((4*at(x, y) + at(x-1, y) + at(x+1, y) + at(x, y-1) + at(x, y+1) + 4) >> 3)
			}
		}
	}
	blur(t.y)
	blur(t.u)
	blur(t.v)
}
