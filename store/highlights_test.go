package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestFlag(t *testing.T) {
	c := newCatalogue(t)
	m, h := goal("g1", span(10, 14))
	flagged, highlight, created, err := c.Flag(ctx, m, h, maria)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if flagged.ID == "" || highlight.ID != flagged.ID || flagged.By != "maria" || flagged.Revision != 1 || highlight.Revision != 1 ||
		flagged.Status != clip.Confirmed || highlight.State != clip.HighlightRendering || flagged.Created.IsZero() || highlight.Created.IsZero() {
		t.Errorf("not filled in: %+v %+v", flagged, highlight)
	}
	wantSame(t, must(c.Moment(ctx, flagged.ID))(t), flagged)
	wantSame(t, must(c.Highlight(ctx, flagged.ID))(t), highlight)
	wantSame(t, must2(c.MomentByKey(ctx, "test", "g1"))(t), flagged)
	events, audit := counts(t, c)
	wantSame(t, [2]int64{events, audit}, [2]int64{2, 1})

	m.Title, h.Rule = "another title", "another rule"
	again, same, created, err := c.Flag(ctx, m, h, theo)
	if err != nil || created {
		t.Fatal(created, err)
	}
	wantSame(t, again, flagged)
	wantSame(t, same, highlight)
	if e, a := counts(t, c); e != events || a != audit {
		t.Error("flagging again left a trace")
	}

	for range 2 { // without a key every flag is another moment
		m.Key = ""
		if _, _, created, err = c.Flag(ctx, m, h, maria); err != nil || !created {
			t.Fatal(created, err)
		}
	}
	_, found, err := c.MomentByKey(ctx, "test", "")
	wantSame(t, []any{found, err}, []any{false, nil})
	m.ID, m.Key = flagged.ID, "g2"
	_, _, _, err = c.Flag(ctx, m, h, maria)
	wantKind(t, err, clip.Conflict, "of another event")
	m.ID, m.Key, h.Feed = "", "g3", "other"
	_, _, _, err = c.Flag(ctx, m, h, maria)
	wantKind(t, err, clip.Invalid, "on other is not that of the moment")
	_, err = c.Moment(ctx, "nobody")
	wantKind(t, err, clip.NotFound, "find moment nobody")
	_, err = c.Highlight(ctx, "nobody")
	wantKind(t, err, clip.NotFound, "find highlight nobody")
}

