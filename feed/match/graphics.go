package match

import (
	"fmt"
	"time"
)

// The broadcaster's own colours.
var (
	navy   = rgb(16, 22, 42)
	slate  = rgb(38, 48, 78)
	amber  = rgb(255, 193, 38)
	paper  = rgb(246, 247, 250)
	onDark = rgb(232, 236, 244)
	alarm  = rgb(224, 34, 52)
)

// graphics draws what lies over the picture: score bug, station, captions of
// persons and goals, the replay's tag and wipes.
func (s *stage) graphics(p *Picture, pl *play, sc scene) {
	g := sheet{p, s.letter, float64(p.H) / 720}
	c := &pl.cycle
	into := sc.into
	g.scoreBug(c, into)
	g.station(sc)
	g.fixture(c, into)
	g.goalStrap(c, into)
	g.wipe(into - replayFrom)
	g.wipe(into - cycleLength)
	g.wipe(into)
	g.strip()
}

// sheet draws in units of 1/720 of the picture's height.
type sheet struct {
	p      *Picture
	letter *lettering
	k      float64
}

func (g *sheet) px(v float64) int { return int(v*g.k + 0.5) }

func (g *sheet) box(x, y, w, h, lean float64, c colour, alpha int) {
	g.p.box(g.px(x), g.px(y), g.px(x+w)-g.px(x), g.px(y+h)-g.px(y), g.px(lean), c, alpha)
}

// text writes with its middle, left or right at x, by anchor 1, 0 or 2.
func (g *sheet) text(s string, size float64, bold bool, x, y float64, anchor int, c colour, alpha int) {
	w := wording{s, g.px(size), bold}
	g.letter.write(g.p, w, g.px(x)-g.letter.width(w)*anchor/2, g.px(y), c, alpha)
}

// wide is a wording's width in the sheet's units.
func (g *sheet) wide(s string, size float64, bold bool) float64 {
	return float64(g.letter.width(wording{s, g.px(size), bold})) / g.k
}

// strip makes the barcode's ground grey.
func (g *sheet) strip() {
	w, h := g.px(barCols*cellW)/2, g.px(barRows*cellH)/2
	for y := range h {
		for x := g.p.W/4 - w/2; x < g.p.W/4+w/2; x++ {
			g.p.u[y*g.p.W/2+x], g.p.v[y*g.p.W/2+x] = 128, 128
		}
	}
}

// scoreBug is the score and the clock. The goal counts when it is given, a
// moment after the ball crossed the line.
func (g *sheet) scoreBug(c *cycle, into time.Duration) {
	const x, y, h = 52, 40, 38
	score := c.score
	given := into - goalAt - 1400*time.Millisecond
	if given > 0 {
		score = c.after()
	}
	g.box(x, y, 66, h, 0, navy, 244)
	g.box(x, y, 7, h, 0, c.home.shirt, 256)
	g.text(c.home.short, 23, true, x+37, y+27, 1, onDark, 256)
	g.box(x+66, y, 84, h, 0, paper, 250)
	for i, at := range []float64{x + 87, x + 129} {
		on := navy
		if i == c.scoring && given > 0 && given < 6*time.Second && given%time.Second < 600*time.Millisecond {
			g.box(x+66+42*float64(i), y, 42, h, 0, amber, 256)
		}
		g.text(itoa(score[i]), 27, true, at, y+29, 1, on, 256)
	}
	g.box(x+107.5, y+9, 1.5, h-18, 0, slate, 120)
	g.box(x+150, y, 66, h, 0, navy, 244)
	g.box(x+209, y, 7, h, 0, c.away.shirt, 256)
	g.text(c.away.short, 23, true, x+179, y+27, 1, onDark, 256)
	g.box(x+218, y, 78, h, 0, slate, 236)
	at := int((c.clock + into) / time.Second)
	g.text(fmt.Sprintf("%02d:%02d", at/60, at%60), 22, true, x+257, y+27, 1, paper, 256)
}

