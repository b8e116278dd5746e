package match

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestFrameSurvives draws any number on pictures of many sizes and reads it
// back, whole and from every central crop.
func TestFrameSurvives(t *testing.T) {
	sizes := [][2]int{{1920, 1080}, {1280, 720}, {640, 360}, {320, 180}, {1024, 576}}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom(sizes).Draw(t, "size")
		w, h := size[0], size[1]
		frame := rapid.Uint32().Draw(t, "frame")
		grey := rapid.Byte().Draw(t, "grey")
		luma := slices.Repeat([]byte{grey}, w*h)
		DrawFrame(luma, w, w, h, frame)
		for _, cw := range []int{w, h, h * 4 / 5 &^ 1, h * 9 / 16 &^ 1} {
			got, ok := ReadFrame(luma[(w-cw)/2:], w, cw, h)
			if !ok || got != frame {
				t.Fatalf("%dx%d of %dx%d: read %d, %v", cw, h, w, h, got, ok)
			}
		}
	})
}

// TestNoFrameNoNumber reads nothing where there is nothing.
func TestNoFrameNoNumber(t *testing.T) {
	r := randomOf(1)
	luma := make([]byte, 1280*720)
	for _, fill := range []func() byte{
		func() byte { return 0 }, func() byte { return 16 }, func() byte { return 235 },
	} {
		for i := range luma {
			luma[i] = fill()
		}
		if n, ok := ReadFrame(luma, 1280, 1280, 720); ok {
			t.Errorf("a plain picture reads as frame %d", n)
		}
	}
	found := 0
	for range 2000 {
		for cell := range barRows * barCols { // any cells at all
			level := byte(16 + r.below(220))
			x0, y0, x1, y1 := cellBox(cell, 1280, 720)
			for y := y0; y < y1; y++ {
				for x := x0; x < x1; x++ {
					luma[y*1280+x] = level
				}
			}
		}
		if _, ok := ReadFrame(luma, 1280, 1280, 720); ok {
			found++
		}
	}
	if found > 2000/256*3 {
		t.Errorf("%d of 2000 random pictures pass for frames; a CRC of 8 bits lets 8 through", found)
	}
	if _, ok := ReadFrame(luma[:100], 1280, 1280, 720); ok {
		t.Error("a plane that is too short reads as a frame")
	}
}

// TestFrameSurvivesEncoding sends real pictures through x264 and reads each
// number in the whole picture, at half size, and from the 9:16 crop as it is
// and scaled for phones.
func TestFrameSurvivesEncoding(t *testing.T) {
	m := open(t, "synthetic:match")
	p := NewPicture(1280, 720)
	var raw []byte
	var want []uint32
	for i := range int64(36) { // every 1.1 s through all the shots of a cycle
		n := 700123*1000 + i*28
		m.Draw(n, p)
		raw = append(raw, p.Bytes...)
		want = append(want, uint32(n))
	}
	coded, _ := ffmpeg(t, raw, "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", "1280x720", "-framerate", "25", "-i", "-",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-f", "matroska", "-")
	for _, view := range []struct {
		filter string
		w, h   int
	}{
		{"null", 1280, 720}, {"scale=640:360", 640, 360}, {"scale=1920:1080", 1920, 1080},
		{"crop=404:720", 404, 720}, {"crop=405:720,scale=1080:1920", 1080, 1920}, {"crop=404:720,scale=608:1080", 608, 1080},
		{"crop=404:720,scale=202:360", 202, 360}, {"crop=720:720", 720, 720}, {"crop=576:720", 576, 720},
	} {
		t.Run(view.filter, func(t *testing.T) {
			out, _ := ffmpeg(t, coded, "-loglevel", "error", "-i", "-", "-vf", view.filter+",format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", "-")
			if len(out) != len(want)*view.w*view.h {
				t.Fatalf("%d bytes are not %d frames", len(out), len(want))
			}
			var got []uint32
			for i := range want {
				n, ok := ReadFrame(out[i*view.w*view.h:], view.w, view.w, view.h)
				if !ok {
					t.Errorf("picture %d cannot be read", i)
				}
				got = append(got, n)
			}
			if !slices.Equal(got, want) {
				t.Error(fmt.Sprint(got), "are not", want)
			}
		})
	}
}
