package store

import (
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

// Whatever is flagged, edited and expired in whatever order: the recording of a
// highlight's span never changes.
func TestExpireKeepsWhatHighlightsNeed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c, err := Open(ctx, ":memory:")
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		next, count := int64(1), 0
		spans := map[clip.MomentID]clip.Span{}
		kept := map[clip.MomentID][]int64{}
		look := func(id clip.MomentID) []int64 {
			return numbers(must(c.Recording(ctx, "match", spans[id]))(t).Segments)
		}
		anySpan := rapid.Custom(func(r *rapid.T) clip.Span {
			in := rapid.Float64Range(0, 2*float64(next)).Draw(r, "in")
			s := clip.Span{In: at(in)}
			if rapid.IntRange(0, 4).Draw(r, "open") > 0 {
				s.Out = at(in + rapid.Float64Range(0.1, 30).Draw(r, "length"))
			}
			return s
		})
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) {
				for range rapid.IntRange(1, 10).Draw(r, "n") {
					if err := c.Append(ctx, "match", batch(next)); err != nil {
						r.Fatal(err)
					}
					next++
				}
				for id := range spans { // what reaches into the future grows
					kept[id] = look(id)
				}
			},
			"flag": func(r *rapid.T) {
				count++
				s := anySpan.Draw(r, "span")
				id := flag(t, c, string(rune(count)), s)
				spans[id] = s
				kept[id] = look(id)
			},
			"trim": func(r *rapid.T) {
				if len(spans) == 0 {
					r.Skip()
				}
				id := rapid.SampledFrom(sortedKeys(spans)).Draw(r, "id")
				s := anySpan.Draw(r, "span")
				must(c.EditHighlight(ctx, id, maria, "highlight.trim", func(h *clip.Highlight) error { return h.Trim(s) }))(t)
				spans[id] = s
				kept[id] = look(id)
			},
			"expire": func(r *rapid.T) {
				before := rapid.Float64Range(0, 2*float64(next)+10).Draw(r, "before")
				limit := rapid.IntRange(0, 20).Draw(r, "limit")
				for _, s := range must(c.Expire(ctx, "match", at(before), limit))(t) {
					if s.Start.Add(s.Duration()).After(at(before)) {
						r.Fatalf("segment %d is not old", s.Seq)
					}
				}
			},
			"": func(r *rapid.T) {
				for id, want := range kept {
					if got := look(id); !slices.Equal(got, want) {
						r.Fatalf("the recording of %s was %v and is %v", spans[id], want, got)
					}
				}
				n, err := c.NextSeq(ctx, "match")
				if err != nil || n != next {
					r.Fatalf("the next segment is %d, want %d (%v)", n, next, err)
				}
			},
		})
	})
}

func sortedKeys[V any](m map[clip.MomentID]V) (keys []clip.MomentID) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
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