// station says what kind of pictures these are. The corner above it is left
// free: a clip's own logo goes there.
func (g *sheet) station(sc scene) {
	right := float64(g.p.W)/g.k - 52
	if sc.shot == replayShot {
		g.box(right-132, 80, 132, 32, 0, navy, 240)
		g.box(right-132, 80, 6, 32, 0, amber, 256)
		g.text("REPLAY", 21, true, right-63, 103, 1, paper, 256)
		return
	}
	g.box(right-132, 80, 132, 24, 0, alarm, 235)
	g.text("LIVE", 16, true, right-66, 98, 1, paper, 256)
}

// fixture says who plays, at the beginning of a cycle.
func (g *sheet) fixture(c *cycle, into time.Duration) {
	in := shown(into, 1500*time.Millisecond, 7*time.Second)
	if in == 0 {
		return
	}
	alpha := int(in * 256)
	names := c.home.name + "  v  " + c.away.name
	place := fmt.Sprintf("Harbour Cup  ·  Matchday %d  ·  Saltmarsh Park", 3+c.index/goalsEach%9)
	w := max(g.wide(names, 26, true), g.wide(place, 17, false)) + 56
	x := 52 - 40*(1-in)
	g.box(x, 590, w, 46, 0, navy, alpha*240/256)
	g.box(x, 590, 7, 46, 0, amber, alpha)
	g.text(names, 26, true, x+28, 622, 0, paper, alpha)
	g.box(x, 636, w, 30, 0, slate, alpha*232/256)
	g.text(place, 17, false, x+28, 657, 0, onDark, alpha)
}

// goalStrap names the scorer.
func (g *sheet) goalStrap(c *cycle, into time.Duration) {
	in := shown(into, goalAt+1400*time.Millisecond, crowdFrom-200*time.Millisecond)
	if in == 0 {
		return
	}
	alpha := int(in * 256)
	t, s := c.side(c.scoring), c.after()
	name := fmt.Sprintf("%s  %d'", c.scorerName(), c.minute)
	line := fmt.Sprintf("%s  %d – %d  %s", c.home.name, s[0], s[1], c.away.name)
	w := max(g.wide(name, 38, true), g.wide(line, 20, false)) + 70
	x := 52 - 90*(1-in)
	g.box(x, 566, 148, 100, 14, amber, alpha)
	g.text("GOAL", 41, true, x+80, 632, 1, navy, alpha)
	g.box(x+148, 566, w, 66, 9, navy, alpha*246/256)
	g.box(x+148+w, 566, 10, 66, 9, t.shirt, alpha)
	g.text(name, 38, true, x+182, 612, 0, paper, alpha)
	g.box(x+148, 632, w, 34, 5, slate, alpha*240/256)
	g.text(line, 20, false, x+176, 656, 0, onDark, alpha)
}

// shown is how far something has come in, 0 to 1, that stands from one time to
// another.
func shown(at, from, to time.Duration) float64 {
	const move = 350 * time.Millisecond
	return ease(min(float64(at-from), float64(to-at)) / float64(move))
}

// wipe covers the picture at the instant 0 with a panel that passes.
func (g *sheet) wipe(at time.Duration) {
	if at <= -wipeHalf || at >= wipeHalf {
		return
	}
	part := (float64(at)/float64(wipeHalf) + 1) / 2
	wide := float64(g.p.W) / g.k
	lean := 180.0
	x := mix(-2.3*wide-lean, wide+20, part)
	g.box(x, 0, 2.3*wide, 720, lean, navy, 256)
	g.box(x+2.3*wide-36, 0, 36, 720, lean, amber, 256)
	g.box(x+2.3*wide-52, 0, 16, 720, lean, slate, 256)
	g.box(x, 0, 36, 720, lean, amber, 256)
	g.box(x+36, 0, 16, 720, lean, slate, 256)
	middle := x + 1.15*wide + lean/2
	g.text("OVATION", 120, true, middle, 400, 1, paper, 256)
	g.box(middle-250, 424, 500, 8, 4, amber, 256)
}
