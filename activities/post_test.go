package activities

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// setDir fills in the one option of the folder driver.
func setDir(t *testing.T, options any, dir string) {
	t.Helper()
	f := reflect.ValueOf(options).Elem().FieldByName("Dir")
	if !f.IsValid() {
		t.Fatalf("%T has no Dir", options)
	}
	f.SetString(dir)
}

func TestPostOnce(t *testing.T) {
	w := newWorld(t)
	p := w.approve(t, w.rendered(t, w.flag(t, "goal", "Goal")))
	in := PostInput{Post: p.ID}
	w.do(t, w.Intend, in)
	w.do(t, w.Intend, in) // repeated, as Temporal may
	w.do(t, w.Upload, in)
	if got := w.posted(t); len(got) != 0 {
		t.Errorf("uploaded, and public already: %q", got)
	}
	p = w.post(t, p.ID)
	w.do(t, w.Publish, PostInput{Post: p.ID, Attempt: p.Attempt})
	if p = w.post(t, p.ID); p.State != clip.PostConfirmed || p.Receipt.ID == "" || len(w.posted(t)) != 1 {
		t.Errorf("state %s, receipt %+v, folder %q", p.State, p.Receipt, w.posted(t))
	}
	if _, err := w.env.ExecuteActivity(w.Publish, PostInput{Post: p.ID, Attempt: p.Attempt}); err == nil {
		t.Error("a second publish call of the same intent went through")
	}
	h, err := w.Catalogue.Settle(context.Background(), p.Highlight)
	if err != nil || h.State != clip.HighlightSettled {
		t.Errorf("highlight %s, %v", h.State, err)
	}
	if p, err = w.Decider.RetractPost(context.Background(), p.ID, admin); err != nil || !p.Retract {
		t.Fatalf("retract: %+v, %v", p, err)
	}
	w.do(t, w.Retract, in)
	w.do(t, w.Retract, in)
	if p = w.post(t, p.ID); p.State != clip.PostRetracted || len(w.posted(t)) != 0 {
		t.Errorf("retracted: state %s, folder %q", p.State, w.posted(t))
	}
}

// TestTamperedBytes changes an approved file behind our back.
func TestTamperedBytes(t *testing.T) {
	w := newWorld(t)
	p := w.approve(t, w.rendered(t, w.flag(t, "goal", "Goal")))
	path, release, err := w.Blobs.Local(context.Background(), p.Media)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("another film"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _ = w.env.ExecuteActivity(w.Intend, PostInput{Post: p.ID}) // whether it is repeated is another question
	if p = w.post(t, p.ID); p.State != clip.PostPlanned && p.State != clip.PostRejected || p.Reason == "" {
		t.Errorf("other bytes than those approved: state %s, reason %q", p.State, p.Reason)
	}
	if got := w.posted(t); len(got) != 0 {
		t.Errorf("posted %q", got)
	}
}

// TestEditTakesTheApprovalBack edits between approval and sending.
func TestEditTakesTheApprovalBack(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	p := w.approve(t, h)
	w.do(t, w.Intend, PostInput{Post: p.ID})
	w.do(t, w.Upload, PostInput{Post: p.ID})
	d := h.Drafts[0]
	d.Text = "Other words"
	h, err := w.Decider.Edit(ctx, h.ID, h.Revision, admin, "highlight.redraft", func(h *clip.Highlight) error { return h.Redraft(d) })
	if err != nil || h.State != clip.HighlightReview {
		t.Fatalf("edited after approval: %s, %v", h.State, err)
	}
	if _, err := w.env.ExecuteActivity(w.Publish, PostInput{Post: p.ID, Attempt: 1}); err == nil || len(w.posted(t)) != 0 {
		t.Errorf("published without an approval: %v, folder %q", err, w.posted(t))
	}
	value, err := w.env.ExecuteActivity(w.ReadPost, PostInput{Post: p.ID})
	var view PostView
	if err != nil || value.Get(&view) != nil || !view.Gone {
		t.Errorf("the post is still planned: %+v, %v", view, err)
	}
}

func TestDecideRefusesWhatDoesNotFit(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "foul", "A title that is longer than twenty characters"))
	_, err := w.Decider.Decide(ctx, clip.Decision{Highlight: h.ID, Revision: h.Revision, Verdict: clip.Approve}, admin)
	if clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), "shorten it by 25") {
		t.Errorf("approved a text that does not fit: %v", err)
	}
	value, err := w.env.ExecuteActivity(w.AskRule, HighlightInput{Highlight: h.ID})
	var view HighlightView
	if err != nil || value.Get(&view) != nil || view.State != clip.HighlightReview {
		t.Errorf("a rule approved it: %+v, %v", view, err)
	}
}

