package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// How live events are kept going.
const (
	keepAlive   = 15 * time.Second // a comment, so that proxies see life
	writeLimit  = 30 * time.Second // for one write; a client that reads nothing is let go
	eventsBatch = 500
)

// events is GET /api/v1/events. Each event's id is its place in the catalogue,
// so a client that comes back with Last-Event-ID misses nothing.
func (d *Desk) events(w http.ResponseWriter, r *http.Request) {
	user := actorOf(r.Context()).Name
	if !d.guards.followers.take(user, maxFollowers) {
		d.fail(w, r, clip.Errorf(clip.Throttled, "follow events", "%s has %d connections open; close some", user, maxFollowers))
		return
	}
	defer d.guards.followers.give(user)
	wake, stop := d.Catalogue.Subscribe() // before the first read: nothing falls between
	defer stop()
	after, err := d.eventsAfter(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	out := eventWriter{w: w, rc: http.NewResponseController(w), after: after}
	if out.line(fmt.Sprintf("retry: 2000\nid: %d\n: connected\n\n", after)) != nil {
		return
	}
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		for more := true; more; {
			if more, err = out.next(d, r); err != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-d.leaving:
			return
		case <-wake:
		case <-tick.C:
			if out.line(": alive\n\n") != nil {
				return
			}
		}
	}
}

// eventsAfter is where the client left off: its Last-Event-ID, its after
// parameter, or now.
func (d *Desk) eventsAfter(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return d.Catalogue.LastEvent(r.Context())
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, clip.Errorf(clip.Invalid, "follow events", "Last-Event-ID %q is not a number that came with an event", text)
	}
	return n, nil
}

// eventWriter writes events and flushes each batch.
type eventWriter struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	after int64
}

// next writes what there is after the last event; more says that there may be
// more.
func (o *eventWriter) next(d *Desk, r *http.Request) (more bool, err error) {
	events, err := d.Catalogue.Events(r.Context(), o.after, eventsBatch)
	if err != nil || len(events) == 0 {
		return false, err
	}
	var text []byte
	for _, e := range events {
		body, err := json.Marshal(e)
		if err != nil {
			return false, err
		}
		text = fmt.Appendf(text, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Kind, body)
		o.after = e.Seq
	}
	return len(events) == eventsBatch, o.line(string(text))
}

func (o *eventWriter) line(text string) error {
	_ = o.rc.SetWriteDeadline(time.Now().Add(writeLimit)) // not every server can; then its own holds
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.rc.Flush()
}
