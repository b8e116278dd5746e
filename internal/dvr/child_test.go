package dvr

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/store"
)

// A child process is a small recorder that is there to be killed.
const (
	childDir = "OVATION_DVR_TEST_DIR"
	childURL = "OVATION_DVR_TEST_URL"
	feedID   = clip.FeedID("final")
)

// TestMain is also the child.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := recordForEver(dir, os.Getenv(childURL)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil { // these tests mostly wait
		panic(err)
	}
	os.Exit(m.Run())
}

func quietLog() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

func openCatalogue(dir string) (*store.Catalogue, error) {
	return store.Open(context.Background(), filepath.Join(dir, "catalogue.db"))
}

// theFeed is the feed that records a URL.
func theFeed(url string) clip.Feed {
	return clip.Feed{ID: feedID, Title: "Final", URL: url, AllowPrivate: true, Window: time.Hour, Lang: "en"}
}

// recordForEver records until it is killed.
func recordForEver(dir, url string) error {
	ctx := context.Background()
	c, err := openCatalogue(dir)
	if err != nil {
		return err
	}
	f := theFeed(url)
	if _, err := c.Feed(ctx, f.ID); clip.KindOf(err) == clip.NotFound {
		if err := c.PutFeed(ctx, f, clip.Actor{Name: "test", Role: clip.Admin}); err != nil {
			return err
		}
	}
	src, err := feed.Open(f, feed.Tools{}, quietLog())
	if err != nil {
		return err
	}
	fmt.Println("up")
	r := &feed.Recorder{Feed: f, Source: src, Dir: filepath.Join(dir, "dvr"), Index: c, Log: quietLog()}
	return errors.Join(r.Run(ctx), c.Close())
}
