package activities

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// Hold keeps posts from being sent to a destination, or to all where it is
// empty: when it returns, no publish call begins any more.
func (d *Decider) Hold(ctx context.Context, destination, reason string, by clip.Actor) error {
	if err := d.known("hold", destination); err != nil {
		return err
	}
	return d.Catalogue.Hold(ctx, clip.Hold{Destination: destination, By: by.Name, Reason: reason}, by)
}

// Resume ends the holds on a destination, or the stop of all, and wakes the
// posts that waited.
func (d *Decider) Resume(ctx context.Context, destination string, by clip.Actor) error {
	if err := d.known("resume", destination); err != nil {
		return err
	}
	if err := d.Catalogue.Resume(ctx, destination, by); err != nil {
		return err
	}
	for _, state := range []clip.PostState{clip.PostPlanned, clip.PostIntent} {
		posts, err := d.Catalogue.Posts(ctx, store.Query{State: string(state), Limit: everyPost})
		if err != nil {
			return err
		}
		for _, p := range posts {
			if destination != "" && p.Destination != destination {
				continue
			}
			if err := d.Start.StartPost(ctx, p.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// everyPost is a limit that no list of waiting posts reaches.
const everyPost = 1 << 30

func (d *Decider) known(verb, destination string) error {
	if _, ok := d.Profiles.Of(destination); !ok && destination != "" {
		return clip.Errorf(clip.NotFound, verb+" a destination", "the configuration has no destination %q", destination)
	}
	return nil
}

// longestHold is how long a held post sleeps at most before it looks again, in
// case that nobody could wake it.
const longestHold = 10 * time.Minute

// heldUntil says when a post that wants to send may look again; zero: it may
// send now.
func (a *Activities) heldUntil(ctx context.Context, p clip.Post) (time.Time, error) {
	now := a.Now()
	if !p.Next(now).Sends() {
		return time.Time{}, nil
	}
	holds, err := a.Catalogue.Holds(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	look := now.Add(longestHold)
	if h, held := clip.HoldOn(holds, p.Destination, now); held {
		if !h.Until.IsZero() && h.Until.Before(look) {
			look = h.Until
		}
		return look, nil
	}
	turn, err := a.turn(ctx, p, now)
	if err != nil || !turn.After(now) {
		return time.Time{}, err
	}
	if turn.Before(look) {
		look = turn
	}
	return look, nil
}

// turn is when the budgets of its account let a planned post go out.
func (a *Activities) turn(ctx context.Context, p clip.Post, now time.Time) (time.Time, error) {
	profile, _ := a.Flagger.Profiles.Of(p.Destination) // without a destination there are no budgets
	if p.State != clip.PostPlanned || len(profile.Budgets) == 0 {
		return time.Time{}, nil
	}
	f, err := a.Catalogue.Forecast(ctx, p.Destination, profile.Budgets, now)
	if err != nil {
		return time.Time{}, err
	}
	for _, q := range f.Waiting {
		if q.Post == p.ID {
			return q.At, nil
		}
	}
	return time.Time{}, nil
}

// throttled holds an account whose platform asks to wait: the other posts to it
// would only be turned away too, and make it angrier. Posts to other accounts
// go on.
func (a *Activities) throttled(ctx context.Context, p clip.Post, why error) error {
	until := clip.UntilOf(why)
	if clip.KindOf(why) != clip.Throttled || !until.After(a.Now()) {
		return nil
	}
	return a.Catalogue.Hold(ctx, clip.Hold{Destination: p.Destination, Until: until}, system("post"))
}
