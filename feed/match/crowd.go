package match

// coats are what people in the stand wear.
var coats = []colour{
	rgb(150, 34, 40), rgb(150, 34, 40), rgb(170, 172, 178), rgb(40, 48, 86), rgb(44, 46, 54),
	rgb(32, 34, 40), rgb(66, 60, 58), rgb(38, 62, 110), rgb(120, 112, 100), rgb(196, 196, 190),
	rgb(60, 74, 60), rgb(140, 96, 40),
}

var skins = []colour{rgb(206, 160, 132), rgb(188, 140, 110), rgb(150, 104, 78), rgb(102, 70, 52), rgb(214, 172, 146)}

// newStand paints the crowd and the boards.
func newStand(l *lettering) *stand {
	s := &stand{}
	t := newTexture(crowdWidth, texels(standHigh), rgb(30, 32, 38))
	r := randomOf(23)
	tier(t, r, crowdFoot, 13.2)
	t.fill(0, t.h-texels(15.6), t.w, texels(2.4), rgb(22, 24, 30))
	for x := 0; x < t.w; x += 64 { // boxes with lit windows
		warm := rgb(150, 128, 88).lit(r.below(40) - 40)
		t.fill(x+3, t.h-texels(15.2), 58, texels(1.5), warm)
		t.fill(x+12+r.below(40), t.h-texels(14.7), 7, texels(1.0), rgb(40, 36, 34))
	}
	t.fill(0, t.h-texels(13.6), t.w, 6, rgb(120, 124, 132))
	tier(t, r, 15.8, 28)
	t.fill(0, t.h-texels(crowdFoot), t.w, texels(crowdFoot), rgb(58, 60, 66))
	t.fill(0, t.h-texels(crowdFoot), t.w, 3, rgb(104, 108, 114))
	t.soften()
	s.crowd = [2]*texture{t, t.half()}
	b := l.boards()
	for i := range s.boards {
		s.boards[i] = b
		b = b.half()
	}
	return s
}

// tier paints rows of people from one height to another.
func tier(t *texture, r *random, from, to float64) {
	const each, wide = 18, 13
	seat := rgb(46, 52, 70)
	bottom, top := t.h-int(from*crowdEach), t.h-int(to*crowdEach)
	row := 0
	for y := bottom; y-each > top; y -= each {
		light := 2 - 34*(bottom-y)/(t.h)
		t.fill(0, y-each, t.w, each, rgb(34, 36, 42).lit(light))
		for x := 0; x < t.w; x += wide {
			if aisle := x % 512; aisle < wide*2 {
				t.fill(x, y-each, wide, each, rgb(92, 94, 98).lit(light-10*(row%2)))
				continue
			}
			if r.below(100) < 5 {
				t.fill(x+2, y-9, wide-4, 8, seat.lit(light))
				continue
			}
			spectator(t, r, x+r.below(3)-1+row%2*5, y+r.below(4)-1, light)
		}
		row++
	}
}

func spectator(t *texture, r *random, x, y, light int) {
	coat, skin := coats[r.below(len(coats))].lit(light+r.below(17)-8), skins[r.below(len(skins))].lit(light-10)
	for j := range 11 {
		inset := max(0, 2-j)
		t.fill(x+1+inset, y-11+j, 11-2*inset, 1, coat.lit(-j*2))
	}
	head := y - 15
	for j := -3; j <= 3; j++ {
		half := [4]int{3, 3, 2, 1}[max(j, -j)]
		t.fill(x+6-half, head+j, 2*half+1, 1, skin)
	}
	hair := []colour{rgb(38, 30, 26), rgb(70, 52, 34), rgb(26, 24, 24), rgb(120, 96, 60), coat}[r.below(5)].lit(light)
	t.fill(x+4, head-4, 5, 2, hair)
	t.fill(x+3, head-2, 7, 1, hair)
	if r.below(9) == 0 { // an arm up
		t.fill(x+1+9*r.below(2), y-20, 2, 9, skin)
	}
}

// bounceAt is how far each part of the crowd has jumped, in texels.
func bounceAt(joy, t float64) *[64]int {
	var out [64]int
	for i := range out {
		phase := float64(i*37%64) * 0.31
		wave := max(0, sway(t*(5.5+float64(i%5)*0.35), phase))
		idle := 0.5 + 0.9*sway(t*0.7, phase*3)
		out[i] = int(idle + joy*9*wave)
	}
	return &out
}

// joyAt is how wild the crowd is, 0 to 1.
func joyAt(into float64) float64 {
	return ease((into-24)/0.5) * (1 - 0.85*ease((into-30)/6))
}

// texels is a length of the crowd's texture.
func texels(metres float64) int { return int(metres * crowdEach) }