func TestEditMoment(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", clip.Span{In: at(10)})
	events, audit := counts(t, c)
	nothing := func(*clip.Moment, *clip.Highlight) error { return nil }
	m, h, err := c.EditMoment(ctx, id, theo, "moment.close", nothing)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, [2]int{m.Revision, h.Revision}, [2]int{1, 1})
	if e, a := counts(t, c); e != events || a != audit {
		t.Error("an edit of nothing left a trace")
	}

	m, h, err = c.EditMoment(ctx, id, theo, "moment.close", func(m *clip.Moment, h *clip.Highlight) error {
		m.Span.Out = at(14)
		return h.Trim(m.Span)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, [2]int{m.Revision, h.Revision}, [2]int{2, 2})
	wantSame(t, must(c.Moment(ctx, id))(t), m)
	wantSame(t, must(c.Highlight(ctx, id))(t), h)
	wantSame(t, h.Recipe.Span, span(10, 14))
	if e, a := counts(t, c); e != events+2 || a != audit+1 {
		t.Errorf("%d events, %d audit entries", e-events, a-audit)
	}
	last := must(c.Audit(ctx, audit, 1))(t)[0]
	if last.Action != "moment.close" || last.Actor != "theo" || !strings.Contains(last.Detail, "highlight: revision 2") {
		t.Errorf("the audit log says %+v", last)
	}

	boom := errors.New("boom")
	_, _, err = c.EditMoment(ctx, id, theo, "moment.amend", func(m *clip.Moment, h *clip.Highlight) error {
		m.Title, h.Drafts[0].Text = "x", "x"
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	wantSame(t, must(c.Moment(ctx, id))(t), m)
	_, _, err = c.EditMoment(ctx, id, theo, "moment.amend", func(m *clip.Moment, h *clip.Highlight) error {
		m.Key = "other"
		return nil
	})
	wantKind(t, err, clip.Internal, "known by")
}

func TestEditHighlight(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", span(10, 14))
	h := review(t, c, id)
	wantSame(t, h.State, clip.HighlightReview)
	events, audit := counts(t, c)
	again := must(c.EditHighlight(ctx, id, maria, "highlight.ready", rendered))(t)
	wantSame(t, again, h)
	if e, a := counts(t, c); e != events || a != audit {
		t.Error("an edit of nothing left a trace")
	}
	empty := must(c.EditHighlight(ctx, id, maria, "highlight.x", func(h *clip.Highlight) error {
		h.Renditions, h.Missing = []clip.Rendition{}, []clip.Span{}
		return nil
	}))(t)
	if empty.Renditions != nil || empty.Subject() != must(c.Highlight(ctx, id))(t).Subject() {
		t.Error("what is returned is not what is stored")
	}
	for name, edit := range map[string]func(*clip.Highlight){
		"known by":       func(h *clip.Highlight) { h.ID = "other" },
		"from 1 to 0":    func(h *clip.Highlight) { h.Revision = 0 },
		"may not change": func(h *clip.Highlight) { h.Feed = "other" },
	} {
		_, err := c.EditHighlight(ctx, id, maria, "highlight.x", func(h *clip.Highlight) error { edit(h); return nil })
		wantKind(t, err, clip.Internal, name)
	}
	_, err := c.EditHighlight(ctx, "nobody", maria, "highlight.x", rendered)
	wantKind(t, err, clip.NotFound, "nobody")
}

func TestLists(t *testing.T) {
	c := newCatalogue(t)
	now := start
	c.now = func() time.Time { now = now.Add(time.Millisecond); return now }
	var ids []clip.MomentID
	for i := range 130 {
		id := flag(t, c, string(rune('A'+i)), span(10, 14))
		ids = append(ids, id)
		if h := review(t, c, id); i%2 == 1 {
			approve(t, c, h)
		}
	}
	count := func(q Query) [3]int {
		return [3]int{len(must(c.Moments(ctx, q))(t)), len(must(c.Highlights(ctx, q))(t)), len(must(c.Posts(ctx, q))(t))}
	}
	wantSame(t, count(Query{}), [3]int{100, 100, 100})
	wantSame(t, count(Query{Limit: 1000}), [3]int{130, 130, 130})
	wantSame(t, count(Query{Limit: 1000, Feed: "match"}), [3]int{130, 130, 130})
	wantSame(t, count(Query{Feed: "other"}), [3]int{})
	wantSame(t, count(Query{Limit: 1000, State: "review"}), [3]int{0, 65, 0})
	wantSame(t, count(Query{Limit: 1000, State: "planned"}), [3]int{0, 0, 130})
	wantSame(t, count(Query{Limit: 1000, State: "confirmed"}), [3]int{130, 0, 0})
	wantSame(t, count(Query{Highlight: ids[1]}), [3]int{1, 1, 2})
	newest := must(c.Highlights(ctx, Query{Limit: 2}))(t)
	wantSame(t, []clip.MomentID{newest[0].ID, newest[1].ID}, []clip.MomentID{ids[129], ids[128]})
}

func TestDecide(t *testing.T) {
	for _, tc := range []struct {
		name  string
		edit  func(*clip.Highlight) // before the decision
		d     func(h clip.Highlight) clip.Decision
		kind  clip.Kind
		words string
	}{
		{"old revision", func(h *clip.Highlight) { h.Revision = 3 },
			func(h clip.Highlight) clip.Decision { return clip.Decision{Revision: 2, Verdict: clip.Approve} },
			clip.Conflict, "is on revision 2, but it is at revision 3 now"},
		{"revision to come", nil,
			func(h clip.Highlight) clip.Decision { return clip.Decision{Revision: 2, Verdict: clip.Refuse} },
			clip.Conflict, "is on revision 2, but it is at revision 1 now"},
		{"still rendering", func(h *clip.Highlight) { h.State = clip.HighlightRendering },
			func(h clip.Highlight) clip.Decision { return clip.Decision{Revision: 1, Verdict: clip.Approve} },
			clip.Conflict, "it is rendering"},
		{"withdrawn", func(h *clip.Highlight) { h.State = clip.HighlightWithdrawn },
			func(h clip.Highlight) clip.Decision { return clip.Decision{Revision: 1, Verdict: clip.Approve} },
			clip.Conflict, "it is withdrawn"},
		{"other bytes", nil,
			func(h clip.Highlight) clip.Decision {
				return clip.Decision{Revision: 1, Verdict: clip.Approve, Subject: clip.DigestOf(nil)}
			},
			clip.Conflict, "not the ones that were looked at"},
		{"a shape is missing", func(h *clip.Highlight) { h.Renditions = h.Renditions[:1] },
			func(h clip.Highlight) clip.Decision { return clip.Decision{Revision: 1, Verdict: clip.Approve} },
			clip.Conflict, "9:16 rendition for mastodon is not ready"},
		{"no verdict", nil,
			func(h clip.Highlight) clip.Decision { return clip.Decision{Revision: 1, Verdict: "perhaps"} },
			clip.Invalid, `"perhaps" is no verdict`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCatalogue(t)
			id := flag(t, c, "g1", span(10, 14))
			h := review(t, c, id)
			if tc.edit != nil {
				h = must(c.EditHighlight(ctx, id, maria, "highlight.x", func(h *clip.Highlight) error { tc.edit(h); return nil }))(t)
			}
			events, audit := counts(t, c)
			d := tc.d(h)
			d.Highlight = id
			_, err := c.Decide(ctx, d, theo)
			wantKind(t, err, tc.kind, tc.words)
			wantSame(t, must(c.Highlight(ctx, id))(t), h)
			wantSame(t, must(c.Decisions(ctx, id))(t), []clip.Decision(nil))
			wantSame(t, must(c.Posts(ctx, Query{}))(t), []clip.Post(nil))
			if e, a := counts(t, c); e != events || a != audit {
				t.Error("a refused decision left a trace")
			}
		})
	}
}

func TestApprove(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", span(10, 14))
	h := review(t, c, id)
	d := clip.Decision{Highlight: id, Revision: 1, Subject: h.Subject(), Verdict: clip.Approve}
	got := must(c.Decide(ctx, d, maria))(t)
	wantSame(t, got.State, clip.HighlightApproved)
	records := must(c.Decisions(ctx, id))(t)
	if len(records) != 1 {
		t.Fatalf("%d records", len(records))
	}
	r := records[0]
	if r.ID == "" || r.By != "maria" || r.Role != "publisher" || r.At.IsZero() || !r.Covers(got) {
		t.Errorf("the record is %+v", r)
	}
	wantSame(t, must(c.Decision(ctx, r.ID))(t), r)

	posts := must(c.Posts(ctx, Query{Highlight: id}))(t)
	want := must(got.Posts(must(c.Moment(ctx, id))(t)))(t)
	if len(posts) != 2 || len(want) != 2 {
		t.Fatalf("%d posts", len(posts))
	}
	for _, w := range want {
		p := must(c.Post(ctx, w.ID))(t)
		w.Decision, w.Changed = r.ID, p.Changed
		wantSame(t, p, w)
	}

	events, audit := counts(t, c)
	wantSame(t, must(c.Decide(ctx, d, maria))(t), got) // again
	if e, a := counts(t, c); e != events || a != audit {
		t.Error("the same decision again left a trace")
	}
	_, err := c.Decide(ctx, d, theo)
	wantKind(t, err, clip.Conflict, "it is approved")
	d.Verdict = clip.Refuse
	_, err = c.Decide(ctx, d, maria)
	wantKind(t, err, clip.Conflict, "it is approved")
	_, err = c.Decision(ctx, "nobody")
	wantKind(t, err, clip.NotFound, "find decision nobody")
}

func TestRefuse(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", span(10, 14))
	review(t, c, id)
	d := clip.Decision{Highlight: id, Revision: 1, Verdict: clip.Refuse, Reason: "offside"}
	h := must(c.Decide(ctx, d, maria))(t)
	wantSame(t, []any{h.State, h.Reason}, []any{clip.HighlightRefused, "offside"})
	wantSame(t, must(c.Decide(ctx, d, maria))(t), h)
	wantSame(t, must(c.Posts(ctx, Query{}))(t), []clip.Post(nil))
	wantSame(t, must(c.Settle(ctx, id))(t), h)
}

func TestEditAfterApproval(t *testing.T) {
	redraft := func(h *clip.Highlight) error {
		return h.Redraft(clip.Draft{Destination: "folder", Shape: clip.Wide, Text: "Corrected"})
	}
	for _, tc := range []struct {
		name  string
		posts []clip.PostState // of folder and mastodon
		kind  clip.Kind        // Internal: it is allowed
	}{
		{"planned", []clip.PostState{clip.PostPlanned, clip.PostPlanned}, clip.Internal},
		{"intent", []clip.PostState{clip.PostPlanned, clip.PostIntent}, clip.Internal},
		{"sending", []clip.PostState{clip.PostPlanned, clip.PostSending}, clip.Conflict},
		{"unknown", []clip.PostState{clip.PostIntent, clip.PostUnknown}, clip.Conflict},
		{"confirmed", []clip.PostState{clip.PostConfirmed, clip.PostPlanned}, clip.Conflict},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCatalogue(t)
			id := flag(t, c, "g1", span(10, 14))
			h := approve(t, c, review(t, c, id))
			for i, dest := range []string{"folder", "mastodon"} {
				bring(t, c, clip.NewPostID(id, dest), tc.posts[i])
			}
			edited, err := c.EditHighlight(ctx, id, theo, "highlight.redraft", redraft)
			if tc.kind == clip.Conflict {
				wantKind(t, err, clip.Conflict, "already on its way", "retract it instead")
				wantSame(t, must(c.Highlight(ctx, id))(t), h)
				wantSame(t, len(must(c.Posts(ctx, Query{}))(t)), 2)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, []any{edited.Revision, edited.State}, []any{2, clip.HighlightReview})
			wantSame(t, must(c.Posts(ctx, Query{}))(t), []clip.Post(nil))
			approve(t, c, edited)
			wantSame(t, must(c.Post(ctx, clip.NewPostID(id, "folder")))(t).Text, "Corrected")
			want := 1
			if tc.posts[1] == clip.PostIntent {
				want = 2 // the first attempt had its number
			}
			wantSame(t, bring(t, c, clip.NewPostID(id, "mastodon"), clip.PostIntent).Attempt, want)
			wantSame(t, len(must(c.Decisions(ctx, id))(t)), 2)
		})
	}
}

// bring moves a planned post to a state, the way it is done.
func bring(t testing.TB, c *Catalogue, id clip.PostID, state clip.PostState) clip.Post {
	t.Helper()
	p := must(c.Post(ctx, id))(t)
	set := func(s clip.PostState) {
		p = must(c.EditPost(ctx, id, maria, "post.x", func(p *clip.Post) error { p.State = s; return nil }))(t)
	}
	if state == clip.PostPlanned {
		return p
	}
	if state == clip.PostCancelled {
		set(state)
		return p
	}
	p = must(c.EditPost(ctx, id, maria, "post.intend", intend))(t)
	if state == clip.PostIntent {
		return p
	}
	p = must(c.Send(ctx, id, p.Attempt, at(1e7)))(t)
	if state == clip.PostSending {
		return p
	}
	if state == clip.PostRetracted {
		set(clip.PostConfirmed)
	}
	set(state)
	return p
}
