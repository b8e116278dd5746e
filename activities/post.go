package activities

import (
	"context"
	"io"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
)

// PostInput names a post and the intent that a step belongs to.
type PostInput struct {
	Post    clip.PostID `json:"post"`
	Attempt int         `json:"attempt,omitempty"`
}

// PostView is as much of a post as its workflow needs. Gone says that the
// approval was taken back before anything went out.
type PostView struct {
	Gone  bool          `json:"gone,omitempty"`
	Post  clip.Post     `json:"post"`
	Quiet time.Duration `json:"quiet"`         // before a missing post may be called absent
	Held  time.Time     `json:"held,omitzero"` // it may not be sent before it has looked again then
}

// ReadPost reads the ledger. It changes nothing.
func (a *Activities) ReadPost(ctx context.Context, in PostInput) (PostView, error) {
	p, err := a.Catalogue.Post(ctx, in.Post)
	if clip.KindOf(err) == clip.NotFound && err != nil {
		return PostView{Gone: true}, nil
	}
	if err != nil {
		return PostView{}, err
	}
	p = p.Shown()
	p.Text, p.Alt, p.Title = "", "", ""                // names, never content, in a workflow's history
	profile, _ := a.Flagger.Profiles.Of(p.Destination) // a destination that is gone holds the post in its next step
	held, err := a.heldUntil(ctx, p)
	return PostView{Post: p, Quiet: profile.Quiet, Held: held}, err
}

// Intend writes down what is about to be posted, after it has verified that
// the decision covers the highlight as it is, that the files have exactly the
// approved bytes, and that they fit the destination as it is today.
func (a *Activities) Intend(ctx context.Context, in PostInput) error {
	defer alive(ctx)()
	p, account, err := a.post(ctx, in.Post)
	if err != nil {
		return err
	}
	if err := a.verify(ctx, p); err != nil {
		return a.reject(ctx, p, err)
	}
	limits, err := account.Limits(ctx)
	if err != nil {
		return a.held(ctx, p, err)
	}
	a.Flagger.Profiles.Tell(p.Destination, limits)
	if err := limits.Check(draftOf(p)); err != nil {
		return a.reject(ctx, p, err)
	}
	if err := limits.CheckTitle(p.Destination, p.Title); err != nil {
		return a.reject(ctx, p, err)
	}
	_, err = a.Catalogue.Intend(ctx, p.ID, limits.Budgets, a.Now(), func(p *clip.Post) {
		p.State, p.Attempt, p.Reason = clip.PostIntent, p.Attempt+1, ""
		p.Marker = platform.NewMarker(*p)
	})
	return err
}

// draftOf is the post as a profile checks it.
func draftOf(p clip.Post) (clip.Draft, clip.Rendition) {
	return clip.Draft{Destination: p.Destination, Shape: p.Shape, Text: p.Text, Alt: p.Alt},
		clip.Rendition{Shape: p.Shape, Digest: p.Media, Size: p.Size, Duration: p.Duration}
}

// verify re-reads the decision's record and re-hashes the approved files.
func (a *Activities) verify(ctx context.Context, p clip.Post) error {
	op := "post " + string(p.ID)
	h, err := a.Catalogue.Highlight(ctx, p.Highlight)
	if err != nil {
		return err
	}
	d, err := a.Catalogue.Decision(ctx, p.Decision)
	if err != nil {
		return err
	}
	if d.Verdict != clip.Approve || !d.Covers(h) {
		return clip.Errorf(clip.Conflict, op, "its approval does not cover the highlight as it is now")
	}
	for _, digest := range []clip.Digest{p.Media, p.Cover, p.Captions} {
		if digest == "" {
			continue
		}
		if err := a.Blobs.Verify(ctx, digest); err != nil {
			return err
		}
	}
	return nil
}

