package clip

import "slices"

// Splice is a plan of 16:9 pictures of which nothing is drawn: the feed's own
// groups are copied, and only what lies before the first whole one and behind
// the last is rendered.
type Splice struct {
	Recipe    Digest    `json:"recipe"`
	Rate      Rate      `json:"rate"`
	Stretches []Stretch `json:"stretches"` // in order
	Encoding  Encoding  `json:"encoding"`  // of the edges
	Sound     []Piece   `json:"sound"`
	Format    Format    `json:"format"`
	Crop      Rect      `json:"crop"` // the whole picture
}

// Stretch is a run of a splice's pictures: rendered, or copied.
type Stretch struct {
	Edge *Cell    `json:"edge,omitempty"`
	Copy *Copying `json:"copy,omitempty"`
}

// Copying is a run of whole closed groups: it begins with an IDR, and another
// one follows it.
type Copying struct {
	Format  Format   `json:"format"`
	From    Ticks    `json:"from"` // PTS of the first frame
	Sources []Source `json:"sources"`
	Frames  []Frame  `json:"frames"` // in decoding order
}

// Frames is how many pictures it has.
func (t Stretch) Frames() int {
	if t.Edge != nil {
		return t.Edge.Frames
	}
	return len(t.Copy.Frames)
}

// Copied is how many pictures are copied, Frames how many there are.
func (s Splice) Copied() (copied, frames int) {
	for _, p := range s.Stretches {
		frames += p.Frames()
		if p.Copy != nil {
			copied += p.Frames()
		}
	}
	return copied, frames
}

// edgeEncoding is how edges are compressed: as good as what they join. They are
// short, so that time is worth more than their size.
var edgeEncoding = Encoding{Preset: "superfast", CRF: 17}

// Splice turns a plan of the recipe over a recording into one that copies what
// it can. The error, Invalid, says why the pictures have to be rendered.
//
// Only an IDR closes a group. What follows a recovery point looks at frames
// before it, and leaving its leading pictures out does not cure that: the order
// of all that follows is counted from them.
func (r Recipe) Splice(p Plan, rec Recording) (Splice, error) {
	if err := r.copies(p); err != nil {
		return Splice{}, err
	}
	f := p.Cells[0].Format
	s := Splice{Recipe: r.Digest(), Rate: p.Rate, Encoding: edgeEncoding, Sound: p.Sound, Format: f, Crop: Wide.Crop(f.Width, f.Height)}
	edges := r
	edges.Encoding, edges.Shapes = edgeEncoding, []Shape{Wide}
	for _, piece := range p.Sound {
		e, _ := rec.Timeline.Epoch(piece.Epoch)
		l := planner{recipe: edges, rec: rec}
		if err := l.splice(&s, e, piece); err != nil {
			return Splice{}, err
		}
	}
	if copied, _ := s.Copied(); copied == 0 {
		return Splice{}, Errorf(Invalid, copyOp, "no closed group of pictures lies whole between the marks")
	}
	return s, nil
}

const copyOp = "copy the pictures"

// copies reports why a recipe's pictures cannot be the feed's own.
func (r Recipe) copies(p Plan) error {
	if len(p.Cells) == 0 {
		return Errorf(Invalid, copyOp, "there are none")
	}
	if !slices.Equal(r.Shapes, []Shape{Wide}) {
		return Errorf(Invalid, copyOp, "other shapes than 16:9 are cut out of them")
	}
	if slices.ContainsFunc(r.Framing, func(f Framing) bool { return f.Shape == Wide }) {
		return Errorf(Invalid, copyOp, "a part of them is chosen")
	}
	if r.Logo != nil || r.Captions.BurnIn && len(p.Cues()) > 0 {
		return Errorf(Invalid, copyOp, "something is drawn into them")
	}
	for _, c := range p.Cells {
		f := c.Format
		w, h := f.Picture()
		switch crop := Wide.Crop(w, h); {
		case f.Video != "h264":
			return Errorf(Invalid, copyOp, "they are %s; only H.264 is copied", f.Video)
		case f.Interlaced:
			return Errorf(Invalid, copyOp, "they are interlaced")
		case w != f.Width || crop != Rect{W: w, H: h}:
			return Errorf(Invalid, copyOp, "they are not 16:9 in square pixels, but %dx%d", f.Width, f.Height)
		case c.Step != 1:
			return Errorf(Invalid, copyOp, "of %s frames a second only %s are wanted", f.Rate, p.Rate)
		}
	}
	return nil
}

