package store

import (
	"context"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// PutFeed adds a feed, or changes it. Putting what is there already changes
// nothing.
func (c *Catalogue) PutFeed(ctx context.Context, f clip.Feed, by clip.Actor) error {
	op := "put feed " + string(f.ID)
	if err := clip.CheckID("feed", string(f.ID)); err != nil {
		return err
	}
	return c.write(ctx, op, func(ctx context.Context, t *tx) error {
		old, known, err := first(ctx, t, text, `SELECT doc FROM feeds WHERE id = ?`, string(f.ID))
		if err != nil {
			return err
		}
		_, doc, err := keep(f)
		if err != nil || doc == old {
			return err
		}
		action := "feed.change"
		if !known {
			// what was said of an earlier feed of this name is over
			action = "feed.add"
			if _, err := t.ExecContext(ctx, `DELETE FROM health WHERE feed = ?`, string(f.ID)); err != nil {
				return err
			}
		}
		_, err = t.ExecContext(ctx,
			`INSERT INTO feeds (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`, string(f.ID), doc)
		if err != nil {
			return err
		}
		return t.changed(ctx, by, action, ofFeed, string(f.ID), difference(old, doc))
	})
}

// changed writes the event and the audit entry of a change.
func (t *tx) changed(ctx context.Context, by clip.Actor, action, kind, id, detail string) error {
	if err := t.event(ctx, kind, id); err != nil {
		return err
	}
	return t.audit(ctx, by, action, kind+" "+id, detail)
}

// difference names two documents by their hashes, for the audit log.
func difference(before, after string) string {
	name := func(doc string) string {
		if doc == "" {
			return "nothing"
		}
		return clip.DigestOf([]byte(doc)).Short()
	}
	return name(before) + " → " + name(after)
}

// Feed finds a feed.
func (c *Catalogue) Feed(ctx context.Context, id clip.FeedID) (clip.Feed, error) {
	op := "find feed " + string(id)
	f, ok, err := first(ctx, c.reader, document[clip.Feed], `SELECT doc FROM feeds WHERE id = ?`, string(id))
	if err != nil || ok {
		return f, fault(op, err)
	}
	feeds, err := c.Feeds(ctx)
	if err != nil {
		return f, err
	}
	return f, missingFeed(op, feeds)
}

// missingFeed says which feeds there are instead.
func missingFeed(op string, feeds []clip.Feed) error {
	if len(feeds) == 0 {
		return clip.Errorf(clip.NotFound, op, "there is no feed yet; add one with `ovation feed add`")
	}
	var names []string
	for _, f := range feeds {
		names = append(names, string(f.ID))
	}
	return clip.Errorf(clip.NotFound, op, "there is none of that name; there are %s", strings.Join(names, ", "))
}

// Feeds lists all feeds by name.
func (c *Catalogue) Feeds(ctx context.Context) ([]clip.Feed, error) {
	feeds, err := collect(ctx, c.reader, document[clip.Feed], `SELECT doc FROM feeds ORDER BY id`)
	return feeds, fault("list feeds", err)
}

// RemoveFeed ends the watching of a feed. What was recorded of it stays, and
// so do its highlights.
func (c *Catalogue) RemoveFeed(ctx context.Context, id clip.FeedID, by clip.Actor) error {
	if _, err := c.Feed(ctx, id); err != nil {
		return err // names the feeds there are
	}
	return c.write(ctx, "remove feed "+string(id), func(ctx context.Context, t *tx) error {
		old, known, err := first(ctx, t, text, `SELECT doc FROM feeds WHERE id = ?`, string(id))
		if err != nil || !known {
			return err // somebody else removed it meanwhile
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM feeds WHERE id = ?`, string(id)); err != nil {
			return err
		}
		// Nothing more is coming: plans that wait for more must not.
		h, err := health(ctx, t, id)
		if err != nil {
			return err
		}
		h.State, h.Detail = clip.FeedEnded, "the feed was removed"
		if err := t.putHealth(ctx, h); err != nil {
			return err
		}
		return t.changed(ctx, by, "feed.remove", ofFeed, string(id), difference(old, ""))
	})
}

// SetHealth says how a feed's recording is doing. It is called every second,
// so it is an event only when State or Detail changes, it is not in the audit
// log, and figures alone are not flushed to the disk at once.
func (c *Catalogue) SetHealth(ctx context.Context, h clip.Health) error {
	op := "set the health of feed " + string(h.Feed)
	return c.transact(ctx, op, relaxed, func(ctx context.Context, t *tx) error {
		known, _, err := first(ctx, t, number, `SELECT COUNT(*) FROM feeds WHERE id = ?`, string(h.Feed))
		if err != nil {
			return err
		}
		if known == 0 {
			return clip.Errorf(clip.NotFound, op, "the feed is not, or no longer, in the catalogue")
		}
		old, err := health(ctx, t, h.Feed)
		if err != nil {
			return err
		}
		if err := t.putHealth(ctx, h); err != nil {
			return err
		}
		if old.State == h.State && old.Detail == h.Detail {
			return nil
		}
		return t.event(ctx, ofFeed, string(h.Feed))
	})
}

func (t *tx) putHealth(ctx context.Context, h clip.Health) error {
	_, doc, err := keep(h)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx,
		`INSERT INTO health (feed, doc) VALUES (?, ?) ON CONFLICT (feed) DO UPDATE SET doc = excluded.doc`, string(h.Feed), doc)
	return err
}

// Health is how a feed's recording is doing; a feed of which nothing was said
// yet is starting.
func (c *Catalogue) Health(ctx context.Context, id clip.FeedID) (clip.Health, error) {
	h, err := health(ctx, c.reader, id)
	return h, fault("read the health of feed "+string(id), err)
}

func health(ctx context.Context, q querier, id clip.FeedID) (clip.Health, error) {
	h, ok, err := first(ctx, q, document[clip.Health], `SELECT doc FROM health WHERE feed = ?`, string(id))
	if !ok {
		h = clip.Health{Feed: id, State: clip.FeedStarting}
	}
	return h, err
}
