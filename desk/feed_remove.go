package desk

import "context"

// removeFeed is DELETE /api/v1/feeds/{id}: recording stops, what was recorded
// and clipped stays.
func (d *Desk) removeFeed(ctx context.Context, in *feedIn) (*struct{}, error) {
	if _, err := d.Catalogue.Feed(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := d.Catalogue.RemoveFeed(ctx, in.ID, actorOf(ctx)); err != nil {
		return nil, err
	}
	return nil, d.Workflows.StopFeed(ctx, in.ID)
}
