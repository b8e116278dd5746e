package media

import (
	"fmt"
	"strings"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// framed is the part of the picture that a chunk shows, at the chunk's size.
func framed(v *ffmpeg.Stream, c clip.Chunk) *ffmpeg.Stream {
	if len(c.Fit) == 0 {
		return cropped(v, c)
	}
	if len(c.Fit) == 1 {
		return fitted(v.Split(), 0, c.Crop)
	}
	pads := v.Split()
	near, far := cropped(pads.Get("0"), c), fitted(pads, 1, c.Crop)
	whole, fades := stretches(c.Fit)
	if whole != "" {
		pair := far.Split()
		far = pair.Get("1")
		near = ffmpeg.Filter([]*ffmpeg.Stream{near, pair.Get("0")}, "overlay", nil, ffmpeg.KwArgs{"enable": whole})
	}
	for i, f := range fades {
		by := far
		if i+1 < len(fades) {
			pair := far.Split()
			by, far = pair.Get("0"), pair.Get("1")
		}
		near = ffmpeg.Filter([]*ffmpeg.Stream{near, by}, "blend", nil, ffmpeg.KwArgs{"all_expr": f.share, "enable": f.when})
	}
	return near
}

// cropped cuts a chunk's part out. It goes to the pixel: without exact it would
// jump by two, which is seen in a slow pan.
func cropped(v *ffmpeg.Stream, c clip.Chunk) *ffmpeg.Stream {
	still := len(c.Pan) == 0 && len(c.Tilt) == 0
	if still && c.Crop.X%2 == 0 && c.Crop.Y%2 == 0 {
		return v.Filter("crop", ffmpeg.Args{join(c.Crop.W, c.Crop.H, c.Crop.X, c.Crop.Y)})
	}
	return v.Filter("crop", ffmpeg.Args{join(c.Crop.W, c.Crop.H)},
		ffmpeg.KwArgs{"x": steps(c.Pan, c.Crop.X), "y": steps(c.Tilt, c.Crop.Y), "exact": 1})
}

// steps is an expression whose value at frame n is the n-th of values, or still
// where there are none: what it begins with, and by how much it changes when.
func steps(values []int, still int) string {
	if len(values) == 0 {
		return fmt.Sprint(still)
	}
	var b strings.Builder
	fmt.Fprint(&b, values[0])
	for n := 1; n < len(values); n++ {
		if by := values[n] - values[n-1]; by != 0 {
			fmt.Fprintf(&b, "%+d*gte(n,%d)", by, n)
		}
	}
	return b.String()
}

// The look of what surrounds a whole picture: itself, an eighth as large, out
// of focus, and darker, so that it is not taken for the picture.
const (
	blurShrink = 8
	blurSigma  = 3
	blurDim    = "16+(val-16)*0.7"
)

// fitted shows the whole picture over itself, blurred. Of pads it takes the one
// with the number pad, split anew.
func fitted(pads *ffmpeg.Node, pad int, size clip.Rect) *ffmpeg.Stream {
	pair := pads.Get(fmt.Sprint(pad)).Split()
	small := func(n int) int { return max(n/blurShrink&^1, 2) }
	back := pair.Get("0").
		Filter("scale", ffmpeg.Args{join(small(size.W), small(size.H))}, ffmpeg.KwArgs{"force_original_aspect_ratio": "increase", "flags": "area"}).
		Filter("crop", ffmpeg.Args{join(small(size.W), small(size.H))}).
		Filter("gblur", nil, ffmpeg.KwArgs{"sigma": blurSigma}).
		Filter("lutyuv", nil, ffmpeg.KwArgs{"y": blurDim}).
		Filter("scale", ffmpeg.Args{join(size.W, size.H)}, ffmpeg.KwArgs{"flags": "bicubic"})
	front := pair.Get("1").Filter("scale", ffmpeg.Args{join(size.W, size.H)},
		ffmpeg.KwArgs{"force_original_aspect_ratio": "decrease", "force_divisible_by": 2, "flags": "bicubic"})
	return back.Overlay(front, "repeat", ffmpeg.KwArgs{"x": "(W-w)/2", "y": "(H-h)/2"}).Filter("setsar", ffmpeg.Args{"1"})
}

// fade is a stretch of frames in which the whole picture comes or goes: when,
// and its share in each of them, as ffmpeg's blend computes it.
type fade struct{ when, share string }

// stretches takes apart how much of the whole picture is seen: when nothing
// else is, and the fades, in each of which the share changes evenly.
func stretches(fit []int) (whole string, fades []fade) {
	var all []string
	for i := 0; i < len(fit); {
		j := i + 1
		for j < len(fit) && level(fit[j]) == level(fit[i]) {
			j++
		}
		when := fmt.Sprintf("between(n,%d,%d)", i, j-1)
		switch level(fit[i]) {
		case 2:
			all = append(all, when)
		case 1:
			by := 0
			if j-i > 1 {
				by = fit[i+1] - fit[i]
			}
			fades = append(fades, fade{when, fmt.Sprintf("A+(B-A)*(%d%+d*(N-%d))/100", fit[i], by, i)})
		}
		i = j
	}
	return strings.Join(all, "+"), fades
}

// level is whether nothing, something or all is seen of a picture.
func level(share int) int {
	switch {
	case share <= 0:
		return 0
	case share < 100:
		return 1
	}
	return 2
}
