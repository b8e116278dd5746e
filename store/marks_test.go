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

// TestDateRangeMarks: a date range that is told again, some ticks beside, is the
// same mark, which may say more now; another one, or much later, is not.
func TestDateRangeMarks(t *testing.T) {
	c := newCatalogue(t)
	mark := func(pts clip.Ticks, scheme, event string, fields map[string]string) clip.Mark {
		return clip.Mark{Epoch: 1, PTS: pts, Scheme: scheme, Event: event, Fields: fields}
	}
	goal := mark(100000, "daterange", "goal-1", map[string]string{"class": "goal"})
	splice := mark(200000, "scte35", "7", map[string]string{"daterange": "ad", "type": "0x34"})
	first := batch(1)
	first.Marks = []clip.Mark{goal, splice}
	if err := c.Append(ctx, "match", first); err != nil {
		t.Fatal(err)
	}
	if err := c.Flagged(ctx, "match", goal); err != nil {
		t.Fatal(err)
	}
	longer := mark(100007, "daterange", "goal-1", map[string]string{"class": "goal", "duration": "9"})
	other, later := mark(100007, "daterange", "goal-2", nil), mark(900000, "daterange", "goal-1", nil)
	over := mark(200003, "scte35", "7", map[string]string{"daterange": "ad", "type": "0x35"})
	second := batch(2)
	second.Marks = []clip.Mark{longer, other, later, splice, over}
	if err := c.Append(ctx, "match", second); err != nil {
		t.Fatal(err)
	}
	longer.PTS = goal.PTS
	wantSame(t, must(c.Marks(ctx, "match", clip.Span{}))(t), []clip.Mark{longer, other, splice, over, later})
	wantSame(t, must(c.Unflagged(ctx, "match"))(t), []clip.Mark{other, splice, over, later})
}
