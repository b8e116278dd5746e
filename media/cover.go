package media

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// Cover makes a JPEG of the picture that a finished video, one that [Join]
// made, shows at an instant. It writes out.part and then gives it its name.
func (e *Engine) Cover(ctx context.Context, video string, at time.Duration, out string) error {
	const op = "make a cover"
	from, err1 := filepath.Abs(video)
	to, err2 := filepath.Abs(out)
	if err1 != nil || err2 != nil || at < 0 {
		return clip.Errorf(clip.Invalid, op, "of %s at %s", video, at)
	}
	if err := e.Run(ctx, Command{Op: op, Args: coverArgs(from, at, to), Nice: politeness, MaxFile: 64 << 20}); err != nil {
		_ = os.Remove(partOf(to)) // it may not have been begun
		return err
	}
	head := make([]byte, 3)
	f, err := os.Open(partOf(to))
	if err == nil {
		_, err = f.Read(head)
		_ = f.Close() // it was only read
	}
	if err != nil || string(head) != "\xff\xd8\xff" {
		_ = os.Remove(partOf(to))
		return clip.Errorf(clip.Invalid, op, "%s shows nothing at %s; choose an instant before its end", filepath.Base(video), at)
	}
	if err := os.Rename(partOf(to), to); err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return nil
}

// coverArgs is the argument list of [Engine.Cover]. In a file of our own, with
// its tables complete, seeking is exact.
func coverArgs(from string, at time.Duration, to string) []string {
	in := keeping("mov")
	delete(in, "copyts")
	in["ss"] = fmt.Sprintf("%dus", at.Microseconds())
	v := ffmpeg.Input("file:"+from, in).Get("v:0").
		Filter("scale", nil, ffmpeg.KwArgs{"out_range": "pc", "out_color_matrix": "bt601"}).
		Filter("format", ffmpeg.Args{"yuvj420p"})
	return ffmpeg.Output([]*ffmpeg.Stream{v}, "file:"+partOf(to), ffmpeg.KwArgs{
		"f": "mjpeg", "c:v": "mjpeg", "q:v": 3, "frames:v": 1, "map_metadata": "-1", "fflags": "+bitexact", "flags:v": "+bitexact",
	}).GetArgs()
}
