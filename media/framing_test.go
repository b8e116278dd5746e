package media

import (
	"math"
	"os/exec"
	"slices"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// numberAt is where the block with a frame's number begins in a row of
// pictures of which column left is the first.
func numberAt(luma []byte, w, h, n, near int) int {
	cell := h / 45
	best, at := math.MaxInt, 0
	for x := near - 6; x <= near+6; x++ {
		off := 0
		for i := range bits * cell {
			if x+i < 0 || x+i >= w {
				off += 255
				continue
			}
			want := 25 + 205*(n>>(i/cell)&1)
			off += int(math.Abs(float64(int(luma[(h/4+cell/2)*w+x+i]) - want)))
		}
		if off < best {
			best, at = off, x
		}
	}
	return at
}

// TestRenderMoving renders a crop that moves by single pixels, and finds each
// frame's number exactly where the crop puts it; in between the whole picture
// comes and goes.
func TestRenderMoving(t *testing.T) {
	e := engine(t)
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 120, mute: true})
	p := tp.plan(t, 50, 100, clip.Tall)
	crop := clip.Tall.Crop(tp.spec.w, tp.spec.h)
	var pan []int
	for i := range 50 {
		pan = append(pan, crop.X+int(30*math.Sin(float64(i)/9)))
	}
	fit := slices.Concat(make([]int, 20), []int{20, 40, 60, 80}, slices.Repeat([]int{100}, 12), []int{75, 50, 25}, make([]int, 11))
	n := 0
	for _, cell := range p.Cells {
		cell.Chunks[0].Views = clip.Views{Pan: pan[n : n+cell.Frames], Fit: fit[n : n+cell.Frames]}
		n += cell.Frames
	}
	out := render(t, e, tp, p)[clip.Tall]
	raw := must[[]byte](t)(exec.Command("ffmpeg", "-v", "error", "-i", out, "-f", "rawvideo", "-pix_fmt", "gray", "-").Output())
	w, h := crop.W, crop.H
	if len(raw) != 50*w*h {
		t.Fatalf("%d bytes were rendered, not 50 pictures of %dx%d", len(raw), w, h)
	}
	for i := range 50 {
		luma := raw[i*w*h : (i+1)*w*h]
		block := tp.spec.w/2 - bits/2*(h/45)
		switch want := block - pan[i]; {
		case fit[i] == 100: // the block lies in the strip of the whole picture, above and below which it is blurred
			if edge := sharp(luma, w, h/2-40, h/2+40); edge < 3*sharp(luma, w, 10, 90) || edge < 3*sharp(luma, w, h-90, h-10) {
				t.Errorf("frame %d: the whole picture is not in the middle", i)
			}
		case fit[i] < 30:
			if got := numberAt(luma, w, h, 50+i, want); got != want {
				t.Errorf("frame %d: its number stands at %d, not at %d", i, got, want)
			}
		}
	}
}

// sharp is how much neighbouring pixels differ in some rows.
func sharp(luma []byte, w, from, to int) int {
	sum := 0
	for y := from; y < to; y++ {
		for x := 1; x < w; x++ {
			sum += int(math.Abs(float64(int(luma[y*w+x]) - int(luma[y*w+x-1]))))
		}
	}
	return sum
}
