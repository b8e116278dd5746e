package main

import (
	"fmt"
	"net/http"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// highlightView is a highlight with all that belongs to it.
type highlightView struct {
	Highlight clip.Highlight  `json:"highlight"`
	Moment    clip.Moment     `json:"moment"`
	Posts     []clip.Post     `json:"posts"`
	Decisions []clip.Decision `json:"decisions"`
}

func (a *app) highlightCommand() *cobra.Command {
	return a.client(&cobra.Command{Use: "highlight", Short: "See highlights, trim them, and decide on them"},
		a.highlightList(), a.highlightShow(), a.highlightWait(), a.highlightTrim(), a.highlightReframe(), a.highlightEdit(),
		a.highlightApprove(), a.highlightReject(), a.highlightRetract())
}

func (a *app) highlightList() *cobra.Command {
	var state, feed string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List highlights, newest first", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			target := query("/highlights", "state", state, "feed", feed)
			if limit > 0 {
				target = query("/highlights", "state", state, "feed", feed, "limit", strconv.Itoa(limit))
			}
			got, err := call[struct {
				Highlights []clip.Highlight `json:"highlights"`
			}](cmd.Context(), c, "list highlights", http.MethodGet, target, nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) {
				row(w, "ID", "STATE", "FEED", "LENGTH", "REVISION", "RULE", "UPDATED", "REASON")
				for _, h := range got.Value.Highlights {
					row(w, h.ID, h.State, h.Feed, length(h.Recipe.Span), h.Revision, h.Rule, stamp(h.Updated), h.Reason)
				}
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only in this state: rendering, review, approved, settled, refused, withdrawn, failed")
	cmd.Flags().StringVar(&feed, "feed", "", "only of this feed")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many at most (default 100)")
	return cmd
}

func (a *app) highlightShow() *cobra.Command {
	var build bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show a highlight, its renditions, texts and posts", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			if build {
				return a.showBuild(cmd.Context(), c, args[0])
			}
			got, err := getHighlight(cmd.Context(), c, "show highlight "+args[0], args[0])
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { pageHighlight(w, got.Value, c.base) })
		},
	}
	cmd.Flags().BoolVar(&build, "build", false, "show which chunks its files were made from, and why those were rendered that were not reused")
	return cmd
}

// length is how long a span is.
func length(s clip.Span) string {
	if s.Open() {
		return "open"
	}
	return s.Duration().String()
}

func pageHighlight(w *tabwriter.Writer, v highlightView, base string) {
	h := v.Highlight
	line(w, "highlight", h.ID)
	line(w, "title", v.Moment.Title)
	line(w, "state", h.State)
	line(w, "reason", h.Reason)
	line(w, "revision", h.Revision)
	line(w, "span", h.Recipe.Span)
	for _, s := range h.Missing {
		line(w, "not recorded", s)
	}
	line(w, "decides", h.Approval)
	line(w, "priority", h.Priority)
	line(w, "no captions", h.Unspoken)
	line(w, "deadline", stamp(h.Deadline))
	for _, r := range h.Renditions {
		line(w, string(r.Shape), fmt.Sprintf("%dx%d %s fps, %d frames, %.1f LUFS, %s/media/%s", r.Width, r.Height, r.Rate, r.Frames, r.Loudness, base, r.Digest))
	}
	for _, d := range h.Drafts {
		line(w, "to "+d.Destination, fmt.Sprintf("%s %q", d.Shape, d.Text))
	}
	for _, d := range v.Decisions {
		line(w, string(d.Verdict), fmt.Sprintf("of revision %d by %s at %s %s", d.Revision, d.By, stamp(d.At), d.Reason))
	}
	for _, p := range v.Posts {
		line(w, "post", fmt.Sprintf("%s: %s %s %s", p.ID, p.State, p.Receipt.URL, p.Reason))
	}
}
