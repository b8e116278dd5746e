package store

import (
	"strconv"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// What an acknowledged write costs, and what figures cost that need not
// survive a power cut.
func BenchmarkWrites(b *testing.B) {
	b.Run("flag", func(b *testing.B) {
		c := newCatalogue(b)
		for n := 0; b.Loop(); n++ {
			flag(b, c, strconv.Itoa(n), span(10, 14))
		}
	})
	b.Run("append", func(b *testing.B) {
		c := newCatalogue(b)
		for n := int64(1); b.Loop(); n++ {
			must(0, c.Append(ctx, "match", batch(n)))(b)
		}
	})
	b.Run("append-plain", func(b *testing.B) {
		c := newCatalogue(b)
		for n := int64(1); b.Loop(); n++ {
			a := batch(n)
			a.Plain = true
			must(0, c.Append(ctx, "match", a))(b)
		}
	})
	b.Run("health", func(b *testing.B) {
		c := newCatalogue(b)
		must(0, c.PutFeed(ctx, clip.Feed{ID: "match"}, maria))(b)
		for n := 0; b.Loop(); n++ {
			must(0, c.SetHealth(ctx, clip.Health{Feed: "match", State: clip.FeedRecording, Segments: n}))(b)
		}
	})
}

func BenchmarkVerifyAudit(b *testing.B) {
	c := newCatalogue(b)
	id := flag(b, c, "g1", span(10, 14))
	for range 2000 {
		must(c.EditHighlight(ctx, id, maria, "highlight.count", func(h *clip.Highlight) error { h.Revision++; return nil }))(b)
	}
	for b.Loop() {
		must(0, c.VerifyAudit(ctx))(b)
	}
}
