package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

type highlightIn struct {
	ID clip.MomentID `path:"id" doc:"The highlight's id, which is its moment's"`
}

// highlightView is all that is known about a highlight.
type highlightView struct {
	Highlight clip.Highlight  `json:"highlight"`
	Moment    clip.Moment     `json:"moment"`
	Posts     []clip.Post     `json:"posts"`
	Decisions []clip.Decision `json:"decisions"`
}

type highlightViewOut struct {
	Body highlightView
}

// showHighlight is GET /api/v1/highlights/{id}.
func (d *Desk) showHighlight(ctx context.Context, in *highlightIn) (*highlightViewOut, error) {
	v, err := d.highlightView(ctx, in.ID)
	return &highlightViewOut{Body: v}, err
}

func (d *Desk) highlightView(ctx context.Context, id clip.MomentID) (v highlightView, err error) {
	if v.Highlight, err = d.Catalogue.Highlight(ctx, id); err != nil {
		return v, err
	}
	if v.Moment, err = d.Catalogue.Moment(ctx, id); err != nil {
		return v, err
	}
	if v.Posts, err = d.Catalogue.Posts(ctx, store.Query{Highlight: id}); err != nil {
		return v, err
	}
	v.Decisions, err = d.Catalogue.Decisions(ctx, id)
	v.Posts, v.Decisions = each(v.Posts, clip.Post.Shown), listed(v.Decisions)
	return v, err
}
