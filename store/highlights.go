package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// Highlight finds a highlight.
func (c *Catalogue) Highlight(ctx context.Context, id clip.MomentID) (clip.Highlight, error) {
	h, err := findHighlight(ctx, c.reader, id)
	return h, fault("find highlight "+string(id), err)
}

func findHighlight(ctx context.Context, q querier, id clip.MomentID) (clip.Highlight, error) {
	h, ok, err := first(ctx, q, document[clip.Highlight], `SELECT doc FROM highlights WHERE id = ?`, string(id))
	if err == nil && !ok {
		err = clip.Errorf(clip.NotFound, "find highlight "+string(id), "there is none of that id")
	}
	return h, err
}

// Highlights lists highlights, newest first.
func (c *Catalogue) Highlights(ctx context.Context, q Query) ([]clip.Highlight, error) {
	all, err := list[clip.Highlight](ctx, c.reader, "highlights", columns{"feed", "state", "id"}, q)
	return all, fault("list highlights", err)
}

// EditHighlight changes a highlight in one transaction; edit says how, and may
// refuse. An edit that changes nothing leaves no trace. One that raises the
// revision takes back the posts that an earlier approval planned, as long as
// none of them is on its way.
func (c *Catalogue) EditHighlight(ctx context.Context, id clip.MomentID, by clip.Actor, action string, edit func(*clip.Highlight) error) (clip.Highlight, error) {
	var h clip.Highlight
	err := c.write(ctx, action+" "+string(id), func(ctx context.Context, t *tx) error {
		var err error
		if h, err = findHighlight(ctx, t, id); err != nil {
			return err
		}
		old, err := hold(h)
		if err != nil {
			return err
		}
		if err := edit(&h); err != nil {
			return err
		}
		var said string
		if h, said, err = t.saveHighlight(ctx, old, h); err != nil || said == "" {
			return err
		}
		return t.audit(ctx, by, action, ofHighlight+" "+string(id), said)
	})
	if err != nil {
		return clip.Highlight{}, err
	}
	return h, nil
}

func (t *tx) addHighlight(ctx context.Context, h clip.Highlight) (clip.Highlight, error) {
	h, doc, err := keep(h)
	if err != nil {
		return h, err
	}
	span := h.Recipe.Span
	_, err = t.ExecContext(ctx, `INSERT INTO highlights (id, feed, state, in_ns, out_ns, created_ns, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(h.ID), string(h.Feed), string(h.State), nanos(span.In), nanos(span.Out), nanos(h.Created), doc)
	if err != nil {
		return h, err
	}
	return h, t.event(ctx, ofHighlight, string(h.ID))
}

// saveHighlight writes a highlight if it changed, with its event, and says for
// the audit log what changed; nothing when nothing did.
func (t *tx) saveHighlight(ctx context.Context, old original[clip.Highlight], h clip.Highlight) (clip.Highlight, string, error) {
	op := "edit highlight " + string(old.was.ID)
	_, doc, err := keep(h)
	if err != nil || doc == old.doc {
		return h, "", err
	}
	switch {
	case h.ID != old.was.ID || h.Feed != old.was.Feed || !h.Created.Equal(old.was.Created):
		return h, "", clip.Errorf(clip.Internal, op, "what the highlight is known by may not change")
	case h.Revision < old.was.Revision:
		return h, "", clip.Errorf(clip.Internal, op, "its revision may not go back from %d to %d", old.was.Revision, h.Revision)
	}
	var dropped []string
	if h.Revision > old.was.Revision {
		if dropped, err = t.dropPosts(ctx, h.ID); err != nil {
			return h, "", err
		}
	}
	h.Updated = t.now
	if h, doc, err = keep(h); err != nil {
		return h, "", err
	}
	span := h.Recipe.Span
	_, err = t.ExecContext(ctx, `UPDATE highlights SET state = ?, in_ns = ?, out_ns = ?, doc = ? WHERE id = ?`,
		string(h.State), nanos(span.In), nanos(span.Out), doc, string(h.ID))
	if err != nil {
		return h, "", err
	}
	return h, highlightDetail(old.was, h, old.doc, doc, dropped), t.event(ctx, ofHighlight, string(h.ID))
}

// highlightDetail is what the audit log says of a change.
func highlightDetail(was, is clip.Highlight, before, after string, dropped []string) string {
	d := fmt.Sprintf("revision %d, %s", is.Revision, is.State)
	if was.State != is.State {
		d = fmt.Sprintf("revision %d, %s → %s", is.Revision, was.State, is.State)
	}
	if is.Reason != "" {
		d += fmt.Sprintf(" (%s)", is.Reason)
	}
	if d += ", " + difference(before, after); len(dropped) > 0 {
		d += ", taken back: " + strings.Join(dropped, ", ")
	}
	return d
}

// dropPosts takes back the posts of a highlight of which nothing can be public.
func (t *tx) dropPosts(ctx context.Context, id clip.MomentID) ([]string, error) {
	posts, err := postsOf(ctx, t, id)
	if err != nil {
		return nil, err
	}
	var dropped []string
	for _, p := range posts {
		if p.Retract {
			return nil, clip.Errorf(clip.Conflict, "edit highlight "+string(id), "its post to %s is being retracted", p.Destination)
		}
		if p.State != clip.PostPlanned && p.State != clip.PostIntent {
			return nil, clip.Errorf(clip.Conflict, "edit highlight "+string(id),
				"its post to %s is already on its way (%s); retract it instead", p.Destination, p.State)
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM posts WHERE id = ?`, string(p.ID)); err != nil {
			return nil, err
		}
		_, err := t.ExecContext(ctx,
			`INSERT INTO attempts (post, attempt) VALUES (?, ?) ON CONFLICT (post) DO UPDATE SET attempt = excluded.attempt
			WHERE attempts.attempt < excluded.attempt`,
			string(p.ID), p.Attempt)
		if err != nil {
			return nil, err
		}
		if err := t.event(ctx, ofPost, string(p.ID)); err != nil {
			return nil, err
		}
		dropped = append(dropped, string(p.ID))
	}
	return dropped, nil
}

// Settle ends a highlight that was approved and of which every post is
// settled. Any other stays as it is.
func (c *Catalogue) Settle(ctx context.Context, id clip.MomentID) (clip.Highlight, error) {
	var h clip.Highlight
	err := c.write(ctx, "settle highlight "+string(id), func(ctx context.Context, t *tx) error {
		var err error
		if h, err = findHighlight(ctx, t, id); err != nil {
			return err
		}
		posts, err := postsOf(ctx, t, id)
		open := slices.ContainsFunc(posts, func(p clip.Post) bool { return !p.State.Final() })
		if err != nil || open || h.State != clip.HighlightApproved {
			return err
		}
		old, err := hold(h)
		if err != nil {
			return err
		}
		h.State = clip.HighlightSettled
		var said string
		if h, said, err = t.saveHighlight(ctx, old, h); err != nil {
			return err
		}
		return t.audit(ctx, system, "highlight.settle", ofHighlight+" "+string(id), said)
	})
	if err != nil {
		return clip.Highlight{}, err
	}
	return h, nil
}

// system is who does what nobody asked for: it follows from the rest.
var system = clip.Actor{Name: "ovation", Role: "system"}
