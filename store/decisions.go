package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// Decide records a verdict over a highlight exactly as it is, and does what
// follows from it in the same transaction: an approval plans the posts, a
// refusal ends the highlight. The highlight must wait for review at d's
// revision, and d's subject, where it is given, must be the highlight's: else
// it is a Conflict. The same verdict on the same revision by the same actor
// again changes nothing.
func (c *Catalogue) Decide(ctx context.Context, d clip.Decision, by clip.Actor) (clip.Highlight, error) {
	op := string(d.Verdict) + " highlight " + string(d.Highlight)
	if d.Verdict != clip.Approve && d.Verdict != clip.Refuse {
		return clip.Highlight{}, clip.Errorf(clip.Invalid, "decide on highlight "+string(d.Highlight),
			"%q is no verdict; it is %s or %s", d.Verdict, clip.Approve, clip.Refuse)
	}
	var h clip.Highlight
	err := c.write(ctx, op, func(ctx context.Context, t *tx) error {
		var err error
		if h, err = findHighlight(ctx, t, d.Highlight); err != nil {
			return err
		}
		d.By, d.Role = by.Name, string(by.Role)
		again, err := decidedBefore(ctx, t, h, d)
		if err != nil || again {
			return err
		}
		m, err := findMoment(ctx, t, h.ID)
		if err != nil {
			return err
		}
		if err := decidable(op, h, m, d); err != nil {
			return err
		}
		d.ID, d.Subject, d.At = newID(t.now), h.Subject(), t.now
		h, err = t.decide(ctx, h, d, by)
		return err
	})
	if err != nil {
		return clip.Highlight{}, err
	}
	return h, nil
}

// decidedBefore reports whether d repeats a decision that still holds.
func decidedBefore(ctx context.Context, q querier, h clip.Highlight, d clip.Decision) (bool, error) {
	all, err := decisions(ctx, q, h.ID)
	for _, o := range all {
		same := o.Verdict == d.Verdict && o.By == d.By && o.Revision == d.Revision
		if same && o.Covers(h) && (d.Subject == "" || d.Subject == o.Subject) && h.State != clip.HighlightReview {
			return true, err
		}
	}
	return false, err
}

// decidable refuses a decision over something else than h as it is now.
func decidable(op string, h clip.Highlight, m clip.Moment, d clip.Decision) error {
	switch {
	case m.Status == clip.Withdrawn && d.Verdict == clip.Approve:
		return clip.Errorf(clip.Conflict, op, "its event was withdrawn; refuse it")
	case d.Revision != h.Revision:
		return clip.Errorf(clip.Conflict, op, "the decision is on revision %d, but it is at revision %d now; look at it again", d.Revision, h.Revision)
	case h.State != clip.HighlightReview:
		return clip.Errorf(clip.Conflict, op, "it is %s, and does not wait for a decision", h.State)
	case d.Subject != "" && d.Subject != h.Subject():
		return clip.Errorf(clip.Conflict, op, "its pictures or texts are not the ones that were looked at; look at it again")
	}
	return nil
}

// decide writes the record and what follows.
func (t *tx) decide(ctx context.Context, h clip.Highlight, d clip.Decision, by clip.Actor) (clip.Highlight, error) {
	old, err := hold(h)
	if err != nil {
		return h, err
	}
	d, doc, err := keep(d)
	if err != nil {
		return h, err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO decisions (id, highlight, revision, at_ns, doc) VALUES (?, ?, ?, ?, ?)`,
		d.ID, string(d.Highlight), d.Revision, nanos(d.At), doc)
	if err != nil {
		return h, err
	}
	detail := fmt.Sprintf("decision %s on revision %d, subject %s", d.ID, d.Revision, d.Subject)
	h.State, h.Reason = clip.HighlightRefused, d.Reason
	if d.Verdict == clip.Approve {
		h.State, h.Reason = clip.HighlightApproved, ""
		planned, err := t.planPosts(ctx, h, d)
		if err != nil {
			return h, err
		}
		detail += ", planned: " + strings.Join(planned, ", ")
	}
	if d.Reason != "" {
		detail += fmt.Sprintf(" (%s)", d.Reason)
	}
	h, _, err = t.saveHighlight(ctx, old, h)
	if err != nil {
		return h, err
	}
	return h, t.audit(ctx, by, "highlight."+string(d.Verdict), ofHighlight+" "+string(h.ID), detail)
}

// Decision finds the record of a decision.
func (c *Catalogue) Decision(ctx context.Context, id string) (clip.Decision, error) {
	d, err := findDecision(ctx, c.reader, id)
	return d, fault("find decision "+id, err)
}

func findDecision(ctx context.Context, q querier, id string) (clip.Decision, error) {
	d, ok, err := first(ctx, q, document[clip.Decision], `SELECT doc FROM decisions WHERE id = ?`, id)
	if err == nil && !ok {
		err = clip.Errorf(clip.NotFound, "find decision "+id, "there is none of that id")
	}
	return d, err
}

// Decisions lists the decisions on a highlight, oldest first; those on earlier
// revisions are void but stay.
func (c *Catalogue) Decisions(ctx context.Context, h clip.MomentID) ([]clip.Decision, error) {
	all, err := decisions(ctx, c.reader, h)
	return all, fault("list the decisions on "+string(h), err)
}

func decisions(ctx context.Context, q querier, h clip.MomentID) ([]clip.Decision, error) {
	return collect(ctx, q, document[clip.Decision], `SELECT doc FROM decisions WHERE highlight = ? ORDER BY at_ns, id`, string(h))
}
