package clip

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// cellKeys are the keys of a plan's cells, in order.
func cellKeys(p Plan) []Digest {
	var keys []Digest
	for _, c := range p.Cells {
		keys = append(keys, c.Key())
	}
	return keys
}

// changed are the cells, by their places from the left, whose pictures must be
// made anew: whose keys are not among those of the plan before.
func changed(before, after Plan) []int {
	had := cellKeys(before)
	var out []int
	for i, k := range cellKeys(after) {
		if !slices.Contains(had, k) {
			out = append(out, i)
		}
	}
	return out
}

// Which of ten cells are rendered again after an edit.
func TestWhatIsRenderedAgain(t *testing.T) {
	s := standard()
	base := s.ofFrames(75, 525) // cells 0 and 9 are partial
	cues := []Cue{
		{Epoch: 1, From: s.pts(160), To: s.pts(190), Lang: "en", Text: "What a pass"}, // in cell 2
		{Epoch: 1, From: s.pts(290), To: s.pts(310), Lang: "en", Text: "He shoots"},   // over the border of cells 4 and 5
		{Epoch: 1, From: s.pts(400), To: s.pts(450), Lang: "en", Text: "Goal"},        // exactly cell 7
		{Epoch: 2, From: s.pts(160), To: s.pts(450), Lang: "en", Text: "another epoch"},
		{Epoch: 1, From: s.pts(20), To: s.pts(30), Lang: "en", Text: "before"},
	}
	type edit struct {
		r    Recipe
		tape tape
		cues []Cue
	}
	recue := func(change func(cues []Cue)) func(*edit) {
		return func(e *edit) { e.cues = slices.Clone(cues); change(e.cues) }
	}
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	tests := []struct {
		name string
		edit func(*edit)
		want []int
		why  string // of the last of them
	}{
		{"nothing", func(*edit) {}, nil, ""},
		{"mark-in a frame later", func(e *edit) { e.r.Span.In = s.at(76) }, []int{0}, "the cut begins elsewhere in it"},
		{"mark-in a frame earlier", func(e *edit) { e.r.Span.In = s.at(74) }, []int{0}, "the cut begins elsewhere in it"},
		{"mark-in a cell later", func(e *edit) { e.r.Span.In = s.at(125) }, []int{0}, "the cut begins elsewhere in it"},
		{"mark-in onto the grid", func(e *edit) { e.r.Span.In = s.at(100) }, nil, ""},
		{"mark-out a frame later", func(e *edit) { e.r.Span.Out = s.at(526) }, []int{9}, "the cut ends elsewhere in it"},
		{"mark-out a second earlier", func(e *edit) { e.r.Span.Out = s.at(500) }, nil, ""},
		{"both", func(e *edit) { e.r.Span = Span{s.at(80), s.at(520)} }, []int{0, 9}, "the cut ends elsewhere in it"},
		{"mark-in within the same frame", func(e *edit) { e.r.Span.In = s.at(74).Add(ms) }, nil, ""},
		{"a word", recue(func(c []Cue) { c[0].Text = "What a pass!" }), []int{2}, "its captions changed"},
		{"a word over a border", recue(func(c []Cue) { c[1].Text = "She shoots" }), []int{4, 5}, "its captions changed"},
		{"a word in exactly one cell", recue(func(c []Cue) { c[2].Text = "Goal!" }), []int{7}, "its captions changed"},
		{"a caption ends a frame later", recue(func(c []Cue) { c[2].To += 3600 }), []int{8}, "its captions changed"},
		{"a caption moves within a cell", recue(func(c []Cue) { c[0].From -= 3600 }), []int{2}, "its captions changed"},
		{"captions elsewhere", recue(func(c []Cue) { c[3].Text, c[4].Text = "x", "y" }), nil, ""},
		{"captions not burned in", func(e *edit) { e.r.Captions.BurnIn = false }, []int{2, 4, 5, 7}, "its captions changed"},
		{"sound", func(e *edit) { e.r.Sound.Target = -23 }, nil, ""},
		{"captions' language", func(e *edit) { e.r.Captions.Lang = "de" }, nil, ""},
		{"logo", func(e *edit) { e.r.Logo = &Overlay{Image: "0a", Height: 80} }, all, "the logo changed"},
		{"quality", func(e *edit) { e.r.Encoding.CRF = 20 }, all, "the encoding is set otherwise"},
		{"a segment was lost", func(e *edit) { e.tape.lost = func(i int) bool { return i == 6 } }, nil, ""},
	}
	rec := record(false, s)
	rec.Cues = cues
	before := mustPlan(t, base, rec)
	if len(before.Cells) != 10 {
		t.Fatalf("the plan is not of ten cells:\n%s", show(before))
	}
	for _, tt := range tests {
		e := edit{base, s, cues}
		tt.edit(&e)
		rec := record(false, e.tape)
		rec.Cues = e.cues
		after := mustPlan(t, e.r, rec)
		if got := changed(before, after); !slices.Equal(got, tt.want) {
			t.Errorf("%s: cells %v are rendered again, want %v", tt.name, got, tt.want)
		}
		parts := Build{Revision: 2, Recipe: e.r, Plan: after}.Parts(Build{Revision: 1, Recipe: base, Plan: before})
		if cells, why := told(parts); !slices.Equal(cells, tt.want) || why != tt.why {
			t.Errorf("%s: it tells %q of cells %v", tt.name, why, cells)
		}
	}
}

