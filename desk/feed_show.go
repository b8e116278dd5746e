package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type feedIn struct {
	ID clip.FeedID `path:"id" doc:"The feed's id"`
}

type feedOut struct {
	Body feedView
}

// showFeed is GET /api/v1/feeds/{id}.
func (d *Desk) showFeed(ctx context.Context, in *feedIn) (*feedOut, error) {
	f, err := d.Catalogue.Feed(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := d.feedView(ctx, f)
	return &feedOut{Body: v}, err
}
