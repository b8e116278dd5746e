package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// heardFlags choose what of a recording is listed.
type heardFlags struct{ in, out, scheme, lang string }

// heard is a command that lists what is in a stretch of a feed's recording.
func (a *app) heard(cmd *cobra.Command, what string, f *heardFlags, show func(context.Context, *client, string) error) *cobra.Command {
	cmd.Args = takes("ID")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.dial()
		if err != nil {
			return err
		}
		return show(cmd.Context(), c, query(at("feeds", args[0], what), "in", f.in, "out", f.out, "scheme", f.scheme, "lang", f.lang))
	}
	cmd.Flags().StringVar(&f.in, "in", "", "from when: 20:41:07, -5m, EPOCH:PTS (default where the recording begins)")
	cmd.Flags().StringVar(&f.out, "out", "", "until when (default the live end)")
	return cmd
}

func (a *app) feedMarks() *cobra.Command {
	var f heardFlags
	cmd := a.heard(&cobra.Command{
		Use: "marks ID", Short: "List the messages in a feed, and its changes of scene",
		Example: `  ovation feed marks match --in -10m
  ovation feed marks match --scheme scte35,id3`,
	}, "marks", &f, func(ctx context.Context, c *client, target string) error {
		got, err := call[struct {
			Marks []struct {
				clip.Mark
				At time.Time `json:"at"`
			} `json:"marks"`
		}](ctx, c, "list marks", http.MethodGet, target, nil)
		if err != nil {
			return err
		}
		return a.print(got.Raw, func(w *tabwriter.Writer) {
			row(w, "AT", "POSITION", "SCHEME", "EVENT", "FIELDS")
			for _, m := range got.Value.Marks {
				row(w, stamp(m.At), clip.Position{Epoch: m.Epoch, PTS: m.PTS}, m.Scheme, m.Event, fieldsOf(m.Fields))
			}
		})
	})
	cmd.Flags().StringVar(&f.scheme, "scheme", "", "only of these: scte35, daterange, id3, emsg, scene")
	return cmd
}

func (a *app) feedCues() *cobra.Command {
	var f heardFlags
	cmd := a.heard(&cobra.Command{
		Use: "cues ID", Short: "List the captions of a feed",
		Example: `  ovation feed cues match --in -2m`,
	}, "cues", &f, func(ctx context.Context, c *client, target string) error {
		got, err := call[struct {
			Cues []struct {
				clip.Cue
				In  time.Time `json:"in"`
				Out time.Time `json:"out"`
			} `json:"cues"`
		}](ctx, c, "list captions", http.MethodGet, target, nil)
		if err != nil {
			return err
		}
		return a.print(got.Raw, func(w *tabwriter.Writer) {
			row(w, "IN", "OUT", "SERVICE", "LANG", "TEXT")
			for _, q := range got.Value.Cues {
				row(w, stamp(q.In), firstOf(stamp(q.Out), "on screen"), q.Service, q.Lang, strings.ReplaceAll(q.Text, "\n", " / "))
			}
		})
	})
	cmd.Flags().StringVar(&f.lang, "lang", "", "only in this language")
	return cmd
}

// fieldsOf is what a mark says, in the order of the names.
func fieldsOf(fields map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		words = append(words, fmt.Sprintf("%s=%s", name, fields[name]))
	}
	return strings.Join(words, " ")
}
