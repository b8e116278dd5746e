package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/worker/bench"
)

func (a *app) benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure Ovation on this machine, beside other programs",
		Long: `Measure Ovation on this machine, beside other programs that do the same with the
same input in the same run. CPU is user and system time of the programs' own
processes; what makes the input is not counted. Let nothing else run.`,
	}
	cmd.AddCommand(a.benchDVR(), a.benchClip(), benchRecorder())
	return cmd
}

func (a *app) benchDVR() *cobra.Command {
	o := bench.Options{}
	cmd := &cobra.Command{
		Use: "dvr", Short: "Record many feeds: cost, memory, and whether anything is lost", Args: takes(),
		Long: `Record 1080p50 feeds of 6 Mb/s with Ovation, with Ovation as a host runs it (it
hears the loudness and watches the key frames too, with one ffmpeg for each
feed), with ffmpeg -c copy (one process for each feed) and, where it is found,
with mediamtx, in turn.

A soak is: ovation bench dvr --feeds 40 --for 30m --window 2m --runs 1 --only-ovation --listen=false`,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			done, err := measuring(&o.Self, &o.Dir)
			if err != nil {
				return err
			}
			defer done()
			o.Progress = func(text string) { fmt.Fprintln(a.err, text) }
			rows, err := bench.DVR(cmd.Context(), o)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(rows)
			if err != nil {
				return err
			}
			return a.print(raw, func(w *tabwriter.Writer) { benchTable(w, rows) })
		},
	}
	cmd.Flags().IntVar(&o.Feeds, "feeds", 10, "how many are recorded at once")
	cmd.Flags().DurationVar(&o.For, "for", 30*time.Second, "how long each run records")
	cmd.Flags().IntVar(&o.Runs, "runs", 3, "of each program, in turn; medians are shown")
	cmd.Flags().StringVar(&o.Over, "over", "udp", "how the feeds come: udp or hls")
	cmd.Flags().DurationVar(&o.Window, "window", clip.DefaultWindow, "how far back Ovation's recordings reach; 40 feeds write 1.8 GB a minute")
	cmd.Flags().StringVar(&o.FFmpeg, "ffmpeg", "ffmpeg", "the ffmpeg program")
	cmd.Flags().StringVar(&o.MediaMTX, "mediamtx", bench.Find("mediamtx"), "the mediamtx program")
	cmd.Flags().BoolVar(&o.Alone, "only-ovation", false, "do not compare")
	cmd.Flags().BoolVar(&o.Listens, "listen", true, "measure Ovation with loudness and key frames watched, too")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "where recordings go until they are counted (default: the system's temporary directory)")
	return cmd
}

// measuring finds our own program, and makes a directory of a measurement's own
// in dir.
func measuring(self, dir *string) (done func(), err error) {
	if *self, err = os.Executable(); err != nil {
		return nil, err
	}
	if *dir, err = os.MkdirTemp(*dir, "ovation-bench-"); err != nil {
		return nil, err
	}
	return func() { _ = os.RemoveAll(*dir) }, nil // it is temporary
}

func (a *app) benchClip() *cobra.Command {
	o := bench.ClipOptions{}
	cmd := &cobra.Command{
		Use: "clip", Short: "Cut one input in several ways: edges only, four shapes, after a change, by more workers", Args: takes(),
		Long: `Cut 1080p50 of 6 Mb/s with "ovation clip" and with ffmpeg as people cut with it,
in turn. OF FIRST is the CPU time beside the part's base, the line with 1.00.
Ours begins and ends exactly and looks at every file that it made; that is in it.`,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			done, err := measuring(&o.Self, &o.Dir)
			if err != nil {
				return err
			}
			defer done()
			o.Progress = func(text string) { fmt.Fprintln(a.err, text) }
			rows, err := bench.Clip(cmd.Context(), o)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(rows)
			if err != nil {
				return err
			}
			return a.print(raw, func(w *tabwriter.Writer) { clipTable(w, rows) })
		},
	}
	cmd.Flags().StringSliceVar(&o.Parts, "parts", bench.ClipParts(), "what is measured")
	cmd.Flags().IntVar(&o.Runs, "runs", 3, "of each way, in turn; medians are shown")
	cmd.Flags().StringVar(&o.Size, "size", "1920x1080", "of the input's pictures")
	cmd.Flags().IntVar(&o.Workers, "workers", runtime.GOMAXPROCS(0), "most chunks that are rendered at once")
	cmd.Flags().StringVar(&o.FFmpeg, "ffmpeg", "ffmpeg", "the ffmpeg program")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "where files go until they are compared (default: the system's temporary directory)")
	return cmd
}

func clipTable(w *tabwriter.Writer, rows []bench.ClipRow) {
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
	row(w, "PART", "WAY", "CPU S", "MIN", "MAX", "OF FIRST", "WALL S", "FASTER BY", "CHUNKS", "REUSED")
	for _, r := range rows {
		row(w, r.Part, r.What, seconds(r.CPU), seconds(r.Least), seconds(r.Most), fmt.Sprintf("%.3f", r.Ratio), seconds(r.Wall), fmt.Sprintf("%.2f", r.Speedup), r.Rendered, r.Reused)
	}
}

// benchRecorder is the process that is measured.
func benchRecorder() *cobra.Command {
	var r bench.Recording
	cmd := &cobra.Command{
		Use: "dvr-recorder URL…", Hidden: true, Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.URLs = args
			return bench.Record(cmd.Context(), r)
		},
	}
	cmd.Flags().StringVar(&r.Dir, "dir", "", "")
	cmd.Flags().DurationVar(&r.For, "for", time.Minute, "")
	cmd.Flags().DurationVar(&r.Window, "window", clip.DefaultWindow, "")
	cmd.Flags().StringVar(&r.FFmpeg, "ffmpeg", "", "")
	return cmd
}

func benchTable(w *tabwriter.Writer, rows []bench.Row) {
	row(w, "PROGRAM", "FEEDS", "OVER", "SECONDS", "CPU S", "MIN", "MAX", "% OF A CORE A FEED", "FEEDS A CORE", "MEMORY MB", "OURS / THIS")
	for _, r := range rows {
		seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
		row(w, r.Program, r.Feeds, r.Over, r.Seconds, seconds(r.CPU), seconds(r.Least), seconds(r.Most), fmt.Sprintf("%.2f", r.Percent), r.PerCore, r.Memory>>20, fmt.Sprintf("%.2f", r.Ratio))
	}
	for _, r := range rows {
		if k := r.Kept; k != nil {
			fmt.Fprintf(w, "%d recordings by %s: %d pictures, %d missing, %d twice; %d segments damaged", k.Feeds, r.Program, k.Pictures, k.Missing, k.Twice, k.Damaged)
			if k.Levels > 0 {
				fmt.Fprintf(w, "; %s of sound heard", (time.Duration(k.Levels) * clip.LoudnessStep.Duration()).Round(time.Second))
			}
			fmt.Fprintln(w)
		}
	}
	if len(rows) > 1 && rows[1].Kept != nil {
		fmt.Fprintf(w, "What rides in a feed (captions, marks, loudness, scenes) costs at most %.2f %% of a core, of which %.2f %% for what is heard and seen\n", rows[1].Percent, rows[1].Percent-rows[0].Percent)
	}
}
