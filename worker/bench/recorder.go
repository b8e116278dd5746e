package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// Recording is what [Record] does.
type Recording struct {
	URLs   []string
	Dir    string        // where the catalogue and the DVR go
	For    time.Duration // how long
	Window time.Duration // how far back it reaches
	FFmpeg string        // listens beside it as on a host: loudness and key frames; "": nothing does
}

// Record records feeds as a host does. It is the process that [DVR] measures.
func Record(ctx context.Context, w Recording) error {
	ctx, cancel := context.WithTimeout(ctx, w.For)
	defer cancel()
	c, err := store.Open(ctx, filepath.Join(w.Dir, "catalogue.db"))
	if err != nil {
		return err
	}
	h := host{Recording: w, catalogue: c, log: logrus.New(), disk: &feed.Disk{Dir: w.Dir}}
	h.log.SetOutput(io.Discard)
	h.log.AddHook(&h.said)
	err = h.run(ctx)
	return errors.Join(err, c.Close())
}

// host records the feeds of one [Record].
type host struct {
	Recording
	catalogue *store.Catalogue
	log       *logrus.Logger
	said      warnings
	disk      *feed.Disk
	media     *media.Engine // nil: nothing listens
}

func (h *host) run(ctx context.Context) error {
	if h.FFmpeg != "" {
		var err error
		if h.media, err = media.New(h.FFmpeg, "ffprobe", h.log); err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	failures, counts := make([]error, len(h.URLs)), make([]*tally, len(h.URLs))
	for n, u := range h.URLs {
		f := clip.Feed{ID: feedID(n), Title: string(feedID(n)), URL: u, AllowPrivate: true, Window: h.Window, Lang: "en"}
		if err := h.catalogue.PutFeed(ctx, f, clip.Actor{Name: "bench", Role: clip.Admin}); err != nil {
			return err
		}
		src, err := feed.Open(f, feed.Tools{}, h.log)
		if err != nil {
			return err
		}
		counts[n] = newTally(time.Now)
		all.Go(func() { failures[n] = h.record(ctx, f, src, counts[n]) })
	}
	helpers := watchHelpers(ctx)
	all.Wait()
	k := keptBy{Tallies: counts, Said: h.said.all(), Helpers: helpers()}
	return errors.Join(append(failures, k.write(h.Dir))...)
}

// record records one feed until ctx ends.
func (h *host) record(ctx context.Context, f clip.Feed, src feed.Source, t *tally) error {
	dvr := filepath.Join(h.Dir, "dvr")
	r := &feed.Recorder{Feed: f, Source: src, Dir: dvr, Index: h.catalogue, Disk: h.disk, Log: h.log, OnSegment: t.add}
	if h.media == nil {
		return ended(r.Run(ctx))
	}
	l := &activities.Listener{Feed: f.ID, Catalogue: h.catalogue, Media: h.media, Log: h.log,
		Open: func(path string) (io.ReadCloser, error) { return os.Open(filepath.Join(dvr, path)) }}
	r.OnSegment = func(s clip.Segment) {
		t.add(s)
		l.Segment(s)
	}
	var listening sync.WaitGroup
	listening.Go(func() { l.Run(ctx) })
	err := ended(r.Run(ctx))
	l.Close()
	listening.Wait()
	curve, heard := h.catalogue.Loudness(context.WithoutCancel(ctx), f.ID, clip.Span{})
	for _, stretch := range curve {
		t.Levels += len(stretch.Levels)
	}
	return errors.Join(err, heard)
}

// ended forgets that the time is over.
func ended(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func feedID(n int) clip.FeedID { return clip.FeedID(fmt.Sprintf("feed-%d", n)) }
