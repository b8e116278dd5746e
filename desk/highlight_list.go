package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

type highlightsIn struct {
	State clip.HighlightState `query:"state" enum:"rendering,review,approved,settled,refused,withdrawn,failed" doc:"In one state only"`
	Feed  clip.FeedID         `query:"feed" doc:"Of one feed only"`
	Limit int                 `query:"limit" minimum:"0" maximum:"1000" doc:"At most so many; 100 where zero"`
}

type highlightsOut struct {
	Body struct {
		Highlights []clip.Highlight `json:"highlights"`
	}
}

// listHighlights is GET /api/v1/highlights.
func (d *Desk) listHighlights(ctx context.Context, in *highlightsIn) (*highlightsOut, error) {
	hs, err := d.Catalogue.Highlights(ctx, store.Query{State: string(in.State), Feed: in.Feed, Limit: in.Limit})
	var out highlightsOut
	out.Body.Highlights = listed(hs)
	return &out, err
}
