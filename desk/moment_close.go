package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type closeIn struct {
	ID   clip.MomentID `path:"id"`
	Body struct {
		Out string `json:"out" minLength:"1" doc:"The first instant not wanted, as a time"`
	}
}

// closeMoment is POST /api/v1/moments/{id}/close.
func (d *Desk) closeMoment(ctx context.Context, in *closeIn) (*momentOut, error) {
	m, h, err := d.Flagger.Close(ctx, in.ID, in.Body.Out, actorOf(ctx))
	return &momentOut{Body: momentBody{m, h}}, err
}
