package desk

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
)

// pace is how many times faster than a broadcast the one of this test goes on.
const pace = 4

// fastFeed gives a minute of the tape at once, and then goes on at pace.
type fastFeed struct{ segments [][]byte }

// Run gives the tape over and over, with a clock that goes on.
func (f fastFeed) Run(ctx context.Context, emit func(feed.Piece) error) error {
	const length, ready = 2 * time.Second, 30
	began := time.Now()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(began.Add(time.Duration(n-ready) * length / pace))):
		}
		b := bytes.Clone(f.segments[n%len(f.segments)])
		media.ShiftClock(b, clip.TicksOf(time.Duration(n/len(f.segments)*len(f.segments))*length))
		if err := emit(feed.Piece{Container: clip.MPEGTS, Bytes: b}); err != nil {
			return err
		}
	}
}

// recordFast records such a feed until the test ends, under a clock that is as
// fast, and keeps forty seconds of it.
func (w *world) recordFast() {
	w.t.Helper()
	f := clip.Feed{ID: "pitch", Title: "Pitch", URL: "synthetic:match", Window: 40 * time.Second, Lang: "en"}
	must(w.t, w.cat.PutFeed(w.t.Context(), f, seed))
	var src fastFeed
	dir := w.t.TempDir()
	encodeTape(w.t, codecs{}, dir, 0, epochOne, offsetOne)
	for i := range epochOne / tapeRate / 2 {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.ts", i)))
		must(w.t, err)
		src.segments = append(src.segments, b)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	began := time.Now()
	r := &feed.Recorder{Feed: f, Source: src, Dir: w.dvr, Index: w.cat, Log: log,
		Now: func() time.Time { return began.Add(pace * time.Since(began)) }}
	ctx, stop := context.WithCancel(w.t.Context())
	over := make(chan error, 1)
	go func() { over <- r.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		<-over
	})
}

// TestPlaysTheOldest sits on the oldest part of the window while retention
// deletes behind it, and plays on without a request that fails. Who pauses
// until the part is gone goes on with the oldest that there is.
func TestPlaysTheOldest(t *testing.T) {
	w := newWorld(t)
	w.recordFast()
	b := w.browse("paul", 1440, 900)
	b.run(chromedp.Navigate(w.url+"/watch/pitch"), b.until(`globalThis.desk?.player.shown && desk.player.details`),
		chromedp.Evaluate(fmt.Sprintf(`globalThis.oldest = () => desk.player.details.fragments[0].start, globalThis.video = desk.player.video,
			globalThis.from = desk.player.details.startSN, video.playbackRate = %d, desk.player.seekMedia(0)`, pace), nil),
		b.until(`video.currentTime < oldest() + 8 && !video.seeking`),
		chromedp.Evaluate(`globalThis.begun = video.currentTime`, nil),
		b.until(`desk.player.details.startSN >= from + 15 && video.currentTime > begun + 30`))
	b.run(chromedp.Evaluate(`video.pause()`, nil), b.until(`oldest() > video.buffered.end(video.buffered.length - 1) + 5`),
		chromedp.Evaluate(`globalThis.left = video.currentTime, video.play()`, nil),
		b.until(`video.currentTime > oldest() && video.readyState > 2 && document.querySelector('.toast')?.textContent.includes('the oldest part')`))
	var behind, after float64
	b.run(chromedp.Evaluate(`desk.player.behind`, &behind), chromedp.Evaluate(`video.currentTime - left`, &after))
	if behind < 20 || after < 10 {
		t.Errorf("it goes on %.0f s behind live, %.0f s after where it was", behind, after)
	}
}
