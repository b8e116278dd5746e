package worker

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
)

// counted is an account that counts how often it is asked.
type counted struct {
	platform.Account
	asked int
	err   error
}

func (c *counted) Numbers(context.Context, clip.Post) (clip.Numbers, error) {
	c.asked++
	views := int64(c.asked)
	return clip.Numbers{Views: &views}, c.err
}

// TestCount: a post is counted when it is due, also after a restart, and what
// goes wrong waits for the next time and leaves the post alone.
func TestCount(t *testing.T) {
	ctx := t.Context()
	c, err := store.Open(ctx, ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	post := confirmed(t, c)
	log := logrus.New()
	log.SetOutput(io.Discard)
	account := &counted{}
	p := &parts{log: log, catalogue: c, accounts: map[string]platform.Account{post.Destination: account}}
	asked := map[clip.PostID]time.Time{}
	look := func(age time.Duration, want int) {
		t.Helper()
		if err := p.count(ctx, asked, post.Receipt.At.Add(age)); err != nil || account.asked != want {
			t.Fatalf("%s after it was published it was asked %d times, want %d; %v", age, account.asked, want, err)
		}
	}
	look(time.Minute, 0)
	look(5*time.Minute, 1)
	look(6*time.Minute, 1)
	asked = map[clip.PostID]time.Time{} // a restart
	look(7*time.Minute, 1)
	account.err = clip.Errorf(clip.Unavailable, "count", "no answer")
	look(11*time.Minute, 2)
	look(12*time.Minute, 2)
	n, ok, err := c.Numbers(ctx, post.ID)
	if !ok || err != nil || *n.Views != 1 {
		t.Errorf("%v, %t, %v", n, ok, err)
	}
	if now, err := c.Post(ctx, post.ID); err != nil || now != post {
		t.Errorf("the post was touched: %+v, %v", now, err)
	}
}

// confirmed makes a post that is public.
func confirmed(t *testing.T, c *store.Catalogue) clip.Post {
	t.Helper()
	ctx, by := t.Context(), clip.Actor{Name: "test", Role: clip.Admin}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().UTC()
	span := clip.Span{In: now.Add(-time.Minute), Out: now.Add(-50 * time.Second)}
	m, h, _, err := c.Flag(ctx, clip.Moment{Feed: "f", Span: span, Kind: "goal", Source: "test", Key: "1"}, clip.Highlight{
		Feed: "f", Recipe: clip.Recipe{Feed: "f", Span: span, Shapes: []clip.Shape{clip.Wide}},
		Drafts: []clip.Draft{{Destination: "fans", Shape: clip.Wide, Text: "Goal!"}},
	}, by)
	must(err)
	h, err = c.EditHighlight(ctx, m.ID, by, "ready", func(h *clip.Highlight) error {
		h.State, h.Renditions = clip.HighlightReview, []clip.Rendition{{Shape: clip.Wide, Digest: clip.DigestOf(nil)}}
		return nil
	})
	must(err)
	_, err = c.Decide(ctx, clip.Decision{Highlight: h.ID, Revision: h.Revision, Verdict: clip.Approve}, by)
	must(err)
	id := clip.NewPostID(h.ID, "fans")
	_, err = c.Intend(ctx, id, nil, now, func(p *clip.Post) { p.State, p.Attempt, p.Marker = clip.PostIntent, 1, "m" })
	must(err)
	_, err = c.Send(ctx, id, 1, now)
	must(err)
	p, err := c.EditPost(ctx, id, by, "sent", func(p *clip.Post) error {
		p.Answer(clip.Receipt{ID: "1", URL: "https://fans.example/1", At: now}, nil)
		return nil
	})
	must(err)
	return p
}
