package workflows

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// acts names activities; it is never called.
var acts *activities.Activities

// The kinds of work, each with how long it may take and how it is repeated.
// An error's kind decides whether a step is repeated at all: see
// activities.Interceptor.
var (
	// asking reads or changes the catalogue.
	asking = workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, MaximumInterval: 10 * time.Second},
	}
	// planning also waits for the recording to grow. Its attempts are counted
	// by outlive.
	planning = workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		HeartbeatTimeout:    10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	// encoding runs ffmpeg. Its attempts are counted by outlive.
	encoding = workflow.ActivityOptions{
		TaskQueue:           RenderQueue,
		StartToCloseTimeout: 30 * time.Minute,
		HeartbeatTimeout:    15 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	// listening has a service transcribe speech; the step itself gives up.
	listening = workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:    15 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 2 * time.Second, MaximumInterval: 10 * time.Second},
	}
	// sending talks to a platform. It may be repeated, which the workflow does
	// itself: between two tries it looks whether the post is still wanted.
	sending = workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Minute,
		HeartbeatTimeout:    15 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	// publishing is the one call that must not be repeated.
	publishing = workflow.ActivityOptions{
		StartToCloseTimeout: clip.Lease,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	// recording lasts as long as the broadcast.
	recording = workflow.ActivityOptions{
		StartToCloseTimeout: 365 * 24 * time.Hour,
		HeartbeatTimeout:    10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 10 * time.Second},
	}
)

// urgent gives a step its place in its queue: 1 first, 0 for none in particular.
func urgent(options workflow.ActivityOptions, level int) workflow.ActivityOptions {
	options.Priority.PriorityKey = level
	return options
}

// The two forms of an activity: one struct in, one value or nothing out.
type (
	stepFunc[In, Out any] = func(context.Context, In) (Out, error)
	runFunc[In any]       = func(context.Context, In) error
)

// do runs one activity. It is the only caller of workflow.ExecuteActivity, so
// that the compiler checks every input and result.
func do[In, Out any](ctx workflow.Context, options workflow.ActivityOptions, step stepFunc[In, Out], in In) (Out, error) {
	var out Out
	err := begin(ctx, options, step, in).Get(ctx, &out)
	return out, err
}

// run is do for an activity without a result.
func run[In any](ctx workflow.Context, options workflow.ActivityOptions, step runFunc[In], in In) error {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), step, in).Get(ctx, nil)
}

// begin starts one activity.
func begin[In, Out any](ctx workflow.Context, options workflow.ActivityOptions, step stepFunc[In, Out], in In) workflow.Future {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), step, in)
}

// How often a step of rendering is begun anew, by what ended it. A worker
// that died says nothing about the step, unless it is the step that kills
// workers; a full disk or a missing file system may be mended; what fails in
// itself fails again.
const (
	deaths   = 20
	outages  = 60 // a quarter of an hour at the longest pause
	failures = 5
	pause    = 15 * time.Second
)

// outlive is do for such a step.
func outlive[In, Out any](ctx workflow.Context, options workflow.ActivityOptions, step stepFunc[In, Out], in In) (out Out, err error) {
	var died, away, failed int
	for {
		out, err = do(ctx, options, step, in)
		var death *temporal.TimeoutError
		switch {
		case err == nil || ctx.Err() != nil:
			return out, err
		case errors.As(err, &death):
			died++
		case kindOf(err) == clip.Unavailable || kindOf(err) == clip.Throttled:
			away++
		case kindOf(err) == clip.Internal:
			failed++
		default:
			return out, err
		}
		if died == deaths || away == outages || failed == failures {
			return out, err
		}
		if err := workflow.Sleep(ctx, min(time.Duration(1+failed+away)*time.Second, pause)); err != nil {
			return out, err
		}
	}
}

// kindOf is the kind of an activity's error: see activities.Interceptor.
func kindOf(err error) clip.Kind {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return clip.ParseKind(app.Type())
	}
	return clip.Internal
}

// each runs f for every item at once. One failure never stops the others, and
// errs[i] belongs to items[i].
func each[T any](ctx workflow.Context, items []T, f func(workflow.Context, T) error) []error {
	errs := make([]error, len(items))
	wg := workflow.NewWaitGroup(ctx)
	for i, item := range items {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			errs[i] = f(ctx, item)
		})
	}
	wg.Wait(ctx)
	return errs
}

// waitForLook sleeps until somebody signals, or until at the latest; a zero
// until waits for a signal alone.
func waitForLook(ctx workflow.Context, until time.Time) error {
	looks := workflow.GetSignalChannel(ctx, SignalLook)
	waiting, cancel := workflow.WithCancel(ctx)
	defer cancel()
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(looks, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) })
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	if !until.IsZero() {
		d := max(until.Sub(workflow.Now(ctx)), time.Millisecond)
		selector.AddFuture(workflow.NewTimer(waiting, d), func(workflow.Future) {})
	}
	selector.Select(ctx)
	return ctx.Err()
}

// told takes the signals that have queued up, and reports whether there were
// any: who reads the catalogue after it has seen what they were about.
func told(ctx workflow.Context) bool {
	any := false
	for looks := workflow.GetSignalChannel(ctx, SignalLook); looks.ReceiveAsync(nil); {
		any = true
	}
	return any
}
