package desk

import "context"

// retractPost is POST /api/v1/posts/{id}/retract.
func (d *Desk) retractPost(ctx context.Context, in *postIn) (*postOut, error) {
	p, err := d.Decider.RetractPost(ctx, in.ID, actorOf(ctx))
	return newPostOut(p), err
}
