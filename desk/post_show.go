package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type postIn struct {
	ID clip.PostID `path:"id" doc:"The post's id: highlight.destination"`
}

type postOut struct {
	Body clip.Post
}

func newPostOut(p clip.Post) *postOut { return &postOut{Body: p.Shown()} }

// showPost is GET /api/v1/posts/{id}.
func (d *Desk) showPost(ctx context.Context, in *postIn) (*postOut, error) {
	p, err := d.Catalogue.Post(ctx, in.ID)
	return newPostOut(p), err
}

type numbersOut struct {
	Body clip.Numbers
}

// showNumbers is GET /api/v1/posts/{id}/numbers.
func (d *Desk) showNumbers(ctx context.Context, in *postIn) (*numbersOut, error) {
	n, ok, err := d.Catalogue.Numbers(ctx, in.ID)
	if err == nil && !ok {
		err = clip.Errorf(clip.NotFound, "show the numbers of post "+string(in.ID), "its platform has not told any")
	}
	return &numbersOut{Body: n}, err
}
