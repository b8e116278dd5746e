package match

import "time"

// Draw draws frame n.
func (m *Match) Draw(n int64, p *Picture) {
	index, into := m.clock().place(n)
	sc := sceneAt(into)
	pl := m.stage.play(index)
	if sc.shot == crowdShot {
		p.fans(&pl.cycle, into)
	} else {
		m.stage.field(p, pl, sc)
	}
	m.stage.graphics(p, pl, sc)
	DrawFrame(p.y, p.W, p.W, p.H, uint32(n))
}

// field draws a view of the pitch.
func (s *stage) field(p *Picture, pl *play, sc scene) {
	c := pl.cameraFor(sc, p.W, p.H)
	now := pl.at(sc.show)
	walls := make([]wall, p.W)
	c.columns(walls)
	top := p.H
	for i := range walls {
		top = min(top, walls[i].foot)
	}
	s.grass.ground(p, &c, top)
	t := sc.show.Seconds()
	s.stand.draw(p, walls, bounceAt(joyAt(t), t), slideAt(sc.into))
	p.lines(&c)
	p.goals(&c, netShake(pl, t))
	kits := cast(&pl.cycle)
	p.actors(&c, &now, &kits, s.letter)
}

// netShake is how far the nets bulge.
func netShake(pl *play, t float64) (out [2]float64) {
	end := 0
	if pl.dir > 0 {
		end = 1
	}
	since := t - goalTime - 0.1
	if since > 0 {
		out[end] = 0.55 * ease(since/0.12) * (1 - 0.6*ease(since/1.5))
	}
	return out
}

// slideAt is how far the boards have turned, in metres: to the next
// advertiser, every ten seconds.
func slideAt(into time.Duration) float64 {
	const each, turn = 16, 10 * time.Second
	return each * (float64(into/turn) + ease((into % turn).Seconds()))
}
