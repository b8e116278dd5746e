package clip

import (
	"fmt"
	"slices"
	"time"
)

// tape makes recordings by hand: a feed of so many frames, coded as a
// broadcast codes them and cut into segments.
type tape struct {
	id      EpochID
	rate    Rate
	first   Ticks           // PTS of frame 0
	start   time.Time       // programme time of frame 0
	frames  int             // in display order
	gop     int             // frames of a group
	b       int             // frames between two that are referred to
	open    bool            // groups are open: leading pictures look at the group before
	cut     int             // frames of a segment in decoding order; 0: one group each
	lost    func(int) bool  // segments that were not recorded, by number
	wobble  func(int) Ticks // what rounding adds to a frame's PTS
	drift   []int64         // rates of its bends, which lie evenly; nil: its clock is right
	silence bool
	lag     Ticks // by how much a segment's sound ends before its pictures
	size    [2]int
}

// standard is the tape that most tests change: 40 s of 25 frames in two-second
// closed groups without B-frames, whose groups begin on the grid.
func standard() tape {
	return tape{id: 1, rate: Rate{25, 1}, first: 10 * CellTicks, start: evening(20, 41, 0), frames: 1000, gop: 50}
}

// pts is where frame n is shown.
func (t tape) pts(n int) Ticks {
	at := t.first + t.rate.Ticks(n)
	if t.wobble != nil {
		at += t.wobble(n)
	}
	return at
}

// at is the programme time of frame n.
func (t tape) at(n int) time.Time { return t.epoch().Time(t.pts(n)) }

func (t tape) epoch() Epoch {
	w, h := 1280, 720
	if t.size[0] > 0 {
		w, h = t.size[0], t.size[1]
	}
	f := Format{Container: MPEGTS, Video: "h264", Width: w, Height: h, Rate: t.rate, Audio: "aac", SampleRate: 48000, Channels: 2}
	if t.silence {
		f.Audio = ""
	}
	e := Epoch{ID: t.id, First: t.pts(0), Start: t.start, Format: f}
	for i, rate := range t.drift {
		e.End = t.pts(i * t.frames / len(t.drift))
		e = e.Bent(rate)
	}
	e.End = 0
	return e
}

// coded is a frame of a tape: its number, and how it is coded.
type coded struct {
	n    int
	kind FrameKind
}

// order is the tape in decoding order, group by group.
func (t tape) order() [][]coded {
	var groups [][]coded
	for s := 0; s < t.frames; s += t.gop {
		end := min(s+t.gop, t.frames)
		key, kind := s, IDR
		if t.open {
			kind = Recovery
			if s > 0 {
				key = min(s+t.b, end-1)
			}
		}
		g := []coded{{key, kind}}
		for n := s; n < key; n++ {
			g = append(g, coded{n, NonRef})
		}
		for done := key; done < end-1; {
			anchor := min(done+t.b+1, end-1)
			g = append(g, coded{anchor, Inter})
			for n := done + 1; n < anchor; n++ {
				g = append(g, coded{n, NonRef})
			}
			done = anchor
		}
		groups = append(groups, g)
	}
	return groups
}

// segments are all of the tape, those that were lost left out. Their numbers
// have no gap: what was lost has none.
func (t tape) segments() []Segment {
	groups := t.order()
	if t.cut > 0 {
		groups = slices.Collect(slices.Chunk(slices.Concat(groups...), t.cut))
	}
	var segs []Segment
	decoded := 0
	for i, g := range groups {
		s := Segment{Feed: "match", Seq: int64(len(segs) + 1), Epoch: t.id, First: t.pts(g[0].n)}
		for _, c := range g {
			dts := t.first + t.rate.Ticks(decoded-min(t.b, 1))
			s.Frames = append(s.Frames, Frame{PTS: t.pts(c.n), DTS: min(dts, t.pts(c.n)), Kind: c.kind})
			s.First, s.End = min(s.First, t.pts(c.n)), max(s.End, t.pts(c.n)+t.rate.Ticks(1))
			decoded++
		}
		s.Path = fmt.Sprintf("match/%d-%d.ts", t.id, i)
		s.Digest = DigestOf(fmt.Append(nil, s.Path))
		s.Start = t.epoch().Time(s.First)
		if !t.silence {
			s.Sound = Span90{s.First - t.lag, s.End - t.lag}
		}
		if t.lost == nil || !t.lost(i) {
			segs = append(segs, s)
		}
	}
	return segs
}

// shown are the frames that are recorded and can be decoded, by number: each
// looks at its own group, and a leading picture at the group before as well.
func (t tape) shown() []int {
	kept := map[Ticks]bool{}
	for _, s := range t.segments() {
		for _, f := range s.Frames {
			kept[f.PTS] = true
		}
	}
	var out []int
	whole := false // the group before is there
	for _, g := range t.order() {
		all := !slices.ContainsFunc(g, func(c coded) bool { return !kept[t.pts(c.n)] })
		for i, c := range g {
			there := all || t.cut > 0 && !slices.ContainsFunc(g[:i+1], func(c coded) bool { return !kept[t.pts(c.n)] })
			if there && (c.n >= g[0].n || whole) {
				out = append(out, c.n)
			}
		}
		whole = all
	}
	slices.Sort(out)
	return out
}

// record joins tapes to one recording.
func record(live bool, tapes ...tape) Recording {
	rec := Recording{Live: live}
	for _, t := range tapes {
		e := t.epoch()
		for _, s := range t.segments() {
			e.End = max(e.End, s.End)
			s.Seq = int64(len(rec.Segments) + 1)
			rec.Segments = append(rec.Segments, s)
		}
		if e.End > 0 {
			rec.Timeline = append(rec.Timeline, e)
		}
	}
	return rec
}

// until is the recording as it was when only so many segments had come.
func (r Recording) until(segments int) Recording {
	out := Recording{Segments: r.Segments[:segments], Cues: r.Cues, Live: true}
	for _, e := range r.Timeline {
		e.End = 0
		for _, s := range out.Segments {
			if s.Epoch == e.ID {
				e.End = max(e.End, s.End)
			}
		}
		if e.End > 0 {
			out.Timeline = append(out.Timeline, e)
		}
	}
	return out
}

// recipe is one over a span, in every shape.
func recipe(in, out time.Time) Recipe {
	return Recipe{
		Version: RecipeVersion, Feed: "match", Span: Span{in, out}, Shapes: []Shape{Wide, Tall},
		Captions: Captions{BurnIn: true, Lang: "en"}, Sound: DefaultSound(), Encoding: DefaultEncoding(),
	}
}

// ofFrames is the recipe of frames [from, to) of a tape.
func (t tape) ofFrames(from, to int) Recipe { return recipe(t.at(from), t.at(to)) }
