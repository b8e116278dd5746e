package worker

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// everything is a limit that no list reaches.
const everything = 1 << 30

// recover puts the configured feeds into the catalogue and starts, or wakes,
// the workflow of everything that is not finished. Temporal owns what is
// running, the catalogue owns what is true: were Temporal's database lost,
// this would start it all again, and post nothing twice.
func (p *parts) recover(ctx context.Context, configured []clip.Feed) error {
	for _, f := range configured {
		if err := p.catalogue.PutFeed(ctx, f, clip.Actor{Name: "configuration", Role: clip.Admin}); err != nil {
			return err
		}
	}
	feeds, err := p.catalogue.Feeds(ctx)
	if err != nil {
		return err
	}
	for _, f := range feeds {
		if err := p.starter.client.StartFeed(ctx, f.ID); err != nil {
			return err
		}
	}
	return p.reconcile(ctx, time.Now().Add(time.Hour))
}

// reconcileForever repairs, once a minute, what could not be started when it
// was wanted.
func (p *parts) reconcileForever(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			err := p.reconcile(ctx, now.Add(-time.Minute))
			if err == nil {
				err = p.keepFeeds(ctx)
			}
			if err != nil && ctx.Err() == nil {
				p.log.WithError(err).Warn("unfinished work could not be looked through; it is tried again in a minute")
			}
		}
	}
}

// keepFeeds has every feed recorded whose workflow does not run.
func (p *parts) keepFeeds(ctx context.Context) error {
	feeds, err := p.catalogue.Feeds(ctx)
	if err != nil {
		return err
	}
	for _, f := range feeds {
		if err := p.starter.client.KeepFeed(ctx, f.ID); err != nil {
			return err
		}
	}
	return nil
}

// reconcile starts, or wakes, the workflows of highlights and posts that are
// not finished and have not changed since before.
func (p *parts) reconcile(ctx context.Context, before time.Time) error {
	for _, state := range []clip.HighlightState{clip.HighlightRendering, clip.HighlightReview, clip.HighlightApproved} {
		highlights, err := p.catalogue.Highlights(ctx, store.Query{State: string(state), Limit: everything})
		if err != nil {
			return err
		}
		for _, h := range highlights {
			if h.Updated.After(before) {
				continue
			}
			if err := p.starter.client.StartHighlight(ctx, h.ID); err != nil {
				return err
			}
		}
	}
	return p.reconcilePosts(ctx, before)
}

func (p *parts) reconcilePosts(ctx context.Context, before time.Time) error {
	for _, state := range []clip.PostState{clip.PostPlanned, clip.PostIntent, clip.PostSending, clip.PostUnknown, clip.PostConfirmed} {
		posts, err := p.catalogue.Posts(ctx, store.Query{State: string(state), Limit: everything})
		if err != nil {
			return err
		}
		for _, post := range posts {
			if post.Changed.After(before) || post.Next(time.Now()) == clip.StepNone {
				continue
			}
			if err := p.starter.client.StartPost(ctx, post.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
