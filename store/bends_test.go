package store

import (
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestBends records a clock that drifts: every place keeps its programme time,
// to the nanosecond, whatever is bent and expired.
func TestBends(t *testing.T) {
	c := newCatalogue(t)
	e := clip.Epoch{ID: 1, First: 90000, End: 90000, Start: start.Add(123456789), Format: format}
	where := map[clip.Ticks]int64{} // of places, as they were first told, in nanoseconds
	for n := int64(1); n <= 40; n++ {
		if n%5 == 0 {
			e = e.Bent(n * 1000 * (1 - 2*(n%2)))
		}
		b := batchIn(e, n, n)
		e.End = b.Epoch.End
		if err := c.Append(ctx, "match", b); err != nil {
			t.Fatal(err)
		}
		for p := b.Segment.First; p < b.Segment.End; p += 1999 {
			where[p] = nanos(e.Time(p))
		}
		if n%7 == 0 { // the recorder starts again
			e = must(c.Timeline(ctx, "match"))(t)[0]
		}
		if n%9 == 0 {
			must(c.Expire(ctx, "match", e.Time(e.End-20*clip.TickRate), 0))(t)
		}
		for p, want := range where {
			if got := must(c.Timeline(ctx, "match"))(t)[0]; p >= got.First && nanos(got.Time(p)) != want {
				t.Fatalf("after segment %d, place %d moved by %d ns", n, p, nanos(got.Time(p))-want)
			}
		}
	}
	for _, s := range must(c.Segments(ctx, "match", clip.Span{}))(t) {
		if got := must(c.Segments(ctx, "match", clip.Span{In: s.Start, Out: e.Time(s.End)}))(t); len(got) != 1 || got[0].Seq != s.Seq {
			t.Errorf("from %s to %s are segments %v, want %d", s.Start, e.Time(s.End), numbers(got), s.Seq)
		}
	}
	held := must(c.Timeline(ctx, "match"))(t)[0]
	row, _, err := first(ctx, c.reader, scanEpoch, `SELECT `+epochColumns+` FROM epochs e WHERE feed = 'match'`)
	if err != nil || len(row.Bends) != len(held.Bends) || len(row.Bends) > 4 {
		t.Errorf("%d bends are kept for %d, of eight: %v", len(row.Bends), len(held.Bends), err)
	}
	moved := batchIn(e, 41, 41)
	moved.Epoch.Bends[len(moved.Epoch.Bends)-1].Rate++
	wantKind(t, c.Append(ctx, "match", moved), clip.Conflict, "bent before")
}
