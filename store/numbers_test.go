package store

import (
	"testing"

	"github.com/ovation-live/ovation/clip"
)

func TestNumbers(t *testing.T) {
	c := newCatalogue(t)
	posts := queued(t, c, "")
	before := must(c.Post(ctx, posts[0]))(t)
	if _, ok, err := c.Numbers(ctx, posts[0]); ok || err != nil {
		t.Fatalf("numbers before anybody counted: %t, %v", ok, err)
	}
	for _, views := range []int64{10, 1200} {
		must(0, c.PutNumbers(ctx, posts[0], clip.Numbers{Views: &views, At: at(float64(views))}))(t)
	}
	got, ok, err := c.Numbers(ctx, posts[0])
	if !ok || err != nil || *got.Views != 1200 || got.Likes != nil || !got.At.Equal(at(1200)) {
		t.Errorf("%v, %t, %v", got, ok, err)
	}
	wantSame(t, must(c.Post(ctx, posts[0]))(t), before)
}
