package store

import (
	"context"
	"testing"
	"time"
)

// TestSoon looks at how each commit is made: what is to be durable soon is
// flushed when it falls due, and not before; what is durable always is.
func TestSoon(t *testing.T) {
	c := newCatalogue(t)
	commit := func(how durability) (flushed bool) {
		t.Helper()
		err := c.transact(ctx, "test", how, func(ctx context.Context, t *tx) error {
			n, _, err := first(ctx, t, number, `PRAGMA synchronous`)
			flushed = n == 2 // FULL
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return flushed
	}
	flushes := func(what string, how durability, want bool) {
		t.Helper()
		if got := commit(how); got != want {
			t.Errorf("%s: flushed %v, want %v", what, got, want)
		}
	}
	c.flushed = time.Time{}
	flushes("the first one", soon, true)
	flushes("one right after", soon, false)
	flushes("a durable one", durable, true)
	flushes("one after that", soon, false)
	flushes("figures", relaxed, false)
	c.flushed = time.Now().Add(-soonIs)
	flushes("figures when it is due", relaxed, false)
	flushes("when it is due", soon, true)
	flushes("one right after that", soon, false)
}
