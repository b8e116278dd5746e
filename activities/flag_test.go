package activities

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestFlag(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	f := clip.Flag{Feed: "final", In: "1:900000", Out: "1:1800000", Kind: "goal", Title: " Goal by Okafor ", Source: "scores", Key: "77"}
	m, h, created, err := w.Flagger.Flag(ctx, f, admin)
	if err != nil || !created {
		t.Fatalf("created %t, %v", created, err)
	}
	if want := (clip.Span{In: began.Add(10 * time.Second), Out: began.Add(20 * time.Second)}); m.Span != want || m.Title != "Goal by Okafor" || m.By != "kim" {
		t.Errorf("moment %+v, want the span %s", m, want)
	}
	if want := m.Span.Grow(4*time.Second, 2*time.Second); h.Recipe.Span != want || h.Rule != "goals" || h.Drafts[0].Text != "Goal by Okafor" || h.Drafts[0].Alt != "goal" {
		t.Errorf("highlight %+v, want the span %s", h, want)
	}
	again, _, created, err := w.Flagger.Flag(ctx, clip.Flag{Feed: "final", At: "-3h", Source: "scores", Key: "77"}, admin)
	if err != nil || created || again.ID != m.ID {
		t.Errorf("the same event flagged again: %s, created %t, %v", again.ID, created, err)
	}
	if want := "highlight " + string(m.ID); len(w.starts) != 2 || w.starts[0] != want || w.starts[1] != want {
		t.Errorf("started %q", w.starts)
	}
}

func TestFlagAnInstant(t *testing.T) {
	w := newWorld(t)
	m, h, _, err := w.Flagger.Flag(context.Background(), clip.Flag{Feed: "final", At: "-30s", Kind: "goal", Title: "x"}, admin)
	if err != nil {
		t.Fatal(err)
	}
	if m.Span.Open() || m.Span.Duration() != 0 || h.Recipe.Span.Duration() != 6*time.Second {
		t.Errorf("moment %s, published %s", m.Span, h.Recipe.Span)
	}
}

func TestOpenMomentIsClosed(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	m, h, _, err := w.Flagger.Flag(ctx, clip.Flag{Feed: "final", In: "1:900000", Kind: "goal", Title: "x"}, admin)
	if err != nil || !m.Span.Open() || !h.Recipe.Span.Open() {
		t.Fatalf("open: %s, %s, %v", m.Span, h.Recipe.Span, err)
	}
	if _, _, err := w.Flagger.Close(ctx, m.ID, "1:450000", admin); clip.KindOf(err) != clip.Invalid {
		t.Errorf("closed before it began: %v", err)
	}
	m, h, err = w.Flagger.Close(ctx, m.ID, "1:1800000", admin)
	if err != nil || h.Recipe.Span.Out != began.Add(22*time.Second) {
		t.Errorf("closed: %s, published %s, %v", m.Span, h.Recipe.Span, err)
	}
	if _, _, err := w.Flagger.Close(ctx, m.ID, "-1s", admin); clip.KindOf(err) != clip.Conflict || !strings.Contains(err.Error(), "amend") {
		t.Errorf("closed twice: %v", err)
	}
}

func TestAmend(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal by Okafro"))
	title, long := "Goal by Okafor", strings.Repeat("x", 300)
	if _, _, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Title: &long}, admin); clip.KindOf(err) != clip.Invalid {
		t.Errorf("a title of 300 characters: %v", err)
	}
	_, amended, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Title: &title}, admin)
	if err != nil || amended.Drafts[0].Text != title || amended.Revision != h.Revision+1 || amended.State != clip.HighlightReview {
		t.Errorf("amended title: %+v, %v", amended, err)
	}
	_, same, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Title: &title}, admin)
	if err != nil || same.Revision != amended.Revision {
		t.Errorf("the same words again made revision %d of %d, %v", same.Revision, amended.Revision, err)
	}
	out := "1:2700000"
	_, longer, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Out: &out}, admin)
	if err != nil || longer.State != clip.HighlightRendering || longer.Recipe.Span.Out != began.Add(32*time.Second) {
		t.Errorf("amended out: %s %s, %v", longer.State, longer.Recipe.Span, err)
	}
}

func TestAmendLeavesAPersonsWords(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	d := h.Drafts[0]
	d.Text = "What a goal!"
	if _, err := w.Decider.Edit(ctx, h.ID, h.Revision, admin, "highlight.redraft", func(h *clip.Highlight) error { return h.Redraft(d) }); err != nil {
		t.Fatal(err)
	}
	title := "Goal by Okafor"
	_, amended, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Title: &title}, admin)
	if err != nil || amended.Drafts[0].Text != "What a goal!" {
		t.Errorf("the person's words became %q, %v", amended.Drafts[0].Text, err)
	}
}

