package match

import "math"

// vec is a place on the pitch in metres: x along it, from the home team's goal
// at -52.5 to the other at 52.5; y across it, from the main stand at -34 to
// the far touchline at 34.
type vec struct{ x, y float64 }

func (a vec) add(b vec) vec           { return vec{a.x + b.x, a.y + b.y} }
func (a vec) sub(b vec) vec           { return vec{a.x - b.x, a.y - b.y} }
func (a vec) scale(k float64) vec     { return vec{a.x * k, a.y * k} }
func (a vec) size() float64           { return math.Sqrt(a.x*a.x + a.y*a.y) }
func (a vec) to(b vec, t float64) vec { return vec{mix(a.x, b.x, t), mix(a.y, b.y, t)} }
func (a vec) far(b vec) float64       { return a.sub(b).size() }

// cap shortens a to at most n.
func (a vec) cap(n float64) vec {
	if s := a.size(); s > n {
		return a.scale(n / s)
	}
	return a
}

// unit is a's direction, or to the right where it has none.
func (a vec) unit() vec {
	if s := a.size(); s > 1e-6 {
		return a.scale(1 / s)
	}
	return vec{1, 0}
}

// The pitch, by the Laws of the Game, in metres.
const (
	halfLength, halfWidth = 52.5, 34.0
	goalHalf, goalHeight  = 3.66, 2.44
	goalDepth             = 2.2
)
