package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ovation-live/ovation/clip"
)

// curve is n levels of the tests' epoch, measured from a place on: each names
// where it was measured.
func curve(from clip.Ticks, n int) clip.Loudness {
	l := clip.Loudness{Epoch: 1, From: from}
	for i := range n {
		l.Levels = append(l.Levels, int16(l.Place(i)/clip.LoudnessStep%20000)-12000)
	}
	return l
}

// wantCurve compares what is kept over a span.
func wantCurve(t *testing.T, c *Catalogue, s clip.Span, want ...clip.Loudness) {
	t.Helper()
	wantSame(t, must(c.Loudness(ctx, "match", s))(t), want)
}

func TestLoudness(t *testing.T) {
	const step = clip.LoudnessStep
	c := newCatalogue(t)
	record(t, c, 100) // 90000 to 200 s later
	wantCurve(t, c, clip.Span{})
	put := func(l clip.Loudness) {
		t.Helper()
		if err := c.PutLoudness(ctx, "match", l); err != nil {
			t.Fatal(err)
		}
	}
	for from := clip.Ticks(90000); from < 90000+1500*step; from += 7 * step {
		put(curve(from, 7))
	}
	all := curve(90000, 1505)
	wantCurve(t, c, clip.Span{}, all)
	put(curve(90000, 1505)) // again
	put(curve(90000+1400*step, 110))
	all = curve(90000, 1510)
	wantCurve(t, c, clip.Span{}, all)
	wantCurve(t, c, span(59.9, 61), curve(90000+600*step, 11))
	wantCurve(t, c, span(60.05, 60.15), curve(90000+601*step, 1))
	wantCurve(t, c, span(150.9, 500))

	put(curve(90000+1600*step+17, 2000)) // after a hole, more than a row, not on the same grid
	wantCurve(t, c, span(150, 170), curve(90000+1501*step, 9), curve(90000+1600*step+17, 100))
	wantSame(t, len(must(c.Loudness(ctx, "match", clip.Span{}))(t)), 2)

	if err := c.PutLoudness(ctx, "match", clip.Loudness{Epoch: 9, Levels: []int16{1}}); err != nil {
		t.Error(err)
	}
	wantSame(t, must(collect(ctx, c.reader, number, `SELECT COUNT(*) FROM loudness WHERE epoch = 9`))(t), []int64{0})
}

// TestLoudnessExpires: the curve lives as long as some segment in which it
// sounds.
func TestLoudnessExpires(t *testing.T) {
	c := newCatalogue(t)
	record(t, c, 200) // 400 s
	if err := c.PutLoudness(ctx, "match", curve(90000, 4000)); err != nil {
		t.Fatal(err)
	}
	flag(t, c, "kept", span(100, 104)) // with 92 to 108
	must(c.Expire(ctx, "match", at(300), 1000))(t)
	got := must(c.Loudness(ctx, "match", clip.Span{}))(t)
	wantSame(t, len(got), 2)
	if e := got[0]; e.From > 90000+92*clip.TickRate || e.End() < 90000+108*clip.TickRate || len(e.Levels) > 2*rowLevels {
		t.Errorf("kept from %d, %d levels", e.From, len(e.Levels))
	}
	if e := got[1]; e.From > 90000+300*clip.TickRate || e.From < 90000+240*clip.TickRate-clip.LoudnessStep || e.End() != curve(90000, 4000).End() {
		t.Errorf("goes on from %d to %d", e.From, e.End())
	}
	must(c.Expire(ctx, "match", at(1000), 1000))(t) // all but the newest and what is kept
	got = must(c.Loudness(ctx, "match", clip.Span{}))(t)
	if len(got) != 2 || len(got[1].Levels) > rowLevels || got[1].End() != curve(90000, 4000).End() {
		t.Errorf("%d stretches are left", len(got))
	}
}

// TestLoudnessModel puts stretches that repeat, overlap and leave holes, as a
// listener does that begins anew: the curve never has two levels closer than a
// step, and every level is one that was put there.
func TestLoudnessModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := must(Open(ctx, ":memory:"))(t)
		defer c.Close()
		record(t, c, 1)
		at := clip.Ticks(90000)
		put := map[clip.Ticks]int16{}
		for range rapid.IntRange(1, 8).Draw(rt, "puts") {
			from := max(0, at+clip.Ticks(rapid.Int64Range(-20*9000, 20*9000).Draw(rt, "from")))
			l := curve(from, rapid.IntRange(1, 1300).Draw(rt, "levels"))
			for i, v := range l.Levels {
				put[l.Place(i)] = v
			}
			if err := c.PutLoudness(ctx, "match", l); err != nil {
				rt.Fatal(err)
			}
			at = l.End()
		}
		last := clip.Ticks(-1 << 40)
		for _, l := range must(c.Loudness(ctx, "match", clip.Span{}))(t) {
			for i, v := range l.Levels {
				if was, ok := put[l.Place(i)]; !ok || was != v {
					rt.Fatalf("level %d at %d was never put there", v, l.Place(i))
				}
			}
			if l.From <= last {
				rt.Fatalf("two levels at %d and %d", last, l.From)
			}
			last = l.Place(len(l.Levels) - 1)
		}
	})
}

// TestFoundBeside: marks and captions that come after their segments.
func TestFoundBeside(t *testing.T) {
	c := newCatalogue(t)
	record(t, c, 10)
	scene := func(seconds float64, epoch clip.EpochID) clip.Mark {
		return clip.Mark{Epoch: epoch, PTS: 90000 + clip.TicksOf(at(seconds).Sub(start)), Scheme: "scene", Event: "x", Fields: map[string]string{"score": "31"}}
	}
	said := clip.Cue{Epoch: 1, From: 90000 + 90000, To: 90000 + 3*90000, Lang: "fi", Text: "Maali!"}
	for range 2 { // twice is once
		if err := c.AddMarks(ctx, "match", []clip.Mark{scene(4, 1), scene(2, 1), scene(2, 7)}); err != nil {
			t.Fatal(err)
		}
		if err := c.AddCues(ctx, "match", []clip.Cue{said, {Epoch: 7, From: 1, To: 2, Text: "gone"}}); err != nil {
			t.Fatal(err)
		}
	}
	wantSame(t, must(c.Marks(ctx, "match", clip.Span{}))(t), []clip.Mark{scene(2, 1), scene(4, 1)})
	wantSame(t, must(c.Marks(ctx, "match", span(2, 4)))(t), []clip.Mark{scene(2, 1)})
	wantSame(t, must(c.Marks(ctx, "match", span(4.001, 9)))(t), []clip.Mark(nil))
	wantSame(t, must(c.Unflagged(ctx, "match"))(t), []clip.Mark(nil))
	wantSame(t, must(c.Cues(ctx, "match", span(2.9, 3)))(t), []clip.Cue{said})
	wantSame(t, must(c.Cues(ctx, "match", span(3, 4)))(t), []clip.Cue(nil))
	if slices.ContainsFunc(must(c.Cues(ctx, "match", clip.Span{}))(t), func(q clip.Cue) bool { return q.Epoch == 7 }) {
		t.Error("a caption of an epoch that is gone was kept")
	}
}
