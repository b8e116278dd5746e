package match

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	update  = flag.Bool("update", false, "rewrite the golden files")
	gallery = flag.String("look", "", "write a picture of each kind of shot into this directory")
)

// cycleFrames are where each kind of shot is, in milliseconds into a cycle.
var cycleFrames = []struct {
	shot string
	ms   int64
}{
	{"kick-off", 2000}, {"wide", 6000}, {"close", 11000}, {"attack", 18000}, {"goal", 24400},
	{"scorer", 29000}, {"crowd", 32000}, {"wipe", 33500}, {"replay", 36000},
}

// BenchmarkDraw measures each kind of shot at the default size.
func BenchmarkDraw(b *testing.B) {
	m, err := New("synthetic:match", nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	p := NewPicture(m.set.width, m.set.height)
	for _, f := range cycleFrames {
		b.Run(f.shot, func(b *testing.B) {
			begin := spent()
			for i := range b.N {
				m.Draw(700000*1000+f.ms/40+int64(i)%20, p)
			}
			b.ReportMetric(float64(spent()-begin)/float64(b.N)/1e6, "cpu-ms/frame")
		})
	}
}

// spent is the CPU time of this process, which other loads do not change.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSameAgain draws frames in two matches, in another order, and finds every
// byte the same; another seed is another match.
func TestSameAgain(t *testing.T) {
	a, b, c := open(t, "synthetic:match?size=320x180"), open(t, "synthetic:match?size=320x180"), open(t, "synthetic:match?size=320x180&seed=2")
	numbers := []int64{17_600_123, 17_599_000, 17_600_950, 17_644_001}
	want := map[int64][]byte{}
	for _, n := range numbers {
		p := NewPicture(320, 180)
		a.Draw(n, p)
		want[n] = append(a.Sound(n, nil), p.Bytes...)
	}
	p := NewPicture(320, 180)
	for i := len(numbers) - 1; i >= 0; i-- {
		n := numbers[i]
		b.Draw(n, p)
		if !bytes.Equal(want[n], append(b.Sound(n, nil), p.Bytes...)) {
			t.Errorf("frame %d is not the same twice", n)
		}
		if _, into := a.clock().place(n); into < wipeHalf {
			continue // a wipe covers everything that differs
		}
		c.Draw(n, p)
		if bytes.Equal(want[n], append(c.Sound(n, nil), p.Bytes...)) {
			t.Errorf("frame %d is the same for two seeds", n)
		}
	}
}

// TestPicturesGolden compares each kind of shot, as brightness in an 8 by 4
// grid, with what was approved by eye. Rounding may differ by one between
// processors.
func TestPicturesGolden(t *testing.T) {
	m := open(t, "synthetic:match?size=640x360")
	p := NewPicture(640, 360)
	var got strings.Builder
	for _, f := range cycleFrames {
		m.Draw(700000*1000+f.ms/40, p)
		fmt.Fprintf(&got, "%-8s %x\n", f.shot, meansOf(p, 8, 4))
	}
	const file = "testdata/pictures.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(want)), "\n") {
		g := strings.Split(got.String(), "\n")[i]
		var was, is []byte
		var shot string
		fmt.Sscanf(line, "%s %x", &shot, &was)
		fmt.Sscanf(g, "%s %x", &shot, &is)
		for k := range was {
			if d := int(was[k]) - int(is[k]); d < -1 || d > 1 {
				t.Errorf("%s has changed; look at it (-look DIR), then run with -update:\n- %s\n+ %s", shot, line, g)
				break
			}
		}
	}
}

func meansOf(p *Picture, cols, rows int) []byte {
	var out []byte
	for r := range rows {
		for c := range cols {
			sum, count := 0, 0
			for y := r * p.H / rows; y < (r+1)*p.H/rows; y++ {
				for x := c * p.W / cols; x < (c+1)*p.W/cols; x++ {
					sum += int(p.y[y*p.W+x])
					count++
				}
			}
			out = append(out, byte(sum/count))
		}
	}
	return out
}

// TestEveryShotAndRate draws each kind of shot at several sizes and rates:
// nothing may reach outside of a picture. With -look it shows them.
func TestEveryShotAndRate(t *testing.T) {
	for _, url := range []string{"size=1280x720", "size=320x180&rate=30", "size=320x180&rate=60", "size=1920x1080&rate=50"} {
		m := open(t, "synthetic:match?"+url)
		p, rate := NewPicture(m.set.width, m.set.height), int64(m.set.rate)
		for _, f := range cycleFrames {
			n := 700000*40*rate + f.ms*rate/1000
			m.Draw(n, p)
			if got, ok := ReadFrame(p.y, p.W, p.W, p.H); !ok || got != uint32(n) {
				t.Errorf("%s: frame %d reads as %d, %v", url, n, got, ok)
			}
			if *gallery != "" && url == "size=1280x720" {
				show(t, p, filepath.Join(*gallery, f.shot+".png"))
			}
		}
	}
}

func show(t *testing.T, p *Picture, path string) {
	t.Helper()
	im := image.NewYCbCr(image.Rect(0, 0, p.W, p.H), image.YCbCrSubsampleRatio420)
	full := func(out, in []byte, zero, low, span int) {
		for i, v := range in {
			out[i] = byte(min(max((int(v)-low)*255/span+zero, 0), 255))
		}
	}
	full(im.Y, p.y, 0, 16, 219)
	full(im.Cb, p.u, 128, 128, 224)
	full(im.Cr, p.v, 128, 128, 224)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, im); err != nil {
		t.Fatal(err)
	}
}
