package clip

import (
	"slices"
	"time"
)

// Mode is how a shape shows a picture that is wider, or higher, than itself.
type Mode string

// The modes.
const (
	Centred Mode = "centre" // the middle, and nothing moves
	Fitted  Mode = "fit"    // the whole picture, over itself, blurred
	Led     Mode = "manual" // a crop that a person leads
)

// Modes lists every mode.
func Modes() []Mode { return []Mode{Centred, Fitted, Led} }

// RuleModes lists the modes that a rule can choose: all that need no person.
func RuleModes() []Mode { return []Mode{Centred, Fitted} }

// Framing is how one shape of a recipe is framed. A shape without one is
// centred.
type Framing struct {
	Shape Shape `json:"shape"`
	Mode  Mode  `json:"mode"`
	Keys  []Key `json:"keys,omitempty"` // of Led, in order of time
}

// Key says where the middle of the crop is at an instant, in thousandths of the
// picture's width and height. Between two keys it goes from one to the other;
// before the first and after the last it stands still. It stays at its instant
// when the highlight is trimmed.
type Key struct {
	At time.Time `json:"at"`
	X  int       `json:"x"`
	Y  int       `json:"y"`
}

// maxKeys is more than a person sets in ten minutes.
const maxKeys = 500

// Check reports a framing that cannot be rendered.
func (f Framing) Check() error {
	const op = "frame a shape"
	if err := f.Shape.Check(); err != nil {
		return err
	}
	switch {
	case !slices.Contains(Modes(), f.Mode):
		return Errorf(Invalid, op, "%q is not one of %v", string(f.Mode), Modes())
	case f.Mode == Led && (len(f.Keys) == 0 || len(f.Keys) > maxKeys):
		return Errorf(Invalid, op, "%s needs from 1 to %d keys, not %d: where the middle of the crop is, and when", Led, maxKeys, len(f.Keys))
	case f.Mode != Led && len(f.Keys) > 0:
		return Errorf(Invalid, op, "%s has no keys; leave them out, or choose %s", f.Mode, Led)
	}
	for i, k := range f.Keys {
		if k.X < 0 || k.X > 1000 || k.Y < 0 || k.Y > 1000 {
			return Errorf(Invalid, op, "the key at %s is at %d, %d: both are thousandths of the picture, from 0 to 1000", stamp(k.At), k.X, k.Y)
		}
		if i > 0 && !f.Keys[i-1].At.Before(k.At) {
			return Errorf(Invalid, op, "two keys are at %s", stamp(k.At))
		}
	}
	return nil
}

// framing is how a shape is framed.
func (r Recipe) framing(s Shape) Framing {
	if i := slices.IndexFunc(r.Framing, func(f Framing) bool { return f.Shape == s }); i >= 0 {
		return r.Framing[i]
	}
	return Framing{Shape: s, Mode: Centred}
}

// reframed is the recipe with one shape framed otherwise. It is written in one
// way only: in the order of Shapes, keys in order of time and in UTC, and
// without what is centred.
func (r Recipe) reframed(f Framing) Recipe {
	f.Keys = slices.Clone(f.Keys)
	for i := range f.Keys {
		f.Keys[i].At = f.Keys[i].At.UTC()
	}
	slices.SortFunc(f.Keys, func(a, b Key) int { return a.At.Compare(b.At) })
	var all []Framing
	for _, s := range Shapes() {
		now := r.framing(s)
		if s == f.Shape {
			now = f
		}
		if now.Mode != Centred {
			all = append(all, now)
		}
	}
	r.Framing = all
	return r
}

// checkFraming reports framings that cannot be rendered.
func (r Recipe) checkFraming() error {
	for i, f := range r.Framing {
		if err := f.Check(); err != nil {
			return err
		}
		if slices.ContainsFunc(r.Framing[:i], func(o Framing) bool { return o.Shape == f.Shape }) {
			return Errorf(Invalid, "read a recipe", "it frames %s twice", f.Shape)
		}
	}
	return nil
}

// Reframe shows the highlight's shape in another way. Shapes that stay as they
// are, are not rendered again.
func (h *Highlight) Reframe(f Framing) error {
	if err := h.editable("reframe"); err != nil && h.State != HighlightFailed {
		return err
	}
	if !slices.Contains(h.Recipe.Shapes, f.Shape) {
		return Errorf(Invalid, "reframe highlight "+string(h.ID), "shape %s is not rendered; the recipe has %v", f.Shape, h.Recipe.Shapes)
	}
	return h.remake(h.Recipe.reframed(f))
}
