package clip

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is pending while the feed goes on, segment by segment.
func TestPlanLive(t *testing.T) {
	s := standard()
	with := func(change func(*tape)) tape {
		t := standard()
		change(&t)
		return t
	}
	next := with(func(t *tape) { t.id, t.first, t.start = 2, 0, s.at(1000).Add(3*time.Second) })
	back := with(func(t *tape) { t.id, t.first, t.start = 2, 0, s.at(0).Add(-time.Minute) }) // its clock was set back
	live := func(segments int, tapes ...tape) Recording { return record(true, tapes...).until(segments) }
	open := func(r Recipe) Recipe { r.Span.Out = time.Time{}; return r }
	unaligned := with(func(t *tape) { t.b, t.cut = 2, 33 })
	split := unaligned
	split.first += 68_400 // a cell begins with frame 131
	late := with(func(t *tape) { t.lag = 9000 })
	mute := with(func(t *tape) { t.lag = 60 * TickRate })
	tests := []struct {
		name    string
		rec     Recording
		r       Recipe
		cells   int
		pending bool
		missing int
	}{
		{"nothing recorded yet", Recording{Live: true}, s.ofFrames(0, 50), 0, true, 0},
		{"nothing recorded, and it ended", Recording{}, s.ofFrames(0, 50), 0, false, 1},
		{"all still to come", live(1, s), s.ofFrames(60, 100), 0, true, 0},
		{"the last cell is still to come", live(2, s), s.ofFrames(50, 150), 1, true, 0},
		{"its first frame is still to come", live(2, s), s.ofFrames(50, 101), 1, true, 0},
		{"a mark-out between frames, the next still to come", live(2, s), recipe(s.at(50), s.at(100).Add(ms)), 1, true, 0},
		{"all is there", live(2, s), s.ofFrames(50, 100), 1, false, 0},
		{"half a cell is there", live(3, s), s.ofFrames(50, 101), 2, false, 0},
		{"open", live(3, s), open(s.ofFrames(50, 51)), 2, true, 0},
		{"open, before the first cell is whole", live(1, with(func(t *tape) { t.first += 3600 })), open(s.ofFrames(0, 1)), 1, true, 0},
		{"open, within the first cell", live(1, with(func(t *tape) { t.gop = 10 })), open(s.ofFrames(0, 1)), 0, true, 0},
		{"open, the feed ended", record(false, s), open(s.ofFrames(975, 976)), 1, true, 0},
		{"the feed ended before the mark-out", record(false, s), s.ofFrames(975, 1010), 1, false, 1},
		{"a new epoch began after the mark-out", live(21, s, next), s.ofFrames(975, 1010), 1, false, 1},
		{"a new epoch began before the mark-out", live(21, s, next), recipe(s.at(975), next.at(60)), 2, true, 1},
		{"and it grew", live(22, s, next), recipe(s.at(975), next.at(60)), 3, false, 1},
		{"the old epoch's last cell is whole when a new one began", live(21, with(func(t *tape) { t.frames = 990 }), next), s.ofFrames(975, 990), 1, false, 0},
		{"before that it may still grow", live(20, with(func(t *tape) { t.frames = 990 })), s.ofFrames(975, 995), 0, true, 0},
		{"a new epoch whose clock was set back", live(21, s, back), s.ofFrames(950, 1000), 1, false, 0},
		{"and it broke off within a cell", live(21, with(func(t *tape) { t.frames = 990 }), back), s.ofFrames(975, 995), 1, true, 0},
		{"B-frames to come at a cell's beginning", live(4, split), split.ofFrames(100, 132), 1, true, 0},
		{"and they came there", live(5, split), split.ofFrames(100, 132), 2, false, 0},
		{"segments that begin anywhere, B-frames to come", live(4, unaligned), s.ofFrames(100, 132), 0, true, 0},
		{"and they came", live(5, unaligned), s.ofFrames(100, 132), 1, false, 0},
		{"sound to come", live(2, late), s.ofFrames(50, 100), 1, true, 0},
		{"and it came", live(3, late), s.ofFrames(50, 100), 1, false, 0},
		{"sound that never comes", live(2, mute), s.ofFrames(50, 100), 1, true, 0},
		{"is not waited for", live(3, mute), s.ofFrames(50, 100), 1, false, 0},
		{"no sound at all", live(2, with(func(t *tape) { t.silence = true })), s.ofFrames(50, 100), 1, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			slices.SortFunc(tt.rec.Timeline, func(a, b Epoch) int { return a.Start.Compare(b.Start) })
			p := mustPlan(t, tt.r, tt.rec)
			if len(p.Cells) != tt.cells || p.Pending != tt.pending || len(p.Missing) != tt.missing {
				t.Errorf("want %d cells, pending %t, %d missing; got\n%s", tt.cells, tt.pending, tt.missing, show(p))
			}
		})
	}
}

