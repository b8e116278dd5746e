package worker

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
)

// How often it is looked whose numbers are due, and how long a platform may
// take to tell them.
const (
	numbersEvery = time.Minute
	numbersWait  = 20 * time.Second
)

// countForever brings the posts' numbers home. What goes wrong is logged and
// asked again when it is due: it never touches the post.
func (p *parts) countForever(ctx context.Context) {
	tick := time.NewTicker(numbersEvery)
	defer tick.Stop()
	asked := map[clip.PostID]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if err := p.count(ctx, asked, now); err != nil && ctx.Err() == nil {
				p.log.WithError(err).Warn("posts could not be counted; it is tried again in a minute")
			}
		}
	}
}

// count asks for the numbers that are due. asked remembers when each post was
// asked about, also in vain.
func (p *parts) count(ctx context.Context, asked map[clip.PostID]time.Time, now time.Time) error {
	posts, err := p.catalogue.Posts(ctx, store.Query{State: string(clip.PostConfirmed), Limit: everything})
	if err != nil {
		return err
	}
	for _, post := range posts {
		account, counts := p.accounts[post.Destination].(platform.Counted)
		if !counts || !post.CountDue(asked[post.ID], now) {
			continue
		}
		if _, known := asked[post.ID]; !known { // since this process began
			n, ok, err := p.catalogue.Numbers(ctx, post.ID)
			if err != nil {
				return err
			}
			if asked[post.ID] = n.At; ok && !post.CountDue(n.At, now) {
				continue
			}
		}
		asked[post.ID] = now
		p.countOne(ctx, account, post, now)
	}
	return nil
}

func (p *parts) countOne(ctx context.Context, account platform.Counted, post clip.Post, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, numbersWait)
	defer cancel()
	n, err := account.Numbers(ctx, post)
	if err == nil {
		n.At = now.UTC()
		err = p.catalogue.PutNumbers(ctx, post.ID, n)
	}
	if err != nil && ctx.Err() == nil {
		p.log.WithError(err).WithField("post", string(post.ID)).Info("numbers of a post are not known")
	}
}
