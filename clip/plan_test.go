package clip

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// mustPlan plans, or ends the test.
func mustPlan(t interface {
	Helper()
	Fatal(...any)
}, r Recipe, rec Recording) Plan {
	t.Helper()
	p, err := r.Plan(rec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// show is a plan as a person reads it: each cell with its epoch, grid number,
// frames and the segments that it is made from, then the pieces of sound and
// what is missing.
func show(p Plan) string {
	var b strings.Builder
	for _, c := range p.Cells {
		var seqs []string
		for _, s := range c.Sources {
			seqs = append(seqs, fmt.Sprint(s.Seq))
		}
		fmt.Fprintf(&b, "%d/%d %d-%d %d×%d of %s\n", c.Epoch, c.Grid, c.From, c.To, c.Frames, c.Step, strings.Join(seqs, " "))
	}
	for _, s := range p.Sound {
		fmt.Fprintf(&b, "sound %d %d-%d\n", s.Epoch, s.From, s.To)
	}
	for _, m := range p.Missing {
		fmt.Fprintf(&b, "missing %s\n", m)
	}
	if p.Pending {
		b.WriteString("pending\n")
	}
	return b.String()
}

func TestPlan(t *testing.T) {
	lost := func(numbers ...int) func(int) bool { return func(i int) bool { return slices.Contains(numbers, i) } }
	with := func(change func(*tape)) tape {
		s := standard()
		change(&s)
		return s
	}
	s := standard()
	second := with(func(t *tape) { t.id, t.first, t.start = 2, 77, s.at(1000).Add(3*time.Second) })
	tests := []struct {
		name string
		rec  Recording
		r    Recipe
		want string
	}{
		{"whole cells", record(false, s), s.ofFrames(50, 150), `
			1/11 1980000-2160000 50×1 of 2
			1/12 2160000-2340000 50×1 of 3
			sound 1 1980000-2340000`},
		{"partial ends", record(false, s), s.ofFrames(99, 151), `
			1/11 2156400-2160000 1×1 of 2
			1/12 2160000-2340000 50×1 of 3
			1/13 2340000-2343600 1×1 of 4
			sound 1 2156400-2343600`},
		{"one frame", record(false, s), s.ofFrames(70, 71), `
			1/11 2052000-2055600 1×1 of 2
			sound 1 2052000-2055600`},
		{"marks between frames", record(false, s), recipe(s.at(50).Add(ms), s.at(52).Add(ms)), `
			1/11 1983600-1990800 2×1 of 2
			sound 1 1983600-1990800`},
		{"segments off the grid", record(false, with(func(t *tape) { t.first -= 45_000 })), recipe(s.at(63), s.at(113)), `
			1/11 1981800-2161800 50×1 of 2 3
			sound 1 1981800-2161800`},
		{"a segment was lost", record(false, with(func(t *tape) { t.lost = lost(2) })), s.ofFrames(75, 175), `
			1/11 2070000-2160000 25×1 of 2
			1/13 2340000-2430000 25×1 of 3
			sound 1 2070000-2160000
			sound 1 2340000-2430000
			missing 20:41:04.000 – 20:41:06.000`},
		{"a gap inside a cell", record(false, with(func(t *tape) { t.gop, t.lost = 10, lost(6, 7) })), s.ofFrames(50, 100), `
			1/11 1980000-2016000 10×1 of 6
			1/11 2088000-2160000 20×1 of 7 8
			sound 1 1980000-2016000
			sound 1 2088000-2160000
			missing 20:41:02.400 – 20:41:03.200`},
		{"the frames after a gap need their key", record(false, with(func(t *tape) { t.cut, t.lost = 10, lost(7) })), s.ofFrames(50, 150), `
			1/11 1980000-2052000 20×1 of 6 7
			1/12 2160000-2340000 50×1 of 10 11 12 13 14
			sound 1 1980000-2052000
			sound 1 2160000-2340000
			missing 20:41:02.800 – 20:41:04.000`},
		{"the mark-in lies before the recording", record(false, s), recipe(s.at(0).Add(-time.Second), s.at(25)), `
			1/10 1800000-1890000 25×1 of 1
			sound 1 1800000-1890000
			missing 20:40:59.000 – 20:41:00.000`},
		{"the recording begins amid a group", record(false, with(func(t *tape) { t.cut, t.lost = 10, lost(0, 1) })), s.ofFrames(25, 75), `
			1/11 1980000-2070000 25×1 of 4 5 6
			sound 1 1980000-2070000
			missing 20:41:01.000 – 20:41:02.000`},
		{"the mark-out lies after the end", record(false, s), recipe(s.at(975), s.at(1000).Add(time.Second)), `
			1/29 5310000-5400000 25×1 of 20
			sound 1 5310000-5400000
			missing 20:41:40.000 – 20:41:41.000`},
		{"one frame after the end", record(false, s), s.ofFrames(975, 1001), `
			1/29 5310000-5400000 25×1 of 20
			sound 1 5310000-5400000
			missing 20:41:40.000 – 20:41:40.040`},
		{"nothing is there", record(false, s), recipe(s.at(1100), s.at(1200)), `
			missing 20:41:44.000 – 20:41:48.000`},
		{"two epochs and a gap", record(false, s, second), recipe(s.at(975), second.at(25)), `
			1/29 5310000-5400000 25×1 of 20
			2/0 77-90077 25×1 of 21
			sound 1 5310000-5400000
			sound 2 77-90077
			missing 20:41:40.000 – 20:41:43.000`},
		{"two epochs, less than a frame between them", record(false, s, with(func(t *tape) { t.id, t.first, t.start = 2, 0, s.at(1000).Add(39*ms) })), recipe(s.at(975), s.at(1026)), `
			1/29 5310000-5400000 25×1 of 20
			2/0 0-93600 26×1 of 21
			sound 1 5310000-5400000
			sound 2 0-93600`},
		{"an epoch within another's time", record(false, s, with(func(t *tape) { t.id, t.first, t.start, t.frames = 2, 0, s.at(975), 10 })), s.ofFrames(975, 1000), `
			1/29 5310000-5400000 25×1 of 20
			2/0 0-36000 10×1 of 21
			sound 1 5310000-5400000
			sound 2 0-36000`},
		{"over the wrap", record(false, with(func(t *tape) { t.first = Wrap - 90_000 })), s.ofFrames(0, 50), `
			1/47721 8589844592-8589963392 33×1 of 1
			1/47722 8589963392-8590024592 17×1 of 1
			sound 1 8589844592-8590024592`},
		{"B-frames", record(false, with(func(t *tape) { t.b = 2 })), s.ofFrames(51, 101), `
			1/11 1983600-2160000 49×1 of 2
			1/12 2160000-2163600 1×1 of 3
			sound 1 1983600-2163600`},
		{"leading pictures need the group before", record(false, with(func(t *tape) { t.b, t.open = 2, true })), s.ofFrames(100, 102), `
			1/12 2160000-2167200 2×1 of 2 3
			sound 1 2160000-2167200`},
		{"behind the leading pictures it is not needed", record(false, with(func(t *tape) { t.b, t.open = 2, true })), s.ofFrames(102, 150), `
			1/12 2167200-2340000 48×1 of 3
			sound 1 2167200-2340000`},
		{"leading pictures whose group was lost", record(false, with(func(t *tape) { t.b, t.open, t.lost = 2, true, lost(1) })), s.ofFrames(49, 150), `
			1/10 1976400-1980000 1×1 of 1
			1/12 2167200-2340000 48×1 of 2
			sound 1 1976400-1980000
			sound 1 2167200-2340000
			missing 20:41:02.000 – 20:41:04.080`},
		{"an open recording's first leading pictures", record(false, with(func(t *tape) { t.b, t.open, t.lost = 2, true, lost(0) })), s.ofFrames(50, 100), `
			1/11 1987200-2160000 48×1 of 1
			sound 1 1987200-2160000
			missing 20:41:02.000 – 20:41:02.080`},
		{"segments that begin anywhere", record(false, with(func(t *tape) { t.b, t.cut = 2, 33 })), s.ofFrames(100, 150), `
			1/12 2160000-2340000 50×1 of 4 5
			sound 1 2160000-2340000`},
		{"a group of two segments", record(false, with(func(t *tape) { t.cut = 25 })), s.ofFrames(80, 81), `
			1/11 2088000-2091600 1×1 of 3 4
			sound 1 2088000-2091600`},
		{"50 frames a second", record(false, with(func(t *tape) { t.rate, t.gop = Rate{50, 1}, 100 })), recipe(s.at(50), s.at(101)), `
			1/11 1980000-2160000 50×2 of 2
			1/12 2160000-2163600 1×2 of 3
			sound 1 1980000-2163600`},
		{"50 frames a second, from an odd one", record(false, with(func(t *tape) { t.rate, t.gop = Rate{50, 1}, 100 })), recipe(s.at(50).Add(20*ms), s.at(51).Add(20*ms)), `
			1/11 1983600-1987200 1×2 of 2
			sound 1 1983600-1987200`},
		{"60 frames a second", record(false, with(func(t *tape) { t.rate, t.gop = Rate{60, 1}, 120 })), recipe(s.at(50), s.at(100)), `
			1/11 1980000-2160000 60×2 of 2
			sound 1 1980000-2160000`},
		{"60000/1001 frames a second", record(false, with(func(t *tape) { t.rate, t.gop = Rate{60000, 1001}, 120 })), recipe(s.at(0), s.at(100)), `
			1/10 1801502-1981682 60×2 of 1
			1/11 1981682-2161862 60×2 of 2
			sound 1 1801502-2161862`},
		{"30000/1001 frames a second", record(false, with(func(t *tape) { t.rate, t.gop = Rate{30000, 1001}, 60 })), recipe(s.at(0), s.at(100)), `
			1/10 1800000-1980180 60×1 of 1
			1/11 1980180-2160360 60×1 of 2
			sound 1 1800000-2160360`},
		{"24000/1001 frames a second", record(false, with(func(t *tape) { t.rate, t.gop = Rate{24000, 1001}, 48 })), recipe(s.at(0), s.at(100)), `
			1/10 1800000-1980180 48×1 of 1
			1/11 1980180-2160360 48×1 of 2
			sound 1 1800000-2160360`},
		{"a kept frame was lost", record(false, with(func(t *tape) { t.rate, t.gop, t.cut, t.lost = Rate{50, 1}, 1, 1, lost(104) })), recipe(s.at(50), s.at(55)), `
			1/11 1980000-1987200 2×2 of 101 102 103
			1/11 1990800-1998000 2×2 of 106 107 108
			sound 1 1980000-1987200
			sound 1 1990800-1998000
			missing 20:41:02.080 – 20:41:02.100`},
		{"a frame that is not kept was lost", record(false, with(func(t *tape) { t.rate, t.gop, t.cut, t.lost = Rate{50, 1}, 1, 1, lost(103) })), recipe(s.at(50), s.at(55)), `
			1/11 1980000-1998000 5×2 of 101 102 103 104 105 106 107 108
			sound 1 1980000-1998000
			missing 20:41:02.060 – 20:41:02.080`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := show(mustPlan(t, tt.r, tt.rec))
			if diff := cmp.Diff(trimLines(tt.want), trimLines(got)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// trimLines drops the margin of a text in a table.
func trimLines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func TestPlanRefuses(t *testing.T) {
	s := standard()
	with := func(change func(*tape)) tape {
		t := s
		t.id, t.first, t.start = 2, 0, s.at(1000)
		change(&t)
		return t
	}
	over := recipe(s.at(950), s.at(1050))
	unrated := record(true, s)
	unrated.Timeline[0].Format.Rate = Rate{}
	for _, tt := range []struct {
		name string
		rec  Recording
		r    Recipe
		says string
	}{
		{"another size", record(false, s, with(func(t *tape) { t.size = [2]int{1920, 1080} })), over, "changed from 1280x720 at 25 frames a second to 1920x1080 at 25, at 2026-11-23T20:41:40.000Z; trim"},
		{"another rate", record(false, s, with(func(t *tape) { t.rate = Rate{30, 1} })), over, "to 1280x720 at 30, at"},
		{"no rate", unrated, over, "frame rate of epoch 1"},
		{"no size", record(false, with(func(t *tape) { t.size = [2]int{1, 1} })), over, "are 1x1: too small for 16:9"},
		{"an empty recipe", record(false, s), Recipe{}, "version 0 is not 1"},
	} {
		_, err := tt.r.Plan(tt.rec)
		wantError(t, tt.name, err, Invalid, tt.says)
	}
	// The same rate once every other frame is dropped is no change.
	p := mustPlan(t, over, record(false, s, with(func(t *tape) { t.rate, t.gop = Rate{50, 1}, 100 })))
	if want := (Rate{25, 1}); p.Frames() != 100 || p.Rate != want {
		t.Errorf("%d frames at %s:\n%s", p.Frames(), p.Rate, show(p))
	}
}
