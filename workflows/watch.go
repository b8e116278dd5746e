package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// WatchInput names a feed and the host that records it.
type WatchInput struct {
	Feed clip.FeedID `json:"feed"`
	Host string      `json:"host"`
}

// Watch keeps a feed's recorder running until the feed is removed. When the
// recording host begins anew it is told at once, and does not wait until the
// old attempt's heartbeat is missed.
func Watch(ctx workflow.Context, in WatchInput) error {
	w := &watch{
		in:      in,
		restart: workflow.GetSignalChannel(ctx, SignalRestart),
		remove:  workflow.GetSignalChannel(ctx, SignalRemove),
	}
	return w.run(ctx)
}

type watch struct {
	in      WatchInput
	restart workflow.ReceiveChannel
	remove  workflow.ReceiveChannel
	removed bool
}

func (w *watch) run(ctx workflow.Context) error {
	for !w.removed && ctx.Err() == nil {
		w.drain()
		w.record(ctx)
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, Watch, w.in)
		}
	}
	return ctx.Err()
}

// drain takes the restarts that were signalled before the recorder starts.
func (w *watch) drain() {
	for w.restart.ReceiveAsync(&w.in.Host) {
	}
}

// record runs the recorder until the host begins anew or the feed is removed.
// A source that is over, or that cannot be opened, is tried again when the
// host begins anew or after a while.
func (w *watch) record(ctx workflow.Context) {
	recorder, stop := workflow.WithCancel(ctx)
	defer stop()
	options := recording
	options.TaskQueue = HostQueue(w.in.Host)
	done := begin(recorder, options, acts.Record, activities.RecordInput{Feed: w.in.Feed})
	if err := w.wait(ctx, done, 0); err != nil {
		if kindOf(err) == clip.NotFound { // the feed was removed, and nobody could say so
			w.removed = true
			return
		}
		workflow.GetLogger(ctx).Warn("recording ended", "feed", w.in.Feed, "error", err)
		_ = w.wait(ctx, nil, time.Minute) // only a pause
		return
	}
	if done.IsReady() && !w.removed {
		_ = w.wait(ctx, nil, 0) // the source is over: until somebody says otherwise
	}
}

// wait sleeps until done, a restart, a removal, or the pause is over; zero
// means no pause. It returns done's error.
func (w *watch) wait(ctx workflow.Context, done workflow.Future, pause time.Duration) (err error) {
	timer, cancel := workflow.WithCancel(ctx)
	defer cancel()
	s := workflow.NewSelector(ctx)
	s.AddReceive(w.restart, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &w.in.Host) })
	s.AddReceive(w.remove, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil); w.removed = true })
	s.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	if done != nil {
		s.AddFuture(done, func(f workflow.Future) { err = f.Get(ctx, nil) })
	}
	if pause > 0 {
		s.AddFuture(workflow.NewTimer(timer, pause), func(workflow.Future) {})
	}
	s.Select(ctx)
	return err
}
