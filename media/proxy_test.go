package media

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestProxy makes proxies of every segment of feeds that browsers cannot play,
// each on its own, and joins them: every picture is there once, at its own
// time, and the sound goes on over the joins.
func TestProxy(t *testing.T) {
	for _, s := range []struct {
		name string
		spec spec
		want string // codecs
		size clip.Rect
	}{
		{"hevc", spec{video: "hevc", rate: clip.Rate{Num: 25, Den: 1}, frames: 150, w: 960, h: 540}, "h264 aac", clip.Rect{W: 640, H: 360}},
		{"hevc, open GOP, AC-3", spec{video: "hevc", audio: "ac3", open: true, rate: clip.Rate{Num: 30000, Den: 1001}, frames: 150}, "h264 aac", clip.Rect{W: 640, H: 360}},
		{"MP2 over the wrap", spec{audio: "mp2", rate: clip.Rate{Num: 25, Den: 1}, frames: 150, start: clip.Wrap - 3*clip.TickRate}, "h264 aac", clip.Rect{W: 640, H: 360}},
		{"fMP4", spec{video: "hevc", container: clip.FMP4, rate: clip.Rate{Num: 50, Den: 1}, frames: 250}, "h264 aac", clip.Rect{W: 640, H: 360}},
		{"fields", spec{fields: true, rate: clip.Rate{Num: 25, Den: 1}, frames: 100}, "h264 aac", clip.Rect{W: 640, H: 360}},
		{"no sound", spec{video: "hevc", mute: true, rate: clip.Rate{Num: 25, Den: 1}, frames: 100}, "h264", clip.Rect{W: 640, H: 360}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tp := record(t, s.spec)
			joined := filepath.Join(t.TempDir(), "joined.ts")
			var all []byte
			for i := range tp.rec.Segments {
				part := tp.proxied(t, i)
				all = append(all, part...)
				tp.checkTimes(t, i, part)
			}
			if err := os.WriteFile(joined, all, 0o600); err != nil {
				t.Fatal(err)
			}
			codecs := strings.Fields(sh(t, "ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", joined))
			if got := strings.Join(codecs[:len(codecs)/2], " "); got != s.want { // ffprobe lists the programme's, and all
				t.Errorf("codecs %q, want %q", got, s.want)
			}
			if got := numbers(t, joined, s.size.W, s.size.H); !s.spec.fields && !slices.Equal(got, count(0, s.spec.frames, 1)) {
				t.Errorf("pictures %v", got)
			}
			if !s.spec.mute {
				tp.checkSound(t, joined)
			}
		})
	}
}

// proxied makes the proxy of the i-th segment.
func (tp *tape) proxied(t testing.TB, i int) []byte {
	t.Helper()
	w := ProxyWork{Format: tp.epoch.Format, Segment: tp.rec.Segments[i], Open: tp.open}
	if i > 0 {
		w.Before = &tp.rec.Segments[i-1]
	}
	return must[[]byte](t)(engine(t).Proxy(context.Background(), w))
}

// checkTimes compares the times of a proxy's pictures with the index.
func (tp *tape) checkTimes(t *testing.T, i int, part []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "part.ts")
	if err := os.WriteFile(path, part, 0o600); err != nil {
		t.Fatal(err)
	}
	var got, want []clip.Ticks
	for _, l := range strings.Fields(sh(t, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", path)) {
		var n clip.Ticks
		if _, err := fmt.Sscan(strings.Trim(l, ","), &n); err != nil {
			t.Fatal(err)
		}
		got = append(got, n.Raw())
	}
	for _, f := range tp.rec.Segments[i].Frames {
		want = append(want, f.PTS.Raw())
	}
	slices.Sort(got)
	slices.Sort(want)
	near := func(a, b clip.Ticks) bool { d := a - b; return max(d, -d) <= slack }
	if !slices.EqualFunc(got, want, near) {
		t.Errorf("segment %d: the pictures are at %v, want %v", i+1, got, want)
	}
}

// checkSound wants the tape's sound in a file that begins where the tape does,
// in step within 2 ms, also right behind each join.
func (tp *tape) checkSound(t *testing.T, path string) {
	t.Helper()
	probe := strings.Fields(sh(t, "ffprobe", "-v", "error", "-show_entries", "stream=start_pts", "-of", "csv=p=0", path))
	var video, audio int64
	if _, err := fmt.Sscan(strings.Trim(probe[0], ",")+" "+strings.Trim(probe[1], ","), &video, &audio); err != nil {
		t.Fatal(err)
	}
	begins := clip.Rescale(audio-video, 48000, clip.TickRate) // the tape's sample that comes first
	got := samples(t, path)
	want := clip.Rescale(int64(tp.spec.frames)*48000, int64(tp.spec.rate.Den), int64(tp.spec.rate.Num))
	if missing := want - begins - int64(len(got)); missing > 6000 || begins > 6000 {
		t.Errorf("%d samples from %d on, want %d", len(got), begins, want)
	}
	for at := max(0, -begins); at+14400 < int64(len(got)); at += 9600 {
		if d, fit := lag(got[at:at+14400], begins+at); fit < 0.9 || d > 96 || d < -96 {
			t.Errorf("at sample %d the sound is %d samples off, fit %.3f", at, d, fit)
		}
	}
}

// TestProxySize keeps shapes, and never scales up.
func TestProxySize(t *testing.T) {
	for _, c := range []struct {
		f    clip.Format
		w, h int
	}{
		{clip.Format{Width: 1920, Height: 1080}, 640, 360},
		{clip.Format{Width: 3840, Height: 2160}, 640, 360},
		{clip.Format{Width: 720, Height: 576, Aspect: clip.Rate{Num: 64, Den: 45}}, 640, 360},
		{clip.Format{Width: 720, Height: 576, Aspect: clip.Rate{Num: 16, Den: 15}}, 480, 360},
		{clip.Format{Width: 1080, Height: 1920}, 202, 360},
		{clip.Format{Width: 320, Height: 180}, 320, 180},
	} {
		if w, h := proxySize(c.f); w != c.w || h != c.h {
			t.Errorf("%dx%d %v becomes %dx%d, want %dx%d", c.f.Width, c.f.Height, c.f.Aspect, w, h, c.w, c.h)
		}
	}
}

// BenchmarkProxy is a segment of two seconds.
func BenchmarkProxy(b *testing.B) {
	tp := record(b, spec{video: "hevc", audio: "ac3", rate: clip.Rate{Num: 50, Den: 1}, frames: 150, w: 1920, h: 1080})
	b.ResetTimer()
	for b.Loop() {
		tp.proxied(b, 1)
	}
}
