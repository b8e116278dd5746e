package activities

import (
	"context"
	"io"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
)

// RecordInput names the feed to record.
type RecordInput struct {
	Feed clip.FeedID `json:"feed"`
}

// RecordResult says how the recording came to its end.
type RecordResult struct {
	Ended bool `json:"ended"` // the source said that it is over
}

// Record records a feed until it is cancelled or the source is over, and flags
// the marks that ride in the feed. It may repeat: a second recorder of the same
// feed in this process first stops the one before it.
func (a *Activities) Record(ctx context.Context, in RecordInput) (RecordResult, error) {
	f, err := a.Catalogue.Feed(ctx, in.Feed)
	if err != nil {
		return RecordResult{}, err
	}
	ctx, done := a.recorders.take(ctx, in.Feed)
	defer done()
	defer alive(ctx)()
	log := a.Log.WithField("feed", string(in.Feed))
	source, err := feed.Open(f, Tools(a.Media), log)
	if err != nil {
		return RecordResult{}, err
	}
	found := a.flagMarks(ctx, in.Feed)
	found() // those that a crash left behind
	heard, hush := a.listen(ctx, in.Feed)
	defer hush()
	r := &feed.Recorder{
		Feed: f, Source: source, Dir: a.DVR, Index: a.Catalogue, Disk: a.Disk, Log: log, Now: a.Now,
		OnSegment: func(s clip.Segment) {
			activity.RecordHeartbeat(ctx, s.Seq)
			heard(s)
		},
		OnMarks: func([]clip.Mark) { found() },
	}
	if err := r.Run(ctx); err != nil {
		return RecordResult{}, err
	}
	return RecordResult{Ended: true}, nil
}

// Tools are what sources need of ffmpeg.
func Tools(e *media.Engine) feed.Tools {
	return feed.Tools{Encode: e.EncodeLive, Remux: func(ctx context.Context, in feed.Input, out io.Writer) error {
		return e.Remux(ctx, media.RemuxWork{URL: in.URL, Protocols: in.Protocols}, out)
	}}
}

// listen hears and sees what the recorder stores, beside it. hush lets it hear
// the end, and waits for it a little.
func (a *Activities) listen(ctx context.Context, id clip.FeedID) (heard func(clip.Segment), hush func()) {
	l := &Listener{Feed: id, Catalogue: a.Catalogue, Media: a.Media, Log: a.Log.WithField("feed", string(id)),
		Open: func(path string) (io.ReadCloser, error) { return a.open(path) }}
	l.CatchUp(ctx)
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		l.Run(ctx)
	}()
	return l.Segment, func() {
		l.Close()
		select {
		case <-over:
		case <-time.After(5 * time.Second):
		}
		cancel()
		<-over
	}
}

// flagMarks flags marks beside the recorder, which never waits for it, until
// ctx ends. found says that there may be some.
func (a *Activities) flagMarks(ctx context.Context, id clip.FeedID) (found func()) {
	some := make(chan struct{}, 1)
	go func() {
		var again <-chan time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-some:
			case <-again:
			}
			again = nil
			if left := a.flagUnflagged(ctx, id); left {
				again = time.After(markAgain)
			}
		}
	}()
	return func() {
		select {
		case some <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// markAgain is how soon a mark is tried again that could not be flagged.
const markAgain = 5 * time.Second

// flagUnflagged makes moments of the marks that no moment was made of yet. A
// mark that no rule of the configuration wants, or that cannot become a moment,
// is dismissed with a line in the log. left says that some are to be tried
// again.
func (a *Activities) flagUnflagged(ctx context.Context, id clip.FeedID) (left bool) {
	log := a.Log.WithField("feed", string(id))
	marks, err := a.Catalogue.Unflagged(ctx, id)
	if err != nil {
		log.WithError(err).Warn("marks in the feed could not be read; they are tried again")
		return ctx.Err() == nil
	}
	for _, m := range marks {
		w, wanted, err := a.Marks.Flag(id, m)
		if err == nil && wanted {
			_, _, _, err = a.Flagger.Flag(ctx, w, system("mark:"+m.Scheme))
		}
		switch {
		case err != nil && clip.KindOf(err).Retry():
			log.WithError(err).WithField("mark", m.Event).Warn("mark could not be flagged yet; it is tried again")
			left = true
			continue
		case err != nil:
			log.WithError(err).WithField("mark", m.Event).Warn("mark was dismissed")
		}
		if err := a.Catalogue.Flagged(ctx, id, m); err != nil {
			log.WithError(err).WithField("mark", m.Event).Warn("mark could not be crossed off; it is flagged again, which changes nothing")
			left = true
		}
	}
	return left
}

// recorders lets only one recorder of a feed run in this process: an attempt
// that Temporal gave up on may still be running.
type recorders struct {
	mu      sync.Mutex
	running map[clip.FeedID]*recording
}

type recording struct {
	stop context.CancelFunc
	done chan struct{}
}

// take stops the recorder that runs, waits for its end, and registers a new
// one until done is called.
func (r *recorders) take(ctx context.Context, id clip.FeedID) (context.Context, func()) {
	ctx, stop := context.WithCancel(ctx)
	mine := &recording{stop: stop, done: make(chan struct{})}
	r.mu.Lock()
	if r.running == nil {
		r.running = map[clip.FeedID]*recording{}
	}
	before := r.running[id]
	r.running[id] = mine
	r.mu.Unlock()
	if before != nil {
		before.stop()
		<-before.done
	}
	return ctx, func() {
		stop()
		r.mu.Lock()
		if r.running[id] == mine {
			delete(r.running, id)
		}
		r.mu.Unlock()
		close(mine.done)
	}
}
