package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// Highlight is the life of one moment: it is rendered while it goes on, waits
// for a decision over exactly the bytes that were made, and is posted. Where
// it stands is in the catalogue; each turn reads it there and takes the next
// step, so that an edit, a crash or a second run of the same workflow can only
// ever go on from what is true.
func Highlight(ctx workflow.Context, in activities.HighlightInput) error {
	h := &highlight{in: in, rendered: map[clip.Digest]bool{}}
	return h.run(ctx)
}

type highlight struct {
	in       activities.HighlightInput
	rendered map[clip.Digest]bool // cells, by key
}

func (h *highlight) run(ctx workflow.Context) error {
	for {
		told(ctx)
		now, err := do(ctx, asking, acts.Look, h.in)
		if err != nil {
			return err
		}
		switch now.State {
		case clip.HighlightRendering:
			err = h.render(ctx)
		case clip.HighlightReview:
			err = h.review(ctx, now)
		case clip.HighlightApproved:
			err = h.post(ctx)
		}
		if err != nil || now.State.Final() && !told(ctx) {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, Highlight, h.in)
		}
	}
}

// render makes the highlight's files: cell by cell as the feed arrives, then
// joined. What cannot be rendered fails with the reason on the desk.
func (h *highlight) render(ctx workflow.Context) error {
	var seen clip.Digest
	lost := false
	for {
		plan, err := outlive(ctx, planning, acts.Plan, activities.PlanInput{Highlight: h.in.Highlight, Seen: seen})
		if err != nil {
			return h.fail(ctx, err)
		}
		if plan.State != clip.HighlightRendering {
			return nil // withdrawn meanwhile
		}
		if plan.Listen { // first: what is said changes the pictures
			_, err := do(ctx, listening, acts.Transcribe,
				activities.TranscribeInput{Highlight: h.in.Highlight, Revision: plan.Revision, Plan: plan.Plan})
			if err != nil {
				return h.fail(ctx, err)
			}
			continue
		}
		more, err := h.cells(ctx, plan)
		if err != nil {
			return h.fail(ctx, err)
		}
		if more {
			continue // after a look whether the plan is still wanted
		}
		seen = plan.Plan
		if plan.Pending {
			continue
		}
		_, err = outlive(ctx, urgent(encoding, plan.Urgency), acts.Assemble,
			activities.AssembleInput{Highlight: h.in.Highlight, Revision: plan.Revision, Plan: plan.Plan})
		if kindOf(err) == clip.NotFound && !lost {
			h.rendered, seen, lost = map[clip.Digest]bool{}, "", true // somebody removed chunks: make them again
			continue
		}
		if err != nil {
			return h.fail(ctx, err)
		}
		return nil
	}
}

// atOnce is how many cells are asked for before the plan is looked at again:
// an edit, or another highlight, does not wait for the whole of a long one.
const atOnce = 8

// cells renders some of what the plan has and is not rendered yet; more says
// that there is more.
func (h *highlight) cells(ctx workflow.Context, plan activities.PlanResult) (more bool, err error) {
	var missing []int
	for i, key := range plan.Cells {
		if !h.rendered[key] {
			missing = append(missing, i)
		}
	}
	if more = len(missing) > atOnce; more {
		missing = missing[:atOnce]
	}
	errs := each(ctx, missing, func(ctx workflow.Context, i int) error {
		_, err := outlive(ctx, urgent(encoding, plan.Urgency), acts.RenderCell,
			activities.CellInput{Highlight: h.in.Highlight, Plan: plan.Plan, Cell: i})
		if err == nil {
			h.rendered[plan.Cells[i]] = true
		}
		return err
	})
	for _, err := range errs {
		if err != nil {
			return more, err
		}
	}
	return more, nil
}

// fail ends the highlight where everybody can see why.
func (h *highlight) fail(ctx workflow.Context, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, err := do(ctx, asking, acts.Fail, activities.FailInput{Highlight: h.in.Highlight, Reason: reason(why)})
	return err
}

// review asks the rule, then waits for a person. Silence until the deadline
// refuses.
func (h *highlight) review(ctx workflow.Context, now activities.HighlightView) error {
	now, err := do(ctx, asking, acts.AskRule, h.in)
	if err != nil || now.State != clip.HighlightReview {
		return err
	}
	if err := waitForLook(ctx, now.Deadline); err != nil {
		return err
	}
	if workflow.Now(ctx).Before(now.Deadline) {
		return nil
	}
	_, err = do(ctx, asking, acts.ExpireReview, h.in)
	return err
}

// glance is how often a highlight looks after its posts without being told to.
const glance = time.Minute

// post has every post sent, and waits until all came to rest.
func (h *highlight) post(ctx workflow.Context) error {
	now, err := do(ctx, asking, acts.SendPosts, h.in)
	if err != nil || now.State != clip.HighlightApproved {
		return err
	}
	return waitForLook(ctx, workflow.Now(ctx).Add(glance))
}

// reason is an activity's error in the words that its author wrote.
func reason(err error) string {
	var app *temporal.ApplicationError
	var died *temporal.TimeoutError
	switch {
	case errors.As(err, &app):
		return app.Message()
	case errors.As(err, &died):
		return "the process that rendered it died, or stood still, again and again"
	}
	return err.Error()
}
