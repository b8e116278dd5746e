package media

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// finish renders, levels and joins a plan in one shape, with captions.
func finish(t testing.TB, e *Engine, tp *tape, p clip.Plan, shape clip.Shape) (path string, want Want) {
	t.Helper()
	dir := t.TempDir()
	var chunks []string
	for _, c := range p.Cells {
		made, err := e.RenderCell(context.Background(), CellWork{Cell: c, Rate: p.Rate, BurnIn: true, Encoding: fast(30), Open: tp.open, Dir: dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, made[shape])
	}
	s := tp.level(t, e, p)
	path = filepath.Join(dir, "out.mp4")
	if err := Join(chunks, p.Rate, s, path); err != nil {
		t.Fatal(err)
	}
	crop := shape.Crop(tp.spec.w, tp.spec.h)
	return path, Want{Width: crop.W, Height: crop.H, Rate: p.Rate, Frames: p.Frames(), Sound: &s, Target: clip.DefaultSound()}
}

// TestWhole makes finished files from several feeds: what the probe wants,
// every frame, and sound that is where its pictures are.
func TestWhole(t *testing.T) {
	e := engine(t)
	for name, c := range map[string]struct {
		spec     spec
		from, to int
	}{
		"25":             {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200}, 33, 171},
		"59.94 to 29.97": {spec{rate: clip.Rate{Num: 60000, Den: 1001}, frames: 360}, 71, 310},
		"fMP4":           {spec{container: clip.FMP4, rate: clip.Rate{Num: 25, Den: 1}, frames: 200}, 33, 171},
	} {
		t.Run(name, func(t *testing.T) {
			tp := record(t, c.spec)
			p := tp.plan(t, c.from, c.to, clip.Tall)
			path, want := finish(t, e, tp, p, clip.Tall)
			facts, err := e.Probe(context.Background(), path, want)
			if err != nil {
				t.Fatal(err)
			}
			got := numbers(t, path, want.Width, want.Height)
			if d := cmp.Diff(count(got[0], c.to, p.Cells[0].Step), got); d != "" || got[0]-c.from >= p.Cells[0].Step {
				t.Errorf("frames: -want +got\n%s", d)
			}
			first := clip.Rescale(int64(got[0]), 48000*int64(c.spec.rate.Den), int64(c.spec.rate.Num))
			off, fit := lag(samples(t, path), first)
			if max(off, -off) > 48 || fit < 0.9 {
				t.Errorf("the sound is %d samples late (fit %.3f)", off, fit)
			}
			t.Logf("%+v; sound %.2f ms late", facts, float64(off)/48)
		})
	}
}

// TestWholeSilent finishes one frame of a feed without sound.
func TestWholeSilent(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 60, mute: true})
	path, want := finish(t, e, tp, tp.plan(t, 7, 8, clip.Tall), clip.Tall)
	if _, err := e.Probe(context.Background(), path, want); err != nil {
		t.Error(err)
	}
	if err := e.Cover(context.Background(), path, 20*time.Millisecond, filepath.Join(t.TempDir(), "cover.jpg")); err != nil {
		t.Error(err)
	}
}

// TestProbeFinds names every deviation.
func TestProbeFinds(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 100})
	path, good := finish(t, e, tp, tp.plan(t, 10, 80, clip.Wide), clip.Wide)
	if _, err := e.Probe(context.Background(), path, good); err != nil {
		t.Fatal(err)
	}
	made := func(args ...string) string {
		out := filepath.Join(t.TempDir(), "bad.mp4")
		sh(t, "ffmpeg", append(append([]string{"-v", "error", "-i", path}, args...), out)...)
		return out
	}
	for name, c := range map[string]struct {
		path string
		edit func(*Want)
		says string
	}{
		"frames":   {path, func(w *Want) { w.Frames++ }, "decodes to 70 frames, not 71"},
		"size":     {path, func(w *Want) { w.Width = 638 }, "640x360, not 638x360"},
		"rate":     {path, func(w *Want) { w.Rate.Num = 30 }, "one frame every 1/30 s"},
		"no sound": {made("-an", "-c", "copy", "-movflags", "+faststart"), func(*Want) {}, "has no sound"},
		"sound":    {path, func(w *Want) { w.Sound = nil }, "2 tracks, not 1"},
		"loudness": {path, func(w *Want) { w.Sound = &Sound{Integrated: -23} }, "not -23.0"},
		"slow":     {made("-c", "copy"), func(*Want) {}, "movie header does not come first"},
		"sar":      {made("-c", "copy", "-bsf:v", "h264_metadata=sample_aspect_ratio=4/3", "-aspect", "16:12", "-movflags", "+faststart"), func(*Want) {}, "not square"},
		"late":     {made("-c", "copy", "-filter_complex", "[0:a]adelay=300|300[a]", "-map", "0:v", "-map", "[a]", "-c:a", "aac", "-movflags", "+faststart"), func(*Want) {}, "longer than its pictures"},
		"10 bit":   {made("-vf", "format=yuv420p10", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", "-movflags", "+faststart"), func(*Want) {}, "not yuv420p"},
	} {
		t.Run(name, func(t *testing.T) {
			want := good
			c.edit(&want)
			_, err := e.Probe(context.Background(), c.path, want)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestProbeBroken decodes what cannot be decoded.
func TestProbeBroken(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 100})
	path, want := finish(t, e, tp, tp.plan(t, 10, 80, clip.Wide), clip.Wide)
	b := must[[]byte](t)(os.ReadFile(path))
	for i := len(b) / 2; i < len(b)/2+20000; i++ {
		b[i] ^= byte(i * 7)
	}
	for name, bytes := range map[string][]byte{"damaged": b, "cut": b[:len(b)/2], "empty": nil, "html": []byte("<html>not found</html>")} {
		bad := filepath.Join(t.TempDir(), "bad.mp4")
		if err := os.WriteFile(bad, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Probe(context.Background(), bad, want); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestCover reads the number in a cover picture.
func TestCover(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 150})
	path, want := finish(t, e, tp, tp.plan(t, 20, 140, clip.Wide), clip.Wide)
	out := filepath.Join(t.TempDir(), "cover.jpg")
	for at, n := range map[time.Duration]int{0: 0, 39 * time.Millisecond: 0, 40 * time.Millisecond: 1, 1490 * time.Millisecond: 37, 4799 * time.Millisecond: 119} {
		if err := e.Cover(context.Background(), path, at, out); err != nil {
			t.Fatal(err)
		}
		gray, err := exec.Command("ffmpeg", "-v", "error", "-i", out, "-f", "rawvideo", "-pix_fmt", "gray", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := number(gray, want.Width, want.Height); got != 20+n {
			t.Errorf("frame %d, not %d", got, 20+n)
		}
	}
	for _, at := range []time.Duration{4800 * time.Millisecond, time.Hour, -1} {
		if err := e.Cover(context.Background(), path, at, out+"2"); clip.KindOf(err) != clip.Invalid {
			t.Error(at, err)
		}
	}
}
