package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// planPosts writes the rows of the ledger that an approval allows.
func (t *tx) planPosts(ctx context.Context, h clip.Highlight, d clip.Decision) ([]string, error) {
	m, err := findMoment(ctx, t, h.ID)
	if err != nil {
		return nil, err
	}
	posts, err := h.Posts(m)
	if err != nil {
		return nil, err
	}
	var planned []string
	for _, p := range posts {
		n, _, err := first(ctx, t, number, `SELECT COUNT(*) FROM posts WHERE id = ?`, string(p.ID))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			return nil, clip.Errorf(clip.Conflict, "approve highlight "+string(h.ID), "its post to %s is already on its way; retract it instead", p.Destination)
		}
		// One that an edit took back goes on counting: no attempt's number, and
		// so no marker, ever stands for two contents.
		before, _, err := first(ctx, t, number, `SELECT attempt FROM attempts WHERE post = ?`, string(p.ID))
		if err != nil {
			return nil, err
		}
		p.Decision, p.Changed, p.Attempt = d.ID, t.now, int(before)
		_, doc, err := keep(p)
		if err != nil {
			return nil, err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO posts (id, highlight, destination, decision, feed, state, created_ns, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			string(p.ID), string(p.Highlight), p.Destination, p.Decision, string(h.Feed), string(p.State), nanos(t.now), doc)
		if err != nil {
			return nil, err
		}
		if err := t.event(ctx, ofPost, string(p.ID)); err != nil {
			return nil, err
		}
		planned = append(planned, string(p.ID))
	}
	return planned, nil
}

// Post finds a post.
func (c *Catalogue) Post(ctx context.Context, id clip.PostID) (clip.Post, error) {
	p, err := findPost(ctx, c.reader, id)
	return p, fault("find post "+string(id), err)
}

func findPost(ctx context.Context, q querier, id clip.PostID) (clip.Post, error) {
	p, ok, err := first(ctx, q, document[clip.Post], `SELECT doc FROM posts WHERE id = ?`, string(id))
	if err == nil && !ok {
		err = clip.Errorf(clip.NotFound, "find post "+string(id), "there is none of that id")
	}
	return p, err
}

// Posts lists posts, newest first.
func (c *Catalogue) Posts(ctx context.Context, q Query) ([]clip.Post, error) {
	all, err := list[clip.Post](ctx, c.reader, "posts", columns{"feed", "state", "highlight"}, q)
	return all, fault("list posts", err)
}

// postsOf are all posts of a highlight.
func postsOf(ctx context.Context, q querier, id clip.MomentID) ([]clip.Post, error) {
	return collect(ctx, q, document[clip.Post], `SELECT doc FROM posts WHERE highlight = ? ORDER BY id`, string(id))
}

// EditPost changes what is known of a post in one transaction; edit says how,
// and may refuse. What was approved never changes, only Send makes a post
// sending, and one that was settled as not public stays so. An edit that
// changes nothing leaves no trace.
func (c *Catalogue) EditPost(ctx context.Context, id clip.PostID, by clip.Actor, action string, edit func(*clip.Post) error) (clip.Post, error) {
	op := action + " " + string(id)
	return c.changePost(ctx, id, change{op, by, action}, func(_ context.Context, _ *tx, p *clip.Post) error {
		was := *p // a post has no lists
		if err := edit(p); err != nil {
			return err
		}
		return lawful(op, was, *p)
	})
}

// change is what is done to a post, and by whom.
type change struct {
	op     string
	by     clip.Actor
	action string
}

// changePost is the read-modify-write of a post.
func (c *Catalogue) changePost(ctx context.Context, id clip.PostID, ch change, edit func(context.Context, *tx, *clip.Post) error) (clip.Post, error) {
	var p clip.Post
	err := c.write(ctx, ch.op, func(ctx context.Context, t *tx) error {
		var err error
		if p, err = findPost(ctx, t, id); err != nil {
			return err
		}
		old, err := hold(p)
		if err != nil {
			return err
		}
		if err := edit(ctx, t, &p); err != nil {
			return err
		}
		p, err = t.savePost(ctx, old, p, ch)
		return err
	})
	if err != nil {
		return clip.Post{}, err
	}
	return p, nil
}

// savePost writes a post if it changed.
func (t *tx) savePost(ctx context.Context, old original[clip.Post], p clip.Post, ch change) (clip.Post, error) {
	_, doc, err := keep(p)
	if err != nil || doc == old.doc {
		return p, err
	}
	p.Changed = t.now
	if p, doc, err = keep(p); err != nil {
		return p, err
	}
	if _, err := t.ExecContext(ctx, `UPDATE posts SET state = ?, doc = ? WHERE id = ?`, string(p.State), doc, string(p.ID)); err != nil {
		return p, err
	}
	return p, t.changed(ctx, ch.by, ch.action, ofPost, string(p.ID), postDetail(old.was, p))
}

// postDetail is what the audit log says of a change.
func postDetail(was, is clip.Post) string {
	d := string(is.State)
	if was.State != is.State {
		d = fmt.Sprintf("%s → %s", was.State, is.State)
	}
	d += fmt.Sprintf(", attempt %d", is.Attempt)
	if is.Retract {
		d += ", to be retracted"
	}
	if is.Receipt.ID != "" {
		d += ", receipt " + is.Receipt.ID + " " + is.Receipt.URL
	}
	if is.Reason != "" {
		d += fmt.Sprintf(" (%s)", is.Reason)
	}
	return d
}

