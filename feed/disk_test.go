package feed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/ovation-live/ovation/clip"
)

func TestDiskWatermarks(t *testing.T) {
	const total = 1000 << 20
	state := DiskFine
	for i, c := range []struct {
		free int64 // in thousandths of the disk
		want DiskState
	}{
		{1000, DiskFine}, {151, DiskFine}, {149, DiskWarn}, {160, DiskWarn}, {209, DiskWarn}, {211, DiskFine},
		{49, DiskShort}, {60, DiskShort}, {71, DiskWarn}, {19, DiskFull}, {27, DiskFull}, {29, DiskShort}, {900, DiskFine}, {0, DiskFull},
	} {
		if state = state.next(clip.Rescale(total, c.free, 1000), total); state != c.want {
			t.Errorf("step %d: %d ‰ free is %s, want %s", i, c.free, state, c.want)
		}
	}
	// A large disk with 40 GB left is not short of anything.
	if s := DiskFine.next(40<<30, 8<<40); s != DiskFine {
		t.Errorf("40 GB of 8 TB free is %s", s)
	}
}

func TestDiskForecast(t *testing.T) {
	now := time.Date(2026, 7, 26, 18, 0, 0, 0, time.UTC)
	free, total := int64(0), int64(100<<30)
	d := &Disk{Now: func() time.Time { return now }, Space: func(string) (int64, int64, error) { return free, total, nil }}
	room := func(bytes int64) { free, now = watermarks[DiskShort].of(total)+bytes, now.Add(time.Minute); d.State() }
	f := filling{rate: 1 << 20, held: time.Hour, window: 4 * time.Hour}

	room(100 << 30)
	if at, _ := d.forecast("a", f); !at.IsZero() {
		t.Errorf("with room enough the window shrinks at %s", at)
	}
	room(3600 << 20) // an hour of one feed
	at, to := d.forecast("a", f)
	if !at.Equal(now.Add(time.Hour)) || to != 2*time.Hour {
		t.Errorf("one feed: at %s to %s", at.Sub(now), to)
	}
	d.forecast("b", f)
	at, to = d.forecast("a", f)
	if !at.Equal(now.Add(30*time.Minute)) || to != 90*time.Minute {
		t.Errorf("two feeds: at %s to %s", at.Sub(now), to)
	}
	// The other one stops growing after a quarter of an hour.
	d.forecast("b", filling{rate: 1 << 20, held: time.Hour, window: 75 * time.Minute})
	if at, _ = d.forecast("a", f); !at.Equal(now.Add(45 * time.Minute)) {
		t.Errorf("one of two is full after 15 min: at %s", at.Sub(now))
	}
	if err := d.CheckRoom(); err != nil {
		t.Error(err)
	}
	free, now = 1<<20, now.Add(time.Minute)
	if err := d.CheckRoom(); clip.KindOf(err) != clip.Full || !strings.Contains(err.Error(), "make room") {
		t.Errorf("full: %v", err)
	}
}

// TestDiskShort shortens the window while the disk is short, says so, and never
// stops.
func TestDiskShort(t *testing.T) {
	pieces := segments(t, made(t, "disk", source("25", 90), h264(50, false), hls("mpegts")))
	now := time.Date(2026, 7, 26, 18, 0, 0, 0, time.UTC)
	free := int64(500)
	d := &Disk{Now: func() time.Time { return now }, Space: func(string) (int64, int64, error) { return free, 1000, nil }}
	m, dir := newMemory(), t.TempDir()
	r := &Recorder{Feed: clip.Feed{ID: "f", Window: time.Hour}, Dir: dir, Index: m, Log: quietLog(), Disk: d, Now: func() time.Time { return now }}
	ctx := context.Background()
	mkdir(t, r)
	rec, err := r.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		now = now.Add(2 * time.Second)
		if err := rec.take(ctx, p); err != nil {
			t.Fatal(err)
		}
		rec.tick(ctx)
	}
	if rec.health.Window != time.Hour {
		t.Errorf("window %s before the disk was short", rec.health.Window)
	}
	free = 40
	for range 30 {
		now = now.Add(5 * time.Second)
		rec.tick(ctx)
	}
	if got := rec.window().Duration(); got < clip.MinWindow || got > clip.MinWindow+4*time.Second {
		t.Errorf("the window is %s, want the shortest", got)
	}
	if !strings.Contains(rec.health.Detail, "disk is short") || rec.health.Window > 65*time.Second {
		t.Errorf("health %+v", rec.health)
	}
	files, err := filepath.Glob(filepath.Join(dir, "f", "*.ts"))
	if err != nil || len(files) != len(rec.held) {
		t.Errorf("%d files for %d segments: %v", len(files), len(rec.held), err)
	}
}

