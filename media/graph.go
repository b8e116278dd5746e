package media

import (
	"fmt"
	"strings"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// The library that composes graphs tells nodes apart by their inputs and
// arguments, not by their names: two filters with the same arguments must not
// hang on the same pad.

// keeping are the options of every input: what ffmpeg may open, and time as it
// comes.
func keeping(format string) ffmpeg.KwArgs {
	return ffmpeg.KwArgs{
		"f": format, "protocol_whitelist": protocols, "format_whitelist": formats, "codec_whitelist": codecs,
		"max_streams": 256, "max_pixels": maxPixels, "copyts": "",
	}
}

// demuxer is the name of a container in ffmpeg.
func demuxer(c clip.Container) string {
	if c == clip.FMP4 {
		return "mov"
	}
	return "mpegts"
}

// slack is how far, in ticks, a frame may lie from where the index has it: the
// timescales of fMP4 and the transport stream do not divide each other.
const slack = 2

// cellArgs is the argument list that renders a cell. Its file names are plain
// and relative to the working directory.
func cellArgs(w CellWork) []string {
	pictures := picked(w.Cell, w.Rate)
	var logo *ffmpeg.Node
	if w.Logo != "" {
		input := ffmpeg.Input("file:"+w.Logo, keeping("png_pipe"))
		logo = ffmpeg.FilterMultiOutput([]*ffmpeg.Stream{input.Get("v:0")}, "split", nil)
	}
	split := pictures.Split()
	var outs []*ffmpeg.Stream
	for i, c := range w.Cell.Chunks {
		pad := fmt.Sprint(i)
		v := framed(split.Get(pad), c)
		if w.burns() {
			v = v.Filter("ass", nil, ffmpeg.KwArgs{"filename": w.captionsName(c)})
		}
		if logo != nil {
			v = overlaid(v, logo.Get(pad), w.Overlay, c.Crop)
		}
		v = v.Filter("format", ffmpeg.Args{"yuv420p"}).Filter("setsar", ffmpeg.Args{"1"})
		outs = append(outs, ffmpeg.Output([]*ffmpeg.Stream{v}, "file:"+partOf(w.chunkName(c)), encoderOptions(w)))
	}
	return ffmpeg.MergeOutputs(outs...).GetArgs()
}

// zeroOf is the tick that a cell's frames count from inside ffmpeg.
func zeroOf(c clip.Cell) zero { return zeroBefore(c.Sources[0].First, clip.TickRate) }

// picked are the frames of a cell that the renditions have, in units of one
// frame from zero: the first, and every Step-th after it. The trim may let
// frames behind the last one pass; they are none of those.
func picked(c clip.Cell, out clip.Rate) *ffmpeg.Stream {
	z := zeroOf(c)
	from := int64(z.at(c.From))
	v := whole(c.Format, ffmpeg.Input("pipe:3", keeping(demuxer(c.Format.Container))).Get("v:0")).
		Filter("settb", ffmpeg.Args{fmt.Sprintf("1/%d", clip.TickRate)}).
		Filter("trim", nil, ffmpeg.KwArgs{
			"start_pts": from - slack,
			"end_pts":   int64(z.at(c.To-c.Format.Rate.Ticks(1))) + slack + 1,
		})
	if c.Step > 1 {
		r := c.Format.Rate
		v = v.Filter("select", ffmpeg.Args{fmt.Sprintf("not(mod(floor((pts-%d)*%d/%d+0.5),%d))", from, r.Num, clip.TickRate*r.Den, c.Step)})
	}
	return square(c.Format, v).Filter("settb", ffmpeg.Args{fmt.Sprintf("%d/%d", out.Den, out.Num)}).
		Filter("setpts", ffmpeg.Args{"N"}).
		Filter("setparams", nil, ffmpeg.KwArgs{"range": "tv", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"})
}

// whole makes whole pictures of fields, one of each frame. It sees the frames
// before and after those that are kept.
func whole(f clip.Format, v *ffmpeg.Stream) *ffmpeg.Stream {
	if !f.Interlaced {
		return v
	}
	return v.Filter("bwdif", nil, ffmpeg.KwArgs{"mode": "send_frame", "deint": "interlaced"})
}

// square gives pictures square pixels.
func square(f clip.Format, v *ffmpeg.Stream) *ffmpeg.Stream {
	w, h := f.Picture()
	if w == f.Width && h == f.Height {
		return v
	}
	return v.Filter("scale", ffmpeg.Args{join(w, h)}, ffmpeg.KwArgs{"flags": "lanczos"}).Filter("setsar", ffmpeg.Args{"1"})
}

// overlaid puts a picture into the top right corner. Its height is as the
// overlay wants it, unless it would then be wider than the rendition allows.
func overlaid(v, logo *ffmpeg.Stream, o clip.Overlay, size clip.Rect) *ffmpeg.Stream {
	margin := o.Margin * size.H / 1000
	// Too wide a logo on a tall picture becomes smaller instead of being cut.
	wide := max(2, size.W-2*margin)
	high := max(2, o.Height*size.H/1000)
	logo = logo.Filter("scale", ffmpeg.Args{join(wide, high)}, ffmpeg.KwArgs{"force_original_aspect_ratio": "decrease", "flags": "lanczos"})
	return v.Overlay(logo, "repeat", ffmpeg.KwArgs{"x": fmt.Sprintf("W-w-%d", margin), "y": margin})
}

// threads of each encoder. It is fixed because x264's output depends on it,
// and the same recipe must give the same bytes on every machine.
const threads = 4

// encoderOptions are the options of one chunk's output. Every chunk begins
// with a key frame, refers to no other chunk, and all chunks of a recipe have
// the same parameter sets (x264's "stitchable").
func encoderOptions(w CellWork) ffmpeg.KwArgs {
	e := w.Encoding
	gop := w.Rate.Frames(clip.CellTicks)
	opts := ffmpeg.KwArgs{
		"f": "mp4", "c:v": "libx264", "preset": e.Preset, "crf": e.CRF, "profile:v": "high", "pix_fmt": "yuv420p",
		"x264-params": fmt.Sprintf("keyint=%d:open-gop=0:stitchable=1:threads=%d", gop, threads),
		"r":           w.Rate.String(), "fps_mode": "cfr",
		"color_range": "tv", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709",
		"map_metadata": "-1", "fflags": "+bitexact",
	}
	if w.Sets > 0 {
		opts["x264-params"] = fmt.Sprintf("%s:sps-id=%d", opts["x264-params"], w.Sets)
	}
	if e.MaxRate > 0 {
		opts["maxrate"], opts["bufsize"] = fmt.Sprintf("%dk", e.MaxRate), fmt.Sprintf("%dk", 2*e.MaxRate)
	}
	return opts
}

// burns reports whether the cell has captions to draw.
func (w CellWork) burns() bool { return w.BurnIn && len(w.Cell.Cues) > 0 }

// chunkName is the file of a chunk.
func (w CellWork) chunkName(c clip.Chunk) string {
	return fmt.Sprintf("chunk-%d-%d-%s-%s.mp4", w.Cell.Epoch, w.Cell.Grid, c.Shape.Slug(), c.Key.Short())
}

// captionsName is the file of a chunk's captions. It stands in a graph: only
// letters, digits, dashes and dots.
func (w CellWork) captionsName(c clip.Chunk) string {
	return strings.TrimSuffix(w.chunkName(c), ".mp4") + ".ass"
}

// partOf is the name of a file that is not finished.
func partOf(name string) string { return name + ".part" }

// join writes a filter's positional numbers.
func join(n ...int) string {
	var s []string
	for _, v := range n {
		s = append(s, fmt.Sprint(v))
	}
	return strings.Join(s, ":")
}
