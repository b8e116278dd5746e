package clip

import (
	"math"
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
	Sound   []Piece `json:"sound"`   // the runs of cells without a gap
}

// Cell is a part of one grid cell that a recipe wants. One ffmpeg run decodes
// it once and encodes all its chunks. There is no gap within a cell: its frames
// are From, Step frames of the feed later the next, and so on, each rounded to
// a tick or two. Where the recording has a gap, one grid cell gives two cells.
type Cell struct {
	Epoch   EpochID  `json:"epoch"`
	Grid    int64    `json:"grid"`
	From    Ticks    `json:"from"`   // PTS of the first frame of the renditions
	To      Ticks    `json:"to"`     // PTS of their last frame plus Step frames
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

// Plan cuts the recipe over a recording. An open span is planned as far as the
// recording reaches. It never shortens in silence: what is not there is listed
// in Missing, or makes the plan Pending.
func (r Recipe) Plan(rec Recording) (Plan, error) {
	if err := r.Check(); err != nil {
		return Plan{}, err
	}
	rec.Cues = r.Captions.Reworded.over(rec.Timeline, r.said(rec))
	p := planner{recipe: r, rec: rec, plan: Plan{Recipe: r.Digest()}, reached: r.Span.In}
	for _, e := range rec.Timeline {
		if err := p.epoch(e); err != nil {
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
	reached time.Time     // programme time up to which everything is accounted for
	epochID EpochID       // of the frame before it; zero: there was none
	frame   time.Duration // how long that frame lasts
}

// jitter is how far, in ticks, a frame may lie from where its number puts it:
// 1501.5 ticks are 1501 or 1502, and timescales do not divide each other. A
// mark that near to the beginning of a frame means its beginning.
const jitter Ticks = 2

// epoch plans the part of the span that lies in e.
func (p *planner) epoch(e Epoch) error {
	from, out := e.Ticks(p.recipe.Span.In)-jitter, Ticks(math.MaxInt64)
	if !p.recipe.Span.Open() {
		out = e.Ticks(p.recipe.Span.Out)
	}
	to := out - jitter
	if from >= e.End || to <= e.First {
		return nil
	}
	if err := p.begin(e); err != nil {
		return err
	}
	one, segs := e.Format.Rate.Ticks(1), p.segments(e.ID)
	frames := slices.DeleteFunc(pictures(segs, one), func(f picture) bool { return f.pts < from || f.pts >= to })
	ready := Ticks(math.MaxInt64)
	if p.growing(e) {
		ready = settled(e, segs)
	}
	for _, g := range groupByCell(frames) {
		// A cell at the live end waits until it is whole, or the span ends in it:
		// until no frame that is yet to come can lie before its end.
		if ready < min((g[0].pts/CellTicks+1)*CellTicks-jitter, out) {
			p.plan.Pending = true
			break
		}
		p.account(e, g, one)
		for _, run := range p.runs(e, g, one) {
			p.cell(e, run, segs)
		}
	}
	return nil
}

// begin looks whether the pictures of e can be rendered, and stand in one file
// with those before.
func (p *planner) begin(e Epoch) error {
	const op = "plan a highlight"
	f := e.Format
	if f.Rate.Zero() {
		return Errorf(Invalid, op, "the frame rate of epoch %d of the feed is not one that broadcast uses", e.ID)
	}
	w, h := f.Picture()
	for _, s := range p.recipe.Shapes {
		if c := s.Crop(w, h); c.W == 0 || c.H == 0 {
			return Errorf(Invalid, op, "the pictures of epoch %d of the feed are %dx%d: too small for %s", e.ID, w, h, s)
		}
	}
	rate := f.Rate.Divide(p.step(e))
	if len(p.plan.Cells) == 0 {
		p.plan.Rate = rate
		return nil
	}
	was := p.plan.Cells[0].Format
	if wasW, wasH := was.Picture(); wasW != w || wasH != h || rate != p.plan.Rate {
		return Errorf(Invalid, op, "the feed changed from %dx%d at %s frames a second to %dx%d at %s, at %s; trim it to one side of that",
			wasW, wasH, was.Rate, w, h, f.Rate, stamp(e.Start))
	}
	return nil
}

// growing reports whether more of e may come: it is the one that began last,
// wherever its clock puts it.
func (p *planner) growing(e Epoch) bool {
	return p.rec.Live && !slices.ContainsFunc(p.rec.Timeline, func(o Epoch) bool { return o.ID > e.ID })
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

// account notes frames as there, and lists the holes before and between them.
// Within an epoch a frame follows the one before it by half a frame at most.
// Between the mark-in and the first frame, and between two epochs, nothing is
// missing where no whole frame has room.
func (p *planner) account(e Epoch, group []picture, one Ticks) {
	for _, f := range group {
		limit := (one / 2).Duration()
		if p.epochID != e.ID {
			limit = (one - jitter).Duration()
		}
		if at := e.Time(f.pts); at.Sub(p.reached) > limit {
			p.plan.Missing = append(p.plan.Missing, Span{In: p.reached, Out: at})
		}
		p.epochID, p.frame = e.ID, one.Duration()
		if end := e.Time(f.pts + one); end.After(p.reached) {
			p.reached = end
		}
	}
}

// runs are the frames of a group that renditions keep, split where some are
// missing. Frames are counted on the feed's own grid, so that a trim keeps the
// same ones; the grid is laid through the epoch, so that a rounded tick does
// not move a frame to its neighbour's number.
func (p *planner) runs(e Epoch, group []picture, one Ticks) [][]picture {
	rate, step := e.Format.Rate, p.step(e)
	phase := e.First - rate.Ticks(rate.Frames(e.First))
	var runs [][]picture
	var last Ticks
	for _, f := range group {
		if rate.Frames(f.pts-phase)%step != 0 {
			continue
		}
		if len(runs) == 0 || f.pts-last > rate.Ticks(step)+one/2 {
			runs = append(runs, nil)
		}
		runs[len(runs)-1], last = append(runs[len(runs)-1], f), f.pts
	}
	return runs
}

// cell adds a run of frames to the plan.
func (p *planner) cell(e Epoch, run []picture, segs []Segment) {
	step := p.step(e)
	c := Cell{
		Epoch: e.ID, Grid: int64(run[0].pts / CellTicks), From: run[0].pts, To: run[len(run)-1].pts + e.Format.Rate.Ticks(step),
		Frames: len(run), Step: step, Format: e.Format, Sources: sources(segs, run),
	}
	c.Cues = cuesIn(p.rec.Cues, c)
	c.Chunks = p.chunks(e, c, run)
	p.plan.Cells = append(p.plan.Cells, c)
}

// end accounts for what lies between the last planned frame and the mark-out.
func (p *planner) end() {
	out := p.recipe.Span.Out
	rest := out.Sub(p.reached)
	switch {
	case p.recipe.Span.Open():
		p.plan.Pending = true
	case p.plan.Pending || rest <= 0:
	case p.rec.Live && p.live().Before(out):
		p.plan.Pending = true
	case rest <= jitter.Duration():
	case rest > p.frame/2:
		p.plan.Missing = append(p.plan.Missing, Span{In: p.reached, Out: out})
	}
}

// live is the programme time up to which all has come that will come.
func (p *planner) live() time.Time {
	for _, e := range p.rec.Timeline {
		if p.growing(e) {
			return e.Time(settled(e, p.segments(e.ID)))
		}
	}
	return time.Time{}
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

// groupByCell splits frames by the grid.
func groupByCell(frames []picture) [][]picture {
	var groups [][]picture
	for i, f := range frames {
		if i == 0 || f.pts/CellTicks != frames[i-1].pts/CellTicks {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], f)
	}
	return groups
}

// Frames is the number of frames in each rendition.
func (p Plan) Frames() int {
	n := 0
	for _, c := range p.Cells {
		n += c.Frames
	}
	return n
}
