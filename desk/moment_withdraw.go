package desk

import "context"

// withdrawMoment is POST /api/v1/moments/{id}/withdraw: the event did not
// happen. What is not out is held, what is out is to be taken down.
func (d *Desk) withdrawMoment(ctx context.Context, in *momentIn) (*momentOut, error) {
	m, h, err := d.Flagger.Withdraw(ctx, in.ID, actorOf(ctx))
	return &momentOut{Body: momentBody{m, h}}, err
}