func TestWithdraw(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	waiting := w.rendered(t, w.flag(t, "goal", "One"))
	_, h, err := w.Flagger.Withdraw(ctx, waiting.ID, admin)
	if err != nil || h.State != clip.HighlightWithdrawn || h.Reason == "" {
		t.Errorf("withdrawn while it waits: %s %q, %v", h.State, h.Reason, err)
	}
	approved := w.rendered(t, w.flag(t, "goal", "Two"))
	p := w.approve(t, approved)
	if _, _, err := w.Flagger.Withdraw(ctx, approved.ID, admin); err != nil {
		t.Fatal(err)
	}
	if p = w.post(t, p.ID); !p.Retract {
		t.Errorf("a withdrawn event's post is not wanted down: %+v", p)
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule clip.Rule
		want string
	}{
		{clip.Rule{Name: "a", When: "moment.kind =="}, `rule "a": when:`},
		{clip.Rule{Name: "a", When: "1 + 1"}, "yields int"},
		{clip.Rule{Name: "a", When: "weather.sunny"}, "undeclared reference to 'weather'"},
		{clip.Rule{Name: "a", Text: "{{.Title"}, "text:"},
		{clip.Rule{Name: "a", Alt: "{{nothing}}"}, "alt:"},
	} {
		if _, err := NewRules([]clip.Rule{c.rule}); clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.rule, err, c.want)
		}
	}
	r, err := NewRules([]clip.Rule{{Name: "only", When: `moment.kind == "goal" && feed.id == "final"`}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.match(clip.Moment{Kind: "foul", Feed: "final"}, clip.Feed{ID: "final"}); clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), `when: "true"`) {
		t.Errorf("no rule applies: %v", err)
	}
}

// TestWithdrawnFirst: the withdrawal overtakes the event that it withdraws.
func TestWithdrawnFirst(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	f := clip.Flag{Feed: "final", At: "-30s", Kind: "goal", Title: "Goal", Source: "scores", Key: "9", Status: clip.Withdrawn}
	m, h, _, err := w.Flagger.Flag(ctx, f, admin)
	if err != nil || m.Status != clip.Withdrawn || h.State != clip.HighlightWithdrawn {
		t.Fatalf("%s, %s, %v", m.Status, h.State, err)
	}
	f.Status = ""
	again, h, created, err := w.Flagger.Flag(ctx, f, admin)
	if err != nil || created || again.ID != m.ID || h.State != clip.HighlightWithdrawn {
		t.Errorf("the event that comes late: %s, created %t, %s, %v", again.ID, created, h.State, err)
	}
}

// TestWithdrawnIsNeverPosted edits between a withdrawal and its effect.
func TestWithdrawnIsNeverPosted(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	p := w.approve(t, h)
	if _, _, err := w.Flagger.Withdraw(ctx, h.ID, admin); err != nil {
		t.Fatal(err)
	}
	d := h.Drafts[0]
	d.Text = "Other words"
	if _, err := w.Decider.Edit(ctx, h.ID, 0, admin, "highlight.redraft", func(h *clip.Highlight) error { return h.Redraft(d) }); clip.KindOf(err) != clip.Conflict {
		t.Errorf("edited while its post is being retracted: %v", err)
	}
	title := "No goal"
	if _, _, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Title: &title}, admin); clip.KindOf(err) != clip.Conflict {
		t.Errorf("amended after it was withdrawn: %v", err)
	}
	w.do(t, w.Cancel, PostInput{Post: p.ID})
	if p = w.post(t, p.ID); p.State != clip.PostCancelled || len(w.posted(t)) != 0 {
		t.Errorf("state %s, folder %q", p.State, w.posted(t))
	}
}

// TestSilenceCountsAnewAfterAnEdit: a redraft leaves no deadline behind.
func TestSilenceCountsAnewAfterAnEdit(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	d := h.Drafts[0]
	d.Text = "Other words"
	if _, err := w.Decider.Edit(ctx, h.ID, h.Revision, admin, "highlight.redraft", func(h *clip.Highlight) error { return h.Redraft(d) }); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(10 * time.Minute)
	w.do(t, w.AskRule, HighlightInput{Highlight: h.ID})
	if h, err := w.Catalogue.Highlight(ctx, h.ID); err != nil || !h.Deadline.Equal(w.now.Add(time.Hour)) || h.State != clip.HighlightReview {
		t.Errorf("deadline %s, now %s, %s, %v", h.Deadline, w.now, h.State, err)
	}
}

// TestAmendLeavesAPersonsTrim: a source's correction does not undo an editor's.
func TestAmendLeavesAPersonsTrim(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	h := w.rendered(t, w.flag(t, "goal", "Goal"))
	mine := clip.Span{In: began.Add(9 * time.Second), Out: began.Add(15 * time.Second)}
	if _, err := w.Decider.Edit(ctx, h.ID, h.Revision, admin, "highlight.trim", func(h *clip.Highlight) error { return h.Trim(mine) }); err != nil {
		t.Fatal(err)
	}
	out := "1:2700000"
	if _, h, err := w.Flagger.Amend(ctx, h.ID, clip.Amendment{Out: &out}, admin); err != nil || !sameSpan(h.Recipe.Span, mine) {
		t.Errorf("the editor's span became %s, %v", h.Recipe.Span, err)
	}
}

// TestCloseAfterTheFeedWasRemoved: what was recorded is still there.
func TestCloseAfterTheFeedWasRemoved(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	m, _, _, err := w.Flagger.Flag(ctx, clip.Flag{Feed: "final", In: "1:900000", Kind: "goal", Title: "x"}, admin)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Catalogue.RemoveFeed(ctx, "final", admin); err != nil {
		t.Fatal(err)
	}
	if _, h, err := w.Flagger.Close(ctx, m.ID, "1:1800000", admin); err != nil || h.Recipe.Span.Open() {
		t.Errorf("%s, %v", h.Recipe.Span, err)
	}
}
