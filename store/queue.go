package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// longestBudget is how long a spent post is remembered: longer than any
// platform's budget.
const longestBudget = 31 * 24 * time.Hour

// Intend makes a planned post an intent, by intend, and spends its account's
// budgets. Where they are spent, or posts that go before it need what is left,
// it is Throttled until its turn comes. What is no more to be intended stays as
// it is.
func (c *Catalogue) Intend(ctx context.Context, id clip.PostID, b []clip.Budget, now time.Time, intend func(*clip.Post)) (clip.Post, error) {
	op := "intend post " + string(id)
	return c.changePost(ctx, id, change{op, system, "post.intend"}, func(ctx context.Context, t *tx, p *clip.Post) error {
		if p.State != clip.PostPlanned || p.Retract {
			return nil
		}
		f, err := forecast(ctx, t, p.Destination, b, now)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(f.Waiting, func(q clip.Queued) bool { return q.Post == id }); i >= 0 && f.Waiting[i].At.After(now) {
			why := fmt.Errorf("it waits for its turn: %s takes %v, and %d go before it", p.Destination, b, i)
			return &clip.Error{Op: op, Kind: clip.Throttled, Err: why, Until: f.Waiting[i].At}
		}
		was := *p
		intend(p)
		if err := lawful(op, was, *p); err != nil {
			return err
		}
		return t.spend(ctx, *p, now)
	})
}

// spend writes down that a post used its account.
func (t *tx) spend(ctx context.Context, p clip.Post, now time.Time) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM spends WHERE at_ns < ?`, nanos(now.Add(-longestBudget))); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO spends (destination, at_ns, post) VALUES (?, ?, ?)`, p.Destination, nanos(now), string(p.ID))
	return err
}

// Forecast says what is left of an account's budgets, and when the posts go out
// that could go out now but for them.
func (c *Catalogue) Forecast(ctx context.Context, destination string, b []clip.Budget, now time.Time) (clip.Forecast, error) {
	var f clip.Forecast
	err := c.read(ctx, "forecast "+destination, func(q querier) error {
		var err error
		f, err = forecast(ctx, q, destination, b, now)
		return err
	})
	return f, err
}

func forecast(ctx context.Context, q querier, destination string, b []clip.Budget, now time.Time) (clip.Forecast, error) {
	var longest time.Duration
	for _, budget := range b {
		longest = max(longest, budget.Per)
	}
	spent, err := collect(ctx, q, spentAt, `SELECT at_ns FROM spends WHERE destination = ? AND at_ns > ? ORDER BY at_ns`, destination, nanos(now.Add(-longest)))
	if err != nil {
		return clip.Forecast{}, err
	}
	posts, err := collect(ctx, q, document[clip.Post], `SELECT doc FROM posts WHERE destination = ? AND state = ? ORDER BY created_ns, id`,
		destination, string(clip.PostPlanned))
	if err != nil {
		return clip.Forecast{}, err
	}
	posts = slices.DeleteFunc(posts, func(p clip.Post) bool { return p.Next(now) != clip.StepIntend })
	slices.SortStableFunc(posts, func(x, y clip.Post) int { return cmp.Compare(x.Priority.Rank(), y.Priority.Rank()) })
	f := clip.Forecast{Rooms: clip.RoomIn(b, spent, now), Waiting: make([]clip.Queued, 0, len(posts))}
	for i, at := range clip.Slots(b, spent, now, len(posts)) {
		f.Waiting = append(f.Waiting, clip.Queued{Post: posts[i].ID, At: at})
	}
	return f, nil
}

func spentAt(row scanner) (time.Time, error) {
	var ns int64
	err := row.Scan(&ns)
	return instant(ns), err
}
