package media

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// fast is an encoding for tests.
func fast(fps int) clip.Encoding {
	return clip.Encoding{Preset: "veryfast", CRF: 21, MaxRate: 4000, MaxFPS: fps}
}

// render renders a plan's cells and joins them without sound.
func render(t testing.TB, e *Engine, tp *tape, p clip.Plan) map[clip.Shape]string {
	t.Helper()
	chunks := map[clip.Shape][]string{}
	dir := t.TempDir()
	for _, c := range p.Cells {
		w := CellWork{Cell: c, Rate: p.Rate, Encoding: fast(30), Open: tp.open, Dir: dir}
		made, err := e.RenderCell(context.Background(), w, nil)
		if err != nil {
			t.Fatal(err)
		}
		for s, path := range made {
			chunks[s] = append(chunks[s], path)
		}
	}
	out := map[clip.Shape]string{}
	for s, paths := range chunks {
		out[s] = filepath.Join(dir, s.Slug()+".mp4")
		if err := Join(paths, p.Rate, Sound{}, out[s]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestRenderExact renders spans of several kinds of feeds and reads the
// numbers in the frames: exactly those that were asked for, once each.
func TestRenderExact(t *testing.T) {
	e := engine(t)
	ntsc := clip.Rate{Num: 30000, Den: 1001}
	for name, c := range map[string]struct {
		spec     spec
		from, to int
		step     int
	}{
		"25":                  {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200}, 33, 171, 1},
		"50 to 25":            {spec{rate: clip.Rate{Num: 50, Den: 1}, frames: 300}, 30, 270, 2},
		"29.97":               {spec{rate: ntsc, frames: 200}, 17, 181, 1},
		"59.94 to 29.97":      {spec{rate: clip.Rate{Num: 60000, Den: 1001}, frames: 300, start: 1234567}, 40, 250, 2},
		"open GOP":            {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200, open: true}, 49, 160, 1},
		"wrap in the middle":  {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 200, start: clip.Wrap - 4*clip.TickRate}, 33, 171, 1},
		"wrap in the run-up":  {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 150, start: clip.Wrap - clip.TickRate/2}, 60, 140, 1},
		"after the wrap":      {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 150, start: clip.Wrap + 3*clip.TickRate}, 10, 140, 1},
		"three days":          {spec{rate: ntsc, frames: 150, start: 3*clip.Wrap - clip.TickRate}, 10, 140, 1},
		"fMP4 25":             {spec{container: clip.FMP4, rate: clip.Rate{Num: 25, Den: 1}, frames: 200}, 33, 171, 1},
		"fMP4 29.97":          {spec{container: clip.FMP4, rate: ntsc, frames: 200}, 33, 171, 1},
		"no sound, one frame": {spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 100, mute: true}, 77, 78, 1},
	} {
		t.Run(name, func(t *testing.T) {
			tp := record(t, c.spec)
			p := tp.plan(t, c.from, c.to, clip.Wide, clip.Tall)
			out := render(t, e, tp, p)
			odd := 0
			if c.step == 2 {
				odd = tp.spec.rate.Frames(tp.shift+tp.spec.rate.Ticks(c.from)) % 2
			}
			for _, s := range []clip.Shape{clip.Wide, clip.Tall} {
				crop := s.Crop(tp.spec.w, tp.spec.h)
				got := numbers(t, out[s], crop.W, crop.H)
				if d := cmp.Diff(count(c.from+odd, c.to, c.step), got); d != "" {
					t.Errorf("%s: -want +got\n%s", s, d)
				}
			}
		})
	}
}

// TestRenderFields makes whole pictures of fields, the first one's, and gives
// wide pixels their shape back.
func TestRenderFields(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 100, w: 480, h: 360, aspect: clip.Rate{Num: 4, Den: 3}, fields: true})
	p := tp.plan(t, 33, 71, clip.Wide)
	if c := p.Cells[0].Chunks[0].Crop; c != (clip.Rect{W: 640, H: 360}) {
		t.Errorf("the chunk is cropped to %+v", c)
	}
	out := render(t, e, tp, p)[clip.Wide]
	if got := strings.TrimSpace(sh(t, "ffprobe", "-v", "error", "-show_entries", "stream=width,height,sample_aspect_ratio,field_order", "-of", "csv=p=0", out)); got != "640,360,1:1,progressive" {
		t.Errorf("it is %s", got)
	}
	combed := func(path string) int {
		out := sh(t, "ffmpeg", "-v", "error", "-i", path, "-vf", "idet,metadata=print:key=lavfi.idet.multiple.current_frame:file=-", "-f", "null", "-")
		return strings.Count(out, "tff")
	}
	if before, after := combed(filepath.Join(tp.dir, "000.ts")), combed(out); before < 40 || after > 0 {
		t.Errorf("%d frames of the feed are combed, %d of the chunk", before, after)
	}
	narrow := filepath.Join(t.TempDir(), "narrow.mp4") // as it was drawn
	sh(t, "ffmpeg", "-v", "error", "-i", out, "-vf", "scale=480:360", "-crf", "5", narrow)
	if d := cmp.Diff(count(66, 142, 2), numbers(t, narrow, 480, 360)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestRenderAgain renders one cell twice: the same bytes.
func TestRenderAgain(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 100})
	p := tp.plan(t, 10, 60, clip.Wide, clip.Tall)
	var made [2]map[clip.Shape]string
	for i := range made {
		w := CellWork{Cell: p.Cells[0], Rate: p.Rate, Encoding: fast(30), Open: tp.open, Dir: t.TempDir()}
		var err error
		if made[i], err = e.RenderCell(context.Background(), w, nil); err != nil {
			t.Fatal(err)
		}
	}
	for s := range made[0] {
		a, b := must[[]byte](t)(os.ReadFile(made[0][s])), must[[]byte](t)(os.ReadFile(made[1][s]))
		if clip.DigestOf(a) != clip.DigestOf(b) {
			t.Errorf("%s: two renderings of one cell differ", s)
		}
	}
}
