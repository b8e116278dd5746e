package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// Post brings one rendition to one destination once, and knows ever after what
// became of it. What comes next is [clip.Post.Next], asked of the ledger each
// turn; this workflow only carries it out and waits where waiting is due.
func Post(ctx workflow.Context, in activities.PostInput) error {
	p := &post{in: in}
	return p.run(ctx)
}

type post struct {
	in     activities.PostInput
	failed int           // steps in a row
	pause  time.Duration // between looks at the platform's processing
	early  time.Time     // the publish call that an early read was made for
	wait   time.Duration // after a publish call that was turned away
	again  time.Time     // no further publish call before
}

func (p *post) run(ctx workflow.Context) error {
	for {
		told(ctx)
		now, err := do(ctx, asking, acts.ReadPost, p.in)
		if err != nil {
			return err
		}
		if now.Gone {
			if told(ctx) {
				continue // approved again meanwhile
			}
			return nil
		}
		step := now.Post.Next(workflow.Now(ctx))
		if step == clip.StepNone {
			err := run(ctx, asking, acts.SettlePost, p.in)
			if err != nil || !told(ctx) {
				return err
			}
			continue
		}
		if err := p.take(ctx, step, now); err == nil {
			p.failed = 0
		} else if err := p.rest(ctx, err); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, Post, p.in)
		}
	}
}

// rest waits after a step that failed, for as long as the far side asked or a
// little longer each time, and not at all once somebody says something. What
// failed is on the desk; the next turn looks whether it is still wanted.
func (p *post) rest(ctx workflow.Context, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	workflow.GetLogger(ctx).Warn("step of a post failed; it is tried again", "error", why)
	p.failed++
	wait := min(time.Second<<min(p.failed-1, 6), longestWait)
	var app *temporal.ApplicationError
	if errors.As(why, &app) {
		wait = max(wait, app.NextRetryDelay())
	}
	return waitForLook(ctx, workflow.Now(ctx).Add(wait))
}

// take carries out one step, or waits where sending is held.
func (p *post) take(ctx workflow.Context, step clip.Step, now activities.PostView) error {
	if step.Sends() && now.Held.After(workflow.Now(ctx)) {
		return waitForLook(ctx, now.Held)
	}
	switch step {
	case clip.StepWait:
		return waitForLook(ctx, now.Post.NotBefore)
	case clip.StepCancel:
		return run(ctx, asking, acts.Cancel, p.in)
	case clip.StepIntend:
		return run(ctx, sending, acts.Intend, p.in)
	case clip.StepUpload:
		return run(ctx, sending, acts.Upload, p.in)
	case clip.StepPublish:
		return p.publish(ctx, now.Post)
	case clip.StepReconcile:
		return p.reconcile(ctx, now)
	case clip.StepRetract:
		return run(ctx, sending, acts.Retract, p.in)
	}
	return clip.Errorf(clip.Internal, "post", "there is no step %q", step)
}

// The pace at which a platform is asked whether it is done with the media, and
// how long it may take.
const (
	firstGlance   = time.Second
	slowestGlance = 30 * time.Second
)

// The pace of publish calls while an account turns them away without saying
// until when.
const (
	firstWait   = 5 * time.Second
	longestWait = time.Minute
)

// publish waits until the platform has processed the media, then sends once.
// The call's own failure is no failure of this workflow: the ledger says what
// is known, and the next turn reconciles.
func (p *post) publish(ctx workflow.Context, before clip.Post) error {
	if workflow.Now(ctx).Before(p.again) {
		return waitForLook(ctx, p.again)
	}
	done, err := do(ctx, sending, acts.Processed, p.in)
	if err != nil {
		return err
	}
	if !done {
		p.pause = min(max(2*p.pause, firstGlance), slowestGlance)
		return waitForLook(ctx, workflow.Now(ctx).Add(p.pause))
	}
	p.wait = min(max(2*p.wait, firstWait), longestWait)
	p.again = workflow.Now(ctx).Add(p.wait)
	err = run(ctx, publishing, acts.Publish, activities.PostInput{Post: p.in.Post, Attempt: before.Attempt})
	if err != nil {
		workflow.GetLogger(ctx).Warn("publish call failed; the ledger is asked what is known", "error", err)
		return waitForLook(ctx, workflow.Now(ctx).Add(firstGlance))
	}
	return nil
}

// reconcile reads a post back. A find counts at any time, so the platform is
// asked soon after the call; that it is not there counts once the lease is over
// and the platform has had its quiet period, as often as proof takes.
func (p *post) reconcile(ctx workflow.Context, now activities.PostView) error {
	at := now.Post.Sent.Add(now.Quiet)
	if lease := now.Post.Sent.Add(clip.Lease); now.Post.State == clip.PostSending && at.Before(lease) {
		at = lease
	}
	if now.Post.Absent > 0 {
		at = now.Post.Changed.Add(max(now.Quiet/2, firstGlance))
	}
	in := activities.ReconcileInput{Post: p.in.Post, Early: workflow.Now(ctx).Before(at)}
	if !in.Early {
		return run(ctx, sending, acts.Reconcile, in)
	}
	if !p.early.Equal(now.Post.Sent) && now.Post.Absent == 0 {
		p.early = now.Post.Sent
		return run(ctx, sending, acts.Reconcile, in)
	}
	return waitForLook(ctx, at)
}
