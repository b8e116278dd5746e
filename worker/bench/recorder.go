package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/store"
)

// Record records feeds as a host does, into a catalogue and a DVR below dir,
// for a while. It is the process that [DVR] measures.
func Record(ctx context.Context, urls []string, dir string, length time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	c, err := store.Open(ctx, filepath.Join(dir, "catalogue.db"))
	if err != nil {
		return err
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	var all sync.WaitGroup
	failures := make([]error, len(urls))
	for n, u := range urls {
		f := clip.Feed{ID: feedID(n), Title: string(feedID(n)), URL: u, AllowPrivate: true, Window: clip.DefaultWindow, Lang: "en"}
		if err := c.PutFeed(ctx, f, clip.Actor{Name: "bench", Role: clip.Admin}); err != nil {
			return errors.Join(err, c.Close())
		}
		src, err := feed.Open(f, feed.Tools{}, log)
		if err != nil {
			return errors.Join(err, c.Close())
		}
		r := &feed.Recorder{Feed: f, Source: src, Dir: filepath.Join(dir, "dvr"), Index: c, Log: log}
		all.Go(func() { failures[n] = ended(r.Run(ctx)) })
	}
	all.Wait()
	return errors.Join(append(failures, c.Close())...)
}

// ended forgets that the time is over.
func ended(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func feedID(n int) clip.FeedID { return clip.FeedID(fmt.Sprintf("feed-%d", n)) }

// kept is what of the broadcast is in a recording: of each feed the pictures
// between the first and the last one kept, and how many of them are missing.
type kept struct {
	Pictures int `json:"pictures"`
	Missing  int `json:"missing"`
}

// count reads the index of a finished recording.
func count(ctx context.Context, dir string, feeds int) (k kept, err error) {
	c, err := store.Open(ctx, filepath.Join(dir, "catalogue.db"))
	if err != nil {
		return k, err
	}
	defer c.Close()
	for n := range feeds {
		rec, err := c.Recording(ctx, feedID(n), clip.Span{})
		if err != nil {
			return k, err
		}
		aired, held := 0, 0
		for _, e := range rec.Timeline {
			aired += e.Format.Rate.Frames(e.End - e.First)
		}
		for _, s := range rec.Segments {
			held += len(s.Frames)
		}
		k.Pictures += held
		k.Missing += aired - held + max(0, len(rec.Timeline)-1) // a new epoch: at least one picture is not there
	}
	return k, nil
}
