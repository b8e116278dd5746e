package media

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	if err := errors.Join(err1, err2); err != nil {
		return clip.Errorf(clip.Internal, op, "%w", err)
	}
	frame, err := shownAt(from, at)
	if err != nil {
		return clip.Errorf(clip.Invalid, op, "%w", err)
	}
	if err := e.Run(ctx, Command{Op: op, Args: coverArgs(from, frame, to), Nice: politeness, MaxFile: 64 << 20}); err != nil {
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
		return clip.Errorf(clip.Internal, op, "ffmpeg made no JPEG of %s at %s", filepath.Base(video), at)
	}
	if err := os.Rename(partOf(to), to); err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return nil
}

// shownAt is when the picture that a file shows at an instant begins to be
// shown, less a moment, so that no rounding skips it.
func shownAt(path string, at time.Duration) (time.Duration, error) {
	_, tracks, err := readTracks(path)
	if err != nil {
		return 0, err
	}
	for _, t := range tracks {
		if t.kind() != "vide" || len(t.samples) == 0 {
			continue
		}
		var shown []int64
		for _, s := range t.samples {
			shown = append(shown, s.pts)
		}
		slices.Sort(shown)
		first, one := shown[0], t.lastDuration()
		n := clip.Rescale(int64(at), t.timescale(), int64(time.Second))
		if at < 0 || n >= shown[len(shown)-1]+one-first {
			return 0, fmt.Errorf("%s shows nothing at %s; choose an instant before its end", filepath.Base(path), at)
		}
		i, exact := slices.BinarySearch(shown, first+n)
		if !exact {
			i--
		}
		return time.Duration(clip.Rescale(max(shown[i]-first-one/4, 0), int64(time.Second), t.timescale())), nil
	}
	return 0, fmt.Errorf("%s has no pictures", filepath.Base(path))
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
