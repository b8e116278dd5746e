package media

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// splicing plans frames [from, to) of a tape as a splice.
func (tp *tape) splicing(t testing.TB, from, to int) (clip.Splice, error) {
	t.Helper()
	at := func(n int) clip.Ticks { return tp.shift + tp.spec.rate.Ticks(n) - 20 }
	r := clip.Recipe{Version: clip.RecipeVersion, Feed: "tape", Span: clip.Span{In: tp.epoch.Time(at(from)), Out: tp.epoch.Time(at(to))},
		Shapes: []clip.Shape{clip.Wide}, Sound: clip.DefaultSound(), Encoding: clip.Encoding{Preset: "veryfast", CRF: 21}}
	return r.Splice(must[clip.Plan](t)(r.Plan(tp.rec)), tp.rec)
}

// TestSplice copies what lies between the edges and no frame is off, however
// the recording is coded and wrapped, also for a reader that takes parameter
// sets from the header alone. Sound that is copied is exact to the sample.
func TestSplice(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, c := range []struct {
		name     string
		spec     spec
		from, to int
		copied   int
	}{
		{"mpegts", spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 250, w: 320, h: 180}, 63, 187, 50},
		{"wrap", spec{rate: clip.Rate{Num: 50, Den: 1}, frames: 400, w: 320, h: 180, start: clip.Wrap - 3*clip.TickRate}, 63, 337, 200},
		{"fmp4", spec{rate: clip.Rate{Num: 30000, Den: 1001}, frames: 300, container: clip.FMP4, w: 320, h: 180}, 31, 233, 120},
		{"at the borders", spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 250, w: 320, h: 180}, 50, 150, 100},
		{"no sound", spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200, w: 320, h: 180, mute: true}, 40, 160, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tp := record(t, c.spec)
			s := must[clip.Splice](t)(tp.splicing(t, c.from, c.to))
			if copied, frames := s.Copied(); copied != c.copied || frames != c.to-c.from {
				t.Fatalf("%d of %d frames would be copied, want %d of %d", copied, frames, c.copied, c.to-c.from)
			}
			w := SpliceWork{Splice: s, Open: tp.open, Dir: t.TempDir()}
			out := filepath.Join(t.TempDir(), "out.mp4")
			f := must[Spliced](t)(e.Splice(t.Context(), w, out, func() {}))
			stripped := filepath.Join(t.TempDir(), "stripped.mp4")
			sh(t, "ffmpeg", "-v", "error", "-i", out, "-map", "0:v", "-c", "copy", "-bsf:v", "filter_units=remove_types=7-8", stripped)
			for _, path := range []string{out, stripped} {
				if got := numbers(t, path, tp.spec.w, tp.spec.h); !slices.Equal(got, count(c.from, c.to, 1)) {
					t.Errorf("%s has the frames %v", filepath.Base(path), got)
				}
			}
			if f.Frames != c.to-c.from || f.Offset.Abs() > maxOffset || (f.Sound != nil) != c.spec.mute {
				t.Errorf("%+v", f)
			}
			if c.spec.mute {
				return
			}
			first := clip.Rescale(int64(s.Rate.Ticks(c.from)), soundRate, clip.TickRate)
			most := 1
			if c.spec.container == clip.FMP4 {
				most = 48 // ffmpeg writes the edit list of such a file in whole milliseconds
			}
			if off, fit := lag(samples(t, out), first); off < -most || off > most || fit < 0.95 {
				t.Errorf("the sound is %d samples late (fit %.3f)", off, fit)
			}
		})
	}
}

// TestSpliceRefused says why a recording cannot be copied, and leaves no file.
func TestSpliceRefused(t *testing.T) {
	t.Parallel()
	e := engine(t)
	rate := clip.Rate{Num: 25, Den: 1}
	open := record(t, spec{rate: rate, frames: 200, w: 320, h: 180, open: true})
	if _, err := open.splicing(t, 30, 170); clip.KindOf(err) != clip.Invalid {
		t.Errorf("open groups: %v", err)
	}
	tp := record(t, spec{rate: rate, frames: 200, w: 320, h: 180})
	good := must[clip.Splice](t)(tp.splicing(t, 30, 170))
	for want, change := range map[string]func(s *clip.Splice){
		"not those of its index": func(s *clip.Splice) {
			c := *s.Stretches[1].Copy
			c.Frames = slices.Clone(c.Frames)
			c.Frames[7].PTS += 900
			s.Stretches[1].Copy = &c
		},
		"they are 320x180, not 640x360": func(s *clip.Splice) {
			c := *s.Stretches[1].Copy
			c.Format.Width, c.Format.Height = 640, 360
			s.Stretches[1].Copy = &c
		},
	} {
		s := good
		s.Stretches = slices.Clone(good.Stretches)
		change(&s)
		out := filepath.Join(t.TempDir(), "out.mp4")
		_, err := e.Splice(t.Context(), SpliceWork{Splice: s, Open: tp.open, Dir: t.TempDir()}, out, func() {})
		if clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if left, _ := filepath.Glob(out + "*"); len(left) > 0 {
			t.Errorf("%q left %v", want, left)
		}
	}
}
