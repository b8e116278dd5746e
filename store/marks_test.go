package store

import (
	"testing"

	"github.com/ovation-live/ovation/clip"
)

func TestMarks(t *testing.T) {
	c := newCatalogue(t)
	mark := func(pts clip.Ticks, event string) clip.Mark {
		return clip.Mark{Epoch: 1, PTS: pts, Scheme: "scte35", Event: event, Fields: map[string]string{"type": "0x10"}}
	}
	a, b, d := mark(100000, "a"), mark(100000, "b"), mark(500000, "d")
	for n := int64(1); n <= 5; n++ {
		x := batch(n)
		x.Marks = []clip.Mark{a, b} // repeated, as SCTE-35 is
		if n == 3 {
			x.Marks = append(x.Marks, d)
		}
		if err := c.Append(ctx, "match", x); err != nil {
			t.Fatal(err)
		}
	}
	wantSame(t, must(c.Unflagged(ctx, "match"))(t), []clip.Mark{a, b, d})
	for range 2 {
		if err := c.Flagged(ctx, "match", a); err != nil {
			t.Fatal(err)
		}
		wantSame(t, must(c.Unflagged(ctx, "match"))(t), []clip.Mark{b, d})
	}
	held := func() int64 { return must2(first(ctx, c.reader, number, "SELECT COUNT(*) FROM marks"))(t) }
	must(c.Expire(ctx, "match", at(0.1), 100))(t)
	wantSame(t, held(), int64(3)) // also the one that is flagged: it may come again
	must(c.Expire(ctx, "match", at(2), 100))(t)
	wantSame(t, must(c.Unflagged(ctx, "match"))(t), []clip.Mark{d})
	wantSame(t, held(), int64(1))
	must(c.Expire(ctx, "match", at(100), 100))(t)
	wantSame(t, held(), int64(0)) // though the newest segment stays
	wantSame(t, must(c.Unflagged(ctx, "other"))(t), []clip.Mark(nil))
}
