package activities

import (
	"context"
	"errors"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// Decider carries out what is decided about highlights and their posts.
type Decider struct {
	Catalogue *store.Catalogue
	Profiles  *Profiles
	Start     Starter
}

// Decide records a verdict over a revision exactly as it is now. An approval
// is refused, with the reason, while a post would not fit its destination.
func (d *Decider) Decide(ctx context.Context, v clip.Decision, by clip.Actor) (clip.Highlight, error) {
	h, err := d.Catalogue.Highlight(ctx, v.Highlight)
	if err != nil {
		return clip.Highlight{}, err
	}
	if v.Verdict == clip.Approve {
		if err := d.fits(h); err != nil {
			return clip.Highlight{}, err
		}
	}
	h, err = d.Catalogue.Decide(ctx, v, by)
	if err != nil {
		return clip.Highlight{}, err
	}
	return h, d.Start.StartHighlight(ctx, h.ID)
}

// fits checks every draft against its destination.
func (d *Decider) fits(h clip.Highlight) error {
	for _, draft := range h.Drafts {
		p, ok := d.Profiles.Of(draft.Destination)
		if !ok {
			return clip.Errorf(clip.Conflict, "approve highlight "+string(h.ID), "the configuration has no destination %q any more", draft.Destination)
		}
		r, ok := h.Rendition(draft.Shape)
		if !ok {
			return clip.Errorf(clip.Conflict, "approve highlight "+string(h.ID), "its %s rendition is not ready", draft.Shape)
		}
		if err := p.Check(draft, r); err != nil {
			return err
		}
	}
	return nil
}

// Edit changes a highlight by one of clip's edits at the revision that the
// person saw. A decision made before is void.
func (d *Decider) Edit(ctx context.Context, id clip.MomentID, revision int, by clip.Actor, action string,
	change func(*clip.Highlight) error) (clip.Highlight, error) {
	h, err := d.Catalogue.EditHighlight(ctx, id, by, action, func(h *clip.Highlight) error {
		if revision != 0 && revision != h.Revision {
			return clip.Errorf(clip.Conflict, "edit highlight "+string(id),
				"you saw revision %d, it is at %d by now; look at it again", revision, h.Revision)
		}
		h.Approval = clip.ByPerson // who edits wants to see it before it goes out
		return change(h)
	})
	if err != nil {
		return clip.Highlight{}, err
	}
	return h, d.Start.StartHighlight(ctx, id)
}

// Retract takes every post of a highlight down, or keeps it from going out.
func (d *Decider) Retract(ctx context.Context, id clip.MomentID, by clip.Actor) ([]clip.Post, error) {
	return retractAll(ctx, d.Catalogue, d.Start, id, by)
}

// RetractPost takes one post down, or keeps it from going out.
func (d *Decider) RetractPost(ctx context.Context, id clip.PostID, by clip.Actor) (clip.Post, error) {
	p, err := d.Catalogue.EditPost(ctx, id, by, "post.retract", (*clip.Post).AskRetract)
	if err != nil {
		return clip.Post{}, err
	}
	return p, d.Start.StartPost(ctx, id)
}

// Resolve takes a person's word on a post that could not be read back.
func (d *Decider) Resolve(ctx context.Context, id clip.PostID, there bool, r clip.Receipt, by clip.Actor) (clip.Post, error) {
	p, err := d.Catalogue.EditPost(ctx, id, by, "post.resolve", func(p *clip.Post) error { return p.Resolve(there, r) })
	if err != nil {
		return clip.Post{}, err
	}
	return p, d.Start.StartPost(ctx, id)
}

// retractAll asks for the retraction of every post that is, or may come, out.
func retractAll(ctx context.Context, c *store.Catalogue, start Starter, id clip.MomentID, by clip.Actor) ([]clip.Post, error) {
	posts, err := c.Posts(ctx, store.Query{Highlight: id})
	if err != nil {
		return nil, err
	}
	var errs []error
	for i, p := range posts {
		if p.Retract || p.AskRetract() != nil {
			continue // nothing to take down, or asked already
		}
		now, err := c.EditPost(ctx, p.ID, by, "post.retract", (*clip.Post).AskRetract)
		switch kind := clip.KindOf(err); {
		case err != nil && (kind == clip.Conflict || kind == clip.NotFound):
			continue // it came to rest, or was taken back, at this very moment
		case err != nil:
			errs = append(errs, err)
			continue
		}
		posts[i] = now
		errs = append(errs, start.StartPost(ctx, p.ID))
	}
	return posts, errors.Join(errs...)
}