// told are the cells of the parts that changed, and why the last did.
func told(parts []Part) (cells []int, why string) {
	for _, p := range parts {
		if len(p.Why) == 0 {
			continue
		}
		if why = strings.Join(p.Why, ", "); !slices.Contains(cells, p.Cell) {
			cells = append(cells, p.Cell)
		}
	}
	return cells, why
}

// TestParts says where in the rendition each chunk is, and what has nothing to
// be compared with.
func TestParts(t *testing.T) {
	s := standard()
	plan := func(r Recipe) Build { return Build{Revision: 1, Recipe: r, Plan: mustPlan(t, r, record(false, s))} }
	was := s.ofFrames(80, 180)
	was.Shapes = []Shape{Wide}
	first, then := plan(was), plan(s.ofFrames(75, 225))
	if parts := first.Parts(Build{}); len(parts) != 3 || parts[0].Why[0] != firstBuild {
		t.Errorf("the first build is %+v", parts)
	}
	want := []Part{
		{Cell: 0, At: 0, For: 25 * 3600, Shape: Wide, Why: []string{"the cut begins elsewhere in it"}},
		{Cell: 0, At: 0, For: 25 * 3600, Shape: Tall, Why: []string{"this shape was not made"}},
		{Cell: 1, At: 25 * 3600, For: 50 * 3600, Shape: Wide},
		{Cell: 1, At: 25 * 3600, For: 50 * 3600, Shape: Tall, Why: []string{"this shape was not made"}},
	}
	got := then.Parts(first)
	for i := range got {
		got[i].Key = ""
	}
	if diff := cmp.Diff(want, got[:4]); diff != "" || len(got) != 8 {
		t.Errorf("%d parts, want −, got +:\n%s", len(got), diff)
	}
	if last := got[6]; last.Why[0] != "the cut did not reach here" {
		t.Errorf("the last cell is %+v", last)
	}
}

// Every chunk has a name of its own, and one shape's is not another's.
func TestChunks(t *testing.T) {
	s := standard()
	p := mustPlan(t, s.ofFrames(75, 525), record(false, s))
	seen := map[Digest]bool{}
	for _, c := range p.Cells {
		if len(c.Chunks) != 2 || c.Chunks[0].Shape != Wide || c.Chunks[1].Shape != Tall {
			t.Fatalf("chunks %v", c.Chunks)
		}
		for _, k := range c.Chunks {
			if seen[k.Key] {
				t.Errorf("chunk %s of %d/%d has the key of another", k.Shape, c.Epoch, c.Grid)
			}
			seen[k.Key] = true
			if k.Crop != k.Shape.Crop(1280, 720) {
				t.Errorf("chunk %s is cropped to %v", k.Shape, k.Crop)
			}
		}
	}
	alone := s.ofFrames(75, 525)
	alone.Shapes = []Shape{Tall}
	if got := mustPlan(t, alone, record(false, s)); !cmp.Equal(got.Cells[3].Chunks[0], p.Cells[3].Chunks[1]) {
		t.Error("a shape rendered alone is another chunk")
	}
}

