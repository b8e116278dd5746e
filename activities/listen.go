package activities

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// Listener hears and sees what a recorder has stored: the loudness curve and
// the changes of scene. It follows the recorder by a segment or two and never
// holds it up: on a machine that cannot keep up it leaves segments out, and
// says so.
type Listener struct {
	Feed      clip.FeedID
	Catalogue *store.Catalogue
	Media     *media.Engine
	Open      media.Open // of the recording's files
	Log       logrus.FieldLogger

	queue    queue
	findings findings
	said     map[string]time.Time
	mu       sync.Mutex // guards said
}

const (
	quietRun = 20 * time.Second // without a segment a run ends; the next one begins with the next segment
	lookBack = 30 * time.Second // of what was recorded but not heard when the program ended
	lagging  = 5                // segments that wait: worth a word

	lagMessage = "listening lags behind the recording"
)

// Segment says that a segment is recorded. It never waits.
func (l *Listener) Segment(s clip.Segment) {
	waiting, left := l.queue.put(s)
	switch {
	case left > 0:
		l.say("the machine is too busy to listen; segments are left out of the loudness curve and the scenes", logrus.Fields{"segments": left})
	case waiting >= lagging:
		l.say(lagMessage, logrus.Fields{"segments": waiting})
	}
}

// Close says that no more segments come: Run ends when it has heard all.
func (l *Listener) Close() { l.queue.close() }

// Run listens until ctx ends, or until all is heard after Close.
func (l *Listener) Run(ctx context.Context) {
	written, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		l.write(ctx, over)
	}()
	defer func() {
		close(over)
		<-written
	}()
	failed := 0
	for {
		s, ok := l.queue.take(ctx, 0)
		if !ok {
			return
		}
		found, err := l.listen(ctx, s)
		if found {
			failed = 0
		}
		if err != nil && ctx.Err() == nil {
			failed++
			l.sayError("listening was interrupted; it goes on with the next segment", err)
			pause(ctx, min(time.Duration(failed)*5*time.Second, time.Minute))
		}
	}
}

// pause waits, but not longer than ctx lasts.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// listen is one run of ffmpeg, over segments that follow each other from the
// first. found says that it found anything.
func (l *Listener) listen(ctx context.Context, first clip.Segment) (found bool, err error) {
	tl, err := l.Catalogue.Timeline(ctx, l.Feed)
	if err != nil {
		return false, err
	}
	epoch, ok := tl.Epoch(first.Epoch)
	if !ok {
		return false, nil // it is gone already
	}
	before := l.findings.total()
	r := &listening{queue: &l.queue, first: first, frame: epoch.Format.Rate.Ticks(1)}
	err = l.Media.Watch(ctx, media.WatchWork{
		Format: epoch.Format, Open: l.Open, Next: r.next,
		Heard: func(c clip.Loudness) {
			c.Epoch = epoch.ID
			l.findings.heard(c)
		},
		Seen: func(s media.Scene) { l.findings.saw(sceneMark(epoch.ID, r.key(s.At), s)) },
	})
	r.end()
	return l.findings.total() > before, err
}

// CatchUp takes up the last segments that were recorded but not heard, after a
// restart. It comes before the recorder.
func (l *Listener) CatchUp(ctx context.Context) {
	unheard, err := l.unheard(ctx)
	if err != nil {
		l.sayError("what was recorded but not heard could not be found", err)
	}
	for _, s := range unheard[max(0, len(unheard)-longestQueue):] {
		l.queue.put(s)
	}
}

// unheard are the last segments of the recording that the curve does not cover.
func (l *Listener) unheard(ctx context.Context) ([]clip.Segment, error) {
	tl, err := l.Catalogue.Timeline(ctx, l.Feed)
	if err != nil || len(tl) == 0 {
		return nil, err
	}
	last := tl[len(tl)-1]
	recent := clip.Span{In: last.Time(last.End).Add(-lookBack)}
	curve, err := l.Catalogue.Loudness(ctx, l.Feed, recent)
	if err != nil {
		return nil, err
	}
	heard := last.First
	for _, c := range curve {
		if c.Epoch == last.ID {
			heard = c.End()
		}
	}
	held, err := l.Catalogue.Segments(ctx, l.Feed, recent)
	var unheard []clip.Segment
	for _, s := range held {
		if s.Epoch == last.ID && s.End > heard+clip.LoudnessWindow {
			unheard = append(unheard, s)
		}
	}
	return unheard, err
}

// say logs a problem, the same at most once a minute.
func (l *Listener) say(what string, fields logrus.Fields) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said == nil {
		l.said = map[string]time.Time{}
	}
	if time.Since(l.said[what]) >= time.Minute {
		l.said[what] = time.Now()
		l.Log.WithFields(fields).Warn(what)
	}
}

func (l *Listener) sayError(what string, err error) { l.say(what, logrus.Fields{"error": err}) }
