package store

import (
	"testing"

	"github.com/ovation-live/ovation/clip"
)

func TestKnownChunks(t *testing.T) {
	c := newCatalogue(t)
	chunk := func(name string, size int64, used float64) Chunk {
		return Chunk{Key: clip.DigestOf([]byte(name)), Size: size, Used: at(used), Highlight: "goal", Revision: 2}
	}
	a, b, d := chunk("a", 100, 1), chunk("b", 200, 2), chunk("d", 300, 3)
	must(0, c.MadeChunks(ctx, []Chunk{a, b, d}))(t)
	wantSame(t, must(c.ChunksHeld(ctx))(t), int64(600))

	again := a
	again.Highlight, again.Used = "another", at(0)
	must(0, c.MadeChunks(ctx, []Chunk{again}))(t) // made twice: it stays what it was made for
	unknown := clip.DigestOf(nil)
	wantSame(t, must(c.Chunks(ctx, []clip.Digest{a.Key, unknown, d.Key}))(t), map[clip.Digest]Chunk{a.Key: a, d.Key: d})

	must(0, c.UseChunks(ctx, []clip.Digest{a.Key, unknown}, at(9)))(t)
	must(0, c.UseChunks(ctx, []clip.Digest{a.Key}, at(4)))(t) // an older use changes nothing
	a.Used = at(9)
	for _, tc := range []struct {
		name  string
		since float64
		bytes int64
		limit int
		want  []Chunk
	}{
		{"nothing is wanted", 100, 0, 0, nil},
		{"all are young", 2, 600, 0, nil},
		{"one at a time", 100, 600, 1, []Chunk{b}},
		{"as many as it takes", 100, 301, 0, []Chunk{d, a}},
		{"none is left", 100, 1, 0, nil},
	} {
		wantSame(t, must(c.ForgetChunks(ctx, at(tc.since), tc.bytes, tc.limit))(t), tc.want)
	}
	wantSame(t, must(c.ChunksHeld(ctx))(t), int64(0))
}