// A chunk's name stays what it was in every release: it is a file on disk. When
// this test fails because pictures changed, raise Engine.
func TestChunkKey(t *testing.T) {
	s := standard()
	rec := record(false, s)
	rec.Cues = []Cue{{Epoch: 1, From: s.pts(60), To: s.pts(70), Lang: "en", Text: "Goal"}}
	p := mustPlan(t, s.ofFrames(50, 100), rec)
	const want = "c22ea7aa187123ab2f60fc5b9e8dacc7728968fbccd576b9151fa05d83c922fc"
	if got := p.Cells[0].Chunks[0].Key; got != want {
		t.Errorf("the chunk's key is %s, it was %s", got, want)
	}
}

// However much more is recorded before and after, a span's chunks are the same.
func TestKeysDoNotDependOnTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTape(t)
		r := drawSpan(t, s)
		rec := record(false, s)
		if len(rec.Timeline) == 0 {
			t.Skip("all was lost")
		}
		all := mustPlan(t, r, rec)
		if len(all.Cells) == 0 {
			return
		}
		// What is kept begins with what the first cell is decoded from, and its
		// epoch begins there, as the catalogue has it.
		first := all.Cells[0].Sources[0].Seq
		from := rapid.Int64Range(1, first).Draw(t, "kept from")
		less := rec
		less.Segments = slices.Clone(rec.Segments[from-1:])
		e := rec.Timeline[0]
		held := less.Segments[0].First
		for _, s := range less.Segments {
			held = min(held, s.First)
		}
		less.Timeline = Timeline{e.From(held)}
		p := mustPlan(t, r, less)
		if diff := cmp.Diff(cellKeys(all), cellKeys(p)); diff != "" && p.Cells[0].Step == 1 {
			t.Fatalf("kept from segment %d:\n%sbut with all of it\n%s", from, show(p), show(all))
		}
		if p.Frames() != all.Frames() && p.Cells[0].Step == 1 {
			t.Fatalf("%d frames, with all of it %d", p.Frames(), all.Frames())
		}
	})
}

// At 60000/1001 frames lie half ticks apart. Wherever the clock begins, every
// other frame is kept.
func TestStepAtEveryPhase(t *testing.T) {
	s := standard()
	s.rate, s.gop, s.frames = Rate{60000, 1001}, 120, 240
	for first := range Ticks(3003) {
		s.first = 1_000_000 + first
		p := mustPlan(t, s.ofFrames(0, 240), record(false, s))
		if got := p.Frames(); got != 120 || len(p.Sound) != 1 || len(p.Missing) != 0 {
			t.Fatalf("first PTS %d: %d of 240 frames are kept:\n%s", s.first, got, show(p))
		}
	}
}

