package clip

import (
	"fmt"
	"strings"
	"testing"
)

// drawn writes a splice as its stretches: [edge) and (copy], by frame numbers.
func drawn(t tape, s Splice) string {
	var b strings.Builder
	n := 0
	for _, x := range s.Stretches {
		from := t.rate.Frames(s.begins(x) - t.first)
		if n++; x.Edge != nil {
			fmt.Fprintf(&b, "[%d %d) ", from, from+x.Edge.Frames)
		} else {
			fmt.Fprintf(&b, "(%d %d] ", from, from+len(x.Copy.Frames))
		}
	}
	return strings.TrimSpace(b.String())
}

func (s Splice) begins(x Stretch) Ticks {
	if x.Edge != nil {
		return x.Edge.From
	}
	return x.Copy.From
}

// TestSplice copies the closed groups that lie whole in the span, and renders
// the rest, whatever way the feed is coded and cut.
func TestSplice(t *testing.T) {
	t.Parallel()
	closed := standard()
	closed.b = 3
	crossing := closed
	crossing.cut = 37
	ntsc := closed
	ntsc.rate, ntsc.gop = Rate{30000, 1001}, 60
	hole := closed
	hole.cut, hole.lost = 10, func(i int) bool { return i == 26 }
	open := closed
	open.open = true
	for _, c := range []struct {
		name     string
		tape     tape
		from, to int
		want     string
	}{
		{"mid-group", closed, 63, 237, "[63 100) (100 200] [200 237)"},
		{"at both borders", closed, 100, 200, "(100 200]"},
		{"one group", closed, 99, 151, "[99 100) (100 150] [150 151)"},
		{"segments across groups", crossing, 63, 237, "[63 100) (100 200] [200 237)"},
		{"29.97", ntsc, 63, 250, "[63 120) (120 240] [240 250)"},
		{"within a group", closed, 110, 140, "no closed group"},
		{"a group and a bit less", closed, 101, 150, "no closed group"},
		{"over a hole", hole, 63, 390, "[63 100) (100 250] [250 259) [262 263) (300 350] [350 390)"},
		{"open groups", open, 63, 237, "no closed group"},
	} {
		rec := record(false, c.tape)
		r := c.tape.ofFrames(c.from, c.to)
		r.Shapes, r.Encoding.MaxFPS = []Shape{Wide}, 0
		p, err := r.Plan(rec)
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.Splice(p, rec)
		got := drawn(c.tape, s)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if _, frames := s.Copied(); err == nil && frames != p.Frames() {
			t.Errorf("%s: %d frames, the plan has %d", c.name, frames, p.Frames())
		}
	}
}

// TestSpliceNot says why pictures cannot be copied.
func TestSpliceNot(t *testing.T) {
	t.Parallel()
	tp := standard()
	tp.b = 3
	for want, change := range map[string]func(r *Recipe, rec *Recording){
		"other shapes": func(r *Recipe, _ *Recording) { r.Shapes = Shapes() },
		"drawn into": func(r *Recipe, rec *Recording) {
			rec.Cues = []Cue{{Epoch: 1, From: tp.pts(70), To: tp.pts(90), Text: "Goal!"}}
		},
		"only 25/2":  func(r *Recipe, _ *Recording) { r.Encoding.MaxFPS = 20 },
		"only H.264": func(_ *Recipe, rec *Recording) { rec.Timeline[0].Format.Video = "hevc" },
		"interlaced": func(_ *Recipe, rec *Recording) { rec.Timeline[0].Format.Interlaced = true },
		"not 16:9":   func(_ *Recipe, rec *Recording) { rec.Timeline[0].Format.Width = 1440 },
	} {
		rec := record(false, tp)
		r := tp.ofFrames(63, 237)
		r.Shapes, r.Encoding.MaxFPS = []Shape{Wide}, 0
		change(&r, &rec)
		p, err := r.Plan(rec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Splice(p, rec); KindOf(err) != Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
