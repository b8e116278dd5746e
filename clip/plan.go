package clip

import (
	"cmp"
	"slices"
	"time"
)

// CellTicks is the length of a cell of the feed's fixed grid: two seconds.
// Cell n of an epoch covers the ticks from n*CellTicks to (n+1)*CellTicks.
const CellTicks Ticks = 2 * TickRate

// Recording is what the DVR holds around a span.
type Recording struct {
	Timeline Timeline
	Segments []Segment // in the order of Seq, with their frames
	Cues     []Cue
	Live     bool // more is coming: what lies after the end may still be recorded
}

// Plan is a recipe cut on the feed's grid: every cell says which segments it
// is made from and which chunks it yields.
type Plan struct {
	Recipe  Digest  `json:"recipe"`
	Rate    Rate    `json:"rate"`    // of the renditions
	Cells   []Cell  `json:"cells"`   // whole cells inside, a partial one at each end
	Missing []Span  `json:"missing"` // inside the span, but not recorded
	Pending bool    `json:"pending"` // part of the span is still to be recorded
	Sound   []Piece `json:"sound"`   // the runs of cells without a break
}

// Cell is the part of one grid cell that a recipe wants. One ffmpeg run
// decodes it once and encodes all its chunks.
type Cell struct {
	Epoch   EpochID  `json:"epoch"`
	Grid    int64    `json:"grid"`
	From    Ticks    `json:"from"`   // PTS of the first frame
	To      Ticks    `json:"to"`     // PTS of the last frame plus one frame
	Frames  int      `json:"frames"` // of the renditions
	Step    int      `json:"step"`   // every Step-th frame of the feed is kept
	Format  Format   `json:"format"`
	Sources []Source `json:"sources"` // whole segments, in order
	Cues    []Cue    `json:"cues"`    // From and To count from the cell's From
	Chunks  []Chunk  `json:"chunks"`  // one for each shape
}

// Source is a segment as a cell needs it.
type Source struct {
	Seq    int64  `json:"seq"`
	Path   string `json:"path"`
	Init   string `json:"init,omitempty"`
	Digest Digest `json:"digest"`
	First  Ticks  `json:"first"` // lowest PTS
}

func (s Segment) source() Source {
	return Source{Seq: s.Seq, Path: s.Path, Init: s.Init, Digest: s.Digest, First: s.First}
}

// Chunk is two seconds (or, at the ends, less) of a rendition. Key is the hash
// of all that shapes its pixels.
type Chunk struct {
	Shape Shape  `json:"shape"`
	Crop  Rect   `json:"crop"` // of the source picture; also the chunk's size
	Key   Digest `json:"key"`
}

// Piece is a run of cells without a break: what sound is cut by. Its sources
// are the segments that hold the run's sound.
type Piece struct {
	Epoch   EpochID  `json:"epoch"`
	From    Ticks    `json:"from"`
	To      Ticks    `json:"to"`
	Format  Format   `json:"format"`
	Sources []Source `json:"sources"`
}

// Plan cuts the recipe over a recording. An open span is planned as far as the
// recording reaches. It never shortens in silence: what is not there is listed
// in Missing, or makes the plan Pending.
func (r Recipe) Plan(rec Recording) (Plan, error) {
	if err := r.Check(); err != nil {
		return Plan{}, err
	}
	p := planner{recipe: r, rec: rec, plan: Plan{Recipe: r.Digest()}, reached: r.Span.In}
	for i, e := range rec.Timeline {
		growing := rec.Live && i == len(rec.Timeline)-1
		if err := p.epoch(e, growing); err != nil {
			return Plan{}, err
		}
	}
	p.end()
	p.sound()
	return p.plan, nil
}

// planner walks a recording from the mark-in to the mark-out.
type planner struct {
	recipe  Recipe
	rec     Recording
	plan    Plan
	reached time.Time // programme time up to which everything is accounted for
}