func TestPlanCues(t *testing.T) {
	s := standard()
	sec := func(seconds ...int) Ticks { return Ticks(seconds[0])*TickRate + s.pts(0) }
	cue := func(from, to Ticks, text string) Cue {
		return Cue{Epoch: 1, From: from, To: to, Lang: "en", Text: text}
	}
	said := func(from, to Ticks, text string) Cue { return Cue{From: from, To: to, Lang: "en", Text: text} }
	const ms90 = TickRate / 1000
	gap := standard()
	gap.lost = func(i int) bool { return i == 2 } // 4 s to 6 s
	wobbly := standard()
	wobbly.rate, wobbly.gop = Rate{60000, 1001}, 120
	tests := []struct {
		name string
		tape tape
		r    Recipe
		cues []Cue
		want []Cue
	}{
		{"none", s, s.ofFrames(0, 100), nil, nil},
		{"within a cell", s, s.ofFrames(25, 100), []Cue{cue(sec(2), sec(3), "a")}, []Cue{said(1*TickRate, 2*TickRate, "a")}},
		{"over three cells", s, s.ofFrames(0, 200), []Cue{cue(sec(1), sec(7), "a")}, []Cue{said(1*TickRate, 7*TickRate, "a")}},
		{"it began before the mark-in", s, s.ofFrames(25, 100), []Cue{cue(sec(0), sec(2), "a")}, []Cue{said(0, 1*TickRate, "a")}},
		{"it ends after the mark-out", s, s.ofFrames(25, 75), []Cue{cue(sec(2), sec(9), "a")}, []Cue{said(1*TickRate, 2*TickRate, "a")}},
		{"outside", s, s.ofFrames(25, 75), []Cue{cue(sec(0), sec(1), "a"), cue(sec(3), sec(4), "b")}, nil},
		{"still on screen", s, s.ofFrames(0, 150), []Cue{cue(sec(1), 0, "a")}, []Cue{said(1*TickRate, 6*TickRate, "a")}},
		{"of no length", s, s.ofFrames(0, 150), []Cue{cue(sec(1), sec(1), "a")}, nil},
		{"backwards", s, s.ofFrames(0, 150), []Cue{cue(sec(3), sec(1), "a")}, nil},
		{"two at once over a border", s, s.ofFrames(0, 100), []Cue{cue(sec(1), sec(3), "a"), cue(sec(1), sec(3), "b")},
			[]Cue{said(1*TickRate, 3*TickRate, "a"), said(1*TickRate, 3*TickRate, "b")}},
		{"one after the other at a border", s, s.ofFrames(0, 100), []Cue{cue(sec(1), sec(2), "a"), cue(sec(2), sec(3), "b")},
			[]Cue{said(1*TickRate, 2*TickRate, "a"), said(2*TickRate, 3*TickRate, "b")}},
		{"the same words twice", s, s.ofFrames(0, 100), []Cue{cue(sec(1), sec(2)-ms90, "a"), cue(sec(2), sec(3), "a")},
			[]Cue{said(1*TickRate, 2*TickRate-ms90, "a"), said(2*TickRate, 3*TickRate, "a")}},
		{"over a gap", gap, gap.ofFrames(75, 175), []Cue{cue(sec(3)+ms90, sec(7)-ms90, "a")}, []Cue{said(ms90, 2*TickRate-ms90, "a")}},
		{"in a gap", gap, gap.ofFrames(75, 175), []Cue{cue(sec(4), sec(6), "a")}, nil},
		{"where frames' ends are rounded", wobbly, wobbly.ofFrames(0, 600), []Cue{cue(sec(1), sec(9), "a")}, []Cue{said(1*TickRate, 9*TickRate, "a")}},
	}
	for _, tt := range tests {
		rec := record(false, tt.tape)
		rec.Cues = tt.cues
		got := mustPlan(t, tt.r, rec).Cues()
		near := cmp.Comparer(func(a, b Ticks) bool { return max(a-b, b-a) <= 3003 })
		opts := cmp.Options{}
		if tt.tape.rate.Den > 1 {
			opts = append(opts, near)
		}
		if diff := cmp.Diff(tt.want, got, opts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// However a caption is cut by cells, it is whole again, to the frame.
func TestPlanCuesAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTape(t)
		s.lost, s.open, s.frames, s.gop = nil, false, 500, 40
		from := rapid.IntRange(0, 490).Draw(t, "from")
		to := rapid.IntRange(from+4, 499).Draw(t, "to")
		r := recipe(s.at(0), s.at(499).Add(s.rate.Ticks(1).Duration()))
		rec := record(false, s)
		rec.Cues = []Cue{{Epoch: 1, From: s.pts(from), To: s.pts(to), Text: "a"}}
		got := mustPlan(t, r, rec).Cues()
		if len(got) != 1 {
			t.Fatalf("one caption became %v", got)
		}
		near := func(a, b Ticks) bool { return max(a-b, b-a) <= 2*s.rate.Ticks(1) }
		if !near(got[0].From, s.rate.Ticks(from)) || !near(got[0].To, s.rate.Ticks(to)) {
			t.Fatalf("%v became %v", rec.Cues[0], got[0])
		}
	})
}

// Planning the longest clip, at the highest rate, beside rendering one of its
// three hundred cells.
func BenchmarkPlan(b *testing.B) {
	s := standard()
	s.rate, s.gop, s.frames, s.b = Rate{50, 1}, 100, 40_000, 2
	rec := record(true, s)
	r := recipe(s.at(1000), s.at(1000).Add(10*time.Minute))
	for b.Loop() {
		if _, err := r.Plan(rec); err != nil {
			b.Fatal(err)
		}
	}
}