// Upload brings the media to the platform, where nobody sees it yet.
func (a *Activities) Upload(ctx context.Context, in PostInput) error {
	defer alive(ctx)()
	p, account, err := a.post(ctx, in.Post)
	if err != nil {
		return err
	}
	files, err := a.files(ctx, p)
	if err != nil {
		return a.held(ctx, p, err)
	}
	files.Keep = func(session string) error { return a.keepSession(ctx, p, session) }
	handle, err := account.Upload(ctx, p, files)
	if err != nil {
		return a.settleError(ctx, p, err)
	}
	_, err = a.Catalogue.EditPost(ctx, p.ID, system("post"), "post.upload", func(p *clip.Post) error {
		if p.State == clip.PostIntent && p.Handle == "" {
			p.Handle, p.Session, p.Reason = handle, "", ""
		}
		return nil
	})
	return err
}

// keepSession writes down what the upload of one intent can go on from. An
// attempt that was given up on may not disturb a later one.
func (a *Activities) keepSession(ctx context.Context, of clip.Post, session string) error {
	_, err := a.Catalogue.EditPost(ctx, of.ID, system("post"), "post.session", func(p *clip.Post) error {
		if p.State != clip.PostIntent || p.Handle != "" || p.Attempt != of.Attempt || p.Decision != of.Decision || p.Retract {
			return clip.Errorf(clip.Unavailable, "upload the media of post "+string(p.ID), "the post has moved on")
		}
		p.Session = session
		return nil
	})
	return err
}

// files opens the post's media for a platform.
func (a *Activities) files(ctx context.Context, p clip.Post) (m platform.Media, err error) {
	for _, f := range []struct {
		digest clip.Digest
		blob   *platform.Blob
	}{{p.Media, &m.Video}, {p.Cover, &m.Cover}, {p.Captions, &m.Captions}} {
		if f.digest == "" {
			continue
		}
		r, size, err := a.Blobs.Open(ctx, f.digest)
		if err != nil {
			return m, err
		}
		if err := r.Close(); err != nil {
			return m, err
		}
		*f.blob = platform.Blob{Size: size, Open: func() (io.ReadCloser, error) {
			r, _, err := a.Blobs.Open(ctx, f.digest)
			return r, err
		}}
	}
	return m, nil
}

// Processed asks whether the platform is done with the uploaded media.
func (a *Activities) Processed(ctx context.Context, in PostInput) (bool, error) {
	defer alive(ctx)()
	p, account, err := a.post(ctx, in.Post)
	if err != nil {
		return false, err
	}
	done, err := account.Processed(ctx, p.Handle)
	if err != nil {
		return false, a.settleError(ctx, p, err)
	}
	return done, nil
}

// Publish makes the one call that the world sees. It is never repeated by
// Temporal; the fence in the catalogue lets one attempt of one intent through.
// Whatever is not a clear answer leaves the post unknown.
func (a *Activities) Publish(ctx context.Context, in PostInput) error {
	_, account, err := a.post(ctx, in.Post)
	if err != nil {
		return err
	}
	p, err := a.Catalogue.Send(ctx, in.Post, in.Attempt, a.Now())
	if err != nil {
		return err
	}
	// The lease, less the time to write down the answer: a call that everybody
	// gave up on cannot send any more.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clip.Lease-15*time.Second)
	defer cancel()
	receipt, err := account.Publish(ctx, p)
	return a.record(context.WithoutCancel(ctx), p, receipt, err)
}

// record writes down what became of a publish call.
func (a *Activities) record(ctx context.Context, sent clip.Post, receipt clip.Receipt, err error) error {
	_, editErr := a.Catalogue.EditPost(ctx, sent.ID, system("post"), "post.sent", func(p *clip.Post) error {
		if p.State != clip.PostSending || p.Attempt != sent.Attempt || p.Revision != sent.Revision {
			return nil // reconciled in the meantime
		}
		p.Answer(receipt, err)
		return nil
	})
	if editErr != nil {
		return editErr
	}
	return a.throttled(ctx, sent, err)
}

// ReconcileInput names a post whose answer was lost. Early says that its lease
// or the platform's quiet period is not over: only a find counts.
type ReconcileInput struct {
	Post  clip.PostID `json:"post"`
	Early bool        `json:"early,omitempty"`
}

