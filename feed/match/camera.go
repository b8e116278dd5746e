package match

import (
	"math"
	"time"
)

// camera sees the world through a lens whose film stands upright: verticals
// stay vertical, and a row of the picture shows ground at one depth, which is
// what makes drawing cheap. Looking down is a shift of the horizon.
type camera struct {
	at      vec     // above the pitch
	high    float64 // metres
	fx, fy  float64 // unit vector that it looks along; right is (fy, -fx)
	focal   float64 // pixels
	cx, hor float64 // the picture's centre, and the horizon's row
	w, h    int
}

// look makes a camera that has target, at a height above the ground, in the
// picture's middle column at the given share of its height, and shows width
// metres there.
func look(w, h int, at vec, high float64, target vec, up, width, row float64) camera {
	f := target.sub(at).unit()
	d := target.sub(at).size()
	c := camera{at: at, high: high, fx: f.x, fy: f.y, w: w, h: h, cx: float64(w) / 2}
	c.focal = float64(w) * d / width
	c.hor = row*float64(h) - c.focal*(high-up)/d
	return c
}

// see projects a place at a height; d is its depth, and scale the pixels that
// a metre has there. ok is false behind the camera.
func (c *camera) see(p vec, z float64) (q point, scale float64, ok bool) {
	v := p.sub(c.at)
	d := v.x*c.fx + v.y*c.fy
	if d < 1 {
		return point{}, 0, false
	}
	scale = c.focal / d
	return point{c.cx + scale*(v.x*c.fy-v.y*c.fx), c.hor + scale*(c.high-z)}, scale, true
}

// shot is a kind of view.
type shot int

const (
	wideShot shot = iota
	closeShot
	scorerShot
	crowdShot
	replayShot
)

// scene is what is on air at one instant: a view, and the time into the cycle
// that it shows, which a replay bends.
type scene struct {
	shot shot
	into time.Duration // on air
	show time.Duration // of the play
}

// The cuts of a cycle. Wipes hide the cut to the replay and the one back.
const (
	closeFrom  = 9600 * time.Millisecond
	closeTo    = 13200 * time.Millisecond
	scorerFrom = 27600 * time.Millisecond
	crowdFrom  = 30800 * time.Millisecond
	replayFrom = 33400 * time.Millisecond
	wipeHalf   = 400 * time.Millisecond
	replayOf   = goalAt - 2900*time.Millisecond
)

// sceneAt is the scene at a time into the cycle.
func sceneAt(into time.Duration) scene {
	s := scene{wideShot, into, into}
	switch {
	case into >= closeFrom && into < closeTo:
		s.shot = closeShot
	case into >= scorerFrom && into < crowdFrom:
		s.shot = scorerShot
	case into >= crowdFrom && into < replayFrom:
		s.shot = crowdShot
	case into >= replayFrom:
		s.shot, s.show = replayShot, replayOf+(into-replayFrom)*52/100
	}
	return s
}

// cameraFor is the camera of a scene.
func (p *play) cameraFor(s scene, w, h int) camera {
	aim := p.aimAt(s.show)
	now := p.at(s.show)
	tremble := vec{0.06 * sway(s.into.Seconds()*3, 1), 0.05 * sway(s.into.Seconds()*3, 9)}
	switch s.shot {
	case closeShot:
		at := vec{aim.x*0.55 - 8*p.dir, -halfWidth - 9}
		return look(w, h, at, 2.6, aim.add(tremble), 0.95, 15, 0.60)
	case scorerShot:
		man := now.men[p.scorerIndex()]
		at := vec{p.dir * 34, -halfWidth - 10}
		push := ease((s.into - scorerFrom).Seconds() / 3)
		return look(w, h, at, 2.0, man.at.add(tremble.scale(0.6)), 1.1, mix(9.5, 6.5, push), 0.55)
	case replayShot:
		at := vec{p.dir * 27, -halfWidth - 12}
		mouth := vec{p.dir * 47, 0}
		target := aim.to(mouth, 0.45)
		return look(w, h, at, 7.5, target, 0.8, mix(30, 21, ease((s.into-replayFrom).Seconds()/5)), 0.56)
	}
	target := vec{min(max(aim.x, -45), 45), aim.y * 0.55}
	width := 47 - 9*ease((math.Abs(aim.x)-18)/26)
	row := 0.575 - 0.03*target.y/20
	return look(w, h, vec{target.x * 0.12, -halfWidth - 44}, 25, target.add(tremble.scale(0.4)), 0, width, row)
}

// scorerIndex is the scorer among the 22.
func (p *play) scorerIndex() int { return p.cycle.scoring*11 + p.cycle.scorer }