// drawTape draws a feed.
func drawTape(t *rapid.T) tape {
	b := rapid.IntRange(0, 3).Draw(t, "b")
	s := tape{
		id: 1, rate: rapid.SampledFrom(rates).Draw(t, "rate"), start: evening(20, 41, 0, time.Duration(rapid.IntRange(0, 1_000_000_000).Draw(t, "ns"))),
		first: Ticks(rapid.Int64Range(0, int64(2*Wrap)).Draw(t, "first")), b: b,
		gop:    rapid.IntRange(b+2, 130).Draw(t, "group"),
		frames: rapid.IntRange(1, 500).Draw(t, "frames"),
		open:   rapid.Bool().Draw(t, "open"),
		lag:    Ticks(rapid.IntRange(-9000, 9000).Draw(t, "lag")),
	}
	if rapid.Bool().Draw(t, "segments begin anywhere") {
		s.cut = rapid.IntRange(1, 100).Draw(t, "cut")
	}
	if rapid.Bool().Draw(t, "lossy") {
		lost := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 20).Draw(t, "lost")
		s.lost = func(i int) bool { return lost[i%len(lost)] == 0 }
	}
	if rapid.Bool().Draw(t, "drifting") {
		s.drift = rapid.SliceOfN(rapid.Int64Range(-MaxRate, MaxRate), 1, 4).Draw(t, "drift")
	}
	if rapid.Bool().Draw(t, "wobbly") {
		wobble := rapid.SliceOfN(rapid.IntRange(0, 1), 1, 20).Draw(t, "wobble")
		s.wobble = func(n int) Ticks { return Ticks(wobble[(n+1000)%len(wobble)]) }
	}
	return s
}

// drawSpan draws marks on frames of a feed, or between them, or beside it.
func drawSpan(t *rapid.T, s tape) Recipe {
	in := rapid.IntRange(-20, s.frames+20).Draw(t, "in")
	out := rapid.IntRange(in+1, s.frames+40).Draw(t, "out")
	part := func(what string) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(s.rate.Ticks(1).Duration())).Draw(t, what))
	}
	r := recipe(s.at(in), s.at(out))
	if rapid.Bool().Draw(t, "between frames") {
		r.Span = Span{r.Span.In.Add(part("after the in")), r.Span.Out.Add(s.rate.Ticks(1).Duration() + part("after the out"))}
	}
	r.Encoding.MaxFPS = rapid.SampledFrom([]int{0, 25, 30, 60}).Draw(t, "max fps")
	return r
}

// Every frame asked for that is there is in exactly one cell, pictures and
// sound stay in step, and what is missing is listed, to the tick.
func TestPlanIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTape(t)
		r := drawSpan(t, s)
		rec := record(false, s)
		if len(rec.Timeline) == 0 {
			t.Skip("all was lost")
		}
		p := mustPlan(t, r, rec)
		if p.Pending {
			t.Fatal("pending, though the feed has ended")
		}
		var asked []int
		for _, n := range s.shown() {
			e := s.epoch()
			if at := s.pts(n); at >= e.Ticks(r.Span.In)-jitter && at < e.Ticks(r.Span.Out)-jitter {
				asked = append(asked, n)
			}
		}
		checkFrames(t, s, r.Encoding.MaxFPS, p, asked)
		checkSources(t, s, rec, p)
		checkSound(t, s, p)
		checkMissing(t, s, r, p, asked)
	})
}

// checkFrames reads the cells as a renderer does.
func checkFrames(t *rapid.T, s tape, limit int, p Plan, asked []int) {
	left := slices.Clone(asked)
	for i, c := range p.Cells {
		if i > 0 && c.From < p.Cells[i-1].To-s.rate.Ticks(1)/2 {
			t.Fatalf("cell %d begins before the one before it ends:\n%s", i, show(p))
		}
		last := -1
		for k := range c.Frames {
			at := c.From + s.rate.Ticks(k*c.Step)
			j := slices.IndexFunc(left, func(n int) bool { return max(s.pts(n)-at, at-s.pts(n)) <= jitter })
			if j < 0 {
				t.Fatalf("frame %d of cell %d, at %d, was not recorded, not asked for, or used before:\n%s", k, i, at, show(p))
			}
			if int64(s.pts(left[j])/CellTicks) != c.Grid {
				t.Fatalf("frame %d lies in another cell than %d:\n%s", left[j], c.Grid, show(p))
			}
			last = left[j]
			left = slices.Delete(left, j, j+1)
		}
		if to := s.pts(last) + s.rate.Ticks(c.Step); c.To != to {
			t.Fatalf("cell %d ends at %d, not at %d:\n%s", i, c.To, to, show(p))
		}
	}
	step := stepOf(s.rate, limit)
	if len(p.Cells) > 0 && p.Cells[0].Step != step {
		t.Fatalf("every %d-th frame is kept, not every %d-th:\n%s", p.Cells[0].Step, step, show(p))
	}
	for i := range left { // between two frames that are kept, step - 1 are dropped
		if i+step-1 < len(left) && left[i+step-1] == left[i]+step-1 {
			t.Fatalf("frames %d to %d are in no cell, but every %d-th is kept:\n%s", left[i], left[i+step-1], step, show(p))
		}
	}
}

