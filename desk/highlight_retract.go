package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

// retractHighlight is POST /api/v1/highlights/{id}/retract.
func (d *Desk) retractHighlight(ctx context.Context, in *highlightIn) (*postsOut, error) {
	if _, err := d.Catalogue.Highlight(ctx, in.ID); err != nil {
		return nil, err
	}
	posts, err := d.Decider.Retract(ctx, in.ID, actorOf(ctx))
	if err == nil && len(posts) == 0 {
		err = clip.Errorf(clip.Conflict, "retract highlight "+string(in.ID), "it has no posts; refuse it, or withdraw its moment, to keep it from going out")
	}
	return newPostsOut(posts), err
}
