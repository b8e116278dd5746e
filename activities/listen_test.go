package activities

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// broadcast is a source that gives what ffmpeg made, twelve seconds that are
// gray and quiet and, from the seventh on, white and loud. It gives them twice:
// the second time is another epoch.
type broadcast struct{ pieces []feed.Piece }

func newBroadcast(t *testing.T) *broadcast {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("ffmpeg", "-v", "error",
		"-f", "lavfi", "-i", "color=gray:s=320x180:r=25:d=12,geq=lum='if(gte(T,7),235,60+mod(X+N,40))':cb=128:cr=128",
		"-f", "lavfi", "-i", "aevalsrc='sin(2*PI*997*t)*if(gte(t,7),0.5,0.05)|0':s=48000:d=12",
		"-c:v", "libx264", "-preset", "veryfast", "-x264-params", "keyint=50:min-keyint=50:scenecut=0", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k",
		"-muxdelay", "0", "-muxpreload", "0", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts", filepath.Join(dir, "%03d.ts"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.ts"))
	if err != nil || len(paths) != 6 {
		t.Fatalf("%d segments, %v", len(paths), err)
	}
	b := &broadcast{}
	for i, path := range slices.Concat(paths, paths) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b.pieces = append(b.pieces, feed.Piece{Bytes: raw, Container: clip.MPEGTS, Discontinuity: i == 6})
	}
	return b
}

func (b *broadcast) Run(_ context.Context, emit func(feed.Piece) error) error {
	for _, p := range b.pieces {
		if err := emit(p); err != nil {
			return err
		}
	}
	return nil
}

// recordBroadcast records all of it, and tells heard.
func recordBroadcast(t *testing.T, c *store.Catalogue, dir string, heard func(clip.Segment)) {
	t.Helper()
	ctx := context.Background()
	f := clip.Feed{ID: "final", URL: "udp://x", Window: time.Hour, Lang: "en"}
	if err := c.PutFeed(ctx, f, admin); err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	r := &feed.Recorder{Feed: f, Source: newBroadcast(t), Dir: dir, Index: c, Log: log, OnSegment: heard}
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func newListener(t *testing.T, dir string) (*Listener, *test.Hook) {
	t.Helper()
	log, hook := test.NewNullLogger()
	c, err := store.Open(context.Background(), filepath.Join(dir, "catalogue.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	e, err := media.New("ffmpeg", "ffprobe", log)
	if err != nil {
		t.Fatal(err)
	}
	return &Listener{Feed: "final", Catalogue: c, Media: e, Log: log,
		Open: func(path string) (io.ReadCloser, error) { return os.Open(filepath.Join(dir, path)) }}, hook
}

// TestListen records two epochs and finds the roar and the change of scene in
// both, where they are.
func TestListen(t *testing.T) {
	dir := t.TempDir()
	l, hook := newListener(t, dir)
	done := make(chan struct{})
	go func() { defer close(done); l.Run(context.Background()) }()
	recordBroadcast(t, l.Catalogue, dir, l.Segment)
	l.Close()
	<-done
	for _, e := range hook.AllEntries() {
		if e.Message != lagMessage { // twelve seconds are recorded in no time
			t.Error(e.Message, e.Data)
		}
	}
	ctx := context.Background()
	tl := must(l.Catalogue.Timeline(ctx, "final"))(t)
	curve := must(l.Catalogue.Loudness(ctx, "final", clip.Span{}))(t)
	marks := must(l.Catalogue.Marks(ctx, "final", clip.Span{}))(t)
	if len(tl) != 2 || len(curve) != 2 || len(marks) != 2 {
		t.Fatalf("%d epochs, %d stretches of loudness, marks %+v", len(tl), len(curve), marks)
	}
	for i, e := range tl {
		roar := e.First + 7*clip.TickRate
		before, _ := clip.Integrated(curve[i].UpTo(roar).Levels)
		after, _ := clip.Integrated(curve[i].After(roar + clip.LoudnessWindow).Levels)
		if d := after - before; d < 1900 || d > 2100 || len(curve[i].Levels) < 110 {
			t.Errorf("epoch %d: %d hundredths louder after the roar, of %d levels", e.ID, d, len(curve[i].Levels))
		}
		if m := marks[i]; m.Epoch != e.ID || m.PTS != e.First+8*clip.TickRate || m.Scheme != "scene" {
			t.Errorf("epoch %d, from %d: scene %+v", e.ID, e.First, m)
		}
	}
	if left := must(l.Catalogue.Unflagged(ctx, "final"))(t); len(left) > 0 {
		t.Errorf("%d scenes wait to be flagged", len(left))
	}
}

// TestListenAfterRestart: what was recorded but not heard is caught up with,
// once.
func TestListenAfterRestart(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	l, hook := newListener(t, dir)
	recordBroadcast(t, l.Catalogue, dir, nil)
	for range 2 {
		again := &Listener{Feed: l.Feed, Catalogue: l.Catalogue, Media: l.Media, Open: l.Open, Log: l.Log}
		again.CatchUp(ctx)
		again.Close()
		again.Run(ctx)
		curve := must(l.Catalogue.Loudness(ctx, "final", clip.Span{}))(t)
		if len(curve) != 1 || curve[0].Epoch != 2 || len(curve[0].Levels) < 110 {
			t.Fatalf("%d stretches: %+v", len(curve), curve)
		}
	}
	if unheard := must(l.unheard(ctx))(t); len(unheard) > 0 {
		t.Errorf("%d segments are still to be heard", len(unheard))
	}
	for _, e := range hook.AllEntries() {
		t.Error(e.Message, e.Data)
	}
}

// TestListenTooSlow: a listener that does not get on holds nobody up, leaves
// segments out, and says so once.
func TestListenTooSlow(t *testing.T) {
	l, hook := newListener(t, t.TempDir())
	for i := range 10 * longestQueue {
		l.Segment(clip.Segment{Seq: int64(i + 1)})
	}
	var said []string
	for _, e := range hook.AllEntries() {
		said = append(said, e.Message)
	}
	if len(said) != 2 || len(l.queue.held) > longestQueue {
		t.Errorf("said %q, %d wait", said, len(l.queue.held))
	}
	l.Close()
	l.Run(context.Background()) // nothing of it is recorded: it ends
}

// must unwraps what cannot fail in the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
