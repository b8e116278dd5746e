package clip

import (
	"slices"
	"time"
)

// view is what the frames of a cell show in a shape.
func (p *planner) view(e Epoch, s Shape, run []picture) (Rect, Views) {
	w, h := e.Format.Picture()
	crop, f := s.Crop(w, h), p.recipe.framing(s)
	if !roomy(crop, w, h) {
		return crop, Views{}
	}
	switch f.Mode {
	case Fitted:
		return crop, Views{Fit: []int{fully}}
	case Led:
		return led(f.Keys, crop, w, h, timesOf(e, run))
	}
	return crop, Views{}
}

// fully is the share of what alone is seen.
const fully = 100

// roomy reports whether a crop leaves away so much of the picture that it
// matters which part it is.
func roomy(c Rect, w, h int) bool { return (w-c.W)*50 > w || (h-c.H)*50 > h }

// timesOf are the instants of frames.
func timesOf(e Epoch, run []picture) []time.Time {
	at := make([]time.Time, len(run))
	for i, f := range run {
		at[i] = e.Time(f.pts)
	}
	return at
}

// led is the crop as keys lead it, in a picture of w by h. It never leaves the
// picture: near an edge its middle is not where the key is.
func led(keys []Key, crop Rect, w, h int, at []time.Time) (Rect, Views) {
	var v Views
	for _, t := range at {
		x, y := between(keys, t)
		v.Pan = append(v.Pan, within(Rescale(x, int64(w), milliUnits)-int64(crop.W/2), w-crop.W))
		v.Tilt = append(v.Tilt, within(Rescale(y, int64(h), milliUnits)-int64(crop.H/2), h-crop.H))
	}
	return v.still(crop)
}

// still puts what does not move into the crop.
func (v Views) still(crop Rect) (Rect, Views) {
	same := func(list []int) bool {
		return len(list) > 0 && !slices.ContainsFunc(list, func(n int) bool { return n != list[0] })
	}
	if same(v.Pan) {
		crop.X, v.Pan = v.Pan[0], nil
	}
	if same(v.Tilt) {
		crop.Y, v.Tilt = v.Tilt[0], nil
	}
	if same(v.Fit) {
		v.Fit = v.Fit[:1]
		if v.Fit[0] == 0 {
			v.Fit = nil
		}
	}
	return crop, v
}

// within is the nearest offset that a crop can have where there is room.
func within(n int64, room int) int { return int(min(max(n, 0), int64(room))) }

// milliUnits are a thousand of the units in which keys say where they are:
// between two keys the camera goes by less.
const milliUnits = 1000 * easeUnits

// easeUnits is how finely the way between two keys is divided.
const easeUnits = 1 << 16

// between is where keys lead the crop at an instant, in easeUnits.
func between(keys []Key, t time.Time) (x, y int64) {
	i := slices.IndexFunc(keys, func(k Key) bool { return k.At.After(t) })
	switch i {
	case 0:
		return int64(keys[0].X) * easeUnits, int64(keys[0].Y) * easeUnits
	case -1:
		last := keys[len(keys)-1]
		return int64(last.X) * easeUnits, int64(last.Y) * easeUnits
	}
	a, b := keys[i-1], keys[i]
	u := eased(Rescale(int64(t.Sub(a.At)), easeUnits, int64(b.At.Sub(a.At))))
	return int64(a.X)*easeUnits + int64(b.X-a.X)*u, int64(a.Y)*easeUnits + int64(b.Y-a.Y)*u
}

// eased is how far a movement that begins and ends gently has come, after u of
// easeUnits of its time.
func eased(u int64) int64 { return u * u / easeUnits * (3*easeUnits - 2*u) / easeUnits }