// lawful refuses an edit that no step of a post's life makes.
func lawful(op string, was, is clip.Post) error {
	moved := was.State != is.State
	switch {
	case approved(was) != approved(is):
		return clip.Errorf(clip.Internal, op, "what was approved may not change; only a new decision can change it")
	case is.NotBefore.Before(was.NotBefore):
		return clip.Errorf(clip.Internal, op, "its embargo may be extended, but not shortened; only a new decision can do that")
	case moved && was.State == clip.PostPlanned && is.State == clip.PostIntent && is.Attempt <= was.Attempt:
		return clip.Errorf(clip.Internal, op, "an intent is a new attempt; it cannot be attempt %d", is.Attempt)
	case moved && is.State == clip.PostSending:
		return clip.Errorf(clip.Internal, op, "only Send makes a post sending")
	case is.Attempt < was.Attempt:
		return clip.Errorf(clip.Internal, op, "its attempts may not go back from %d to %d", was.Attempt, is.Attempt)
	case moved && was.State == clip.PostConfirmed && is.State != clip.PostRetracted && !is.ByHand():
		return clip.Errorf(clip.Conflict, op, "it is public; it can only be retracted, not be %s", is.State)
	case moved && (was.State == clip.PostRejected || was.State == clip.PostCancelled || was.State == clip.PostRetracted):
		return clip.Errorf(clip.Conflict, op, "it is %s for good and cannot be %s", was.State, is.State)
	}
	return nil
}

// approved is the part of a post that a decision was made over: all but what
// is learned on its way. The embargo is apart, because it may be extended.
func approved(p clip.Post) clip.Post {
	p.NotBefore, p.Priority = time.Time{}, ""
	p.State, p.Retract, p.Reason = "", false, ""
	p.Marker, p.Session, p.Handle = "", "", ""
	p.Attempt, p.Resent, p.Absent = 0, 0, 0
	p.Receipt = clip.Receipt{}
	p.Sent, p.Changed, p.Retracted = time.Time{}, time.Time{}, time.Time{}
	return p
}

// Send begins a publish attempt. It is the only way into the state sending, and
// the fence: of all who think that it is their turn, one gets the post back,
// everybody else a Conflict. Publish what is returned, not what was read
// before. The post must intend exactly this attempt, nobody may want it down,
// its embargo must be over, nothing may hold its destination, and the decision
// must still cover the highlight, and the post be what it covers.
func (c *Catalogue) Send(ctx context.Context, id clip.PostID, attempt int, now time.Time) (clip.Post, error) {
	op := "send post " + string(id)
	return c.changePost(ctx, id, change{op, system, "post.send"}, func(ctx context.Context, t *tx, p *clip.Post) error {
		switch {
		case p.State != clip.PostIntent:
			return clip.Errorf(clip.Conflict, op, "it is %s, not %s", p.State, clip.PostIntent)
		case p.Attempt != attempt:
			return clip.Errorf(clip.Conflict, op, "attempt %d is over; it is at attempt %d", attempt, p.Attempt)
		case p.Retract:
			return clip.Errorf(clip.Conflict, op, "it is to be retracted")
		case now.Before(p.NotBefore):
			return clip.Errorf(clip.Conflict, op, "its embargo lasts until %s", p.NotBefore.UTC().Format(time.RFC3339))
		}
		if err := unheld(ctx, t, op, p.Destination, now); err != nil {
			return err
		}
		if err := allowed(ctx, t, op, *p); err != nil {
			return err
		}
		p.State, p.Sent = clip.PostSending, now.UTC()
		return nil
	})
}

// allowed says whether a decision covers the post as it is.
func allowed(ctx context.Context, q querier, op string, p clip.Post) error {
	h, err := findHighlight(ctx, q, p.Highlight)
	if err != nil {
		return err
	}
	d, err := findDecision(ctx, q, p.Decision)
	if err != nil {
		return err
	}
	m, err := findMoment(ctx, q, p.Highlight)
	if err != nil {
		return err
	}
	switch {
	case h.State != clip.HighlightApproved && h.State != clip.HighlightSettled:
		return clip.Errorf(clip.Conflict, op, "its highlight is %s", h.State)
	case d.Verdict != clip.Approve || d.Highlight != p.Highlight:
		return clip.Errorf(clip.Conflict, op, "decision %s does not approve it", d.ID)
	case m.Status == clip.Withdrawn:
		return clip.Errorf(clip.Conflict, op, "its event was withdrawn")
	case !d.Covers(h):
		return clip.Errorf(clip.Conflict, op, "its highlight was edited after it was approved")
	}
	return same(op, h, m, p)
}

// same refuses a post that is not the one that the approval of h plans.
func same(op string, h clip.Highlight, m clip.Moment, p clip.Post) error {
	plan, err := h.Posts(m)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(plan, func(want clip.Post) bool { return want.ID == p.ID })
	if i < 0 {
		return clip.Errorf(clip.Conflict, op, "what was approved has no post to %s", p.Destination)
	}
	want := plan[i]
	want.Decision = p.Decision
	want.Title = p.Title // the moment's title may be corrected later; what is public of it is in the text
	if approved(want) != approved(p) || p.NotBefore.Before(want.NotBefore) {
		return clip.Errorf(clip.Conflict, op, "it is not what was approved")
	}
	return nil
}
