package store

import (
	"context"
	"fmt"

	"github.com/ovation-live/ovation/clip"
)

// Flag adds a moment and the highlight that is its life, both or neither.
// The same source and key is the same moment: then what is there comes back
// unchanged, and created is false. Ids, revisions, times and who flagged it are
// filled in where they are missing.
func (c *Catalogue) Flag(ctx context.Context, m clip.Moment, h clip.Highlight, by clip.Actor) (moment clip.Moment, highlight clip.Highlight, created bool, err error) {
	op := "flag a moment on " + string(m.Feed)
	err = c.write(ctx, op, func(ctx context.Context, t *tx) error {
		known, ok, err := momentByKey(ctx, t, m.Source, m.Key)
		if err != nil {
			return err
		}
		if ok {
			moment = known
			highlight, err = findHighlight(ctx, t, known.ID)
			return err
		}
		created = true
		moment, highlight = fill(t, m, h, by)
		if highlight.ID != moment.ID || highlight.Feed != moment.Feed {
			return clip.Errorf(clip.Invalid, op, "the highlight %s on %s is not that of the moment %s", highlight.ID, highlight.Feed, moment.ID)
		}
		if moment, err = t.addMoment(ctx, moment); err != nil {
			return err
		}
		if highlight, err = t.addHighlight(ctx, highlight); err != nil {
			return err
		}
		return t.changed(ctx, by, "moment.flag", ofMoment, string(moment.ID), flagDetail(moment, highlight))
	})
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, false, err
	}
	return moment, highlight, created, nil
}

// fill completes what is flagged.
func fill(t *tx, m clip.Moment, h clip.Highlight, by clip.Actor) (clip.Moment, clip.Highlight) {
	if m.ID == "" {
		m.ID = clip.MomentID(newID(t.now))
	}
	if m.Created.IsZero() {
		m.Created = t.now
	}
	if m.By == "" {
		m.By = by.Name
	}
	if m.Status == "" {
		m.Status = clip.Confirmed
	}
	m.Revision = max(m.Revision, 1)
	if h.ID == "" {
		h.ID = m.ID
	}
	if h.Feed == "" {
		h.Feed = m.Feed
	}
	if h.State == "" {
		h.State = clip.HighlightRendering
	}
	if h.Created.IsZero() {
		h.Created = m.Created
	}
	h.Revision = max(h.Revision, 1)
	h.Updated = t.now
	return m, h
}

// flagDetail is what the audit log says of a new moment.
func flagDetail(m clip.Moment, h clip.Highlight) string {
	return fmt.Sprintf("%s %q on %s at %s, from %s %q, rule %q, recipe %s",
		m.Kind, m.Title, m.Feed, m.Span, m.Source, m.Key, h.Rule, h.Recipe.Digest().Short())
}

func (t *tx) addMoment(ctx context.Context, m clip.Moment) (clip.Moment, error) {
	op := "flag a moment on " + string(m.Feed)
	n, _, err := first(ctx, t, number, `SELECT COUNT(*) FROM moments WHERE id = ?`, string(m.ID))
	if err != nil {
		return m, err
	}
	if n > 0 {
		return m, clip.Errorf(clip.Conflict, op, "there is a moment %s already, of another event", m.ID)
	}
	m, doc, err := keep(m)
	if err != nil {
		return m, err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO moments (id, feed, source, event_key, status, created_ns, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(m.ID), string(m.Feed), m.Source, nullable(m.Key), string(m.Status), nanos(m.Created), doc)
	return m, err
}

// nullable is null for an empty text, of which there may be many in a column
// that is unique.
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Moment finds a moment.
func (c *Catalogue) Moment(ctx context.Context, id clip.MomentID) (clip.Moment, error) {
	m, err := findMoment(ctx, c.reader, id)
	return m, fault("find moment "+string(id), err)
}

func findMoment(ctx context.Context, q querier, id clip.MomentID) (clip.Moment, error) {
	m, ok, err := first(ctx, q, document[clip.Moment], `SELECT doc FROM moments WHERE id = ?`, string(id))
	if err == nil && !ok {
		err = clip.Errorf(clip.NotFound, "find moment "+string(id), "there is none of that id")
	}
	return m, err
}

// MomentByKey finds the moment of a source's event.
func (c *Catalogue) MomentByKey(ctx context.Context, source, key string) (clip.Moment, bool, error) {
	m, ok, err := momentByKey(ctx, c.reader, source, key)
	return m, ok, fault("find the moment of "+source+" "+key, err)
}

func momentByKey(ctx context.Context, q querier, source, key string) (clip.Moment, bool, error) {
	return first(ctx, q, document[clip.Moment], `SELECT doc FROM moments WHERE source = ? AND event_key = ?`, source, nullable(key))
}

// Moments lists moments, newest first.
func (c *Catalogue) Moments(ctx context.Context, q Query) ([]clip.Moment, error) {
	all, err := list[clip.Moment](ctx, c.reader, "moments", columns{"feed", "status", "id"}, q)
	return all, fault("list moments", err)
}

// EditMoment changes a moment and its highlight in one transaction; edit says
// how, and may refuse. What changes raises the moment's revision; an edit that
// changes nothing leaves no trace. For the highlight EditHighlight's rules
// hold.
func (c *Catalogue) EditMoment(ctx context.Context, id clip.MomentID, by clip.Actor, action string, edit func(*clip.Moment, *clip.Highlight) error) (clip.Moment, clip.Highlight, error) {
	var m clip.Moment
	var h clip.Highlight
	err := c.write(ctx, action+" "+string(id), func(ctx context.Context, t *tx) error {
		var err error
		if m, err = findMoment(ctx, t, id); err != nil {
			return err
		}
		if h, err = findHighlight(ctx, t, id); err != nil {
			return err
		}
		moment, err := hold(m)
		if err != nil {
			return err
		}
		highlight, err := hold(h)
		if err != nil {
			return err
		}
		if err := edit(&m, &h); err != nil {
			return err
		}
		var said string
		if h, said, err = t.saveHighlight(ctx, highlight, h); err != nil {
			return err
		}
		m, err = t.saveMoment(ctx, moment, m, momentEdit{by, action, said})
		return err
	})
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	return m, h, nil
}

// momentEdit is who edits a moment and how, and what that did to the
// highlight.
type momentEdit struct {
	by        clip.Actor
	action    string
	highlight string // for the audit log; empty: nothing
}

// saveMoment writes a moment if it, or its highlight, changed.
func (t *tx) saveMoment(ctx context.Context, old original[clip.Moment], m clip.Moment, e momentEdit) (clip.Moment, error) {
	_, doc, err := keep(m)
	if err != nil || doc == old.doc && e.highlight == "" {
		return m, err
	}
	if m.ID != old.was.ID || m.Feed != old.was.Feed || m.Source != old.was.Source || m.Key != old.was.Key || !m.Created.Equal(old.was.Created) {
		return m, clip.Errorf(clip.Internal, "edit moment "+string(old.was.ID), "what the moment is known by may not change")
	}
	m.Revision = old.was.Revision + 1
	if m, doc, err = keep(m); err != nil {
		return m, err
	}
	if _, err := t.ExecContext(ctx, `UPDATE moments SET status = ?, doc = ? WHERE id = ?`, string(m.Status), doc, string(m.ID)); err != nil {
		return m, err
	}
	detail := fmt.Sprintf("revision %d, %s", m.Revision, difference(old.doc, doc))
	if e.highlight != "" {
		detail += "; highlight: " + e.highlight
	}
	return m, t.changed(ctx, e.by, e.action, ofMoment, string(m.ID), detail)
}
