package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

type momentsIn struct {
	Feed  clip.FeedID `query:"feed" doc:"Of one feed only"`
	Limit int         `query:"limit" minimum:"0" maximum:"1000" doc:"At most so many; 100 where zero"`
}

type momentsOut struct {
	Body struct {
		Moments []clip.Moment `json:"moments"`
	}
}

// listMoments is GET /api/v1/moments.
func (d *Desk) listMoments(ctx context.Context, in *momentsIn) (*momentsOut, error) {
	if in.Feed != "" {
		if _, err := d.Catalogue.Feed(ctx, in.Feed); err != nil {
			return nil, err
		}
	}
	ms, err := d.Catalogue.Moments(ctx, store.Query{Feed: in.Feed, Limit: in.Limit})
	var out momentsOut
	out.Body.Moments = listed(ms)
	return &out, err
}
