package activities

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// HighlightInput names a highlight.
type HighlightInput struct {
	Highlight clip.MomentID `json:"highlight"`
}

// HighlightView is as much of a highlight as its workflow needs.
type HighlightView struct {
	State    clip.HighlightState `json:"state"`
	Revision int                 `json:"revision"`
	Deadline time.Time           `json:"deadline,omitzero"`
}

func view(h clip.Highlight) HighlightView {
	return HighlightView{State: h.State, Revision: h.Revision, Deadline: h.Deadline}
}

// Look reads a highlight's state. It changes nothing.
func (a *Activities) Look(ctx context.Context, in HighlightInput) (HighlightView, error) {
	h, err := a.Catalogue.Highlight(ctx, in.Highlight)
	if err != nil {
		return HighlightView{}, err
	}
	return view(h), nil
}

// PlanInput asks for a highlight's plan once it differs from Seen.
type PlanInput struct {
	Highlight clip.MomentID `json:"highlight"`
	Seen      clip.Digest   `json:"seen,omitempty"`
}

// PlanResult is a plan as a workflow sees it: the document is in the blob
// store.
type PlanResult struct {
	State    clip.HighlightState `json:"state"`
	Revision int                 `json:"revision"`
	Plan     clip.Digest         `json:"plan"`
	Cells    []clip.Digest       `json:"cells"` // each cell's identity: its chunks' keys, hashed
	Pending  bool                `json:"pending"`
	Urgency  int                 `json:"urgency,omitempty"` // see clip.Highlight.Urgency
	Listen   bool                `json:"listen,omitempty"`  // captions are to be made of what is said
}

// patience is how long after its mark-out a highlight waits for a feed that
// gives nothing; what is missing then is listed, and it goes on.
const patience = 60 * time.Second

// planWait bounds how long one call of Plan waits for something new.
const planWait = 20 * time.Second

// Plan cuts the highlight's recipe over what is recorded by now. It waits a
// while for a plan that the workflow has not seen. An open moment is closed
// for its owner when it reaches the limit.
func (a *Activities) Plan(ctx context.Context, in PlanInput) (PlanResult, error) {
	defer alive(ctx)()
	wake, stop := a.Catalogue.Subscribe()
	defer stop()
	give := time.NewTimer(planWait)
	defer give.Stop()
	look := time.NewTicker(time.Second) // another process may record
	defer look.Stop()
	for {
		r, err := a.plan(ctx, in.Highlight)
		if err != nil || r.State != clip.HighlightRendering {
			return r.PlanResult, err
		}
		if r.Plan != in.Seen || !r.Pending {
			return r.PlanResult, a.keepPlan(ctx, r)
		}
		select {
		case <-ctx.Done():
			return r.PlanResult, ctx.Err()
		case <-give.C:
			return r.PlanResult, nil
		case <-wake:
		case <-look.C:
		}
	}
}

// plan is a plan with its document, which is stored once it is handed out.
type plan struct {
	PlanResult
	highlight clip.MomentID
	document  []byte
}

// plan makes the plan of this instant.
func (a *Activities) plan(ctx context.Context, id clip.MomentID) (plan, error) {
	h, err := a.Catalogue.Highlight(ctx, id)
	if err != nil || h.State != clip.HighlightRendering {
		return plan{PlanResult: PlanResult{State: h.State, Revision: h.Revision}}, err
	}
	if h, err = a.closeAtLimit(ctx, h); err != nil {
		return plan{}, err
	}
	span := h.Recipe.Span
	rec, err := a.Catalogue.Recording(ctx, h.Feed, span)
	if err != nil {
		return plan{}, err
	}
	if rec.Live, err = a.stillComes(ctx, h, rec.Live); err != nil {
		return plan{}, err
	}
	p, err := h.Recipe.Plan(rec)
	if err != nil {
		return plan{}, err
	}
	if !p.Pending && p.Frames() == 0 {
		return plan{}, clip.Errorf(clip.Expired, "plan highlight "+string(id), "nothing is recorded of %s on %s", span, h.Feed)
	}
	document, err := json.Marshal(p)
	if err != nil {
		return plan{}, clip.Errorf(clip.Internal, "plan highlight "+string(id), "%w", err)
	}
	r := PlanResult{State: h.State, Revision: h.Revision, Plan: clip.DigestOf(document), Pending: p.Pending, Urgency: h.Urgency(a.Now()), Listen: a.wantsSpeech(h, p)}
	for _, c := range p.Cells {
		r.Cells = append(r.Cells, c.Key())
	}
	return plan{r, id, document}, nil
}

