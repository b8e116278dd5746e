package activities

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// findings collects what is heard and seen, so that the catalogue is told a few
// times a second at most.
type findings struct {
	mu    sync.Mutex
	curve []clip.Loudness
	marks []clip.Mark
	all   int // findings so far
}

// writeBeat is how long findings are collected.
const writeBeat = 500 * time.Millisecond

func (f *findings) heard(l clip.Loudness) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all++
	if n := len(f.curve); n > 0 && f.curve[n-1].Epoch == l.Epoch && f.curve[n-1].End() == l.From {
		f.curve[n-1].Levels = append(f.curve[n-1].Levels, l.Levels...)
		return
	}
	f.curve = append(f.curve, l)
}

func (f *findings) saw(m clip.Mark) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all++
	f.marks = append(f.marks, m)
}

// total is how much was found so far.
func (f *findings) total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all
}

// take gives what was found since it was asked last.
func (f *findings) take() ([]clip.Loudness, []clip.Mark) {
	f.mu.Lock()
	defer f.mu.Unlock()
	curve, marks := f.curve, f.marks
	f.curve, f.marks = nil, nil
	return curve, marks
}

// sceneMark is the mark of a change of scene.
func sceneMark(epoch clip.EpochID, at clip.Ticks, s media.Scene) clip.Mark {
	return clip.Mark{Epoch: epoch, PTS: at, Scheme: "scene",
		Fields: map[string]string{"change": strconv.FormatFloat(s.Change, 'f', 0, 64)}}
}

// write tells the catalogue what is found, until over.
func (l *Listener) write(ctx context.Context, over <-chan struct{}) {
	tick := time.NewTicker(writeBeat)
	defer tick.Stop()
	ctx = context.WithoutCancel(ctx) // what was found is kept also when the feed is stopped
	for {
		select {
		case <-tick.C:
			l.keep(ctx)
		case <-over:
			l.keep(ctx)
			return
		}
	}
}

// keep writes what was found.
func (l *Listener) keep(ctx context.Context) {
	const lost = "what was heard and seen could not be kept"
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	curve, marks := l.findings.take()
	for _, c := range curve {
		if err := l.Catalogue.PutLoudness(ctx, l.Feed, c); err != nil {
			l.sayError(lost, err)
		}
	}
	if len(marks) == 0 {
		return
	}
	if err := l.Catalogue.AddMarks(ctx, l.Feed, marks); err != nil {
		l.sayError(lost, err)
	}
}
