package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type momentIn struct {
	ID clip.MomentID `path:"id" doc:"The moment's id"`
}

// showMoment is GET /api/v1/moments/{id}.
func (d *Desk) showMoment(ctx context.Context, in *momentIn) (*momentOut, error) {
	m, err := d.Catalogue.Moment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	h, err := d.Catalogue.Highlight(ctx, in.ID)
	return &momentOut{Body: momentBody{m, h}}, err
}
