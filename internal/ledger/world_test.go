package ledger

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
	"github.com/ovation-live/ovation/workflows"
)

var maria = clip.Actor{Name: "maria", Role: clip.Publisher}

// world is a catalogue, accounts on far sides of every kind, and a worker.
type world struct {
	*activities.Activities
	t      testing.TB
	far    map[string]*far
	random *rand.Rand
	clock  time.Time // of the last run's end
	env    *testsuite.TestWorkflowEnvironment
	video  clip.Digest

	asked, zombies int // people, and attempts that came back
}

func newWorld(t testing.TB, seed uint64, rate int) *world {
	t.Helper()
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, seed)), clock: time.Now(), far: map[string]*far{}}
	catalogue, err := store.Open(t.Context(), ":memory:")
	w.must(err)
	blobs, err := store.OpenBlobs(t.Context(), "file://"+t.TempDir()+"/blobs?create_dir=true", t.TempDir())
	w.must(err)
	t.Cleanup(func() { _, _ = catalogue.Close(), blobs.Close() })
	w.video, _, err = blobs.Put(t.Context(), strings.NewReader("a video"))
	w.must(err)
	accounts, profiles := map[string]platform.Account{}, map[string]clip.Profile{}
	for _, g := range []guard{byKey, byHandle, byNobody, blind} {
		f := &far{guard: g, random: w.random, now: w.now, rate: rate, used: map[string]bool{}, public: map[clip.PostID][]seen{}, counts: map[string]int{}}
		name := strings.ReplaceAll(string(g), " ", "-")
		w.far[name], accounts[name], profiles[name] = f, f, f.profile()
	}
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	known := activities.NewProfiles(profiles)
	w.Activities = &activities.Activities{
		Catalogue: catalogue, Blobs: blobs, Accounts: accounts, Start: w, Now: w.now, Log: quiet,
		Flagger: &activities.Flagger{Catalogue: catalogue, Profiles: known, Start: w, Now: w.now},
		Decider: &activities.Decider{Catalogue: catalogue, Profiles: known, Start: w},
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) now() time.Time {
	if w.env != nil {
		return w.env.Now()
	}
	return w.clock
}

// Workflows are started by the world itself, when it sees that a post needs one.

// StartFeed implements activities.Starter.
func (w *world) StartFeed(context.Context, clip.FeedID) error { return nil }

// StopFeed implements activities.Starter.
func (w *world) StopFeed(context.Context, clip.FeedID) error { return nil }

// StartHighlight implements activities.Starter.
func (w *world) StartHighlight(context.Context, clip.MomentID) error { return nil }

// StartPost implements activities.Starter.
func (w *world) StartPost(context.Context, clip.PostID) error { return nil }

// approved makes a highlight with a post to every account.
func (w *world) approved(n int) []clip.PostID {
	ctx := w.t.Context()
	span := clip.Span{In: w.clock.Add(-time.Minute), Out: w.clock.Add(-50 * time.Second)}
	h := clip.Highlight{Feed: "match", Rule: "goals", Approval: clip.ByPerson, Patience: time.Hour,
		Recipe: clip.Recipe{Version: clip.RecipeVersion, Feed: "match", Span: span, Shapes: []clip.Shape{clip.Wide}}}
	for _, name := range slices.Sorted(maps.Keys(w.far)) {
		h.Drafts = append(h.Drafts, clip.Draft{Destination: name, Shape: clip.Wide, Text: "Goal!"})
	}
	m, h, _, err := w.Catalogue.Flag(ctx, clip.Moment{Feed: "match", Span: span, Kind: "goal", Title: "1:0", Source: "test", Key: fmt.Sprint(n)}, h, maria)
	w.must(err)
	h, err = w.Catalogue.EditHighlight(ctx, m.ID, maria, "highlight.ready", func(h *clip.Highlight) error {
		h.State = clip.HighlightReview
		h.Renditions = []clip.Rendition{{Shape: clip.Wide, Digest: w.video, Size: 7, Duration: 10 * time.Second}}
		return nil
	})
	w.must(err)
	_, err = w.Catalogue.Decide(ctx, clip.Decision{Highlight: h.ID, Revision: h.Revision, Verdict: clip.Approve}, maria)
	w.must(err)
	var posts []clip.PostID
	for _, d := range h.Drafts {
		posts = append(posts, clip.NewPostID(h.ID, d.Destination))
	}
	return posts
}

// worker runs activities until it dies in one of them; whoever asks is told by
// a timeout, as Temporal tells. An attempt that everybody gave up on may come
// back later: a zombie.
type worker struct {
	*activities.Activities
	w       *world
	far     *far
	zombies []zombie
}

