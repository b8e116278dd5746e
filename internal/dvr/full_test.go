//go:build linux && fulldisk

package dvr

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// TestFullDisk fills the disk of a recorder and its catalogue to the last byte,
// and makes room again. It mounts a small disk in a mount namespace of its own:
// scripts/test.sh runs it where that is allowed, and says so where it is not.
func TestFullDisk(t *testing.T) {
	const inside = "OVATION_DVR_TEST_MOUNTED"
	if os.Getenv(inside) != "" {
		dir := t.TempDir()
		if err := unix.Mount("small", dir, "tmpfs", 0, "size=24m"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }()
		fillAndFree(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=yes")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if t.Logf("%s", out); err != nil {
		t.Error(err)
	}
}

func fillAndFree(t *testing.T, dir string) {
	x := transmit(t)
	c, err := openCatalogue(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, stop := context.WithCancel(t.Context())
	f := theFeed(x.url)
	if err := c.PutFeed(ctx, f, clip.Actor{Name: "test", Role: clip.Admin}); err != nil {
		t.Fatal(err)
	}
	src, err := feed.Open(f, feed.Tools{}, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	disk := &feed.Disk{Dir: dir}
	r := &feed.Recorder{Feed: f, Source: src, Dir: filepath.Join(dir, "dvr"), Index: c, Disk: disk, Log: quietLog()}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	held := func() int { return len(segmentsIn(t, c)) }
	within(t, "twelve segments are recorded", 40*time.Second, func() bool { return held() >= 12 })

	ballast := fill(t, dir)
	within(t, "new work is refused", time.Minute, func() bool { return clip.KindOf(disk.CheckRoom()) == clip.Full })
	last := func() int64 { segs := segmentsIn(t, c); return segs[len(segs)-1].Seq }
	filled := last()
	within(t, "what airs is recorded on the full disk, the oldest goes", 20*time.Second, func() bool {
		return last() >= filled+4 && segmentsIn(t, c)[0].Seq > 1
	})
	within(t, "health says why the window is short", 5*time.Second, func() bool {
		h, err := c.Health(ctx, f.ID)
		return err == nil && h.State == clip.FeedRecording && strings.Contains(h.Detail, "disk") && h.Window < f.Window
	})
	select {
	case err := <-ended:
		t.Fatalf("the recorder ended on a full disk: %v", err)
	default:
	}
	before := held()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	within(t, "recording goes on", 20*time.Second, func() bool { return held() >= before+3 })
	t.Logf("%d segments were held on the full disk; three more came within %s of its being freed", before, time.Since(freed).Round(100*time.Millisecond))
	within(t, "new work is taken", 10*time.Second, func() bool { return disk.CheckRoom() == nil })
	within(t, "the window is as long as it may be", 10*time.Second, func() bool {
		h, err := c.Health(ctx, f.ID)
		return err == nil && h.State == clip.FeedRecording && h.Window == f.Window
	})
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the recorder ended: %v", err)
	}
	consistent(t, dir)
	playlist, err := os.ReadFile(filepath.Join(dir, "dvr", string(feedID), "index.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	tl, err := c.Timeline(t.Context(), feedID)
	if err != nil {
		t.Fatal(err)
	}
	if want := feed.Playlist(tl, segmentsIn(t, c), false); string(want) != string(playlist) {
		t.Errorf("the playlist is\n%s\nwant\n%s", playlist, want)
	}
}

// fill writes a file until there is no room at all.
func fill(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size >= 1<<12; {
		_, err := f.Write(make([]byte, size))
		switch {
		case errors.Is(err, syscall.ENOSPC) || errors.Is(err, io.ErrShortWrite):
			size /= 2
		case err != nil:
			t.Fatal(err)
		}
	}
	return f.Name()
}

// within waits until ok.
func within(t *testing.T, what string, d time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", d, what)
		}
	}
}
