package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// TestJoinStrict plays a finished file as a strict reader does: with no
// parameter sets but those in the header.
func TestJoinStrict(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200})
	p := tp.plan(t, 33, 171, clip.Wide)
	path, want := finish(t, e, tp, p, clip.Wide)
	bare := filepath.Join(t.TempDir(), "bare.mp4")
	sh(t, "ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-c", "copy", "-bsf:v", "filter_units=remove_types=7-8", bare)
	if d := cmp.Diff(count(33, 171, 1), numbers(t, bare, want.Width, want.Height)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	_, tracks, err := readTracks(path)
	if err != nil {
		t.Fatal(err)
	}
	keys, bidirectional := 0, false
	for i, s := range tracks[0].samples {
		if s.key {
			keys++
		}
		bidirectional = bidirectional || i > 0 && s.pts < tracks[0].samples[i-1].pts
	}
	if keys < len(p.Cells) || !bidirectional {
		t.Errorf("%d key frames in %d chunks, B-frames: %t", keys, len(p.Cells), bidirectional)
	}
	if _, err := os.Stat(partOf(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a part is left behind")
	}
}

// TestJoinRefuses what does not belong together, and leaves nothing behind.
func TestJoinRefuses(t *testing.T) {
	dir := t.TempDir()
	made := func(name string, args ...string) string {
		path := filepath.Join(dir, name)
		sh(t, "ffmpeg", append(append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1,setsar=1"}, args...), path)...)
		return path
	}
	x264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "bframes=0"}
	good := made("good.mp4", x264...)
	other := made("other.mp4", append(x264, "-s", "160x90")...)
	high := made("high.mp4", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high")
	sound := filepath.Join(dir, "short.m4a")
	sh(t, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=r=48000:d=0.5", "-c:a", "aac", sound)
	rate := clip.Rate{Num: 25, Den: 1}
	for name, c := range map[string]struct {
		chunks []string
		rate   clip.Rate
		sound  Sound
		says   string
	}{
		"nothing":        {nil, rate, Sound{}, "0 chunks"},
		"missing":        {[]string{good, filepath.Join(dir, "no.mp4")}, rate, Sound{}, "no such file"},
		"size":           {[]string{good, other}, rate, Sound{}, "160x90"},
		"parameter sets": {[]string{good, high}, rate, Sound{}, "other parameter sets"},
		"rate":           {[]string{good}, clip.Rate{Num: 30, Den: 1}, Sound{}, "one frame every 1/30"},
		"short sound":    {[]string{good}, rate, Sound{Path: sound, Priming: 1024}, "shorter than the pictures"},
		"no sound":       {[]string{good}, rate, Sound{Path: good}, "holds no sound"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.mp4")
			err := Join(c.chunks, c.rate, c.sound, out)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if files, _ := os.ReadDir(filepath.Dir(out)); len(files) != 0 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
	if err := Join([]string{good, good, good}, rate, Sound{}, filepath.Join(dir, "three.mp4")); err != nil {
		t.Error(err)
	}
}

// TestFullDisk renders, levels and joins on a disk that is full: each says so
// and leaves nothing that looks finished.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("not root: the disk cannot be made; RLIMIT_FSIZE is tested in TestRunFailures")
		return
	}
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200})
	p := tp.plan(t, 0, 190, clip.Wide)
	path, want := finish(t, e, tp, p, clip.Wide)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Logf("this machine lets nobody mount: %v", err)
		return
	}
	defer syscall.Unmount(dir, 0)
	ctx := context.Background()
	_, err := e.RenderCell(ctx, CellWork{Cell: p.Cells[0], Rate: p.Rate, Encoding: fast(30), Open: tp.open, Dir: dir}, nil)
	if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "No space left") {
		t.Errorf("render: %v", err)
	}
	_, err = e.Sound(ctx, SoundWork{Pieces: p.Sound, Target: clip.DefaultSound(), Length: 180000, Open: tp.open, Dir: dir}, nil)
	if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "No space left") {
		t.Errorf("sound: %v", err)
	}
	dir2 := filepath.Join(dir, "out.mp4")
	if err := Join([]string{path}, p.Rate, Sound{}, dir2); err == nil {
		t.Error("join: no error")
	}
	_ = want
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		t.Errorf("left behind: %s", f.Name())
	}
}

// TestDamagedSource renders from a segment that changed since it was recorded,
// from one that is gone, and from garbage.
func TestDamagedSource(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 60})
	p := tp.plan(t, 5, 40, clip.Wide)
	raw := must[[]byte](t)(os.ReadFile(filepath.Join(tp.dir, "000.ts")))
	bent := bytes.Clone(raw)
	bent[len(bent)-100] ^= 1
	for name, c := range map[string]struct {
		open Open
		kind clip.Kind
		says string
	}{
		"changed": {func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(bent)), nil }, clip.Internal, "not what was recorded"},
		"cut":     {func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw[:40000])), nil }, clip.Internal, "not what was recorded"},
		"gone":    {func(p string) (io.ReadCloser, error) { return os.Open("/no/such/" + p) }, clip.Expired, "no longer there"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := e.RenderCell(context.Background(), CellWork{Cell: p.Cells[0], Rate: p.Rate, Encoding: fast(30), Open: c.open, Dir: dir}, nil)
			if clip.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: %v", clip.KindOf(err), err)
			}
			if files, _ := os.ReadDir(dir); len(files) != 0 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
	for name, b := range map[string][]byte{"zeros": make([]byte, 100000), "html": []byte("<html>"), "playlist": []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/passwd\n")} {
		t.Run(name, func(t *testing.T) {
			cell := p.Cells[0]
			cell.Sources = []clip.Source{{Path: "x", First: cell.Sources[0].First}}
			open := func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
			_, err := e.RenderCell(context.Background(), CellWork{Cell: cell, Rate: p.Rate, Encoding: fast(30), Open: open, Dir: t.TempDir()}, nil)
			if err == nil {
				t.Error("no error")
			}
		})
	}
}

// TestCodecsShutOut has a feed in a codec that we do not need.
func TestCodecsShutOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "magic.mov")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-c:v", "magicyuv", path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	e := engine(t)
	err := e.Run(context.Background(), Command{Op: "decode", Args: probeArgs(path, false)})
	if err == nil || !strings.Contains(err.Error(), "whitelist") {
		t.Error(err)
	}
}
