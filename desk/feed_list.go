package desk

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// feedView is a feed, how it is doing, and how far back it can be seen.
type feedView struct {
	Feed   clip.Feed   `json:"feed"`
	Health clip.Health `json:"health"`
	Window clip.Span   `json:"window"`
}

// allowed is how far back the recording may reach now.
func (v feedView) allowed() time.Duration {
	if v.Health.Window > 0 {
		return min(v.Health.Window, v.Feed.Window)
	}
	return v.Feed.Window
}

type feedsOut struct {
	Body struct {
		Feeds []feedView `json:"feeds"`
	}
}

// listFeeds is GET /api/v1/feeds.
func (d *Desk) listFeeds(ctx context.Context, _ *struct{}) (*feedsOut, error) {
	views, err := d.feedViews(ctx)
	if err != nil {
		return nil, err
	}
	var out feedsOut
	out.Body.Feeds = views
	return &out, nil
}

// feedViews are all feeds, as the API and the pages show them.
func (d *Desk) feedViews(ctx context.Context) ([]feedView, error) {
	feeds, err := d.Catalogue.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]feedView, 0, len(feeds))
	for _, f := range feeds {
		v, err := d.feedView(ctx, f)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (d *Desk) feedView(ctx context.Context, f clip.Feed) (feedView, error) {
	h, err := d.Catalogue.Health(ctx, f.ID)
	if err != nil {
		return feedView{}, err
	}
	tl, err := d.Catalogue.Timeline(ctx, f.ID)
	if err != nil {
		return feedView{}, err
	}
	if !actorOf(ctx).Role.May(clip.MayOperate) {
		f.URL = urlWords(f.URL) // it may hold a passphrase
	}
	return feedView{Feed: f, Health: h, Window: tl.Window()}, nil
}
