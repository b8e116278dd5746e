package workflows

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// ledger stands in for the activities of a post: a real state machine over one
// row, and a platform whose every answer is scripted. What went out is
// counted where the platform would count it.
type ledger struct {
	env  *testsuite.TestWorkflowEnvironment
	post clip.Post

	quiet     time.Duration
	answers   []error // of publish calls, in order; then nil
	executed  []bool  // whether the call had its effect
	processed int     // how often Processed says "not yet"
	readable  bool
	heldUntil time.Time // what ReadPost says

	public    int // posts that the world can see
	published int // publish calls
	settled   bool
}

func (l *ledger) now() time.Time { return l.env.Now() }

func (l *ledger) edited() { l.post.Changed = l.now() }

func (l *ledger) ReadPost(context.Context, activities.PostInput) (activities.PostView, error) {
	view := activities.PostView{Post: l.post, Quiet: l.quiet}
	if l.now().Before(l.heldUntil) && l.post.Next(l.now()).Sends() {
		view.Held = l.now().Add(10 * time.Minute)
	}
	return view, nil
}

func (l *ledger) Intend(context.Context, activities.PostInput) error {
	l.post.State, l.post.Attempt, l.post.Marker = clip.PostIntent, 1, "marker"
	l.edited()
	return nil
}

func (l *ledger) Upload(context.Context, activities.PostInput) error {
	l.post.Handle = "media-1"
	return nil
}

func (l *ledger) Processed(context.Context, activities.PostInput) (bool, error) {
	l.processed--
	return l.processed < 0, nil
}

func (l *ledger) Publish(_ context.Context, in activities.PostInput) error {
	if l.post.State != clip.PostIntent || l.post.Attempt != in.Attempt {
		return temporal.NewNonRetryableApplicationError("fenced", clip.Conflict.String(), nil)
	}
	l.post.State, l.post.Sent = clip.PostSending, l.now()
	l.edited()
	i := l.published
	l.published++
	var err error
	if i < len(l.answers) {
		err = l.answers[i]
	}
	if err == nil || i < len(l.executed) && l.executed[i] {
		l.public++
	}
	if errors.Is(err, errWorkerDied) {
		return temporal.NewNonRetryableApplicationError("died", "died", nil) // the row stays sending
	}
	l.post.Answer(clip.Receipt{ID: "1"}, err)
	l.edited()
	return nil
}

var errWorkerDied = errors.New("worker died")

func (l *ledger) Reconcile(_ context.Context, in activities.ReconcileInput) error {
	if early := l.now().Before(l.post.Sent.Add(l.quiet)); early && !in.Early {
		return temporal.NewNonRetryableApplicationError("a miss counted before the quiet period was over", "test", nil)
	}
	if in.Early && (!l.readable || l.public == 0) {
		return nil
	}
	l.post.Reconcile(clip.Receipt{ID: "1"}, l.readable && l.public > 0, l.readable)
	l.edited()
	return nil
}

func (l *ledger) Retract(context.Context, activities.PostInput) error {
	l.public--
	l.post.State = clip.PostRetracted
	return nil
}

func (l *ledger) Cancel(context.Context, activities.PostInput) error {
	l.post.State = clip.PostCancelled
	return nil
}

func (l *ledger) SettlePost(context.Context, activities.PostInput) error {
	l.settled = true
	return nil
}

func denied(times int) (answers []error) {
	for range times {
		answers = append(answers, clip.Errorf(clip.Denied, "post", "the token is dead"))
	}
	return answers
}

func ambiguous() error { return clip.Errorf(clip.Ambiguous, "post", "the answer was lost") }