func TestRuleDecidesUntilAPersonEdits(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "foul", "Foul"))
	touched := w.rendered(t, w.flag(t, "foul", "Foul 2"))
	d := touched.Drafts[0]
	d.Text = "Hard foul"
	if _, err := w.Decider.Edit(ctx, touched.ID, touched.Revision, admin, "highlight.redraft", func(h *clip.Highlight) error { return h.Redraft(d) }); err != nil {
		t.Fatal(err)
	}
	w.rendered(t, touched)
	for id, want := range map[clip.MomentID]clip.HighlightState{h.ID: clip.HighlightApproved, touched.ID: clip.HighlightReview} {
		w.do(t, w.AskRule, HighlightInput{Highlight: id})
		if got, err := w.Catalogue.Highlight(ctx, id); err != nil || got.State != want {
			t.Errorf("%s is %s (%v), want %s", id, got.State, err, want)
		}
	}
	ds, err := w.Catalogue.Decisions(ctx, h.ID)
	if err != nil || len(ds) != 1 || ds[0].By != "rule:rest" {
		t.Errorf("the rule's record: %+v, %v", ds, err)
	}
}

func TestExpireReview(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	w.now = h.Deadline.Add(-time.Second)
	w.do(t, w.ExpireReview, HighlightInput{Highlight: h.ID})
	if h, _ = w.Catalogue.Highlight(ctx, h.ID); h.State != clip.HighlightReview {
		t.Errorf("refused a second too early: %s", h.State)
	}
	w.now = h.Deadline
	w.do(t, w.ExpireReview, HighlightInput{Highlight: h.ID})
	if h, _ = w.Catalogue.Highlight(ctx, h.ID); h.State != clip.HighlightRefused || !strings.Contains(h.Reason, "nobody decided") {
		t.Errorf("after the deadline: %s %q", h.State, h.Reason)
	}
}

// TestPlan plans what is recorded, and waits for what is still to come.
func TestPlan(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if err := w.Catalogue.SetHealth(ctx, clip.Health{Feed: "final", State: clip.FeedRecording}); err != nil {
		t.Fatal(err)
	}
	h := w.flag(t, "goal", "Goal") // 6 s to 22 s of the recording
	p, err := w.plan(ctx, h.ID)
	if err != nil || p.Pending || len(p.Cells) != 8 {
		t.Errorf("a past moment: %d cells, pending %t, %v", len(p.Cells), p.Pending, err)
	}
	_, late, _, err := w.Flagger.Flag(ctx, clip.Flag{Feed: "final", In: "-5s", Out: began.Add(70 * time.Second).Format(time.RFC3339), Kind: "goal"}, admin)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = w.plan(ctx, late.ID); err != nil || !p.Pending {
		t.Errorf("a moment that goes on: pending %t, %v", p.Pending, err)
	}
	w.now = began.Add(70*time.Second + 2*time.Second + patience + time.Second)
	if p, err = w.plan(ctx, late.ID); err != nil || p.Pending || len(p.Cells) == 0 {
		t.Errorf("the recording never came: %d cells, pending %t, %v", len(p.Cells), p.Pending, err)
	}
	_, open, _, err := w.Flagger.Flag(ctx, clip.Flag{Feed: "final", In: "-5s", Kind: "goal"}, admin)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(clip.ClosesAfter)
	if _, err = w.plan(ctx, open.ID); err != nil {
		t.Fatal(err)
	}
	if m, err := w.Catalogue.Moment(ctx, open.ID); err != nil || m.Span.Open() || m.Span.Duration() != clip.MaxMoment {
		t.Errorf("an open moment after the limit: %s, %v", m.Span, err)
	}
}

// TestSendPosts settles a highlight whose posts are at rest, and starts those
// that are not.
func TestSendPosts(t *testing.T) {
	w := newWorld(t)
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	p := w.approve(t, h)
	w.starts = nil
	w.do(t, w.SendPosts, HighlightInput{Highlight: h.ID})
	if len(w.starts) != 1 || w.starts[0] != "post "+string(p.ID) {
		t.Errorf("started %q", w.starts)
	}
	posts, err := w.Catalogue.Posts(context.Background(), store.Query{Highlight: h.ID})
	if err != nil || len(posts) != 1 {
		t.Errorf("%d posts, %v", len(posts), err)
	}
	if _, err := os.Stat(filepath.Join(w.posts, string(p.ID)+".mp4")); err == nil {
		t.Error("posted before anything was sent")
	}
}

// TestLostAnswer walks the path of a post that was sent and never arrived: the
// read-backs prove that it is absent, and it is sent again.
func TestLostAnswer(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.approve(t, w.rendered(t, w.flag(t, "goal", "Goal")))
	w.do(t, w.Intend, PostInput{Post: p.ID})
	w.do(t, w.Upload, PostInput{Post: p.ID})
	p = w.post(t, p.ID)
	if _, err := w.Catalogue.Send(ctx, p.ID, p.Attempt, w.now); err != nil {
		t.Fatal(err)
	}
	w.do(t, w.Reconcile, ReconcileInput{Post: p.ID, Early: true})
	if p = w.post(t, p.ID); p.State != clip.PostSending {
		t.Fatalf("an early miss counted: %s", p.State)
	}
	for range clip.AbsentReads {
		w.do(t, w.Reconcile, ReconcileInput{Post: p.ID})
	}
	if p = w.post(t, p.ID); p.State != clip.PostIntent || p.Attempt != 2 || p.Resent != 1 {
		t.Fatalf("proved absent: %s, attempt %d, resent %d (%s)", p.State, p.Attempt, p.Resent, p.Reason)
	}
	w.do(t, w.Publish, PostInput{Post: p.ID, Attempt: p.Attempt})
	if p = w.post(t, p.ID); p.State != clip.PostConfirmed || len(w.posted(t)) != 1 {
		t.Errorf("sent again: %s (%s), folder %q", p.State, p.Reason, w.posted(t))
	}
}

