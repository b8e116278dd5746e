package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestSend(t *testing.T) {
	now := start.Add(time.Hour)
	for _, tc := range []struct {
		name    string
		prepare func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID)
		attempt int
		words   string // why it is refused; empty: it is not
	}{
		{"once", nil, 1, ""},
		{"an attempt that is over", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.EditPost(ctx, p, maria, "post.intend", intend))(t)
		}, 1, "attempt 1 is over; it is at attempt 2"},
		{"an attempt to come", nil, 2, "attempt 2 is over; it is at attempt 1"},
		{"to be retracted", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.EditPost(ctx, p, maria, "post.retract", (*clip.Post).AskRetract))(t)
		}, 1, "to be retracted"},
		{"sending is stopped", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(0, c.Hold(ctx, clip.Hold{By: "maria", Reason: "wrong graphics"}, maria))(t)
		}, 1, "all sending is stopped by maria: wrong graphics"},
		{"its destination is paused", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(0, c.Hold(ctx, clip.Hold{Destination: "folder", By: "maria"}, maria))(t)
		}, 1, "folder is paused by maria"},
		{"another destination is paused, this one no more", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(0, c.Hold(ctx, clip.Hold{Destination: "fans", By: "maria"}, maria))(t)
			must(0, c.Hold(ctx, clip.Hold{Destination: "folder", By: "maria"}, maria))(t)
			must(0, c.Resume(ctx, "folder", maria))(t)
		}, 1, ""},
		{"sent already", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.Send(ctx, p, 1, now))(t)
		}, 1, "it is sending, not intent"},
		{"edited, and the posts taken back", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.EditHighlight(ctx, h, maria, "highlight.trim", func(h *clip.Highlight) error { return h.Trim(span(9, 13)) }))(t)
		}, 1, "there is none of that id"},
		{"edited behind the revision's back", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.EditHighlight(ctx, h, maria, "highlight.x", func(h *clip.Highlight) error { h.Drafts[0].Text = "x"; return nil }))(t)
		}, 1, "edited after it was approved"},
		{"other pictures behind the revision's back", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.EditHighlight(ctx, h, maria, "highlight.x", func(h *clip.Highlight) error { h.Renditions[1].Digest = "x"; return nil }))(t)
		}, 1, "edited after it was approved"},
		{"withdrawn", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			must(c.EditHighlight(ctx, h, maria, "highlight.withdraw", func(h *clip.Highlight) error { h.State = clip.HighlightWithdrawn; return nil }))(t)
		}, 1, "its highlight is withdrawn"},
		{"changed in the database", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			tamper(t, c, `UPDATE posts SET doc = replace(doc, 'Goal!', 'Own goal!') WHERE id = ?`, string(p))
		}, 1, "it is not what was approved"},
		{"decision changed in the database", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			tamper(t, c, `UPDATE decisions SET doc = replace(doc, '"approve"', '"refuse"')`)
		}, 1, "does not approve it"},
		{"embargo shortened in the database", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			tamper(t, c, `UPDATE posts SET doc = replace(doc, 'T08:00', 'T07:00') WHERE id = ?`, string(p))
		}, 1, "it is not what was approved"},
		{"another destination in the database", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			tamper(t, c, `UPDATE posts SET doc = replace(doc, '.folder"', '.elsewhere"') WHERE id = ?`, string(p))
		}, 1, "has no post to folder"},
		{"the moment's title corrected", func(t *testing.T, c *Catalogue, h clip.MomentID, p clip.PostID) {
			_, _, err := c.EditMoment(ctx, h, maria, "moment.amend", func(m *clip.Moment, h *clip.Highlight) error { m.Title = "2:0"; return nil })
			must(0, err)(t)
		}, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCatalogue(t)
			m, h := goal("g1", span(10, 14))
			h.Drafts[0].NotBefore = time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
			m, _, _, err := c.Flag(ctx, m, h, maria)
			must(0, err)(t)
			id := m.ID
			approve(t, c, review(t, c, id))
			post := clip.NewPostID(id, "folder")
			_, err = c.Send(ctx, post, 0, now)
			wantKind(t, err, clip.Conflict, "it is planned")
			want := bring(t, c, post, clip.PostIntent)
			if tc.prepare != nil {
				tc.prepare(t, c, id, post)
			}
			got, err := c.Send(ctx, post, tc.attempt, now)
			if tc.words != "" {
				if err == nil {
					t.Fatal("it was sent")
				}
				wantKind(t, err, clip.KindOf(err), tc.words)
				if k := clip.KindOf(err); k != clip.Conflict && k != clip.NotFound {
					t.Errorf("the kind is %s", k)
				}
				return
			}
			want.State, want.Sent, want.Changed = clip.PostSending, now, got.Changed
			wantSame(t, got, want)
			wantSame(t, must(c.Post(ctx, post))(t), want)
		})
	}
}

