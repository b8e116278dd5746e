package media

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// level renders the sound of a plan of a tape.
func (tp *tape) level(t testing.TB, e *Engine, p clip.Plan) Sound {
	t.Helper()
	s, err := e.Sound(context.Background(), SoundWork{Pieces: p.Sound, Target: clip.DefaultSound(), Length: p.Rate.Ticks(p.Frames()), Open: tp.open, Dir: t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// codedPeak is the true peak of encoded sound.
func codedPeak(t testing.TB, e *Engine, path string) float64 {
	t.Helper()
	w := SoundWork{Dir: filepath.Dir(path)}
	if err := os.Rename(path, filepath.Join(w.Dir, partOf(soundFile))); err != nil {
		t.Fatal(err)
	}
	m, err := e.coded(context.Background(), "measure", w, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.peak
}

// TestSound cuts several feeds and compares the sound with what was recorded:
// in place to the sample, and as loud as it should be.
func TestSound(t *testing.T) {
	e := engine(t)
	rate := clip.Rate{Num: 25, Den: 1}
	for name, c := range map[string]struct {
		spec     spec
		from, to int
	}{
		"25":      {spec{rate: rate, frames: 200}, 33, 171},
		"29.97":   {spec{rate: clip.Rate{Num: 30000, Den: 1001}, frames: 200}, 33, 171},
		"wrap":    {spec{rate: rate, frames: 200, start: clip.Wrap - 4*clip.TickRate}, 33, 171},
		"fMP4":    {spec{container: clip.FMP4, rate: rate, frames: 200}, 33, 171},
		"44.1":    {spec{rate: rate, frames: 200, rateless: 44100}, 33, 171},
		"loud":    {spec{rate: rate, frames: 200, level: 0.99}, 33, 171},
		"faint":   {spec{rate: rate, frames: 200, level: 0.05}, 33, 171},
		"bursts":  {spec{rate: rate, frames: 200, level: 0.04, bursts: true}, 33, 171},
		"second":  {spec{rate: rate, frames: 200, second: true}, 33, 171},
		"fMP4 2":  {spec{container: clip.FMP4, rate: rate, frames: 200, second: true}, 33, 171},
		"opening": {spec{rate: rate, frames: 100}, 0, 80},
	} {
		t.Run(name, func(t *testing.T) {
			tp := record(t, c.spec)
			p := tp.plan(t, c.from, c.to, clip.Wide)
			s := tp.level(t, e, p)
			got := samples(t, s.Path)
			want := samplesOf(p.Rate.Ticks(p.Frames()))
			if d := int64(len(got)) - want; d < 0 || d > 1024 {
				t.Errorf("%d samples, not %d", len(got), want)
			}
			first := clip.Rescale(int64(c.from), 48000*int64(c.spec.rate.Den), int64(c.spec.rate.Num))
			off, fit := lag(got, first)
			// ffmpeg writes the edit list of such a file in whole milliseconds.
			most := 2
			if c.spec.container == clip.FMP4 {
				most = 48
			}
			if max(off, -off) > most || fit < 0.9 && !c.spec.bursts {
				t.Errorf("the sound is %d samples late (fit %.3f)", off, fit)
			}
			if s.TruePeak > clip.DefaultSound().TruePeak {
				t.Errorf("%.2f dBTP", s.TruePeak)
			}
			if math.Abs(s.Integrated-clip.DefaultSound().Target) > 0.5 {
				t.Errorf("%.2f LUFS", s.Integrated)
			}
			if out := codedPeak(t, e, s.Path); out > clip.DefaultSound().TruePeak {
				t.Errorf("it comes out of the encoder at %.2f dBTP", out)
			}
			t.Logf("%d samples late, fit %.3f, %.2f LUFS, %.2f dBTP, priming %d", off, fit, s.Integrated, s.TruePeak, s.Priming)
		})
	}
}

// TestBelow limits lower what came out of the encoder too high.
func TestBelow(t *testing.T) {
	target := clip.DefaultSound() // -1 dBTP
	for name, c := range map[string]struct {
		was, want leveler
		peak      float64
		better    bool
	}{
		"low enough":         {was: leveler{gain: 3, limit: -2}, peak: -1, want: leveler{gain: 3, limit: -2}},
		"over, with a limit": {was: leveler{gain: 3, limit: -2}, peak: 0.4, want: leveler{gain: 3, limit: -3.6}, better: true},
		"over, without":      {was: leveler{gain: 3}, peak: -0.5, want: leveler{gain: 3, limit: -2.7}, better: true},
	} {
		got, better := c.was.below(loudness{peak: c.peak}, target)
		if math.Abs(got.limit-c.want.limit) > 1e-9 || got.gain != c.want.gain || better != c.better {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, better, c.want, c.better)
		}
	}
}

// TestSoundOfSilence is as long as the pictures and stays silent.
func TestSoundOfSilence(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 100, mute: true})
	p := tp.plan(t, 10, 90, clip.Wide)
	s := tp.level(t, e, p)
	got := samples(t, s.Path)
	for i, v := range got {
		if v != 0 {
			t.Fatalf("sample %d is %g", i, v)
		}
	}
	if n := samplesOf(p.Rate.Ticks(80)); int64(len(got)) < n || s.Integrated != quiet {
		t.Errorf("%d samples, not %d; %.1f LUFS", len(got), n, s.Integrated)
	}
}

// TestSoundOverGap joins two pieces with a hole between them; the second is
// where its pictures are.
func TestSoundOverGap(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 300})
	gone := tp.rec.Segments[2]
	tp.rec.Segments = append(tp.rec.Segments[:2:2], tp.rec.Segments[3:]...)
	p := tp.plan(t, 30, 280, clip.Wide)
	if len(p.Sound) != 2 || len(p.Missing) != 1 {
		t.Fatalf("%d pieces, missing %v, gone %d", len(p.Sound), p.Missing, gone.Seq)
	}
	s := tp.level(t, e, p)
	got := samples(t, s.Path)
	before := p.Rate.Frames(p.Sound[0].To - p.Sound[0].From)
	after := p.Rate.Frames(p.Sound[1].From - tp.shift)
	cut := before * 1920
	for _, part := range []struct {
		at    int
		first int64
	}{{0, 30 * 1920}, {cut, int64(after) * 1920}} {
		off, fit := lag(got[part.at:], part.first)
		if max(off, -off) > 2 || fit < 0.9 {
			t.Errorf("the sound at %d is %d samples late (fit %.3f)", part.at, off, fit)
		}
	}
	if want := samplesOf(p.Rate.Ticks(p.Frames())); int64(len(got)) < want {
		t.Errorf("%d samples, not %d", len(got), want)
	}
}

// TestLeveling bounds what is done to quiet and loud sound.
func TestLeveling(t *testing.T) {
	target := clip.Sound{Target: -14, TruePeak: -1}
	for _, c := range []struct {
		found loudness
		want  leveler
	}{
		{loudness{quiet, decibels(0)}, leveler{}},
		{loudness{-60, -40}, leveler{}},
		{loudness{-45, -40}, leveler{gain: 20}},
		{loudness{-20, -12}, leveler{gain: 6}},
		{loudness{-20, -3}, leveler{gain: 6, limit: -2}},
		{loudness{-9, 0}, leveler{gain: -5}},
	} {
		if got := leveling(c.found, target); got != c.want {
			t.Errorf("%+v: %+v, not %+v", c.found, got, c.want)
		}
	}
}

// TestSoundRefuses a clip of no length.
func TestSoundRefuses(t *testing.T) {
	_, err := engine(t).Sound(context.Background(), SoundWork{Open: func(string) (io.ReadCloser, error) { return nil, io.EOF }, Dir: t.TempDir()}, nil)
	if clip.KindOf(err) != clip.Invalid {
		t.Error(err)
	}
}
