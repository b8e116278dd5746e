package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type amendIn struct {
	ID   clip.MomentID `path:"id"`
	Body clip.Amendment
}

// amendMoment is PATCH /api/v1/moments/{id}: fields that are not named stay.
func (d *Desk) amendMoment(ctx context.Context, in *amendIn) (*momentOut, error) {
	m, h, err := d.Flagger.Amend(ctx, in.ID, in.Body, actorOf(ctx))
	return &momentOut{Body: momentBody{m, h}}, err
}