func tamper(t testing.TB, c *Catalogue, query string, args ...any) {
	t.Helper()
	r, err := c.writer.ExecContext(ctx, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed %d rows (%v)", query, n, err)
	}
}

func TestSendWaitsForTheEmbargo(t *testing.T) {
	c := newCatalogue(t)
	m, h := goal("g1", span(10, 14))
	h.Drafts[0].NotBefore = at(100)
	m, _, _, err := c.Flag(ctx, m, h, maria)
	if err != nil {
		t.Fatal(err)
	}
	approve(t, c, review(t, c, m.ID))
	post := clip.NewPostID(m.ID, "folder")
	bring(t, c, post, clip.PostIntent)
	_, err = c.Send(ctx, post, 1, at(99.999))
	wantKind(t, err, clip.Conflict, "embargo lasts until 2026-07-01T19:01:40Z")
	must(c.Send(ctx, post, 1, at(100)))(t)
}

// Of many who think that it is their turn, one sends.
func TestSendOnce(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", span(10, 14))
	approve(t, c, review(t, c, id))
	post := clip.NewPostID(id, "folder")
	bring(t, c, post, clip.PostIntent)
	var sent atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := c.Send(ctx, post, 1, time.Now()); err == nil {
				sent.Add(1)
			} else if clip.KindOf(err) != clip.Conflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantSame(t, sent.Load(), int32(1))
}

