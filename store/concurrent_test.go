package store

import (
	"context"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Two catalogues on one file, as of a worker and a desk in two processes, and
// many hands on each.
func TestConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalogue.db")
	both := []*Catalogue{must(Open(ctx, path))(t), must(Open(ctx, path))(t)}
	counter := flag(t, both[0], "counter", span(10, 14))
	for _, f := range []clip.FeedID{"f0", "f1"} {
		if err := both[0].PutFeed(ctx, clip.Feed{ID: f}, maria); err != nil {
			t.Fatal(err)
		}
	}
	const rounds = 20
	var created atomic.Int32
	var all sync.WaitGroup
	for i, c := range both {
		feed := clip.FeedID("f" + strconv.Itoa(i))
		repeat := func(do func(n int) error) {
			all.Go(func() {
				for n := range rounds {
					if err := do(n); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		repeat(func(n int) error { return c.Append(ctx, feed, batch(int64(n+1))) })
		repeat(func(n int) error {
			return c.SetHealth(ctx, clip.Health{Feed: feed, State: clip.FeedRecording, Segments: n})
		})
		for range 2 {
			repeat(func(n int) error {
				_, err := c.EditHighlight(ctx, counter, maria, "highlight.count", func(h *clip.Highlight) error { h.Revision++; return nil })
				return err
			})
			repeat(func(n int) error { // everybody flags the same events
				m, h := goal(strconv.Itoa(n), span(10, 14))
				_, _, fresh, err := c.Flag(ctx, m, h, maria)
				if fresh {
					created.Add(1)
				}
				return err
			})
		}
		repeat(func(n int) error {
			tl, err := c.Recording(ctx, feed, clip.Span{})
			if err == nil && len(tl.Segments) > 0 && tl.Segments[len(tl.Segments)-1].End != tl.Timeline[0].End {
				t.Errorf("a read saw half a write: %d segments, epoch to %d", len(tl.Segments), tl.Timeline[0].End)
			}
			return err
		})
	}
	all.Wait()
	c := both[0]
	wantSame(t, must(c.Highlight(ctx, counter))(t).Revision, 1+4*rounds)
	wantSame(t, created.Load(), int32(rounds))
	wantSame(t, must(c.NextSeq(ctx, "f1"))(t), int64(rounds+1))
	_, audit := counts(t, c)
	wantSame(t, audit, int64(1+2+rounds+4*rounds))
	for i, e := range must(c.Events(ctx, 0, 1<<20))(t) {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has the number %d", i+1, e.Seq)
		}
	}
	for _, c := range both {
		if err := c.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Who waits for the writer can be cancelled; who has begun to write cannot.
func TestCancel(t *testing.T) {
	c := newCatalogue(t)
	id := flag(t, c, "g1", span(10, 14))
	cancelled, cancel := context.WithCancel(ctx)
	h, err := c.EditHighlight(cancelled, id, maria, "highlight.x", func(h *clip.Highlight) error {
		cancel()
		waiting, stop := context.WithTimeout(ctx, 20*time.Millisecond)
		defer stop()
		_, err := c.EditHighlight(waiting, id, maria, "highlight.y", rendered)
		wantKind(t, err, clip.Unavailable, "highlight.y", "deadline exceeded")
		h.Reason = "x"
		return nil
	})
	if err != nil || h.Reason != "x" {
		t.Errorf("a write that had begun was cancelled: %v", err)
	}
	wantSame(t, must(c.Highlight(ctx, id))(t), h)
	_, err = c.Moments(cancelled, Query{})
	wantKind(t, err, clip.Unavailable, "canceled")
}

func TestSubscribe(t *testing.T) {
	c := newCatalogue(t)
	a, stopA := c.Subscribe()
	b, stopB := c.Subscribe()
	defer stopB()
	token := func(ch <-chan struct{}) bool {
		select {
		case <-ch:
			return true
		default:
			return false
		}
	}
	flag(t, c, "g1", span(10, 14))
	flag(t, c, "g2", span(10, 14))
	wantSame(t, []bool{token(a), token(b), token(a)}, []bool{true, true, false})
	stopA()
	flag(t, c, "g3", span(10, 14))
	wantSame(t, []bool{token(a), token(b)}, []bool{false, true})
	_, err := c.EditHighlight(ctx, "nobody", maria, "x", rendered)
	wantKind(t, err, clip.NotFound)
	wantSame(t, token(b), false)

	events := must(c.Events(ctx, 2, 2))(t)
	wantSame(t, []int64{events[0].Seq, events[1].Seq}, []int64{3, 4})
	wantSame(t, []string{events[0].Kind, events[1].Kind}, []string{"highlight", "moment"})
}
