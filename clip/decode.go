package clip

import (
	"cmp"
	"slices"
)

// picture is a frame that can be decoded from what is recorded.
type picture struct {
	pts  Ticks
	seg  int // the segment that holds it
	from int // the segment that decoding starts in
}

// pictures lists the frames of an epoch's segments that can be decoded, in
// display order, each once.
//
// Decoding starts at a key frame. After a gap in decoding time, where media was
// lost, it starts anew at the next one. The leading pictures of a recovery point (an open GOP's) look at
// the group before it, so they need that group's key frame too; where it is
// not there, neither are they.
func pictures(segs []Segment, one Ticks) []picture {
	var out []picture
	var key, before *keyFrame // the latest, and the one before it
	var decoded Ticks
	for i, s := range segs {
		for _, f := range s.Frames {
			if f.DTS-decoded > one+one/2 {
				key, before = nil, nil
			}
			decoded = f.DTS
			if f.Kind == IDR || f.Kind == Recovery {
				before, key = key, &keyFrame{pts: f.PTS, seg: i, open: f.Kind == Recovery}
			}
			start := key
			if key != nil && key.open && f.PTS < key.pts {
				start = before
			}
			if start != nil {
				out = append(out, picture{pts: f.PTS, seg: i, from: start.seg})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b picture) int { return cmp.Compare(a.pts, b.pts) })
	return slices.CompactFunc(out, func(a, b picture) bool { return max(a.pts-b.pts, b.pts-a.pts) <= jitter })
}

// keyFrame is a place where decoding can start.
type keyFrame struct {
	pts  Ticks
	seg  int
	open bool // what is shown before it may look at frames before it
}

// sources are the segments that the pictures are decoded from: those that hold
// one, and those before them back to where decoding starts. They are the same
// however much more is recorded, so that a chunk keeps its key.
func sources(segs []Segment, group []picture) []Source {
	start, last := group[0].from, group[0].seg
	for _, p := range group {
		start, last = min(start, p.from), max(last, p.seg)
	}
	var out []Source
	for _, s := range segs[start : last+1] {
		out = append(out, s.source())
	}
	return out
}

// settled is the place up to which nothing can be added to an epoch that is
// still growing. Frames come in decoding order, and none is shown before it is
// decoded: what is yet to come is shown after the next decoding time, but it
// may fill a hole that lies there.
func settled(e Epoch, segs []Segment) Ticks {
	if e.Format.Rate.Zero() {
		return e.End
	}
	var decoded Ticks
	for _, s := range segs {
		for _, f := range s.Frames {
			decoded = max(decoded, f.DTS)
		}
	}
	one := e.Format.Rate.Ticks(1)
	end := decoded + one/2
	var late []Ticks // shown after the last decoding time
	for _, s := range segs {
		for _, f := range s.Frames {
			if f.PTS > decoded {
				late = append(late, f.PTS)
			} else {
				end = max(end, f.PTS+one)
			}
		}
	}
	slices.Sort(late)
	for _, t := range late {
		if t-end > one/2+jitter {
			return end
		}
		end = max(end, t+one)
	}
	return e.End
}