func TestEditPost(t *testing.T) {
	for _, tc := range []struct {
		name  string
		from  clip.PostState
		edit  func(*clip.Post)
		kind  clip.Kind
		words string // why it is refused; empty: it is not
	}{
		{"into sending", clip.PostIntent, func(p *clip.Post) { p.State = clip.PostSending }, clip.Internal, "only Send"},
		{"the text", clip.PostPlanned, func(p *clip.Post) { p.Text = "x" }, clip.Internal, "what was approved"},
		{"the media", clip.PostIntent, func(p *clip.Post) { p.Media = "x" }, clip.Internal, "what was approved"},
		{"the size", clip.PostIntent, func(p *clip.Post) { p.Size++ }, clip.Internal, "what was approved"},
		{"a longer embargo", clip.PostIntent, func(p *clip.Post) { p.NotBefore = at(200) }, 0, ""},
		{"a shorter embargo", clip.PostIntent, func(p *clip.Post) { p.NotBefore = at(99) }, clip.Internal, "not shortened"},
		{"no embargo", clip.PostIntent, func(p *clip.Post) { p.NotBefore = time.Time{} }, clip.Internal, "not shortened"},
		{"throttled", clip.PostSending, func(p *clip.Post) {
			p.Answer(clip.Receipt{}, &clip.Error{Kind: clip.Throttled, Err: errors.New("slow down"), Until: at(1e6)})
		}, 0, ""},
		{"the decision", clip.PostIntent, func(p *clip.Post) { p.Decision = "x" }, clip.Internal, "what was approved"},
		{"attempts go back", clip.PostIntent, func(p *clip.Post) { p.Attempt = 0 }, clip.Internal, "may not go back from 1 to 0"},
		{"public again", clip.PostConfirmed, func(p *clip.Post) { p.State = clip.PostIntent }, clip.Conflict, "it is public"},
		{"rejected again", clip.PostRejected, func(p *clip.Post) { p.State = clip.PostIntent }, clip.Conflict, "rejected for good"},
		{"cancelled again", clip.PostCancelled, func(p *clip.Post) { p.State = clip.PostPlanned }, clip.Conflict, "cancelled for good"},
		{"retracted again", clip.PostRetracted, func(p *clip.Post) { p.State = clip.PostConfirmed }, clip.Conflict, "retracted for good"},
		{"confirm", clip.PostSending, func(p *clip.Post) { p.State, p.Receipt.ID = clip.PostConfirmed, "1" }, 0, ""},
		{"lose", clip.PostSending, func(p *clip.Post) { p.State = clip.PostUnknown }, 0, ""},
		{"absent", clip.PostUnknown, func(p *clip.Post) { p.State = clip.PostIntent; p.Attempt++ }, 0, ""},
		{"retract", clip.PostConfirmed, func(p *clip.Post) { p.State, p.Retracted = clip.PostRetracted, at(1) }, 0, ""},
		{"a handle", clip.PostIntent, func(p *clip.Post) { p.Handle = "77" }, 0, ""},
		{"nothing", clip.PostIntent, func(p *clip.Post) {}, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCatalogue(t)
			m, h := goal("g1", span(10, 14))
			h.Drafts[0].NotBefore = at(100)
			m, _, _, err := c.Flag(ctx, m, h, maria)
			must(0, err)(t)
			id := m.ID
			approve(t, c, review(t, c, id))
			before := bring(t, c, clip.NewPostID(id, "folder"), tc.from)
			events, audit := counts(t, c)
			want := before
			tc.edit(&want)
			got, err := c.EditPost(ctx, before.ID, theo, "post.x", func(p *clip.Post) error { tc.edit(p); return nil })
			after := must(c.Post(ctx, before.ID))(t)
			if tc.words != "" {
				wantKind(t, err, tc.kind, tc.words)
				wantSame(t, after, before)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			one := int64(1)
			if want == before {
				one = 0
			}
			if e, a := counts(t, c); e != events+one || a != audit+one {
				t.Errorf("%d events, %d audit entries", e-events, a-audit)
			}
			want.Changed = got.Changed
			wantSame(t, got, want)
			wantSame(t, after, want)
		})
	}
}

func TestSettle(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", span(10, 14))
	state := func() clip.HighlightState { return must(c.Settle(ctx, id))(t).State }
	wantSame(t, state(), clip.HighlightRendering)
	approve(t, c, review(t, c, id))
	wantSame(t, state(), clip.HighlightApproved)
	bring(t, c, clip.NewPostID(id, "folder"), clip.PostConfirmed)
	wantSame(t, state(), clip.HighlightApproved)
	bring(t, c, clip.NewPostID(id, "mastodon"), clip.PostNeedsPerson)
	wantSame(t, state(), clip.HighlightSettled)
	events, audit := counts(t, c)
	wantSame(t, state(), clip.HighlightSettled)
	if e, a := counts(t, c); e != events || a != audit {
		t.Error("settling again left a trace")
	}
	// A person says that it is not there: it may be sent once more.
	post := clip.NewPostID(id, "mastodon")
	p := must(c.EditPost(ctx, post, maria, "post.resolve", func(p *clip.Post) error { return p.Resolve(false, clip.Receipt{}) }))(t)
	must(c.Send(ctx, post, p.Attempt, at(1e7)))(t)
	_, err := c.Settle(ctx, "nobody")
	wantKind(t, err, clip.NotFound, "nobody")
}