// mkdir makes the recorder's directory, as Run does with its lock.
func mkdir(t *testing.T, r *Recorder) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(r.Dir, string(r.Feed.ID)), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestRecordedOnce lets no second recorder write to the same feed.
func TestRecordedOnce(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	unlock, err := dvr{dir, "f"}.lock()
	if err != nil {
		t.Fatal(err)
	}
	r := &Recorder{Feed: clip.Feed{ID: "f"}, Dir: dir, Index: m, Log: quietLog(), Source: still{}}
	if err := r.Run(context.Background()); clip.KindOf(err) != clip.Conflict || !strings.Contains(err.Error(), "another") {
		t.Errorf("a second recorder: %v", err)
	}
	unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := r.Run(ctx); clip.KindOf(err) == clip.Conflict {
		t.Error(err)
	}
}

// still is a source that gives nothing.
type still struct{}

func (still) Run(ctx context.Context, _ func(Piece) error) error { <-ctx.Done(); return ctx.Err() }

// TestReserve keeps room for hard times, gives it up when told, and takes it
// again only when there is plenty.
func TestReserve(t *testing.T) {
	now, free := time.Date(2026, 7, 26, 18, 0, 0, 0, time.UTC), int64(50<<20)
	d := &Disk{Dir: t.TempDir(), Now: func() time.Time { return now }, Space: func(string) (int64, int64, error) { return free, 100 << 20, nil }}
	size := func() int64 {
		now = now.Add(lookEvery)
		d.State()
		st, err := os.Stat(filepath.Join(d.Dir, reserveName))
		if err != nil {
			return 0
		}
		return st.Size()
	}
	if got := size(); got != reserveMost {
		t.Errorf("the reserve is %d bytes, want %d", got, reserveMost)
	}
	free = 1 << 20
	if size() == 0 {
		t.Error("it is given up before anybody needs it")
	}
	d.release()
	if size() != 0 {
		t.Error("it is kept, or taken again, on a full disk")
	}
	if free = 50 << 20; size() == 0 {
		t.Error("it is not taken again")
	}
}

// TestSameProblem words and logs a problem that only counts differently once a
// minute, and another one at once.
func TestSameProblem(t *testing.T) {
	log, hook := logtest.NewNullLogger()
	now := time.Date(2026, 7, 26, 18, 0, 0, 0, time.UTC)
	r := &recording{log: log, now: func() time.Time { return now }}
	wordings := 0
	for n := range 90 {
		before := r.health.Detail
		r.note("a segment could not be written", fmt.Errorf("write %d.ts: no space left", n))
		if r.health.Detail != before {
			wordings++
		}
		if !r.noted.Equal(now) {
			t.Fatal("it is not known that the problem is still there")
		}
		now = now.Add(time.Second)
	}
	if wordings != 2 || len(hook.Entries) != 2 {
		t.Errorf("%d wordings and %d lines in a minute and a half, want 2 and 2", wordings, len(hook.Entries))
	}
	r.note("a segment could not be written", errors.New("write 90.ts: input/output error"))
	if !strings.Contains(r.health.Detail, "input/output") || len(hook.Entries) != 3 {
		t.Errorf("another problem is not said: %q, %d lines", r.health.Detail, len(hook.Entries))
	}
}
