package activities

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"go.temporal.io/sdk/activity"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
)

// Activities holds what the steps need. Workflows name its methods through a
// nil pointer and never call them.
type Activities struct {
	Catalogue *store.Catalogue
	Blobs     *store.Blobs
	Media     *media.Engine
	Flagger   *Flagger
	Decider   *Decider
	Marks     *detect.Marks
	Speech    *detect.Speech              // nil: there is no service
	Accounts  map[string]platform.Account // by destination
	DVR       string                      // directory of the recordings
	Disk      *feed.Disk                  // that it lies on
	Scratch   string                      // directory for half-finished files
	Start     Starter
	Now       func() time.Time
	Started   time.Time // when this process began
	Log       logrus.FieldLogger

	recorders recorders
}

// system is who acts when nobody in particular does.
func system(name string) clip.Actor { return clip.Actor{Name: name, Role: clip.Machine} }

// open reads a file of the DVR.
func (a *Activities) open(path string) (*os.File, error) {
	return os.Open(filepath.Join(a.DVR, filepath.FromSlash(path)))
}

// heartbeat tells Temporal that the attempt lives, at most once a second.
func heartbeat(ctx context.Context) func() {
	var mu sync.Mutex
	var last time.Time
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			activity.RecordHeartbeat(ctx)
		}
	}
}

// alive heartbeats until stop is called, for steps that have no progress to
// tell.
func alive(ctx context.Context) (stop func()) {
	beat := heartbeat(ctx)
	beat()
	done := make(chan struct{})
	var once sync.Once
	go func() {
		tick := time.NewTicker(2 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				beat()
			}
		}
	}()
	return func() { once.Do(func() { close(done) }) }
}
