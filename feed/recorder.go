package feed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// Index is what the recorder needs of the catalogue. Append is one
// transaction, and repeating it with the same batch changes nothing.
type Index interface {
	NextSeq(ctx context.Context, feed clip.FeedID) (int64, error)
	Timeline(ctx context.Context, feed clip.FeedID) (clip.Timeline, error)
	Segments(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Segment, error)
	Append(ctx context.Context, feed clip.FeedID, b clip.Batch) error
	SetHealth(ctx context.Context, h clip.Health) error
	Expire(ctx context.Context, feed clip.FeedID, before time.Time, limit int) ([]clip.Segment, error)
}

// Recorder writes one feed to the DVR below Dir and tells the Index.
type Recorder struct {
	Feed      clip.Feed
	Source    Source
	Dir       string // the DVR's root
	Index     Index
	Disk      *Disk // shared by all recorders below Dir; nil: nobody looks after the disk
	Log       logrus.FieldLogger
	Now       func() time.Time   // nil: time.Now
	OnSegment func(clip.Segment) // after each stored segment; nil: nobody asks
	OnMarks   func([]clip.Mark)  // after marks were stored; nil: nobody asks
}

// How patient the recorder is with a source.
const (
	minBackOff  = 500 * time.Millisecond
	maxBackOff  = 10 * time.Second
	downBackOff = 2500 * time.Millisecond // for a source that is away: recording goes on within 3 s of its return
	healthEvery = time.Second
	stopWithin  = 10 * time.Second
	hungAfter   = 30 * time.Second // without a segment: the source is started afresh
)

// Run records until ctx ends or the source says that it is over. It never
// returns because of what the source gives: a bad segment is skipped, a lost
// source is tried again. It does return when the catalogue cannot be read at
// the start, or when somebody else records the same feed (Conflict).
func (r *Recorder) Run(ctx context.Context) error {
	unlock, err := dvr{r.Dir, r.Feed.ID}.lock()
	if err != nil {
		return err
	}
	defer unlock()
	rec, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer rec.open.leave()
	loop := sourceLoop{rec: rec, source: r.Source}
	return loop.run(ctx)
}

// sourceLoop owns the recording: pieces, the clock and the source's end all
// come to its one goroutine.
type sourceLoop struct {
	rec    *recording
	source Source

	pieces chan delivery
	over   chan error
	cancel context.CancelFunc
	began  time.Time
	tries  int
	alive  bool
	hung   bool
}

// delivery is a piece on its way, and where its verdict goes.
type delivery struct {
	piece Piece
	reply chan error
}

func (l *sourceLoop) run(ctx context.Context) error {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	impatient := time.NewTimer(l.rec.patience()) // a stall is told when it is one, not at the next tick
	defer impatient.Stop()
	l.pieces, l.over = make(chan delivery), make(chan error, 1)
	l.start(ctx)
	defer l.stop()
	var retry <-chan time.Time
	for {
		select {
		case d := <-l.pieces:
			err := l.rec.take(ctx, d.piece)
			d.reply <- err
			if err != nil {
				return err
			}
			l.tries = 0
			impatient.Reset(l.rec.patience() - l.rec.quiet() + time.Millisecond)
		case <-impatient.C:
			l.rec.tick(ctx)
		case err := <-l.over:
			l.alive = false
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				return l.rec.finish(ctx)
			}
			retry = time.After(l.failed(err))
		case <-retry:
			retry = nil
			l.start(ctx)
		case <-ticker.C:
			l.rec.tick(ctx)
			l.watch()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// start runs the source in its own goroutine.
func (l *sourceLoop) start(ctx context.Context) {
	running, cancel := context.WithCancel(ctx)
	l.cancel, l.began, l.alive, l.hung = cancel, l.rec.now(), true, false
	emit := func(p Piece) error {
		d := delivery{p, make(chan error, 1)}
		select {
		case l.pieces <- d:
		case <-running.Done():
			return running.Err()
		}
		select {
		case err := <-d.reply:
			return err
		case <-running.Done():
			return running.Err()
		}
	}
	over := l.over
	go func() { over <- runSource(running, l.source, emit) }()
}

// stop ends the source and waits for it, so that it is never run twice at the
// same time.
func (l *sourceLoop) stop() {
	l.cancel()
	if !l.alive {
		return
	}
	select {
	case <-l.over:
	case <-time.After(stopWithin):
		l.rec.log.Error("the source does not stop")
	}
}

// runSource turns a panic of a source into an error: one feed's media must not
// end the recording of the others.
func runSource(ctx context.Context, s Source, emit func(Piece) error) (err error) {
	defer survive(&err)
	return s.Run(ctx, emit)
}

// failed notes why the source stopped and says how long to wait.
func (l *sourceLoop) failed(err error) time.Duration {
	l.cancel()
	if l.hung {
		err = clip.Errorf(clip.Unavailable, "read the source", "nothing came for %s; it was started afresh", hungAfter)
	}
	l.rec.note("the source stopped", err)
	l.tries++
	return backOff(l.tries, err, time.Now())
}

// backOff is how long to wait before the n-th try: doubling, with jitter.
func backOff(n int, err error, now time.Time) time.Duration {
	limit := maxBackOff
	if kind := clip.KindOf(err); kind == clip.Unavailable || kind == clip.NotFound {
		limit = downBackOff
	}
	d := min(minBackOff<<min(n-1, 10), limit)
	d = minBackOff + rand.N(d-minBackOff+time.Millisecond)
	return max(d, min(clip.UntilOf(err).Sub(now), time.Minute))
}

// watch starts a source afresh that runs but gives nothing.
func (l *sourceLoop) watch() {
	if w, ok := l.source.(Waiter); ok && w.Waits() {
		return
	}
	quiet := min(l.rec.quiet(), l.rec.now().Sub(l.began))
	if l.alive && !l.hung && quiet > max(hungAfter, 3*l.rec.patience()) {
		l.hung = true
		l.cancel()
	}
}

// open reads what the catalogue and the disk hold.
func (r *Recorder) open(ctx context.Context) (*recording, error) {
	op := "record feed " + string(r.Feed.ID)
	rec := &recording{Recorder: r, log: r.Log.WithField("feed", r.Feed.ID), now: r.Now,
		dvr: dvr{r.Dir, r.Feed.ID}, captions: newCaptions(r.Feed.Lang), exact: true}
	rec.playlist.dvr = rec.dvr
	if rec.now == nil {
		rec.now = time.Now
	}
	rec.heard = rec.now()
	var err error
	if rec.seq, err = r.Index.NextSeq(ctx, r.Feed.ID); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if rec.timeline, err = r.Index.Timeline(ctx, r.Feed.ID); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	held, err := r.Index.Segments(ctx, r.Feed.ID, clip.Span{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	rec.state = rec.dvr.readState()
	there, left, err := rec.dvr.tidy(held, rec.seq, rec.state.Seq, rec.log)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "look through its directory: %w", err)
	}
	if n := len(held) - len(there); n > 0 {
		rec.health.Lost += n
		rec.note("recorded segments are gone", clip.Errorf(clip.NotFound, op, "the files of %d of them are not in %s any more: put them back, or wait until retention forgets them", n, rec.dvr.dir()))
	}
	for _, s := range there {
		rec.hold(s)
	}
	if err := rec.wake(ctx, left); err != nil {
		return nil, err
	}
	if s, ok := r.Source.(Resumer); ok && len(rec.held) > 0 {
		s.Resume(rec.state.Place)
	}
	return rec, nil
}
