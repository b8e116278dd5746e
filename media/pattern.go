package media

import (
	"bytes"
	"context"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// PatternWork is a broadcast to measure with: a moving test picture under noise
// at 50 frames a second and a tone, as contribution encoders send it (H.264 High
// with three B-frames, a closed GOP of two seconds, AAC at 128 kb/s).
type PatternWork struct {
	Size   string // such as 1920x1080
	Rate   string // bit rate of the pictures, such as 5800k
	Length time.Duration
}

// PatternRate is a pattern's frames a second.
const PatternRate = 50

// Pattern encodes a test broadcast as MPEG-TS; ten seconds of 1080p50 take about
// twenty CPU seconds.
func (e *Engine) Pattern(ctx context.Context, w PatternWork) ([]byte, error) {
	var out bytes.Buffer
	err := e.Run(ctx, Command{Op: "make a test broadcast", Args: patternArgs(w), Stdout: &out})
	return out.Bytes(), err
}

// patternArgs is the argument list of [Engine.Pattern].
func patternArgs(w PatternWork) []string {
	lavfi := ffmpeg.KwArgs{"f": "lavfi"}
	pictures := ffmpeg.Input("testsrc2=size="+w.Size+":rate=50,noise=alls=12:allf=t", lavfi)
	sound := ffmpeg.Input("sine=frequency=440:sample_rate=48000", lavfi)
	return ffmpeg.Output([]*ffmpeg.Stream{pictures.Video(), sound.Audio()}, "pipe:1", ffmpeg.KwArgs{
		"t": w.Length.Seconds(), "c:v": "libx264", "preset": "superfast", "profile:v": "high", "bf": 3, "pix_fmt": "yuv420p",
		"x264-params": "keyint=100:min-keyint=100:scenecut=0:open-gop=0", "b:v": w.Rate, "maxrate": w.Rate, "bufsize": w.Rate,
		"c:a": "aac", "b:a": "128k", "ac": 2, "f": "mpegts", "muxdelay": 0, "muxpreload": 0,
	}).GetArgs()
}