type zombie struct {
	at time.Time
	in activities.PostInput
}

// attempt runs an activity, which may be the last that this worker does.
func attempt[In, Out any](k *worker, ctx context.Context, in In, do func(context.Context, In) (Out, error)) (out Out, err error) {
	defer func() {
		if r := recover(); r == nil {
			return
		} else if r != any(errDied) {
			panic(r)
		}
		k.far.gone = false // another worker takes over
		err = temporal.NewNonRetryableApplicationError("the worker died", "died", nil)
	}()
	return do(ctx, in)
}

// rise lets the zombies act that are due; a zero time is the end of days.
func (k *worker) rise(ctx context.Context, now time.Time) {
	waiting := k.zombies
	k.zombies = nil
	for _, z := range waiting {
		if !now.IsZero() && z.at.After(now) {
			k.zombies = append(k.zombies, z)
			continue
		}
		_, _ = attempt(k, ctx, z.in, only(k.Activities.Publish)) // nobody listens to it
	}
}

func only[In any](do func(context.Context, In) error) func(context.Context, In) (struct{}, error) {
	return func(ctx context.Context, in In) (struct{}, error) { return struct{}{}, do(ctx, in) }
}

func (k *worker) ReadPost(ctx context.Context, in activities.PostInput) (activities.PostView, error) {
	k.rise(ctx, k.w.now())
	return k.Activities.ReadPost(ctx, in)
}

func (k *worker) Intend(ctx context.Context, in activities.PostInput) error {
	_, err := attempt(k, ctx, in, only(k.Activities.Intend))
	return err
}

func (k *worker) Upload(ctx context.Context, in activities.PostInput) error {
	_, err := attempt(k, ctx, in, only(k.Activities.Upload))
	return err
}

func (k *worker) Processed(ctx context.Context, in activities.PostInput) (bool, error) {
	return attempt(k, ctx, in, k.Activities.Processed)
}

func (k *worker) Publish(ctx context.Context, in activities.PostInput) error {
	if k.w.random.IntN(3) == 0 { // somebody gives it up, and it comes back
		k.zombies = append(k.zombies, zombie{k.w.now().Add(time.Duration(k.w.random.IntN(300)) * time.Second), in})
		k.w.zombies++
	}
	_, err := attempt(k, ctx, in, only(k.Activities.Publish))
	return err
}

func (k *worker) Reconcile(ctx context.Context, in activities.ReconcileInput) error {
	_, err := attempt(k, ctx, in, only(k.Activities.Reconcile))
	return err
}

func (k *worker) Retract(ctx context.Context, in activities.PostInput) error {
	_, err := attempt(k, ctx, in, only(k.Activities.Retract))
	return err
}

// run runs the workflow of a post to its end, and the clock with it.
func (w *world) run(id clip.PostID, f *far) {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(w.clock)
	env.SetTestTimeout(time.Minute)
	w.env = env
	k := &worker{Activities: w.Activities, w: w, far: f}
	env.RegisterActivityWithOptions(k, activity.RegisterOptions{SkipInvalidStructFunctions: true})
	if w.random.IntN(8) == 0 {
		env.RegisterDelayedCallback(func() {
			if _, err := w.Decider.RetractPost(context.Background(), id, maria); err != nil && clip.KindOf(err) != clip.Conflict {
				w.t.Error(err)
			}
			env.SignalWorkflow(workflows.SignalLook, nil)
		}, time.Duration(w.random.IntN(600))*time.Second)
	}
	env.ExecuteWorkflow(workflows.Post, activities.PostInput{Post: id})
	if err := env.GetWorkflowError(); err != nil {
		w.t.Fatal(id, err)
	}
	w.clock, w.env = env.Now(), nil
	k.rise(w.t.Context(), time.Time{})
}

// settle brings a post to its end: its workflow runs whenever there is
// something to do, and a person looks where one is needed.
func (w *world) settle(id clip.PostID, f *far) clip.Post {
	w.t.Helper()
	for range 50 {
		w.run(id, f)
		w.clock = w.clock.Add(2 * time.Minute)
		f.arrive()
		p, err := w.Catalogue.Post(w.t.Context(), id)
		w.must(err)
		switch {
		case p.State == clip.PostNeedsPerson:
			w.asked++
			var r clip.Receipt
			there := len(f.public[id]) > 0
			if there {
				r = clip.Receipt{ID: f.public[id][0].id, URL: "https://far.example/" + f.public[id][0].id}
			}
			_, err := w.Decider.Resolve(w.t.Context(), id, there, r, maria)
			w.must(err)
		case p.Next(w.clock) == clip.StepNone:
			return p
		}
	}
	w.t.Fatalf("%s has no end", id)
	return clip.Post{}
}
