package match

import (
	"math"
	"time"
)

// fans draws the crowd shot: rows of people on their feet.
func (p *Picture) fans(c *cycle, into time.Duration) {
	t := into.Seconds()
	pan := 26 * (t - crowdFrom.Seconds()) * float64(p.H) / 720
	p.box(0, 0, p.W, p.H, 0, rgb(26, 28, 36), 256)
	const rows = 9
	for row := range rows {
		near := float64(row) / (rows - 1) // 0 far, 1 near
		s := float64(p.H) * mix(0.10, 0.25, near*near*0.6+near*0.4)
		base := float64(p.H) * mix(-0.01, 1.05, near*0.8+near*near*0.2)
		wide := s * 0.66
		p.box(0, int(base+0.42*s), p.W, int(0.3*s), 0, rgb(34, 38, 50), 150)
		first := int(math.Floor((pan - wide) / wide))
		for k := range int(float64(p.W)/wide) + 3 {
			i := first + k
			x := (float64(i)+0.5*float64(row%2))*wide - pan
			p.fan(c, point{x, base}, s, t, randomOf(uint64(i+1000), uint64(row), 77), int(-40*(1-near)*(1-near))-6)
		}
	}
}

// fan draws one supporter, head at base, s pixels from waist to crown.
func (p *Picture) fan(c *cycle, at point, s, t float64, r *random, lit int) {
	team := c.side(c.scoring)
	coat := coats[r.below(len(coats))]
	if r.below(100) < 44 {
		coat = team.shirt.lit(-26 - r.below(24))
	}
	skin := skins[r.below(len(skins))]
	hair := []colour{rgb(34, 28, 24), rgb(64, 46, 30), rgb(24, 22, 22), rgb(140, 110, 66), team.trim.lit(-30)}[r.below(5)]
	coat, skin, hair = coat.lit(lit), skin.lit(lit-8), hair.lit(lit)
	beat, phase := r.between(4.6, 6.4), r.between(0, 7)
	hop := max(0, math.Sin(t*beat+phase)) * r.between(0.04, 0.16) * s
	x, y := at.x+r.between(-0.12, 0.12)*s, at.y-hop+r.between(-0.06, 0.06)*s
	mood := r.below(10)
	waist, chest := point{x, y + 0.62*s}, point{x, y + 0.34*s}
	p.limb(waist, chest, 0.23*s, 0.21*s, coat, 20, 256)
	head := point{x + 0.02*s*math.Sin(t*2+phase), y}
	p.limb(point{x, y + 0.2*s}, head, 0.06*s, 0.06*s, skin.lit(-16), 0, 256)
	wave := 0.14 * s * math.Sin(t*beat*1.1+phase)
	for _, sgn := range []float64{-1, 1} {
		shoulder := point{x + sgn*0.2*s, y + 0.26*s}
		elbow, hand := point{x + sgn*0.28*s, y + 0.5*s}, point{x + sgn*0.22*s, y + 0.72*s}
		if mood < 5 || mood < 8 && (sgn > 0) == (mood == 6) {
			elbow = point{x + sgn*0.34*s + wave*0.3, y + 0.02*s}
			hand = point{x + sgn*0.27*s + wave, y - 0.32*s}
		}
		p.limb(shoulder, elbow, 0.085*s, 0.075*s, coat.lit(6), 12, 256)
		p.limb(elbow, hand, 0.06*s, 0.055*s, skin, 10, 256)
	}
	if mood == 2 && r.below(2) == 0 { // a scarf held high
		for i := range 5 {
			a, b := float64(i)/5, float64(i+1)/5
			sag := func(k float64) point {
				return point{x + (k-0.5)*0.62*s + wave, y - 0.33*s + 0.12*s*math.Sin(k*math.Pi)}
			}
			band := team.shirt
			if i%2 == 1 {
				band = team.trim
			}
			p.limb(sag(a), sag(b), 0.055*s, 0.055*s, band.lit(lit/2), 0, 256)
		}
	}
	p.face(head, s, skin, hair, t, phase)
}

func (p *Picture) face(at point, s float64, skin, hair colour, t, phase float64) {
	p.limb(point{at.x, at.y - 0.02*s}, point{at.x, at.y + 0.04*s}, 0.115*s, 0.1*s, skin, 16, 256)
	p.limb(point{at.x - 0.05*s, at.y - 0.085*s}, point{at.x + 0.05*s, at.y - 0.085*s}, 0.07*s, 0.07*s, hair, 8, 256)
	eye := rgb(30, 26, 26)
	for _, sgn := range []float64{-1, 1} {
		p.disc(point{at.x + sgn*0.042*s, at.y - 0.005*s}, 0.014*s, eye, 0, 220)
	}
	open := 0.018 + 0.022*max(0, math.Sin(t*6+phase))
	p.limb(point{at.x - 0.025*s, at.y + 0.075*s}, point{at.x + 0.025*s, at.y + 0.075*s}, open*s, open*s, rgb(96, 34, 34), 0, 220)
}
