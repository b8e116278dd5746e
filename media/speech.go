package media

import (
	"context"
	"os"
	"path/filepath"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

const (
	speechRate = 16000 // what recognisers work with
	speechFile = "speech.flac"
)

// Speech cuts and joins the pieces' sound as Sound does, and gives it as a file
// for a recogniser, in w.Dir: one channel, 16 kHz, FLAC. Target is not used.
func (e *Engine) Speech(ctx context.Context, w SoundWork, progress func()) (string, error) {
	const op = "cut the sound for a recogniser"
	raw := filepath.Join(w.Dir, rawSound)
	defer os.Remove(raw)
	if _, err := e.gather(ctx, op, w, progress); err != nil {
		return "", err
	}
	c := Command{Op: op, Args: speechArgs(), Dir: w.Dir, Nice: politeness, Progress: progress}
	if err := e.Run(ctx, c); err != nil {
		return "", err
	}
	path := filepath.Join(w.Dir, speechFile)
	if err := os.Rename(partOf(path), path); err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return path, nil
}

// speechArgs is the argument list that makes a recogniser's file of the joined
// sound.
func speechArgs() []string {
	in := keeping("f32le")
	in["ar"], in["ac"] = soundRate, 2
	a := ffmpeg.Input("file:"+rawSound, in).Get("a:0")
	return ffmpeg.Output([]*ffmpeg.Stream{a}, "file:"+partOf(speechFile), ffmpeg.KwArgs{
		"f": "flac", "c:a": "flac", "sample_fmt": "s16", "ar": speechRate, "ac": 1, "map_metadata": "-1", "fflags": "+bitexact", "flags:a": "+bitexact",
	}).GetArgs()
}
