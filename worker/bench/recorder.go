package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
	failures, counts := make([]error, len(urls)), make([]tally, len(urls))
	for n, u := range urls {
		f := clip.Feed{ID: feedID(n), Title: string(feedID(n)), URL: u, AllowPrivate: true, Window: window, Lang: "en"}
		if err := c.PutFeed(ctx, f, clip.Actor{Name: "bench", Role: clip.Admin}); err != nil {
			return errors.Join(err, c.Close())
		}
		src, err := feed.Open(f, feed.Tools{}, log)
		if err != nil {
			return errors.Join(err, c.Close())
		}
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

// kept is what of the broadcast was recorded: the pictures that the catalogue
// took, and how many are missing between the first and the last.
type kept struct {
	Pictures int `json:"pictures"`
	Missing  int `json:"missing"`
}

// tally counts the pictures of one feed as they are recorded.
type tally struct {
	kept
	last clip.Segment
}

// add counts a segment. A new epoch has lost a picture at least.
func (t *tally) add(s clip.Segment) {
	const frame = clip.TickRate / framesPerSecond
	switch {
	case t.last.Seq == 0:
	case t.last.Epoch != s.Epoch:
		t.Missing++
	default:
		t.Missing += int((s.First - t.last.End + frame/2) / frame)
	}
	t.Missing += int((s.End-s.First+frame/2)/frame) - len(s.Frames)
	t.Pictures += len(s.Frames)
	t.last = s
}

const keptName = "kept.json"

func writeKept(dir string, counts []tally) error {
	var sum kept
	for _, t := range counts {
		sum.Pictures, sum.Missing = sum.Pictures+t.Pictures, sum.Missing+t.Missing
	}
	b, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, keptName), b, 0o644)
}

// readKept reads what a recorder said when it ended.
func readKept(dir string) (k kept, err error) {
	b, err := os.ReadFile(filepath.Join(dir, keptName))
	if err != nil {
		return k, clip.Errorf(clip.Internal, "count what was kept", "%w", err)
	}
	return k, json.Unmarshal(b, &k)
}
