package main

import (
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// momentView is a moment and the highlight that is its life.
type momentView struct {
	Moment    clip.Moment    `json:"moment"`
	Highlight clip.Highlight `json:"highlight"`
}

func (a *app) momentCommand() *cobra.Command {
	return a.client(&cobra.Command{Use: "moment", Short: "Flag moments, close and correct them"},
		a.momentList(), a.momentShow(), a.momentFlag(), a.momentClose(), a.momentAmend(), a.momentWithdraw())
}

func (a *app) momentList() *cobra.Command {
	var feed string
	cmd := &cobra.Command{
		Use: "list", Short: "List moments, newest first", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[struct {
				Moments []clip.Moment `json:"moments"`
			}](cmd.Context(), c, "list moments", http.MethodGet, query("/moments", "feed", feed), nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) {
				row(w, "ID", "FEED", "IN", "OUT", "KIND", "STATUS", "SOURCE", "TITLE")
				for _, m := range got.Value.Moments {
					row(w, m.ID, m.Feed, stamp(m.Span.In), firstOf(stamp(m.Span.Out), "open"), m.Kind, m.Status, m.Source, m.Title)
				}
			})
		},
	}
	cmd.Flags().StringVar(&feed, "feed", "", "only of this feed")
	return cmd
}

func (a *app) momentShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a moment", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.moment(cmd, "show moment "+args[0], http.MethodGet, at("moments", args[0]), nil)
		},
	}
}

func (a *app) momentFlag() *cobra.Command {
	var f clip.Flag
	cmd := &cobra.Command{
		Use: "flag FEED", Short: "Flag a moment; without --out it goes on until it is closed", Args: takes("FEED"),
		Example: `  ovation moment flag match --at -5s --kind goal --title "2-1, header from the corner"
  ovation moment flag match --in 20:41:07 --out 20:41:19 --person "A. Marsh"
  ovation moment flag match --in now          # then: ovation moment close ID --out now`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Feed = clip.FeedID(args[0])
			switch {
			case f.At == "" && f.In == "":
				return usagef("say when: --at T for an instant, or --in T, with --out T once it is over; T can be now or -15s")
			case f.At != "" && (f.In != "" || f.Out != ""):
				return usagef("--at is an instant and excludes --in and --out")
			}
			return a.moment(cmd, "flag a moment on "+args[0], http.MethodPost, "/moments", f)
		},
	}
	cmd.Flags().StringVar(&f.At, "at", "", "the instant that matters")
	cmd.Flags().StringVar(&f.In, "in", "", "mark-in: the first instant wanted")
	cmd.Flags().StringVar(&f.Out, "out", "", "mark-out: the first instant not wanted")
	cmd.Flags().StringVar(&f.Kind, "kind", "", "what it is, as rules know it: goal, save, …")
	cmd.Flags().StringVar(&f.Title, "title", "", "one line about it")
	cmd.Flags().StringArrayVar(&f.People, "person", nil, "who is in it; may be repeated")
	cmd.Flags().StringVar(&f.Key, "key", "", "your own id of it: the same key is the same moment")
	cmd.Flags().StringToStringVar(&f.Fields, "field", nil, "name=value for rules and texts; may be repeated")
	return cmd
}

func (a *app) momentClose() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "close ID", Short: "Set the mark-out of a moment that was open", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usagef("say where it ends: --out now, --out -5s, or another T")
			}
			return a.moment(cmd, "close moment "+args[0], http.MethodPost, at("moments", args[0], "close"), map[string]string{"out": out})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "mark-out: the first instant not wanted")
	return cmd
}

func (a *app) momentAmend() *cobra.Command {
	var in, out, kind, title string
	var people []string
	cmd := &cobra.Command{
		Use: "amend ID", Short: "Correct a moment; what is not given stays", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var am clip.Amendment
			set := map[string]func(){
				"in": func() { am.In = &in }, "out": func() { am.Out = &out }, "kind": func() { am.Kind = &kind },
				"title": func() { am.Title = &title }, "person": func() { am.People = &people },
			}
			changed := false
			for name, take := range set {
				if cmd.Flags().Changed(name) {
					take()
					changed = true
				}
			}
			if !changed {
				return usagef("say what to correct: --in, --out, --kind, --title or --person")
			}
			return a.moment(cmd, "amend moment "+args[0], http.MethodPatch, at("moments", args[0]), am)
		},
	}
	cmd.Flags().StringVar(&in, "in", "", "mark-in")
	cmd.Flags().StringVar(&out, "out", "", "mark-out")
	cmd.Flags().StringVar(&kind, "kind", "", "what it is")
	cmd.Flags().StringVar(&title, "title", "", "one line about it")
	cmd.Flags().StringArrayVar(&people, "person", nil, "who is in it; may be repeated; replaces all")
	return cmd
}

func (a *app) momentWithdraw() *cobra.Command {
	return &cobra.Command{
		Use: "withdraw ID", Short: "Say that it did not happen: what is not out stays in, what is out comes down", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.moment(cmd, "withdraw moment "+args[0], http.MethodPost, at("moments", args[0], "withdraw"), nil)
		},
	}
}

// moment makes a call that answers with a moment and its highlight.
func (a *app) moment(cmd *cobra.Command, op, method, target string, body any) error {
	c, err := a.dial()
	if err != nil {
		return err
	}
	got, err := call[momentView](cmd.Context(), c, op, method, target, body)
	if err != nil {
		return err
	}
	return a.print(got.Raw, func(w *tabwriter.Writer) {
		m := got.Value.Moment
		line(w, "moment", m.ID)
		line(w, "feed", m.Feed)
		line(w, "title", m.Title)
		line(w, "kind", m.Kind)
		line(w, "people", strings.Join(m.People, ", "))
		line(w, "in", stamp(m.Span.In))
		line(w, "out", firstOf(stamp(m.Span.Out), "open: close it with `ovation moment close "+string(m.ID)+" --out now`"))
		line(w, "status", m.Status)
		line(w, "highlight", got.Value.Highlight.State)
		line(w, "rule", got.Value.Highlight.Rule)
	})
}