// stepOf is how many frames of a feed make one at no more than limit a second.
func stepOf(r Rate, limit int) int {
	step := 1
	for limit > 0 && float64(r.Num)/float64(r.Den*step) > float64(limit) {
		step++
	}
	return step
}

// checkSources decodes: every frame of a cell needs its group's key frame, and
// a leading picture the one before too.
func checkSources(t *rapid.T, s tape, rec Recording, p Plan) {
	for _, c := range p.Cells {
		have := map[Ticks]bool{}
		for _, src := range c.Sources {
			for _, f := range rec.Segments[src.Seq-1].Frames {
				have[f.PTS] = true
			}
		}
		before := -1 // the key frame of the group before
		for _, g := range s.order() {
			key := g[0].n
			for _, coded := range g {
				at := s.pts(coded.n)
				if at < c.From || at >= c.To-jitter || (coded.n-frameAt(s, c.From))%c.Step != 0 {
					continue
				}
				if !have[at] || !have[s.pts(key)] || coded.n < key && !have[s.pts(before)] {
					t.Fatalf("frame %d cannot be decoded from what its cell is given:\n%s", coded.n, show(p))
				}
			}
			before = key
		}
	}
}

// frameAt is the number of the frame shown at a place.
func frameAt(s tape, at Ticks) int { return s.rate.Frames(at - s.first) }

// checkSound measures each piece beside the frames that it goes with.
func checkSound(t *rapid.T, s tape, p Plan) {
	cells := p.Cells
	for i, piece := range p.Sound {
		if i > 0 && piece.From-p.Sound[i-1].To < s.rate.Ticks(1)/2 {
			t.Fatalf("sound is cut at %d, where no gap is:\n%s", piece.From, show(p))
		}
		frames := 0
		for len(cells) > 0 && cells[0].From < piece.To-s.rate.Ticks(1)/2 {
			frames += cells[0].Frames
			cells = cells[1:]
		}
		want := p.Rate.Ticks(frames)
		if got := piece.To - piece.From; frames == 0 || max(got-want, want-got) > 2*jitter {
			t.Fatalf("sound from %d to %d is %d ticks, its %d pictures are %d:\n%s", piece.From, piece.To, got, frames, want, show(p))
		}
	}
	if len(cells) > 0 {
		t.Fatalf("cells without sound:\n%s", show(p))
	}
}

// checkMissing lays the frames that were asked for and what is missing over the
// span: together they cover it, and no two of them overlap, but for less than a
// frame at each end.
func checkMissing(t *rapid.T, s tape, r Recipe, p Plan, asked []int) {
	type stretch struct {
		Span
		frame bool
	}
	e, frame := s.epoch(), s.rate.Ticks(1).Duration()
	frame += frame / 200 // the steepest bend
	var all []stretch
	for _, n := range asked {
		all = append(all, stretch{Span{s.at(n), e.Time(s.pts(n) + s.rate.Ticks(1))}, true})
	}
	for _, m := range p.Missing {
		all = append(all, stretch{m, false})
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.In.Compare(b.In) })
	tolerance := (2 * jitter).Duration()
	at := r.Span.In
	for i, x := range all {
		hole := x.In.Sub(at)
		if i == 0 && hole >= 0 && hole < frame && x.frame {
			hole = 0 // the mark-in lies between frames
		}
		if hole > tolerance || hole < -tolerance {
			t.Fatalf("%s is neither covered nor missing, or twice so (frames %v):\n%s", Span{at, x.In}, asked, show(p))
		}
		at = x.Out
	}
	if rest := r.Span.Out.Sub(at); rest > frame/2+tolerance {
		t.Fatalf("the last %s are neither covered nor missing (frames %v):\n%s", rest, asked, show(p))
	}
}

// While the feed goes on, every plan begins as the last one will, cell by cell
// with the same chunks; one that is not pending is the last one; and none is
// pending once there is more than a mark-out needs.
func TestPlanGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTape(t)
		r := drawSpan(t, s)
		rec := record(true, s)
		if len(rec.Timeline) == 0 {
			t.Skip("all was lost")
		}
		ended := rec
		ended.Live = false
		want := mustPlan(t, r, ended)
		for n := range len(rec.Segments) + 1 {
			grown := rec.until(n)
			p := mustPlan(t, r, grown)
			if !samePrefix(p.Cells, want.Cells) {
				t.Fatalf("with %d segments the plan is\n%sbut it ends as\n%s", n, show(p), show(want))
			}
			if !p.Pending && show(p) != show(want) {
				t.Fatalf("with %d segments it is no longer pending:\n%sbut it ends as\n%s", n, show(p), show(want))
			}
			if over := grown.Timeline.Window().Out.Sub(r.Span.Out); p.Pending && over > 5*time.Second {
				t.Fatalf("with %d segments, %s beyond the mark-out, it is still pending:\n%s", n, over, show(p))
			}
		}
	})
}

func samePrefix(some, all []Cell) bool {
	return len(some) <= len(all) && slices.EqualFunc(some, all[:len(some)], func(a, b Cell) bool { return a.Key() == b.Key() && a.Frames == b.Frames })
}
