package desk

import (
	"context"
	"net/http"

	"github.com/ovation-live/ovation/clip"
)

type flagIn struct {
	Key  string `header:"Idempotency-Key" doc:"Another name for the body's key"`
	Body clip.Flag
}

// momentBody is a moment and the highlight that is its life.
type momentBody struct {
	Moment    clip.Moment    `json:"moment"`
	Highlight clip.Highlight `json:"highlight"`
}

type momentOut struct {
	Body momentBody
}

type flagOut struct {
	Status int
	Body   momentBody
}

// flagMoment is POST /api/v1/moments: 201 for a new moment, 200 for one that
// the same source and key flagged before.
func (d *Desk) flagMoment(ctx context.Context, in *flagIn) (*flagOut, error) {
	f := in.Body
	if f.Source == "" {
		f.Source = "api"
	}
	switch {
	case f.Key == "":
		f.Key = in.Key
	case in.Key != "" && in.Key != f.Key:
		return nil, clip.Errorf(clip.Invalid, "flag a moment", "Idempotency-Key %q and key %q differ; send one of them", in.Key, f.Key)
	}
	m, h, created, err := d.Flagger.Flag(ctx, f, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	out := flagOut{Status: http.StatusOK, Body: momentBody{m, h}}
	if created {
		out.Status = http.StatusCreated
	}
	return &out, nil
}