// epoch plans the part of the span that lies in e; growing says that e is
// still being recorded.
func (p *planner) epoch(e Epoch, growing bool) error {
	from, to := e.Ticks(p.recipe.Span.In), e.End
	if !p.recipe.Span.Open() {
		to = min(to, e.Ticks(p.recipe.Span.Out))
	}
	if from >= e.End || to <= e.First {
		return nil
	}
	if e.Format.Rate.Zero() {
		return Errorf(Invalid, "plan a highlight", "the frame rate of epoch %d of the feed is not one that broadcast uses", e.ID)
	}
	if p.plan.Rate.Zero() {
		p.plan.Rate = e.Format.Rate.Divide(p.step(e))
	}
	segs := p.segments(e.ID)
	frames := wanted(segs, from, to)
	one := e.Format.Rate.Ticks(1)
	for _, group := range groupByCell(frames) {
		first, last := group[0], group[len(group)-1]
		grid := int64(first / CellTicks)
		// A cell at the live end waits until it is whole, or the span ends in it.
		if growing && e.End < Ticks(grid+1)*CellTicks && (p.recipe.Span.Open() || e.End < e.Ticks(p.recipe.Span.Out)) {
			p.plan.Pending = true
			break
		}
		p.missing(e, group, one)
		c := Cell{Epoch: e.ID, Grid: grid, From: first, To: last + one, Step: p.step(e), Format: e.Format}
		for _, f := range group {
			if e.Format.Rate.Frames(f)%c.Step == 0 {
				c.Frames++
			}
		}
		if c.Frames == 0 {
			continue
		}
		c.Sources = sources(segs, c.From, c.To)
		c.Cues = cuesIn(p.rec.Cues, c)
		c.Chunks = p.recipe.chunks(c)
		p.plan.Cells = append(p.plan.Cells, c)
	}
	return nil
}

// step is how many frames of the feed make one of the renditions.
func (p *planner) step(e Epoch) int {
	limit := p.recipe.Encoding.MaxFPS
	step := 1
	for limit > 0 && e.Format.Rate.Num > limit*step*e.Format.Rate.Den {
		step++
	}
	return step
}

// missing accounts for the frames of a cell and lists the holes before and
// between them. A hole is more than half a frame's absence.
func (p *planner) missing(e Epoch, group []Ticks, one Ticks) {
	for _, f := range group {
		at := e.Time(f)
		if at.Sub(p.reached) > (one + one/2).Duration() {
			p.plan.Missing = append(p.plan.Missing, Span{In: p.reached, Out: at})
		}
		p.reached = e.Time(f + one)
	}
}

// end accounts for what lies between the last planned frame and the mark-out.
func (p *planner) end() {
	out := p.recipe.Span.Out
	if p.recipe.Span.Open() {
		p.plan.Pending = true
		return
	}
	slack := Ticks(TickRate / 20) // less than two frames at 25 fps is no gap
	if out.Sub(p.reached) <= slack.Duration() {
		p.plan.Pending = false
		return
	}
	if p.rec.Live && p.rec.Timeline.Window().Out.Before(out.Add(-slack.Duration())) {
		p.plan.Pending = true
	}
	if !p.plan.Pending {
		p.plan.Missing = append(p.plan.Missing, Span{In: p.reached, Out: out})
	}
}

// lead is how much sound before a piece a decoder is given, so that its first
// samples are right: three AAC frames at 48 kHz.
const lead = Ticks(3 * 1024 * TickRate / 48000)

// sound joins cells that follow each other without a break, and finds the
// segments that hold their sound. In a transport stream sound and picture of
// one instant may lie in neighbouring segments, so a plan whose last sound has
// not arrived is pending.
func (p *planner) sound() {
	for _, c := range p.plan.Cells {
		if n := len(p.plan.Sound); n > 0 && p.plan.Sound[n-1].Epoch == c.Epoch && p.plan.Sound[n-1].To == c.From {
			p.plan.Sound[n-1].To = c.To
			continue
		}
		p.plan.Sound = append(p.plan.Sound, Piece{Epoch: c.Epoch, From: c.From, To: c.To, Format: c.Format})
	}
	for i := range p.plan.Sound {
		piece := &p.plan.Sound[i]
		var reach Ticks
		for _, s := range p.segments(piece.Epoch) {
			if s.Sound.From < piece.To && s.Sound.To > piece.From-lead {
				piece.Sources = append(piece.Sources, s.source())
			}
			reach = max(reach, s.Sound.To)
		}
		last := p.rec.Timeline[len(p.rec.Timeline)-1]
		if piece.Format.Audio != "" && reach < piece.To && p.rec.Live && piece.Epoch == last.ID {
			p.plan.Pending = true
		}
	}
}

// segments are those of one epoch.
func (p *planner) segments(id EpochID) []Segment {
	var segs []Segment
	for _, s := range p.rec.Segments {
		if s.Epoch == id {
			segs = append(segs, s)
		}
	}
	return segs
}

