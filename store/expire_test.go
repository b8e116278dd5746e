package store

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ovation-live/ovation/clip"
)

func TestExpire(t *testing.T) {
	for _, tc := range []struct {
		name   string
		flag   []clip.Span
		final  bool // what was flagged is over
		before float64
		limit  int
		want   []int64
	}{
		{name: "nothing is old", before: 1},
		{name: "ends exactly before", before: 4, want: []int64{1, 2}},
		{name: "ends after", before: 3.999, want: []int64{1}},
		{name: "limit", before: 100, limit: 3, want: []int64{1, 2, 3}},
		{name: "the newest stays", before: 1000, want: seqs(1, 49)},
		{name: "a highlight with what decoding needs", flag: []clip.Span{span(40, 44)}, before: 60, want: append(seqs(1, 16), seqs(25, 30)...)},
		{name: "two that touch", flag: []clip.Span{span(40, 44), span(50, 52)}, before: 60, want: append(seqs(1, 16), seqs(29, 30)...)},
		{name: "jumps over the first", flag: []clip.Span{span(0, 20)}, before: 60, limit: 2, want: []int64{13, 14}},
		{name: "an open one", flag: []clip.Span{{In: at(40)}}, before: 100, want: seqs(1, 16)},
		{name: "an open one that is over", flag: []clip.Span{{In: at(-1200)}}, final: true, before: 100, want: seqs(3, 49)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCatalogue(t)
			record(t, c, 50)
			for i, s := range tc.flag {
				id := flag(t, c, string(rune('a'+i)), s)
				if tc.final {
					must(c.EditHighlight(ctx, id, maria, "highlight.fail", func(h *clip.Highlight) error {
						h.State = clip.HighlightFailed
						return nil
					}))(t)
				}
			}
			gone := must(c.Expire(ctx, "match", at(tc.before), tc.limit))(t)
			got := numbers(gone)
			if !slices.Equal(got, tc.want) {
				t.Errorf("expired %v, want %v", got, tc.want)
			}
			for _, s := range gone {
				want := batch(s.Seq).Segment
				want.Feed, want.Frames = "match", nil
				wantSame(t, s, want)
			}
			wantSame(t, len(must(c.Segments(ctx, "match", clip.Span{}))(t)), 50-len(gone))
			if tc.limit == 0 { // nothing was left over
				wantSame(t, must(c.Expire(ctx, "match", at(tc.before), 0))(t), []clip.Segment(nil))
			}
		})
	}
}

func seqs(from, to int64) (all []int64) {
	for ; from <= to; from++ {
		all = append(all, from)
	}
	return all
}

func numbers(segs []clip.Segment) (all []int64) {
	for _, s := range segs {
		all = append(all, s.Seq)
	}
	return all
}

// Whatever is flagged, edited and expired in whatever order: what goes is old,
// and lies at least 8 s before and 4 s after every highlight.
func TestExpireKeepsWhatHighlightsNeed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c, err := Open(ctx, ":memory:")
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		next := int64(1)
		spans := map[clip.MomentID]clip.Span{}
		held := map[int64]bool{}
		anySpan := rapid.Custom(func(r *rapid.T) clip.Span {
			in := rapid.Float64Range(0, 2*float64(next)).Draw(r, "in")
			s := clip.Span{In: at(in)}
			if rapid.IntRange(0, 4).Draw(r, "open") > 0 {
				s.Out = at(in + rapid.Float64Range(0.1, 30).Draw(r, "length"))
			}
			return s
		})
		needs := func(s clip.Segment) bool {
			for _, span := range spans {
				late := !span.Open() && !s.Start.Before(span.Out.Add(4*time.Second))
				early := !s.Start.Add(2 * time.Second).After(span.In.Add(-8 * time.Second))
				if !late && !early {
					return true
				}
			}
			return false
		}
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) {
				for range rapid.IntRange(1, 10).Draw(r, "n") {
					must(0, c.Append(ctx, "match", batch(next)))(t)
					held[next] = true
					next++
				}
			},
			"flag": func(r *rapid.T) {
				s := anySpan.Draw(r, "span")
				spans[flag(t, c, "", s)] = s
			},
			"trim": func(r *rapid.T) {
				if len(spans) == 0 {
					r.Skip()
				}
				id := rapid.SampledFrom(slices.Sorted(maps.Keys(spans))).Draw(r, "id")
				spans[id] = anySpan.Draw(r, "span")
				must(c.EditHighlight(ctx, id, maria, "highlight.trim", func(h *clip.Highlight) error { return h.Trim(spans[id]) }))(t)
			},
			"expire": func(r *rapid.T) {
				before := at(rapid.Float64Range(0, 2*float64(next)+10).Draw(r, "before"))
				limit := rapid.IntRange(0, 20).Draw(r, "limit")
				gone := must(c.Expire(ctx, "match", before, limit))(t)
				for _, s := range gone {
					if !held[s.Seq] || s.Start.Add(2*time.Second).After(before) || needs(s) || s.Seq == next-1 {
						r.Fatalf("segment %d at %s went, with %v flagged", s.Seq, s.Start, spans)
					}
					delete(held, s.Seq)
				}
				for seq := range held { // and all of that went, unless there was too much of it
					s := batch(seq).Segment
					if len(gone) < atMost(limit) && !s.Start.Add(2*time.Second).After(before) && !needs(s) && seq != next-1 {
						r.Fatalf("segment %d stayed, with %v flagged", seq, spans)
					}
				}
			},
		})
		got := numbers(must(c.Segments(ctx, "match", clip.Span{}))(t))
		if want := slices.Sorted(maps.Keys(held)); !slices.Equal(got, want) {
			r.Fatalf("held are %v, want %v", got, want)
		}
		wantSame(t, must(c.NextSeq(ctx, "match"))(t), next)
	})
}

// After 17 days there are many highlights, and each keeps its segments.
func BenchmarkExpire(b *testing.B) {
	c := newCatalogue(b)
	next, highlights := int64(1), 500
	for i := range highlights {
		from := 20 * float64(next)
		id := flag(b, c, string(rune(0x4e00+i)), span(from+8, from+12))
		_ = id
		for n := int64(0); n < 10; n++ {
			x := batchIn(clip.Epoch{ID: 1, First: 90000, Start: start, Format: format}, 10*next+n, next*10+n)
			if err := c.Append(ctx, "match", x); err != nil {
				b.Fatal(err)
			}
		}
		next++
	}
	first := must(c.Segments(ctx, "match", clip.Span{}))(b)
	b.Logf("%d segments held for %d highlights", len(first), highlights)
	for b.Loop() {
		if _, err := c.Expire(ctx, "match", at(0).Add(1000*time.Hour), 100); err != nil {
			b.Fatal(err)
		}
	}
}
