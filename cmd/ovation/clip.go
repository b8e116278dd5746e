package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/worker"
)

func (a *app) clipCommand() *cobra.Command {
	o := worker.ClipOptions{FFmpeg: "ffmpeg", FFprobe: "ffprobe"}
	var shapes, output []string
	var beside, verbose bool
	cmd := &cobra.Command{
		Use: "clip INPUT --in T --out T", Short: "Cut a file or an HLS URL here and now, without a server", Args: takes("INPUT"),
		Long: `Cut a file or an HLS playlist here and now: the same engine, without a server.
Both ends are exact to the picture.

T counts from the input's first picture: HH:MM:SS.mmm, seconds (75.5), or 123f
for a picture. Of a playlist that goes on it is RFC 3339, a time of day (UTC),
-15s or now. --out +20s counts from --in.

Of a 16:9 file into which nothing is drawn only the ends are rendered; what lies
between is the input's own pictures, bit for bit (H.264 in closed groups). Alone
it has the input's own sound too; other files, and it beside them, are brought
to -14 LUFS.`,
		Example: `  ovation clip match.mp4 --in 00:12:03.480 --out +20s
  ovation clip match.ts --in 18075f --out 18575f --shapes 16:9,9:16 --captions match.srt -o out
  ovation clip https://cdn.example/live/index.m3u8 --in -30s --out now -o out`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := checkTimes(args[0], o.In, o.Out); err != nil {
				return err
			}
			for _, s := range shapes {
				if err := clip.Shape(s).Check(); err != nil {
					return &usageError{err}
				}
				o.Shapes = append(o.Shapes, clip.Shape(s))
			}
			if o.Dir, err = a.destination(output); err != nil {
				return err
			}
			o.Input, o.BurnIn, o.Log = args[0], !beside, quietLog(a.err, verbose)
			bar := &bar{w: a.err, shown: !verbose && terminal(a.err)}
			o.Progress = bar.show
			made, err := worker.Clip(cmd.Context(), o)
			bar.clear()
			if err != nil {
				return err
			}
			raw, err := json.Marshal(made)
			if err != nil {
				return err
			}
			return a.print(raw, func(w *tabwriter.Writer) { pageClip(w, made) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.In, "in", "", "the first picture that is wanted")
	f.StringVar(&o.Out, "out", "", "the first picture that is not wanted, or +LENGTH")
	f.StringSliceVar(&shapes, "shapes", []string{string(clip.Wide)}, "of the files: 16:9, 1:1, 4:5, 9:16")
	f.StringVar(&o.Captions, "captions", worker.NoCaptions, "drawn into the pictures: a WebVTT or SRT file, auto for the input's own, or none")
	f.BoolVar(&beside, "beside", false, "captions go into files beside only")
	f.BoolVar(&o.Gaps, "gaps", false, "cut over what is missing in the input")
	f.BoolVar(&o.Render, "render", false, "render all pictures, and copy none")
	f.IntVar(&o.MaxFPS, "max-fps", 0, "of the files: a faster input keeps every n-th picture (default: as the input)")
	f.StringVar(&o.Cache, "cache", "", "a directory that keeps the chunks, so that the next cut renders only what changed")
	f.IntVar(&o.Workers, "workers", runtime.GOMAXPROCS(0), "chunks that are rendered at once")
	f.StringVar(&o.FFmpeg, "ffmpeg", "ffmpeg", "the ffmpeg program")
	f.StringVar(&o.FFprobe, "ffprobe", "ffprobe", "the ffprobe program")
	f.BoolVarP(&verbose, "verbose", "v", false, "tell what is done")
	f.StringSliceVarP(&output, "output", "o", nil, "DIR of the files (default: here); text or json is how the answer is printed")
	return cmd
}

// checkTimes refuses what can be no time before anything is read.
func checkTimes(input, in, out string) error {
	if in == "" || out == "" {
		return usagef("--in and --out say where the cut begins and ends, such as --in 00:12:03.480 --out +20s")
	}
	if strings.Contains(input, "://") {
		return nil // its times may be of other kinds
	}
	for _, text := range []string{in, strings.TrimPrefix(out, "+")} {
		if _, err := clip.ParsePlace(text, clip.Rate{Num: 25, Den: 1}); err != nil {
			return &usageError{err}
		}
	}
	return nil
}

// destination takes apart what -o says of `ovation clip`: like everywhere how
// the answer is printed, and a directory.
func (a *app) destination(output []string) (dir string, err error) {
	dir = "."
	for i, o := range output {
		switch {
		case o == "text" || o == "json":
			a.output = o
		case dir != "." || o == "":
			return "", usagef("-o names one directory, not %v", output[:i+1])
		default:
			dir = o
		}
	}
	return dir, nil
}

// quietLog tells only what somebody who cuts a file wants to know.
func quietLog(w io.Writer, verbose bool) logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(w)
	log.SetLevel(logrus.ErrorLevel)
	if verbose {
		log.SetLevel(logrus.DebugLevel)
	}
	return log
}

func pageClip(w *tabwriter.Writer, c worker.ClipResult) {
	for _, f := range c.Files {
		loud := fmt.Sprintf("%.1f LUFS", f.Loudness)
		switch {
		case f.Loudness == 0: // it was not measured
			loud = "sound copied"
		case f.Loudness <= -70: // the gate of EBU R128
			loud = "silent"
		}
		fmt.Fprintf(w, "%s\t%dx%d\t%s fps\t%d frames\t%.1f MB\t%s\n", f.Path, f.Width, f.Height, f.Rate, f.Frames, float64(f.Size)/1e6, loud)
	}
	if c.Copied > 0 {
		fmt.Fprintf(w, "%d of %d pictures of 16:9 are copied\n", c.Copied, c.Files[0].Frames)
	}
	line(w, "not copied", c.Why)
	for _, path := range c.Captions {
		fmt.Fprintln(w, path)
	}
	for _, s := range c.Missing {
		line(w, "not in the input", s)
	}
}

// bar is a line on a terminal that shows how far something is.
type bar struct {
	w     io.Writer
	shown bool
	last  time.Time
	drawn bool
}

const barWidth = 30

func (b *bar) show(p worker.ClipProgress) {
	if !b.shown || p.Done < p.Total && time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last, b.drawn = time.Now(), true
	text := p.Doing
	switch {
	case p.Total > 0:
		n := barWidth * p.Done / p.Total
		text = fmt.Sprintf("%s %s%s %d/%d", p.Doing, strings.Repeat("█", n), strings.Repeat("░", barWidth-n), p.Done, p.Total)
	case p.At > 0:
		text = fmt.Sprintf("%s %s", p.Doing, p.At.Round(time.Second))
	}
	fmt.Fprintf(b.w, "\r\033[K%s", text)
}

// clear takes the line away.
func (b *bar) clear() {
	if b.drawn {
		fmt.Fprint(b.w, "\r\033[K")
	}
}