// splice adds a piece: an edge, the groups that lie whole in it, and an edge.
func (p *planner) splice(s *Splice, e Epoch, piece Piece) error {
	segs := p.segments(e.ID)
	one := e.Format.Rate.Ticks(1)
	frames := slices.DeleteFunc(pictures(segs, one), func(f picture) bool { return f.pts < piece.From-jitter || f.pts > piece.To-one+jitter })
	c, err := p.groups(e, segs, piece)
	if err != nil {
		return err
	}
	if c == nil {
		s.Stretches = append(s.Stretches, p.edges(e, segs, frames)...)
		return nil
	}
	before := slices.IndexFunc(frames, func(f picture) bool { return f.pts >= c.From-jitter })
	s.Stretches = append(s.Stretches, p.edges(e, segs, frames[:before])...)
	s.Stretches = append(s.Stretches, Stretch{Copy: c})
	s.Stretches = append(s.Stretches, p.edges(e, segs, frames[before+len(c.Frames):])...)
	return nil
}

// edges renders frames, if there are any.
func (p *planner) edges(e Epoch, segs []Segment, frames []picture) []Stretch {
	if len(frames) == 0 {
		return nil
	}
	p.plan.Cells = nil
	p.cell(e, frames, segs)
	return []Stretch{{Edge: &p.plan.Cells[0]}}
}

// groups finds the closed groups that lie whole in a piece; nil: there are none.
func (p *planner) groups(e Epoch, segs []Segment, piece Piece) (*Copying, error) {
	type place struct{ seg, frame int }
	var first, last *place // of the IDR that begins the first group, and of the one behind the last
	for i, s := range segs {
		for j, f := range s.Frames {
			switch {
			case f.Kind != IDR:
			case first == nil && f.PTS >= piece.From-jitter && f.PTS < piece.To-jitter:
				first = &place{i, j}
			case first != nil && f.PTS <= piece.To+jitter:
				last = &place{i, j}
			}
		}
	}
	if first == nil || last == nil {
		return nil, nil
	}
	c := &Copying{Format: e.Format, From: segs[first.seg].Frames[first.frame].PTS}
	for i := first.seg; i <= last.seg; i++ {
		from, to := 0, len(segs[i].Frames)
		if i == first.seg {
			from = first.frame
		}
		if i == last.seg {
			to = last.frame
		}
		if from < to {
			c.Frames = append(c.Frames, segs[i].Frames[from:to]...)
			c.Sources = append(c.Sources, segs[i].source())
		}
	}
	return c, c.whole(e.Format.Rate, segs[last.seg].Frames[last.frame].PTS)
}

// whole reports a run in which a frame is missing, twice, or shown outside it.
func (c *Copying) whole(r Rate, end Ticks) error {
	shown := make([]bool, r.Frames(end-c.From))
	for _, f := range c.Frames {
		n := r.Frames(f.PTS - c.From)
		if n < 0 || n >= len(shown) || shown[n] {
			return Errorf(Invalid, copyOp, "a picture of a group is shown outside it")
		}
		shown[n] = true
	}
	if len(c.Frames) != len(shown) {
		return Errorf(Invalid, copyOp, "%d pictures are missing in the groups", len(shown)-len(c.Frames))
	}
	return nil
}