// Reconcile reads a post back by our own marker after its answer was lost.
func (a *Activities) Reconcile(ctx context.Context, in ReconcileInput) error {
	defer alive(ctx)()
	p, account, err := a.post(ctx, in.Post)
	if err != nil {
		return err
	}
	profile, _ := a.Flagger.Profiles.Of(p.Destination) // its account was found, so it is there
	var receipt clip.Receipt
	found := false
	if profile.ReadBack {
		if receipt, found, err = account.Find(ctx, p); err != nil {
			return a.held(ctx, p, err)
		}
	}
	_, err = a.Catalogue.EditPost(ctx, p.ID, system("post"), "post.reconcile", func(p *clip.Post) error {
		if !found && in.Early {
			return nil
		}
		if p.State == clip.PostSending || p.State == clip.PostUnknown {
			p.Reconcile(receipt, found, profile.ReadBack)
		}
		return nil
	})
	return err
}

// Retract takes a post down that the ledger says is wanted down.
func (a *Activities) Retract(ctx context.Context, in PostInput) error {
	defer alive(ctx)()
	p, account, err := a.post(ctx, in.Post)
	if err != nil || p.Next(a.Now()) != clip.StepRetract {
		return err
	}
	why := account.Retract(ctx, p)
	if why != nil && clip.KindOf(why) != clip.Rejected {
		return a.held(ctx, p, why)
	}
	_, err = a.Catalogue.EditPost(ctx, p.ID, system("post"), "post.retracted", func(p *clip.Post) error {
		p.TakeDown(a.Now(), why)
		return nil
	})
	return err
}

// Cancel ends a post that is wanted down before it was sent.
func (a *Activities) Cancel(ctx context.Context, in PostInput) error {
	_, err := a.Catalogue.EditPost(ctx, in.Post, system("post"), "post.cancel", func(p *clip.Post) error {
		if p.Retract && (p.State == clip.PostPlanned || p.State == clip.PostIntent) {
			p.State, p.Reason = clip.PostCancelled, "retracted before it was sent"
		}
		return nil
	})
	return err
}

// SettlePost tells the highlight that one of its posts came to rest.
func (a *Activities) SettlePost(ctx context.Context, in PostInput) error {
	p, err := a.Catalogue.Post(ctx, in.Post)
	if err != nil {
		return err
	}
	return a.Start.StartHighlight(ctx, p.Highlight)
}

// post reads a row of the ledger and opens its account.
func (a *Activities) post(ctx context.Context, id clip.PostID) (clip.Post, platform.Account, error) {
	p, err := a.Catalogue.Post(ctx, id)
	if err != nil {
		return clip.Post{}, nil, err
	}
	account, ok := a.Accounts[p.Destination]
	if !ok {
		return clip.Post{}, nil, a.held(ctx, p, clip.Errorf(clip.Unavailable, "post "+string(id),
			"the configuration has no destination %q any more; add it again, or retract the post", p.Destination))
	}
	return p, account, nil
}

// settleError rejects the post where the error is final, else holds it.
func (a *Activities) settleError(ctx context.Context, p clip.Post, err error) error {
	switch clip.KindOf(err) {
	case clip.Rejected, clip.Invalid, clip.Conflict, clip.NotFound, clip.Expired:
		return a.reject(ctx, p, err)
	}
	return a.held(ctx, p, err)
}

// reject ends a post that was never sent.
func (a *Activities) reject(ctx context.Context, p clip.Post, why error) error {
	if clip.KindOf(why).Retry() {
		return a.held(ctx, p, why)
	}
	_, err := a.Catalogue.EditPost(ctx, p.ID, system("post"), "post.reject", func(p *clip.Post) error {
		if p.State == clip.PostPlanned || p.State == clip.PostIntent {
			p.State, p.Reason = clip.PostRejected, why.Error()
		}
		return nil
	})
	return err
}

// held shows on the desk why a post does not move, and has the step tried
// again: also a refused token may be mended.
func (a *Activities) held(ctx context.Context, p clip.Post, why error) error {
	if err := a.throttled(ctx, p, why); err != nil {
		return err
	}
	if p.Reason != why.Error() {
		if _, err := a.Catalogue.EditPost(ctx, p.ID, system("post"), "post.held", func(p *clip.Post) error {
			p.Reason = why.Error()
			return nil
		}); err != nil {
			return err
		}
	}
	if clip.KindOf(why).Retry() {
		return why
	}
	return clip.Errorf(clip.Unavailable, "post "+string(p.ID), "it is held: %w", why)
}
