package platformtest

import (
	"context"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
)

// Drive takes one post through its life as the product does: by the ledger's
// own state machine ([clip.Post.Next], [clip.Post.Answer],
// [clip.Post.Reconcile]), on a clock that never waits.
type Drive struct {
	Account platform.Account
	Proxy   *Proxy // nil: there is no network
	Media   platform.Media
	Profile clip.Profile
	Post    clip.Post
	Now     time.Time

	// Kill stops the process at the first call of a step: before it, or after
	// it was executed and before anything was written down.
	Kill   clip.Step
	Before bool

	Errors   []error     // all that came back
	Steps    []clip.Step // all that were taken
	Sessions []string    // all that uploads were told to keep
	Waited   time.Duration
}

// patience is how often a step that does not move is tried before the drive
// stops; the product goes on and says why on the desk.
const patience = 6

// Run goes on until nothing more happens by itself, or one step has failed too
// often in a row.
func (d *Drive) Run(t testing.TB) {
	t.Helper()
	stuck := 0
	for stuck < patience {
		before := d.Post
		if d.Step(t) == clip.StepNone {
			return
		}
		if stuck++; d.Post.State != before.State || d.Post.Handle != before.Handle || d.Post.Session != before.Session || d.Post.Absent != before.Absent {
			stuck = 0
		}
		if len(d.Steps) > 100 {
			t.Fatalf("no end: %v", d.Steps)
		}
	}
}

// Step takes the step that is next.
func (d *Drive) Step(t testing.TB) clip.Step {
	t.Helper()
	step := d.Post.Next(d.Now)
	d.Steps = append(d.Steps, step)
	d.take(t, step)
	return step
}

func (d *Drive) take(t testing.TB, step clip.Step) {
	t.Helper()
	ctx, done := d.Proxy.patience(t.Context())
	defer done()
	killed := step == d.Kill
	if killed {
		d.Kill = ""
	}
	switch step {
	case clip.StepWait:
		d.wait(d.Post.NotBefore)
	case clip.StepCancel:
		d.Post.State = clip.PostCancelled
	case clip.StepIntend:
		d.intend(ctx)
	case clip.StepUpload:
		if handle, ok := d.upload(ctx, killed); ok {
			d.Post.Handle, d.Post.Session = handle, ""
		}
	case clip.StepPublish:
		d.publish(ctx, killed)
	case clip.StepReconcile:
		d.reconcile(ctx)
	case clip.StepRetract:
		err := d.Account.Retract(ctx, d.Post)
		if d.failed(err); !killed {
			d.Post.TakeDown(d.Now, err)
		}
	}
}

func (d *Drive) intend(ctx context.Context) {
	limits, err := d.Account.Limits(ctx)
	if d.failed(err) {
		return
	}
	d.Profile = limits
	draft := clip.Draft{Destination: d.Post.Destination, Shape: d.Post.Shape, Text: d.Post.Text, Alt: d.Post.Alt}
	err = limits.Check(draft, clip.Rendition{Size: d.Media.Video.Size, Duration: d.Post.Duration})
	if err == nil {
		err = limits.CheckTitle(d.Post.Destination, d.Post.Title)
	}
	if d.failed(err) {
		d.Post.State, d.Post.Reason = clip.PostRejected, err.Error()
		return
	}
	d.Post.State, d.Post.Attempt = clip.PostIntent, 1
	d.Post.Marker = platform.NewMarker(d.Post)
}

func (d *Drive) upload(ctx context.Context, killed bool) (handle string, ok bool) {
	if killed && d.Before {
		return "", false
	}
	m := d.Media
	m.Keep = func(session string) error { d.keep(session); return nil }
	handle, err := d.Account.Upload(ctx, d.Post, m)
	return handle, !d.rejected(err) && !killed
}

// keep is the ledger's part of an upload: it is written down at once, whatever
// becomes of the call.
func (d *Drive) keep(session string) {
	d.Post.Session = session
	d.Sessions = append(d.Sessions, session)
}

func (d *Drive) publish(ctx context.Context, killed bool) {
	ready, err := d.Account.Processed(ctx, d.Post.Handle)
	if d.rejected(err) || !ready {
		d.Now = d.Now.Add(time.Second)
		return
	}
	d.Post.State, d.Post.Sent = clip.PostSending, d.Now
	if killed && d.Before {
		return
	}
	receipt, err := d.Account.Publish(ctx, d.Post)
	if d.failed(err); killed {
		return // the row says: sending
	}
	d.Post.Answer(receipt, err)
}

func (d *Drive) reconcile(ctx context.Context) {
	d.wait(d.Post.Sent.Add(max(d.Profile.Quiet, clip.Lease)))
	receipt, found, err := d.Account.Find(ctx, d.Post)
	if d.failed(err) {
		return
	}
	d.Post.Reconcile(receipt, found, d.Profile.ReadBack)
}

// failed keeps an error, and waits as long as it says.
func (d *Drive) failed(err error) bool {
	if err == nil {
		return false
	}
	d.Errors = append(d.Errors, err)
	d.wait(clip.UntilOf(err))
	return true
}

// rejected is failed for the steps before anything was sent.
func (d *Drive) rejected(err error) bool {
	switch clip.KindOf(err) {
	case clip.Rejected, clip.Invalid, clip.NotFound, clip.Conflict, clip.Expired:
		d.Post.State, d.Post.Reason = clip.PostRejected, err.Error()
	}
	return d.failed(err)
}

func (d *Drive) wait(until time.Time) {
	if wait := until.Sub(d.Now); wait > 0 {
		d.Now, d.Waited = until, d.Waited+wait
	}
}
