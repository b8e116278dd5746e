package match

import (
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// lettering sets type: anti-aliased masks of words, each made once.
type lettering struct {
	bold, medium *opentype.Font

	mu    sync.Mutex
	masks map[wording]*image.Alpha
}

// wording is one word or line in one face.
type wording struct {
	text string
	size int // pixels an em
	bold bool
}

// keptMasks bounds the cache; a clock makes a new word every second.
const keptMasks = 512

func newLettering() *lettering {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		panic("embedded font: " + err.Error())
	}
	medium, err := opentype.Parse(gomedium.TTF)
	if err != nil {
		panic("embedded font: " + err.Error())
	}
	return &lettering{bold: bold, medium: medium, masks: map[wording]*image.Alpha{}}
}

// mask is the coverage of a wording; its origin is the baseline's beginning.
func (l *lettering) mask(w wording) *image.Alpha {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok := l.masks[w]; ok {
		return m
	}
	f := l.medium
	if w.bold {
		f = l.bold
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(w.size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic("embedded font: " + err.Error())
	}
	b, advance := font.BoundString(face, w.text)
	m := image.NewAlpha(image.Rect(b.Min.X.Floor()-1, b.Min.Y.Floor()-1, max(advance.Ceil(), b.Max.X.Ceil())+1, b.Max.Y.Ceil()+1))
	(&font.Drawer{Dst: m, Src: image.Opaque, Face: face, Dot: fixed.P(0, 0)}).DrawString(w.text)
	if len(l.masks) >= keptMasks {
		clear(l.masks)
	}
	l.masks[w] = m
	return m
}

// width is how far a wording reaches.
func (l *lettering) width(w wording) int { return l.mask(w).Rect.Max.X }

// write draws a wording with its baseline's beginning at x, y.
func (l *lettering) write(p *Picture, w wording, x, y int, c colour, alpha int) {
	m := l.mask(w)
	for j := m.Rect.Min.Y; j < m.Rect.Max.Y; j++ {
		py := y + j
		if py < 0 || py >= p.H {
			continue
		}
		for i := m.Rect.Min.X; i < m.Rect.Max.X; i++ {
			px := x + i
			cover := int(m.Pix[m.PixOffset(i, j)]) * alpha >> 8
			if cover == 0 || px < 0 || px >= p.W {
				continue
			}
			k := py*p.W + px
			p.y[k] = uint8(int(p.y[k]) + (int(c.y)-int(p.y[k]))*cover/255)
			if (px|py)&1 == 0 {
				k = py/2*(p.W/2) + px/2
				p.u[k] = uint8(int(p.u[k]) + (int(c.u)-int(p.u[k]))*cover/255)
				p.v[k] = uint8(int(p.v[k]) + (int(c.v)-int(p.v[k]))*cover/255)
			}
		}
	}
}

// boardRows is the height of the boards' texture.
const boardRows = 61

// boards paints the advertising around the pitch. The advertisers are
// invented.
func (l *lettering) boards() *texture {
	ads := []struct {
		text     string
		back, on colour
	}{
		{"OVATION", rgb(16, 20, 34), rgb(255, 196, 40)},
		{"Halden Air", rgb(20, 74, 150), rgb(240, 244, 250)},
		{"TIDEWATER TEA", rgb(232, 230, 222), rgb(20, 92, 72)},
		{"Mirador", rgb(150, 22, 40), rgb(250, 240, 230)},
		{"nordlys energy", rgb(14, 30, 46), rgb(96, 226, 190)},
		{"OVATION", rgb(255, 190, 30), rgb(20, 22, 34)},
		{"Brightwell & Co", rgb(240, 240, 244), rgb(30, 40, 90)},
		{"PELAGO", rgb(10, 110, 130), rgb(240, 250, 250)},
	}
	t := newTexture(boardWidth, boardRows, colour{})
	each := boardWidth / len(ads)
	for i, ad := range ads {
		t.fill(i*each, 0, each, t.h, ad.back)
		t.fill(i*each, 0, 3, t.h, rgb(12, 12, 14))
		m := l.mask(wording{ad.text, 50, true})
		for copies := range 2 {
			x0 := i*each + copies*each/2 + (each/2-m.Rect.Dx())/2
			for j := m.Rect.Min.Y; j < m.Rect.Max.Y; j++ {
				for k := m.Rect.Min.X; k < m.Rect.Max.X; k++ {
					if cover := int(m.AlphaAt(k, j).A); cover > 0 {
						t.set(x0+k, 47+j, ad.back.blend(ad.on, cover))
					}
				}
			}
		}
	}
	t.fill(0, 0, t.w, 2, rgb(30, 30, 34))
	return t
}
