package activities

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// listening is one run of a [Listener]: segments that follow each other.
type listening struct {
	queue *queue
	frame clip.Ticks // how long one lasts

	mu    sync.Mutex // held by who takes a segment
	first clip.Segment
	last  clip.Segment // the one given last; Seq 0: none yet
	over  bool

	keysMu sync.Mutex
	keys   []clip.Ticks // where the key frames of the last segments lie
}

// next gives the next segment of the run, or ends it: where the recording has a
// hole or another epoch begins, where nothing comes for a while, and before the
// clock could wrap.
func (r *listening) next(ctx context.Context) (clip.Source, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || ctx.Err() != nil {
		return clip.Source{}, false
	}
	if r.last.Seq == 0 {
		return r.give(r.first), true
	}
	s, ok := r.queue.take(ctx, quietRun)
	if ok && !r.follows(s) {
		r.queue.back(s)
		ok = false
	}
	if !ok {
		r.over = true
		return clip.Source{}, false
	}
	return r.give(s), true
}

// follows reports whether a segment goes on where the last one ended.
func (r *listening) follows(s clip.Segment) bool {
	hole := s.First - r.last.End
	return s.Epoch == r.last.Epoch && max(hole, -hole) <= 2*r.frame && s.End-r.first.First < media.MaxWatch
}

func (r *listening) give(s clip.Segment) clip.Source {
	const remembered = 16
	r.last = s
	r.keysMu.Lock()
	defer r.keysMu.Unlock()
	for _, f := range s.Frames {
		if f.Kind == clip.IDR || f.Kind == clip.Recovery {
			r.keys = append(r.keys, f.PTS)
		}
	}
	r.keys = r.keys[max(0, len(r.keys)-remembered):]
	return clip.Source{Seq: s.Seq, Path: s.Path, Init: s.Init, First: s.First} // its digest was made a moment ago
}

// key is the key frame that a scene was seen at, exactly where the index has
// it.
func (r *listening) key(t clip.Ticks) clip.Ticks {
	r.keysMu.Lock()
	defer r.keysMu.Unlock()
	i := slices.IndexFunc(r.keys, func(k clip.Ticks) bool { return max(k-t, t-k) < r.frame/2 })
	if i < 0 {
		return t
	}
	return r.keys[i]
}

// end waits until nobody takes segments for the run any more.
func (r *listening) end() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
}

// queue holds the segments that are to be heard. What does not fit is left out,
// all but the newest: to be far behind for ever helps nobody.
type queue struct {
	mu     sync.Mutex
	held   []clip.Segment
	more   chan struct{}
	closed bool
}

// longestQueue is about half a minute.
const longestQueue = 15

// put adds a segment. It says how many wait, and how many were left out.
func (q *queue) put(s clip.Segment) (waiting, left int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.held) >= longestQueue {
		left, q.held = len(q.held), nil
	}
	q.held = append(q.held, s)
	q.wake()
	return len(q.held), left
}

// back puts a segment back that was taken.
func (q *queue) back(s clip.Segment) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = slices.Insert(q.held, 0, s)
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

// wake tells who waits; the lock is held.
func (q *queue) wake() {
	select {
	case q.signal() <- struct{}{}:
	default:
	}
}

func (q *queue) signal() chan struct{} {
	if q.more == nil {
		q.more = make(chan struct{}, 1)
	}
	return q.more
}

// take waits for a segment, at most for a time where that is not zero.
func (q *queue) take(ctx context.Context, most time.Duration) (clip.Segment, bool) {
	var late <-chan time.Time
	if most > 0 {
		timer := time.NewTimer(most)
		defer timer.Stop()
		late = timer.C
	}
	for {
		q.mu.Lock()
		if len(q.held) > 0 {
			s := q.held[0]
			q.held = q.held[1:]
			q.mu.Unlock()
			return s, true
		}
		closed, more := q.closed, q.signal()
		q.mu.Unlock()
		if closed {
			return clip.Segment{}, false
		}
		select {
		case <-more:
		case <-late:
			return clip.Segment{}, false
		case <-ctx.Done():
			return clip.Segment{}, false
		}
	}
}