// TestMarkerAfterAnEdit: no marker stands for two contents.
func TestMarkerAfterAnEdit(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	p := w.approve(t, h)
	w.do(t, w.Intend, PostInput{Post: p.ID})
	before := w.post(t, p.ID)
	d := h.Drafts[0]
	d.Text = "Other words"
	if _, err := w.Decider.Edit(ctx, h.ID, h.Revision, admin, "highlight.redraft", func(h *clip.Highlight) error { return h.Redraft(d) }); err != nil {
		t.Fatal(err)
	}
	h, _ = w.Catalogue.Highlight(ctx, h.ID)
	w.approve(t, h)
	w.do(t, w.Intend, PostInput{Post: p.ID})
	if after := w.post(t, p.ID); after.Marker == before.Marker || after.Attempt != before.Attempt+1 {
		t.Errorf("attempt %d then %d, markers %q and %q", before.Attempt, after.Attempt, before.Marker, after.Marker)
	}
}

// TestStopWhileSending: a stop that comes between the look and the call still
// comes in time, outlives the process, and keeps nothing from being taken down.
func TestStopWhileSending(t *testing.T) {
	w := newWorld(t)
	p := w.approve(t, w.rendered(t, w.flag(t, "goal", "Goal")))
	in := PostInput{Post: p.ID}
	w.do(t, w.Intend, in)
	w.do(t, w.Upload, in)
	p = w.post(t, p.ID)
	if view, err := w.ReadPost(t.Context(), in); err != nil || !view.Held.IsZero() {
		t.Fatalf("held until %s, %v", view.Held, err)
	}
	if err := w.Decider.Hold(t.Context(), "", "wrong graphics", admin); err != nil {
		t.Fatal(err)
	}
	if _, err := w.env.ExecuteActivity(w.Publish, PostInput{Post: p.ID, Attempt: p.Attempt}); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("a publish call went through a stop: %v", err)
	}
	view, err := w.ReadPost(t.Context(), in)
	if err != nil || !view.Held.After(w.Now()) || view.Post.State != clip.PostIntent || len(w.posted(t)) != 0 {
		t.Errorf("stopped: held until %s, %s, %v", view.Held, view.Post.State, err)
	}
	w.starts = nil
	if err := w.Decider.Resume(t.Context(), "", admin); err != nil || len(w.starts) != 1 || w.starts[0] != "post "+string(p.ID) {
		t.Fatalf("resumed: woke %q, %v", w.starts, err)
	}
	w.do(t, w.Publish, PostInput{Post: p.ID, Attempt: p.Attempt})
	if p = w.post(t, p.ID); p.State != clip.PostConfirmed {
		t.Errorf("resumed: %s, %s", p.State, p.Reason)
	}
	if err := w.Decider.Hold(t.Context(), p.Destination, "", admin); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Decider.RetractPost(t.Context(), p.ID, admin); err != nil {
		t.Fatal(err)
	}
	w.do(t, w.Retract, in)
	if p = w.post(t, p.ID); p.State != clip.PostRetracted {
		t.Errorf("a pause kept a post from being taken down: %s", p.State)
	}
}

// TestThrottledAccount: what one post was told holds all posts to the account.
func TestThrottledAccount(t *testing.T) {
	w := newWorld(t)
	p := w.approve(t, w.rendered(t, w.flag(t, "goal", "Goal")))
	busy := &clip.Error{Op: "upload", Kind: clip.Throttled, Until: w.Now().Add(2 * time.Minute)}
	if err := w.held(t.Context(), p, busy); clip.KindOf(err) != clip.Throttled {
		t.Fatal(err)
	}
	sooner := &clip.Error{Op: "upload", Kind: clip.Throttled, Until: w.Now().Add(time.Minute)}
	if err := w.throttled(t.Context(), p, sooner); err != nil {
		t.Fatal(err)
	}
	view, err := w.ReadPost(t.Context(), PostInput{Post: p.ID})
	if err != nil || !view.Held.Equal(busy.Until.UTC()) {
		t.Errorf("held until %s, want %s; %v", view.Held, busy.Until, err)
	}
	other := p
	other.Destination = "elsewhere"
	if until, err := w.heldUntil(t.Context(), other); err != nil || !until.IsZero() {
		t.Errorf("another account is held until %s, %v", until, err)
	}
}
