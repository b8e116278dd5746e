package store

import (
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// rare is segment n of a feed with an open GOP of ten seconds: a key frame in
// every fifth segment, shown third, after two pictures that look at the group
// before it.
func rare(n int64) clip.Batch {
	b := batch(n)
	b.Segment.Frames = b.Segment.Frames[:0]
	for i := range clip.Ticks(50) {
		f := clip.Frame{DTS: b.Segment.First + 3600*i - 7200, PTS: b.Segment.First + 3600*i, Kind: clip.Inter}
		if n%5 == 1 {
			switch i {
			case 0:
				f.PTS, f.Kind = b.Segment.First+2*3600, clip.Recovery
			case 1, 2:
				f.PTS = b.Segment.First + 3600*(i-1)
			}
		}
		b.Segment.Frames = append(b.Segment.Frames, f)
	}
	return b
}

// TestRareKeyFrames cuts a feed with GOPs of ten seconds everywhere: every
// frame is there, and still is when all that no highlight needs has gone.
func TestRareKeyFrames(t *testing.T) {
	c := newCatalogue(t)
	for n := int64(1); n <= 45; n++ {
		if err := c.Append(ctx, "match", rare(n)); err != nil {
			t.Fatal(err)
		}
	}
	var ids []clip.MomentID
	plans := map[clip.MomentID]clip.Plan{}
	plan := func(id clip.MomentID, in time.Time) clip.Plan {
		h := must(c.Highlight(ctx, id))(t)
		p := must(h.Recipe.Plan(must(c.Recording(ctx, "match", h.Recipe.Span))(t)))(t)
		if p.Frames() != 10 || len(p.Missing) > 0 || p.Pending {
			t.Errorf("at %s there are %d frames, missing %v", in, p.Frames(), p.Missing)
		}
		return p
	}
	for i := range 12 {
		in := at(20 + 0.96*float64(i)) // on a frame, and amid the leading pictures as well
		id := flag(t, c, string(rune('a'+i)), clip.Span{In: in, Out: in.Add(400 * time.Millisecond)})
		ids, plans[id] = append(ids, id), plan(id, in)
	}
	gone := must(c.Expire(ctx, "match", at(1000), 1000))(t)
	if len(gone) < 20 {
		t.Errorf("only %v went", numbers(gone))
	}
	for _, id := range ids {
		h := must(c.Highlight(ctx, id))(t)
		wantSame(t, plan(id, h.Recipe.Span.In), plans[id])
	}
}

// TestGOPs measures runs of frames, one letter each: K a key frame, - another,
// a blank one that is missing.
func TestGOPs(t *testing.T) {
	for _, tt := range []struct {
		segments []string
		want     clip.Ticks // frames
	}{
		{[]string{"K---", "K---"}, 4},
		{[]string{"K---", "----", "K-"}, 8},
		{[]string{"K-K-----K-"}, 6},
		{[]string{"----", "--K-K"}, 2},
		{[]string{"K---", "    ", "----", "K--"}, 4}, // nothing is decoded across a gap
		{[]string{"K---", "--  -----", "K--"}, 6},
		{[]string{"K-", "------------"}, 14}, // not over yet
		{[]string{"K", "K", "K"}, 1},
	} {
		const one = 3600
		g, at := gops{key: noKey}, clip.Ticks(5000)
		for _, s := range tt.segments {
			var frames []clip.Frame
			for _, c := range s {
				if c == 'K' || c == '-' {
					frames = append(frames, clip.Frame{DTS: at, PTS: at, Kind: map[rune]clip.FrameKind{'K': clip.IDR, '-': clip.Inter}[c]})
				}
				at += one
			}
			g = g.take(frames, one)
		}
		if g.longest != tt.want*one {
			t.Errorf("%q: the longest run is %d ticks, want %d", tt.segments, g.longest, tt.want*one)
		}
	}
	if g := (gops{key: 0}).take([]clip.Frame{{DTS: 1e9, Kind: clip.IDR}}, 1e9); g.longest != rareGOP {
		t.Errorf("a run of hours is %d ticks", g.longest)
	}
}
