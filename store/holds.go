package store

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Hold keeps posts from being sent from the moment it returns; a hold that the
// same one had on the same destination is replaced. What a platform asks for
// (By is empty) never shortens what it asked for before.
func (c *Catalogue) Hold(ctx context.Context, h clip.Hold, by clip.Actor) error {
	return c.write(ctx, "hold "+held(h.Destination), func(ctx context.Context, t *tx) error {
		was, there, err := first(ctx, t, document[clip.Hold], `SELECT doc FROM holds WHERE destination = ? AND person = ?`, h.Destination, person(h))
		if err != nil || there && h.By == "" && !h.Until.After(was.Until) {
			return err
		}
		h.Since = t.now
		_, doc, err := keep(h)
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM holds WHERE destination = ? AND person = ?`, h.Destination, person(h)); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO holds (destination, person, doc) VALUES (?, ?, ?)`, h.Destination, person(h), doc); err != nil {
			return err
		}
		return t.changed(ctx, by, "sending.hold", ofSending, held(h.Destination), h.String())
	})
}

// Resume ends every hold on a destination, or the stop of all where it is
// empty. There need not be one.
func (c *Catalogue) Resume(ctx context.Context, destination string, by clip.Actor) error {
	return c.write(ctx, "resume "+held(destination), func(ctx context.Context, t *tx) error {
		gone, err := t.ExecContext(ctx, `DELETE FROM holds WHERE destination = ?`, destination)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); n == 0 || err != nil {
			return err
		}
		return t.changed(ctx, by, "sending.resume", ofSending, held(destination), "")
	})
}

// Holds are those that are not over at the instant now.
func (c *Catalogue) Holds(ctx context.Context, now time.Time) ([]clip.Hold, error) {
	holds, err := holdsAt(ctx, c.reader, now)
	return holds, fault("list holds", err)
}

func holdsAt(ctx context.Context, q querier, now time.Time) ([]clip.Hold, error) {
	all, err := collect(ctx, q, document[clip.Hold], `SELECT doc FROM holds ORDER BY destination, person`)
	if err != nil {
		return nil, err
	}
	var holds []clip.Hold
	for _, h := range all {
		if !h.Over(now) {
			holds = append(holds, h)
		}
	}
	return holds, nil
}

// unheld refuses to send to a destination that is held.
func unheld(ctx context.Context, q querier, op, destination string, now time.Time) error {
	holds, err := holdsAt(ctx, q, now)
	if err != nil {
		return err
	}
	if h, ok := clip.HoldOn(holds, destination, now); ok {
		return clip.Errorf(clip.Conflict, op, "%s", h)
	}
	return nil
}

func person(h clip.Hold) int {
	if h.By == "" {
		return 0
	}
	return 1
}

// held is what a hold is on, for people.
func held(destination string) string {
	if destination == "" {
		return "all destinations"
	}
	return destination
}