// wanted lists the PTS of the frames in [from, to) that can be decoded, in
// display order.
func wanted(segs []Segment, from, to Ticks) []Ticks {
	var pts []Ticks
	decodable := false // from the first key frame on
	var key Ticks
	for _, s := range segs {
		for _, f := range s.Frames {
			if !decodable && (f.Kind == IDR || f.Kind == Recovery) {
				decodable, key = true, f.PTS
			}
			if decodable && f.PTS >= key && f.PTS >= from && f.PTS < to {
				pts = append(pts, f.PTS)
			}
		}
	}
	slices.Sort(pts)
	return slices.Compact(pts)
}

// groupByCell splits sorted places by the grid.
func groupByCell(pts []Ticks) [][]Ticks {
	var groups [][]Ticks
	for i, t := range pts {
		if i == 0 || t/CellTicks != pts[i-1]/CellTicks {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], t)
	}
	return groups
}

// sources are the segments needed to decode every frame in [from, to): those
// that hold one, and those before them back to where decoding can start. A
// segment that opens with a recovery point needs the one before it for its
// leading pictures.
func sources(segs []Segment, from, to Ticks) []Source {
	holds := func(s Segment) bool {
		return slices.ContainsFunc(s.Frames, func(f Frame) bool { return f.PTS >= from && f.PTS < to })
	}
	first := slices.IndexFunc(segs, holds)
	last := first
	for i := first; i < len(segs); i++ {
		if holds(segs[i]) {
			last = i
		}
	}
	start := first
	for start > 0 && segs[start].Frames[0].Kind != IDR {
		start--
		if segs[start].Frames[0].Kind == Recovery {
			break
		}
	}
	var out []Source
	for _, s := range segs[start : last+1] {
		out = append(out, s.source())
	}
	return out
}

// cuesIn are the captions visible in a cell, relative to its start. A cue that
// still stands on screen reaches to the cell's end.
func cuesIn(cues []Cue, c Cell) []Cue {
	var in []Cue
	for _, q := range cues {
		to := q.To
		if to == 0 {
			to = c.To
		}
		if q.Epoch != c.Epoch || q.From >= c.To || to <= c.From {
			continue
		}
		q.From, q.To = max(q.From, c.From)-c.From, min(to, c.To)-c.From
		in = append(in, q)
	}
	slices.SortStableFunc(in, func(a, b Cue) int { return cmp.Compare(a.From, b.From) })
	return in
}

// chunks names the chunks of a cell, one for each shape.
func (r Recipe) chunks(c Cell) []Chunk {
	key := struct {
		Engine   string
		Sources  []Digest
		From, To Ticks
		Step     int
		Rate     Rate
		Cues     []Cue
		Logo     *Overlay
		Encoding Encoding
		Crop     Rect
	}{Engine: Engine, From: c.From, To: c.To, Step: c.Step, Rate: c.Format.Rate, Logo: r.Logo, Encoding: r.Encoding}
	for _, s := range c.Sources {
		key.Sources = append(key.Sources, s.Digest)
	}
	if r.Captions.BurnIn {
		key.Cues = c.Cues
	}
	var out []Chunk
	for _, shape := range r.Shapes {
		key.Crop = shape.Crop(c.Format.Width, c.Format.Height)
		out = append(out, Chunk{Shape: shape, Crop: key.Crop, Key: digestJSON(key)})
	}
	return out
}

// Frames is the number of frames in each rendition.
func (p Plan) Frames() int {
	n := 0
	for _, c := range p.Cells {
		n += c.Frames
	}
	return n
}

// Cues are the captions of the whole clip, in ticks from its start. A caption
// that reaches over a cell's border is one cue again.
func (p Plan) Cues() []Cue {
	var out []Cue
	var start Ticks
	for _, c := range p.Cells {
		for _, q := range c.Cues {
			q.From, q.To, q.Epoch = q.From+start, q.To+start, 0
			if n := len(out); n > 0 && out[n-1].To == q.From && out[n-1].Text == q.Text && q.From == start {
				out[n-1].To = q.To
				continue
			}
			out = append(out, q)
		}
		start += p.Rate.Ticks(c.Frames)
	}
	return out
}

// Key identifies all that the cell yields.
func (c Cell) Key() Digest {
	keys := make([]Digest, len(c.Chunks))
	for i, k := range c.Chunks {
		keys[i] = k.Key
	}
	return digestJSON(keys)
}
