package store

import (
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestFeeds(t *testing.T) {
	c := newCatalogue(t)
	_, err := c.Feed(ctx, "match")
	wantKind(t, err, clip.NotFound, "ovation feed add")
	wantKind(t, c.PutFeed(ctx, clip.Feed{ID: "Not A Name"}, maria), clip.Invalid, "not a name")

	match := clip.Feed{ID: "match", Title: "Final", URL: "synthetic:match", Window: 4 * time.Hour, Lang: "en"}
	for _, step := range []struct {
		name          string
		do            func() error
		events, audit int64 // so far
	}{
		{"add", func() error { return c.PutFeed(ctx, match, maria) }, 1, 1},
		{"again", func() error { return c.PutFeed(ctx, match, theo) }, 1, 1},
		{"change", func() error { match.Title = "The final"; return c.PutFeed(ctx, match, theo) }, 2, 2},
		{"another", func() error { return c.PutFeed(ctx, clip.Feed{ID: "alpha"}, maria) }, 3, 3},
		{"remove", func() error { return c.RemoveFeed(ctx, "alpha", maria) }, 4, 4},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		events, audit := counts(t, c)
		wantSame(t, [2]int64{events, audit}, [2]int64{step.events, step.audit})
	}
	wantSame(t, must(c.Feeds(ctx))(t), []clip.Feed{match})
	wantSame(t, must(c.Feed(ctx, "match"))(t), match)
	wantKind(t, c.RemoveFeed(ctx, "alpha", maria), clip.NotFound, "there are match")

	entry := must(c.Audit(ctx, 2, 1))(t)[0]
	wantSame(t, []string{entry.Actor, entry.Role, entry.Action, entry.Object}, []string{"maria", "publisher", "feed.add", "feed alpha"})
}

func TestHealth(t *testing.T) {
	c := newCatalogue(t)
	wantKind(t, c.SetHealth(ctx, clip.Health{Feed: "match"}), clip.NotFound, "not, or no longer")
	if err := c.PutFeed(ctx, clip.Feed{ID: "match"}, maria); err != nil {
		t.Fatal(err)
	}
	wantSame(t, must(c.Health(ctx, "match"))(t), clip.Health{Feed: "match", State: clip.FeedStarting})

	wake, stop := c.Subscribe()
	defer stop()
	h := clip.Health{Feed: "match", State: clip.FeedRecording, Bitrate: 1}
	for _, step := range []struct {
		name  string
		edit  func()
		event bool
	}{
		{"recording", func() {}, true},
		{"figures", func() { h.Bitrate, h.LastSegment, h.Segments = 2, at(3), 4 }, false},
		{"stalled", func() { h.State = clip.FeedStalled }, true},
		{"why", func() { h.Detail = "404" }, true},
		{"the same", func() {}, false},
	} {
		before, _ := counts(t, c)
		step.edit()
		if err := c.SetHealth(ctx, h); err != nil {
			t.Fatal(err)
		}
		wantSame(t, must(c.Health(ctx, "match"))(t), h)
		after, audit := counts(t, c)
		woken := false
		select {
		case <-wake:
			woken = true
		default:
		}
		if (after > before) != step.event || woken != step.event || audit != 1 {
			t.Errorf("%s: %d events, woken %v, %d audit entries", step.name, after-before, woken, audit)
		}
	}

	record(t, c, 1)
	wantSame(t, must(c.Recording(ctx, "match", clip.Span{}))(t).Live, true)
	if err := c.RemoveFeed(ctx, "match", maria); err != nil {
		t.Fatal(err)
	}
	wantSame(t, must(c.Recording(ctx, "match", clip.Span{}))(t).Live, false)
	if err := c.PutFeed(ctx, clip.Feed{ID: "match"}, maria); err != nil {
		t.Fatal(err)
	}
	wantSame(t, must(c.Health(ctx, "match"))(t).State, clip.FeedStarting)
	wantSame(t, must(c.NextSeq(ctx, "match"))(t), int64(2)) // what was recorded stayed
}
