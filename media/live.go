package media

import (
	"context"
	"fmt"
	"io"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// EncodeLive compresses a synthetic broadcast as it comes: pictures are raw
// yuv420p frames of f's size, sound is s16le samples. It writes MPEG-TS to out
// until both end, with a closed GOP of exactly two seconds and B-frames as real
// encoders have. The two must be given side by side, within a second of each
// other, from time zero.
//
// When it returns nobody reads pictures and sound any more. Where they are the
// reading ends of io.Pipe they are closed, at the latest after one more write,
// so that the other side is told.
func (e *Engine) EncodeLive(ctx context.Context, f clip.Format, pictures, sound io.Reader, out io.Writer) error {
	const op = "encode a synthetic feed"
	if f.Rate.Zero() || f.Width <= 0 || f.Height <= 0 || f.Width%2 != 0 || f.Height%2 != 0 {
		return clip.Errorf(clip.Invalid, op, "%dx%d at %s is not a format: give even sides and a frame rate", f.Width, f.Height, f.Rate)
	}
	c := Command{Op: op, Args: liveArgs(f), In: []io.Reader{readAhead(pictures, f.Width*f.Height*3/2, lead)}, Stdout: out, Stall: 15 * time.Second}
	if f.Audio != "" {
		c.In = append(c.In, sound)
	}
	return e.Run(ctx, c)
}

// lead is how many pictures are taken before ffmpeg wants them. It reads sound
// in blocks of 85 ms (ffmpeg 7.1.5, 2026-11-24), five pictures at 60 a second.
const lead = 8

// liveArgs is the argument list of [Engine.EncodeLive].
func liveArgs(f clip.Format) []string {
	// Without probing: everything is known, and a probe would hold frames back.
	known := ffmpeg.KwArgs{"probesize": 32, "analyzeduration": 0, "fpsprobesize": 0, "protocol_whitelist": protocols, "thread_queue_size": 64}
	video := ffmpeg.Input("pipe:3", known, ffmpeg.KwArgs{
		"f": "rawvideo", "pixel_format": "yuv420p", "video_size": fmt.Sprintf("%dx%d", f.Width, f.Height), "framerate": f.Rate.String(),
	})
	tracks := []*ffmpeg.Stream{video.Video()}
	gop := f.Rate.Frames(clip.CellTicks)
	opts := ffmpeg.KwArgs{
		"c:v": "libx264", "preset": "superfast", "crf": 21, "maxrate": fmt.Sprintf("%dk", liveRate(f)), "bufsize": fmt.Sprintf("%dk", liveRate(f)),
		"profile:v": "high", "bf": 2, "threads:v": 2, "pix_fmt": "yuv420p",
		"x264-params": fmt.Sprintf("keyint=%d:min-keyint=%d:scenecut=0:open-gop=0:sync-lookahead=0:rc-lookahead=0", gop, gop),
		"colorspace":  "bt709", "color_primaries": "bt709", "color_trc": "bt709", "color_range": "tv",
		"f": "mpegts", "muxdelay": 0, "muxpreload": 0, "flush_packets": 1, "max_interleave_delta": 500000,
	}
	if f.Audio != "" {
		sound := ffmpeg.Input("pipe:4", known, ffmpeg.KwArgs{"f": "s16le", "ar": f.SampleRate, "ac": f.Channels})
		tracks = append(tracks, sound.Audio())
		opts["c:a"], opts["b:a"] = "aac", "128k"
	}
	return ffmpeg.Output(tracks, "pipe:1", opts).GetArgs()
}

// liveRate is the highest bit rate of a synthetic feed in kbit/s: what
// contribution encoders spend on its number of pixels, about 0.1 bit each.
func liveRate(f clip.Format) int64 {
	return max(500, clip.Rescale(int64(f.Width*f.Height)*int64(f.Rate.Num), 1, int64(f.Rate.Den)*10*1000))
}
