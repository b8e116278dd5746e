package main

import (
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// feedView is a feed as the API shows it.
type feedView struct {
	Feed   clip.Feed   `json:"feed"`
	Health clip.Health `json:"health"`
	Window clip.Span   `json:"window"`
}

func (a *app) feedCommand() *cobra.Command {
	return a.client(&cobra.Command{Use: "feed", Short: "See, add and remove feeds"},
		a.feedList(), a.feedShow(), a.feedMarks(), a.feedCues(), a.feedAdd(), a.feedRemove())
}

func (a *app) feedList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List feeds and how their recording is doing", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[struct {
				Feeds []feedView `json:"feeds"`
			}](cmd.Context(), c, "list feeds", http.MethodGet, "/feeds", nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) {
				row(w, "ID", "STATE", "LAST SEGMENT", "HELD", "GAPS", "KBIT/S", "TITLE")
				for _, f := range got.Value.Feeds {
					row(w, f.Feed.ID, f.Health.State, age(f.Health.LastSegment), held(f.Window), f.Health.Gaps, f.Health.Bitrate/1000, f.Feed.Title)
				}
			})
		},
	}
}

func (a *app) feedShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a feed", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[feedView](cmd.Context(), c, "show feed "+args[0], http.MethodGet, at("feeds", args[0]), nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { pageFeed(w, got.Value) })
		},
	}
}

func (a *app) feedAdd() *cobra.Command {
	var f struct {
		clip.Feed
		NoProbe bool `json:"no_probe,omitempty"`
	}
	cmd := &cobra.Command{
		Use: "add ID URL", Short: "Add a feed, and record it from now on", Args: takes("ID", "URL"),
		Long: `Add a feed, and record it from now on. Its source is opened first: what it
gives is printed, or why it gives nothing, and then nothing is added. A feed
that is sent to Ovation may have no sender yet; it is added, and waits.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.ID, f.URL = clip.FeedID(args[0]), args[1]
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[struct {
				feedView
				Found *feed.Found `json:"found"`
			}](cmd.Context(), c, "add feed "+args[0], http.MethodPost, "/feeds", f)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) {
				pageFeed(w, got.Value.feedView)
				pageFound(w, got.Value.Found)
			})
		},
	}
	cmd.Flags().StringVar(&f.Title, "title", "", "what people call it")
	cmd.Flags().BoolVar(&f.AllowPrivate, "allow-private", false, "the URL may lead into the private network")
	cmd.Flags().DurationVar(&f.Window, "window", clip.DefaultWindow, "how far back the recording reaches")
	cmd.Flags().StringVar(&f.Lang, "lang", "en", "language of its captions")
	cmd.Flags().StringVar(&f.Audio, "audio", "", "which audio track is heard: a language, or a number from 1 (default the first)")
	cmd.Flags().BoolVar(&f.NoProbe, "no-probe", false, "add it without looking whether the source gives anything")
	return cmd
}

func (a *app) feedRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Stop recording a feed; its highlights stay", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[struct{}](cmd.Context(), c, "remove feed "+args[0], http.MethodDelete, at("feeds", args[0]), nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { fmt.Fprintf(w, "%s is no longer recorded\n", oneLine(args[0])) })
		},
	}
}

func pageFeed(w *tabwriter.Writer, f feedView) {
	line(w, "feed", f.Feed.ID)
	line(w, "title", f.Feed.Title)
	line(w, "url", f.Feed.URL)
	line(w, "state", f.Health.State)
	line(w, "detail", f.Health.Detail)
	line(w, "recorded", held(f.Window))
	line(w, "last segment", age(f.Health.LastSegment))
	if f.Health.Bitrate > 0 {
		line(w, "bitrate", fmt.Sprintf("%.1f Mbit/s", float64(f.Health.Bitrate)/1e6))
	}
	line(w, "gaps", f.Health.Gaps)
	line(w, "lost segments", f.Health.Lost)
	line(w, "window", f.Feed.Window)
	if k := f.Health.Window; k > 0 && k < f.Feed.Window {
		line(w, "disk", fmt.Sprintf("short: only the last %s are kept", k))
	} else if at := f.Health.ShrinksAt; !at.IsZero() {
		line(w, "disk", fmt.Sprintf("filling up: the window shrinks to %s at %s", f.Health.ShrinksTo.Round(time.Minute), at.UTC().Format("15:04 UTC on 2 Jan")))
	}
	if f.Health.Drift != 0 || f.Health.ClockOff != 0 {
		line(w, "clock", fmt.Sprintf("%+.0f ppm, %s off", float64(f.Health.Drift)/1000, f.Health.ClockOff.Round(time.Millisecond)))
	}
	if m := f.Health.Format; m.Video != "" {
		line(w, "pictures", m.VideoWords())
		line(w, "sound", m.SoundWords())
		for _, text := range f.Health.Texts {
			line(w, "captions", text)
		}
	}
}

// pageFound is what a source gave.
func pageFound(w *tabwriter.Writer, f *feed.Found) {
	if f == nil {
		return
	}
	line(w, "found", f.String())
	for _, text := range f.Warnings {
		line(w, "warning", text)
	}
}

// age is how long ago something was.
func age(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return time.Since(t).Round(100*time.Millisecond).String() + " ago"
}

// held is what of a feed is recorded.
func held(s clip.Span) string {
	if s.In.IsZero() || s.Open() {
		return "nothing yet"
	}
	return s.Duration().Round(time.Second).String()
}