func TestPost(t *testing.T) {
	for _, c := range []struct {
		name      string
		ledger    ledger
		retractAt time.Duration // after the start; 0: never
		state     clip.PostState
		public    int
		published int
	}{
		{name: "plain", ledger: ledger{readable: true}, state: clip.PostConfirmed, public: 1, published: 1},
		{name: "slow processing", ledger: ledger{readable: true, processed: 7}, state: clip.PostConfirmed, public: 1, published: 1},
		{name: "executed, but the answer was lost",
			ledger: ledger{readable: true, quiet: 30 * time.Second, answers: []error{ambiguous()}, executed: []bool{true}},
			state:  clip.PostConfirmed, public: 1, published: 1},
		{name: "lost before it was executed",
			ledger: ledger{readable: true, quiet: 30 * time.Second, answers: []error{ambiguous()}, executed: []bool{false}},
			state:  clip.PostConfirmed, public: 1, published: 2},
		{name: "worker died after it was executed",
			ledger: ledger{readable: true, answers: []error{errWorkerDied}, executed: []bool{true}},
			state:  clip.PostConfirmed, public: 1, published: 1},
		{name: "worker died before it was executed",
			ledger: ledger{readable: true, answers: []error{errWorkerDied}, executed: []bool{false}},
			state:  clip.PostConfirmed, public: 1, published: 2},
		{name: "cannot be read back",
			ledger: ledger{readable: false, answers: []error{ambiguous()}, executed: []bool{true}},
			state:  clip.PostNeedsPerson, public: 1, published: 1},
		{name: "never arrives",
			ledger: ledger{readable: true, answers: []error{ambiguous(), ambiguous(), ambiguous(), ambiguous()}},
			state:  clip.PostNeedsPerson, public: 0, published: clip.MaxIntents},
		{name: "rejected",
			ledger: ledger{readable: true, answers: []error{clip.Errorf(clip.Rejected, "post", "no")}},
			state:  clip.PostRejected, public: 0, published: 1},
		{name: "throttled, then taken",
			ledger: ledger{readable: true, answers: []error{clip.Errorf(clip.Throttled, "post", "slow down")}},
			state:  clip.PostConfirmed, public: 1, published: 2},
		{name: "token is mended after an hour",
			ledger: ledger{readable: true, answers: denied(60)}, state: clip.PostConfirmed, public: 1, published: 61},
		{name: "sending is stopped for an hour",
			ledger: ledger{readable: true, heldUntil: start.Add(time.Hour)}, state: clip.PostConfirmed, public: 1, published: 1},
		{name: "retracted while sending is stopped", ledger: ledger{readable: true, heldUntil: start.Add(3 * time.Hour)},
			retractAt: time.Hour, state: clip.PostCancelled, public: 0, published: 0},
		{name: "embargo", ledger: ledger{readable: true, post: clip.Post{NotBefore: start.Add(3 * time.Hour)}},
			state: clip.PostConfirmed, public: 1, published: 1},
		{name: "retracted during the embargo", ledger: ledger{readable: true, post: clip.Post{NotBefore: start.Add(3 * time.Hour)}},
			retractAt: time.Hour, state: clip.PostCancelled, public: 0, published: 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.ledger
			runPost(t, &l, c.retractAt)
			if l.post.State != c.state || l.public != c.public || l.published != c.published || !l.settled {
				t.Errorf("state %s, %d public, %d publish calls, settled %t; want %s, %d, %d, true",
					l.post.State, l.public, l.published, l.settled, c.state, c.public, c.published)
			}
			if spent := l.env.Now().Sub(start); c.published > 10 && spent < 50*time.Minute {
				t.Errorf("%d publish calls within %s: a busy loop", c.published, spent)
			}
			if l.published > 0 && l.post.Sent.Before(l.heldUntil) {
				t.Errorf("sent at %s, while sending was stopped until %s", l.post.Sent, l.heldUntil)
			}
			if !l.post.NotBefore.IsZero() && c.published > 0 && l.post.Sent.Before(l.post.NotBefore) {
				t.Errorf("sent at %s, before the embargo's end at %s", l.post.Sent, l.post.NotBefore)
			}
		})
	}
}

var start = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// runPost runs the workflow over the ledger; time skips.
func runPost(t *testing.T, l *ledger, retractAt time.Duration) {
	var suite testsuite.WorkflowTestSuite
	l.env = suite.NewTestWorkflowEnvironment()
	l.env.SetStartTime(start)
	l.post.ID, l.post.State = "m1.folder", clip.PostPlanned
	register(l.env, l)
	if retractAt > 0 {
		l.env.RegisterDelayedCallback(func() {
			if err := l.post.AskRetract(); err != nil {
				t.Error(err)
			}
			l.env.SignalWorkflow(SignalLook, nil)
		}, retractAt)
	}
	l.env.ExecuteWorkflow(Post, activities.PostInput{Post: "m1.folder"})
	if err := l.env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

// register puts the methods of acts in place of the activities of their names.
func register(env *testsuite.TestWorkflowEnvironment, acts any) {
	env.RegisterActivityWithOptions(acts, activity.RegisterOptions{SkipInvalidStructFunctions: true})
}
