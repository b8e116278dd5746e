package store

import (
	"context"
	"sync"

	"github.com/ovation-live/ovation/clip"
)

// The kinds of events.
const (
	ofFeed      = "feed"
	ofMoment    = "moment"
	ofHighlight = "highlight"
	ofPost      = "post"
	ofSending   = "sending"
)

// event tells the desk that something changed.
func (t *tx) event(ctx context.Context, kind, id string) error {
	t.wake = true
	_, err := t.ExecContext(ctx,
		`INSERT INTO events (seq, at_ns, kind, id) SELECT COALESCE(MAX(seq), 0) + 1, ?, ?, ? FROM events`,
		nanos(t.now), kind, id)
	return err
}

// Events lists what changed after the event numbered after, oldest first.
func (c *Catalogue) Events(ctx context.Context, after int64, limit int) ([]clip.Event, error) {
	events, err := collect(ctx, c.reader, scanEvent,
		`SELECT seq, at_ns, kind, id FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, after, atMost(limit))
	return events, fault("list events", err)
}

func scanEvent(row scanner) (clip.Event, error) {
	var e clip.Event
	var at int64
	err := row.Scan(&e.Seq, &at, &e.Kind, &e.ID)
	e.At = instant(at)
	return e, err
}

// LastEvent is the number of the newest event, zero when there is none.
func (c *Catalogue) LastEvent(ctx context.Context) (int64, error) {
	n, _, err := first(ctx, c.reader, number, `SELECT COALESCE(MAX(seq), 0) FROM events`)
	return n, fault("list events", err)
}

// Subscribe gives a channel that holds a token after a commit of this process
// wrote an event or a segment. Several commits may leave one token: read
// everything that is new. stop ends the subscription.
func (c *Catalogue) Subscribe() (wake <-chan struct{}, stop func()) { return c.wakes.add() }

// wakes are the subscribers.
type wakes struct {
	mu   sync.Mutex
	subs map[chan struct{}]struct{}
}

func (w *wakes) add() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.subs == nil {
		w.subs = map[chan struct{}]struct{}{}
	}
	w.subs[ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, ch)
	}
}

func (w *wakes) all() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.subs {
		select {
		case ch <- struct{}{}:
		default: // it has one already
		}
	}
}
