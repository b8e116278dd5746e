package media

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestWatch listens to tapes and compares the loudness of spans of the curve
// with what ffmpeg's own meter says of exactly their samples, and the curve's
// place with where the sound swells.
func TestWatch(t *testing.T) {
	pal := clip.Rate{Num: 25, Den: 1}
	for name, s := range map[string]spec{
		"TS":            {frames: 700, rate: pal},
		"over the wrap": {frames: 350, rate: pal, start: clip.Wrap - 5*clip.TickRate},
		"fMP4":          {frames: 350, rate: pal, container: clip.FMP4},
		"second track":  {frames: 350, rate: pal, second: true, audio: "mp2"},
		"44100, HEVC":   {frames: 600, rate: clip.Rate{Num: 50, Den: 1}, rateless: 44100, video: "hevc", audio: "ac3", container: clip.MPEGTS},
		"quiet":         {frames: 350, rate: pal, level: 0.001},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.swells, s.night = true, 160
			s.w, s.h = 320, 180
			tp := record(t, s)
			heard, seen := tp.watch(t)
			tp.checkCurve(t, heard)
			tp.checkScenes(t, seen)
		})
	}
}

// watch gives all of a tape to Watch.
func (tp *tape) watch(t testing.TB) (clip.Loudness, []Scene) {
	t.Helper()
	var heard clip.Loudness
	var seen []Scene
	n := 0
	err := engine(t).Watch(context.Background(), WatchWork{
		Format: tp.epoch.Format, Open: tp.open,
		Next: func(context.Context) (clip.Source, bool) {
			if n == len(tp.rec.Segments) {
				return clip.Source{}, false
			}
			n++
			return sourceOf(tp.rec.Segments[n-1]), true
		},
		Heard: func(l clip.Loudness) {
			if len(heard.Levels) == 0 {
				heard = l
				return
			}
			if l.From != heard.End() {
				t.Errorf("the curve goes on at %d, not %d", l.From, heard.End())
			}
			heard.Levels = append(heard.Levels, l.Levels...)
		},
		Seen: func(s Scene) { seen = append(seen, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return heard, seen
}

// checkCurve compares spans of the curve with a meter that hears only them.
func (tp *tape) checkCurve(t *testing.T, heard clip.Loudness) {
	t.Helper()
	first, last := tp.rec.Segments[0].Sound.From, tp.rec.Segments[len(tp.rec.Segments)-1].Sound.To
	if lost := (last - first) - (heard.End() - heard.From) - clip.LoudnessWindow; lost > 2*clip.LoudnessStep || lost < -clip.LoudnessStep {
		t.Errorf("the curve has %d levels of %s", len(heard.Levels), (last - first).Duration())
	}
	path := tp.samplesFile(t)
	for _, span := range []clip.Span90{
		{From: first, To: last},
		{From: first + 3*clip.TickRate + 1234, To: first + 9*clip.TickRate - 77},
		{From: first + 5*clip.TickRate/2, To: first + 11*clip.TickRate},
		{From: first + 4*clip.TickRate, To: first + 5*clip.TickRate},
	} {
		got := integrated(t, heard, span)
		want := meterOf(t, path, samplesOf(span.From-first), samplesOf(span.To-first))
		t.Logf("%s..%s: %.2f LUFS by the curve, %.1f by ffmpeg", (span.From - first).Duration(), (span.To - first).Duration(), got, want)
		if math.Abs(got-want) > 0.3 {
			t.Errorf("%.2f LUFS, ffmpeg's meter says %.1f", got, want)
		}
	}
	// The fifth second is the loudest by far: the curve is at its height when
	// the window lies wholly inside, and falls when it leaves.
	inside := heard.Within(clip.Span90{From: first + 4*clip.TickRate, To: first + 5*clip.TickRate}).Levels
	before, after := heard.UpTo(first+4*clip.TickRate), heard.After(first+5*clip.TickRate+clip.LoudnessWindow)
	if len(inside) < 6 || inside[0]-before.Levels[len(before.Levels)-1] < 1000 || inside[0]-after.Levels[0] < 1000 {
		t.Errorf("the swell is not where it was: %v, then %v, then %v", before.Levels[len(before.Levels)-3:], inside, after.Levels[:3])
	}
}

// integrated is the loudness of a span of a curve in LUFS.
func integrated(t testing.TB, l clip.Loudness, s clip.Span90) float64 {
	t.Helper()
	level, audible := clip.Integrated(l.Within(s).Levels)
	if !audible {
		t.Errorf("nothing is to be heard in %v", s)
	}
	return float64(level) / 100
}

// samplesFile decodes the tape's chosen track as it lies in its segments.
func (tp *tape) samplesFile(t testing.TB) string {
	t.Helper()
	var joined []byte
	if tp.spec.container == clip.FMP4 {
		joined = must[[]byte](t)(os.ReadFile(filepath.Join(tp.dir, "init.mp4")))
	}
	for _, s := range tp.rec.Segments {
		joined = append(joined, must[[]byte](t)(os.ReadFile(filepath.Join(tp.dir, s.Path)))...)
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "joined"), filepath.Join(dir, "sound.f32")
	if err := os.WriteFile(in, joined, 0o600); err != nil {
		t.Fatal(err)
	}
	sh(t, "ffmpeg", "-v", "fatal", "-y", "-i", in, "-map", fmt.Sprintf("0:a:%d", tp.epoch.Format.Track), "-f", "f32le", "-ar", "48000", "-ac", "2", out)
	return out
}

var summary = regexp.MustCompile(`(?s)Integrated loudness:\s+I:\s+(-?[0-9.]+) LUFS`)

// meterOf is what ffmpeg's meter says of samples [from, to) of a file.
func meterOf(t testing.TB, path string, from, to int64) float64 {
	t.Helper()
	raw := must[[]byte](t)(os.ReadFile(path))
	part := filepath.Join(t.TempDir(), "part.f32")
	if err := os.WriteFile(part, raw[min(from*8, int64(len(raw))):min(to*8, int64(len(raw)))], 0o600); err != nil {
		t.Fatal(err)
	}
	out := must[[]byte](t)(exec.Command("ffmpeg", "-hide_banner", "-nostats", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", part, "-af", "ebur128", "-f", "null", "-").CombinedOutput())
	m := summary.FindSubmatch(out)
	if m == nil {
		t.Fatalf("no summary in %s", out)
	}
	return must[float64](t)(strconv.ParseFloat(string(m[1]), 64))
}

// checkScenes: the picture changes once, and the key frame after it says so.
func (tp *tape) checkScenes(t *testing.T, seen []Scene) {
	t.Helper()
	change := tp.shift + tp.spec.rate.Ticks(tp.spec.night)
	var want clip.Ticks
	for _, s := range tp.rec.Segments {
		for _, f := range s.Frames {
			if f.Kind != clip.Inter && f.PTS >= change && want == 0 {
				want = f.PTS
			}
		}
	}
	if len(seen) != 1 || seen[0].At < want-slack || seen[0].At > want+slack || seen[0].Change < sceneChange {
		t.Errorf("scenes %+v, want one at %d", seen, want)
	}
}

// TestWatchEnds: a run that waits for a segment ends with its context, and
// damage costs a run and nothing else.
func TestWatchEnds(t *testing.T) {
	tp := record(t, spec{frames: 100, rate: clip.Rate{Num: 25, Den: 1}, w: 320, h: 180})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n, heard, left := 0, make(chan bool, 99), make(chan bool, 1)
	w := WatchWork{Format: tp.epoch.Format, Open: tp.open, Heard: func(clip.Loudness) { heard <- true }, Seen: func(Scene) {},
		Next: func(ctx context.Context) (clip.Source, bool) {
			if n < 2 {
				n++
				return sourceOf(tp.rec.Segments[n-1]), true
			}
			<-heard // of what it has, while it waits for more
			cancel()
			<-ctx.Done()
			left <- true
			return clip.Source{}, false
		}}
	began := time.Now()
	if err := engine(t).Watch(ctx, w); clip.KindOf(err) != clip.Unavailable {
		t.Errorf("ended with %v", err)
	}
	<-left
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("took %s", d)
	}

	gone := sourceOf(tp.rec.Segments[0])
	gone.Path = "7.ts"
	n = 0
	w.Next = func(context.Context) (clip.Source, bool) { n++; return gone, n == 1 }
	if err := engine(t).Watch(context.Background(), w); clip.KindOf(err) != clip.Expired {
		t.Errorf("a file that is gone: %v", err)
	}

	noise := filepath.Join(tp.dir, "noise.ts")
	junk := make([]byte, 200_000)
	for i := range junk {
		junk[i] = byte(binary.LittleEndian.Uint32([]byte{byte(i), byte(i >> 8), byte(i * 7), 3}) * 2654435761 >> 24)
	}
	if err := os.WriteFile(noise, junk, 0o600); err != nil {
		t.Fatal(err)
	}
	n = 0
	gone.Path, gone.Digest = "noise.ts", ""
	if err := engine(t).Watch(context.Background(), w); err == nil {
		t.Error("noise was taken for a feed")
	}
}
