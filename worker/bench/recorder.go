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
func Record(ctx context.Context, urls []string, dir string, length, window time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	c, err := store.Open(ctx, filepath.Join(dir, "catalogue.db"))
	if err != nil {
		return err
	}
	disk := &feed.Disk{Dir: dir}
	log := logrus.New()
	log.SetOutput(io.Discard)
	var all sync.WaitGroup
	failures, counts := make([]error, len(urls)), make([]*tally, len(urls))
	for n, u := range urls {
		f := clip.Feed{ID: feedID(n), Title: string(feedID(n)), URL: u, AllowPrivate: true, Window: window, Lang: "en"}
		if err := c.PutFeed(ctx, f, clip.Actor{Name: "bench", Role: clip.Admin}); err != nil {
			return errors.Join(err, c.Close())
		}
		src, err := feed.Open(f, feed.Tools{}, log)
		if err != nil {
			return errors.Join(err, c.Close())
		}
		counts[n] = newTally(time.Now)
		r := &feed.Recorder{Feed: f, Source: src, Dir: filepath.Join(dir, "dvr"), Index: c, Disk: disk, Log: log, OnSegment: counts[n].add}
		all.Go(func() { failures[n] = ended(r.Run(ctx)) })
	}
	all.Wait()
	return errors.Join(append(failures, c.Close(), writeKept(dir, counts))...)
}

// ended forgets that the time is over.
func ended(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func feedID(n int) clip.FeedID { return clip.FeedID(fmt.Sprintf("feed-%d", n)) }