// stillComes says whether what lies between the recording's end and the
// mark-out may still be recorded. It is given up on when the mark-out is past
// and nothing at all has arrived for a while, in a process that has been there
// for as long.
func (a *Activities) stillComes(ctx context.Context, h clip.Highlight, live bool) (bool, error) {
	now := a.Now()
	if span := h.Recipe.Span; !live || span.Open() || now.Before(span.Out.Add(patience)) {
		return live, nil
	}
	health, err := a.Catalogue.Health(ctx, h.Feed)
	silent := now.Sub(health.LastSegment) > patience && now.Sub(a.Started) > patience
	return !silent, err
}

// closeAtLimit gives a moment that went on for too long its mark-out.
func (a *Activities) closeAtLimit(ctx context.Context, h clip.Highlight) (clip.Highlight, error) {
	if !h.Recipe.Span.Open() {
		return h, nil
	}
	m, err := a.Catalogue.Moment(ctx, h.ID)
	if err != nil {
		return h, err
	}
	limit := m.Span.In.Add(clip.ClosesAfter)
	if !m.Span.Open() || a.Now().Before(limit) {
		return h, nil
	}
	_, closed, err := a.Flagger.Close(ctx, h.ID, limit.UTC().Format(time.RFC3339Nano), system("limit"))
	if err != nil && clip.KindOf(err) == clip.Conflict { // somebody closed it at this very moment
		return a.Catalogue.Highlight(ctx, h.ID)
	}
	return closed, err
}

// AskRule begins a review: silence counts from here where an edit made it
// begin anew. It approves a highlight where its rule may, and no person has
// touched it. What the rule may not approve, such as a text that is too long or a clip
// with a hole, waits for a person.
func (a *Activities) AskRule(ctx context.Context, in HighlightInput) (HighlightView, error) {
	h, err := a.Catalogue.Highlight(ctx, in.Highlight)
	if err == nil && h.State == clip.HighlightReview && h.Deadline.IsZero() {
		h, err = a.Catalogue.EditHighlight(ctx, h.ID, system("review"), "highlight.review", func(h *clip.Highlight) error {
			if h.State == clip.HighlightReview && h.Deadline.IsZero() {
				h.Deadline = a.Now().Add(h.Patience)
			}
			return nil
		})
	}
	if err != nil || h.State != clip.HighlightReview || h.Approval != clip.ByRule || len(h.Missing) > 0 {
		return view(h), err
	}
	decided, err := a.Decider.Decide(ctx, clip.Decision{Highlight: h.ID, Revision: h.Revision, Verdict: clip.Approve}, system("rule:"+h.Rule))
	if kind := clip.KindOf(err); err != nil && (kind == clip.Invalid || kind == clip.Conflict) {
		a.Log.WithError(err).WithField("highlight", string(h.ID)).Warn("rule could not approve; a person must decide")
		return view(h), nil
	}
	return view(decided), err
}

// ExpireReview refuses a highlight that nobody decided on in time.
func (a *Activities) ExpireReview(ctx context.Context, in HighlightInput) (HighlightView, error) {
	h, err := a.Catalogue.EditHighlight(ctx, in.Highlight, system("deadline"), "highlight.expire", func(h *clip.Highlight) error {
		if h.State != clip.HighlightReview || h.Deadline.IsZero() || a.Now().Before(h.Deadline) {
			return nil // decided, or edited, in the meantime
		}
		h.State = clip.HighlightRefused
		h.Reason = "nobody decided until " + h.Deadline.UTC().Format("15:04:05 MST")
		return nil
	})
	return view(h), err
}

// FailInput says why a highlight cannot go on.
type FailInput struct {
	Highlight clip.MomentID `json:"highlight"`
	Reason    string        `json:"reason"`
}

// Fail ends a highlight that could not be rendered.
func (a *Activities) Fail(ctx context.Context, in FailInput) (HighlightView, error) {
	h, err := a.Catalogue.EditHighlight(ctx, in.Highlight, system("render"), "highlight.fail", func(h *clip.Highlight) error {
		if h.State == clip.HighlightRendering {
			h.State, h.Reason = clip.HighlightFailed, in.Reason
		}
		return nil
	})
	return view(h), err
}

// SendPosts starts the workflow of every post that is not settled, or that is
// wanted down, and settles the highlight when there is none.
func (a *Activities) SendPosts(ctx context.Context, in HighlightInput) (HighlightView, error) {
	posts, err := a.Catalogue.Posts(ctx, store.Query{Highlight: in.Highlight})
	if err != nil {
		return HighlightView{}, err
	}
	for _, p := range posts {
		if p.Next(a.Now()) == clip.StepNone {
			continue
		}
		if err := a.Start.StartPost(ctx, p.ID); err != nil {
			return HighlightView{}, err
		}
	}
	h, err := a.Catalogue.Settle(ctx, in.Highlight)
	return view(h), err
}
