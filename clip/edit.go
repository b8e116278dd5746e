package clip

import (
	"slices"
	"time"
)

// Every change to a highlight or a post that somebody asks for is one of the
// methods below: they say whether it is allowed in the present state, and make
// any earlier decision void by raising the revision.

// Trim gives the highlight another published span. What was rendered of the
// part that stays is reused.
func (h *Highlight) Trim(s Span) error {
	if err := h.editable("trim"); err != nil && h.State != HighlightFailed {
		return err // one that could not be rendered may be with another span
	}
	r := h.Recipe
	r.Span = s
	return h.remake(r)
}

// remake gives the highlight another recipe, of which everything has to be made
// that is not there yet.
func (h *Highlight) remake(r Recipe) error {
	if err := r.Check(); err != nil {
		return err
	}
	h.Recipe, h.Renditions, h.Missing = r, nil, nil
	h.State, h.Reason = HighlightRendering, ""
	h.revise()
	return nil
}

// Redraft replaces what will be posted to one destination.
func (h *Highlight) Redraft(d Draft) error {
	if err := h.editable("edit"); err != nil {
		return err
	}
	i := slices.IndexFunc(h.Drafts, func(o Draft) bool { return o.Destination == d.Destination })
	if i < 0 {
		return Errorf(NotFound, "edit highlight "+string(h.ID), "it has no draft for %q", d.Destination)
	}
	if !slices.Contains(h.Recipe.Shapes, d.Shape) {
		return Errorf(Invalid, "edit highlight "+string(h.ID), "shape %s is not rendered; the recipe has %v", d.Shape, h.Recipe.Shapes)
	}
	h.Drafts = slices.Clone(h.Drafts)
	h.Drafts[i] = d
	h.revise()
	return nil
}

// editable refuses edits once something may be public, or all is over.
func (h *Highlight) editable(verb string) error {
	switch h.State {
	case HighlightRendering, HighlightReview, HighlightApproved:
		return nil
	}
	return Errorf(Conflict, verb+" highlight "+string(h.ID), "it is %s; flag the moment again to make another", h.State)
}

// revise voids every decision. A highlight that waited, or was approved but
// whose posts have not gone out, waits again.
func (h *Highlight) revise() {
	h.Revision++
	h.Deadline = time.Time{}
	if h.State == HighlightApproved {
		h.State = HighlightReview
	}
}

// AskRetract wants the post taken down, or never sent.
func (p *Post) AskRetract() error {
	switch p.State {
	case PostRejected, PostCancelled, PostRetracted:
		return Errorf(Conflict, "retract post "+string(p.ID), "it is %s: there is nothing to take down", p.State)
	}
	p.Retract = true
	if p.State == PostNeedsPerson {
		p.Reason = "retraction was asked for; say first whether it is there"
	}
	return nil
}

// TakeDown takes what an attempt to take the post down gave. Where the platform
// will not do it for us, a person has to, and its own words say where.
func (p *Post) TakeDown(now time.Time, err error) {
	switch {
	case p.State != PostConfirmed:
	case err == nil:
		p.State, p.Retracted, p.Reason = PostRetracted, now, ""
	case KindOf(err) == Rejected:
		p.State, p.Reason = PostNeedsPerson, err.Error()
	default:
		p.Reason = err.Error()
	}
}

// ByHand reports a post that is public, is wanted down, and that only a person
// can take down.
func (p Post) ByHand() bool {
	return p.State == PostNeedsPerson && p.Retract && p.Receipt.ID != ""
}

// Resolve is a person's answer to a post that could not be read back: it is
// there, at url with the platform's id, or it is not, and may be sent again. Of
// one that has to be taken down by hand, it says whether it still is there.
func (p *Post) Resolve(there bool, r Receipt) error {
	if p.State != PostNeedsPerson {
		return Errorf(Conflict, "resolve post "+string(p.ID), "it is %s, not %s", p.State, PostNeedsPerson)
	}
	byHand := p.ByHand()
	p.Reason = ""
	switch {
	case byHand && there:
		p.State = PostConfirmed // the platform is asked once more
		return nil
	case byHand:
		p.State, p.Retracted = PostRetracted, r.At
		return nil
	case there:
		p.State, p.Receipt = PostConfirmed, r
		return nil
	}
	p.State, p.Absent, p.Resent = PostIntent, 0, 0 // a person vouches for it
	p.Handle, p.Session = "", ""                   // the uploaded media may have expired
	p.Attempt++                                    // an attempt that was given up on must not pass for the new one
	return nil
}
