package desk

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

type cuesIn struct {
	SpanIn
	Lang    string `query:"lang" doc:"Only in this language"`
	Service string `query:"service" doc:"Only of this caption service, such as cea608:1 or teletext:150"`
}

// cueView is a caption with its place in programme time.
type cueView struct {
	clip.Cue
	In  time.Time `json:"in"`
	Out time.Time `json:"out,omitzero" doc:"Missing while it still stands on screen"`
}

type cuesOut struct {
	Body struct {
		Cues []cueView `json:"cues"`
	}
}

// listCues is GET /api/v1/feeds/{id}/cues: what all caption services of the feed
// say, side by side.
func (d *Desk) listCues(ctx context.Context, in *cuesIn) (*cuesOut, error) {
	var out cuesOut
	out.Body.Cues = []cueView{}
	span, tl, err := in.read(ctx, d)
	if err != nil || empty(span) {
		return &out, err
	}
	cues, err := d.Catalogue.Cues(ctx, in.ID, span)
	for _, q := range cues {
		e, ok := tl.Epoch(q.Epoch)
		if !ok || in.Lang != "" && in.Lang != q.Lang || in.Service != "" && in.Service != q.Service {
			continue
		}
		v := cueView{Cue: q, In: e.Time(q.From)}
		if q.To != 0 {
			v.Out = e.Time(q.To)
		}
		out.Body.Cues = append(out.Body.Cues, v)
	}
	return &out, err
}
