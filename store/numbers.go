package store

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

// PutNumbers keeps how a post does; what was known before is replaced. The post
// itself is not touched.
func (c *Catalogue) PutNumbers(ctx context.Context, id clip.PostID, n clip.Numbers) error {
	op := "count post " + string(id)
	return c.transact(ctx, op, relaxed, func(ctx context.Context, t *tx) error {
		_, doc, err := keep(n)
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM numbers WHERE post = ?`, string(id)); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO numbers (post, doc) VALUES (?, ?)`, string(id), doc); err != nil {
			return err
		}
		return t.event(ctx, ofPost, string(id))
	})
}

// Numbers is how a post did when it was last counted; false: it never was.
func (c *Catalogue) Numbers(ctx context.Context, id clip.PostID) (clip.Numbers, bool, error) {
	n, ok, err := first(ctx, c.reader, document[clip.Numbers], `SELECT doc FROM numbers WHERE post = ?`, string(id))
	return n, ok, fault("find the numbers of post "+string(id), err)
}
