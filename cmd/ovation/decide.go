package main

import (
	"context"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

func getHighlight(ctx context.Context, c *client, op, id string) (answer[highlightView], error) {
	return call[highlightView](ctx, c, op, http.MethodGet, at("highlights", id), nil)
}

func (a *app) highlightTrim() *cobra.Command {
	var in, out string
	var revision int
	cmd := &cobra.Command{
		Use: "trim ID", Short: "Give a highlight another mark-in or mark-out; the other stays", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if in == "" && out == "" {
				return usagef("say where it begins or ends: --in T, --out T")
			}
			return a.change(cmd, "trim", args[0], revision, http.MethodPost, at("trim"), func(h clip.Highlight) any {
				return map[string]any{"revision": h.Revision, "in": in, "out": out} // empty stays
			})
		},
	}
	cmd.Flags().StringVar(&in, "in", "", "the first instant published")
	cmd.Flags().StringVar(&out, "out", "", "the first instant not published")
	revisionFlag(cmd, &revision)
	return cmd
}

func (a *app) highlightApprove() *cobra.Command {
	var revision int
	cmd := &cobra.Command{
		Use: "approve ID", Short: "Approve a highlight exactly as it is now: it is posted", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd, args[0], revision, clip.Approve, "")
		},
	}
	revisionFlag(cmd, &revision)
	return cmd
}

func (a *app) highlightReject() *cobra.Command {
	var revision int
	var reason string
	cmd := &cobra.Command{
		Use: "reject ID", Short: "Refuse a highlight: it is not posted", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usagef("say why: --reason \"…\"")
			}
			return a.decide(cmd, args[0], revision, clip.Refuse, reason)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for those who ask later")
	revisionFlag(cmd, &revision)
	return cmd
}

func (a *app) highlightRetract() *cobra.Command {
	return &cobra.Command{
		Use: "retract ID", Short: "Take a highlight down everywhere", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[postList](cmd.Context(), c, "retract highlight "+args[0], http.MethodPost, at("highlights", args[0], "retract"), nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { tablePosts(w, got.Value.Posts) })
		},
	}
}

// revisionFlag lets a script name the revision that it looked at.
func revisionFlag(cmd *cobra.Command, revision *int) {
	cmd.Flags().IntVar(revision, "revision", 0, "the revision that you looked at; refused if there is a newer one (default: the newest)")
}

func (a *app) decide(cmd *cobra.Command, id string, revision int, v clip.Verdict, reason string) error {
	return a.change(cmd, string(v), id, revision, http.MethodPost, at("decisions"), func(h clip.Highlight) any {
		return map[string]any{"revision": h.Revision, "verdict": v, "reason": reason}
	})
}

// change sends what body makes of the present highlight, or of the revision
// that was named, and shows the highlight after it.
func (a *app) change(cmd *cobra.Command, verb, id string, revision int, method, below string, body func(clip.Highlight) any) error {
	op := verb + " highlight " + id
	c, err := a.dial()
	if err != nil {
		return err
	}
	now, err := getHighlight(cmd.Context(), c, op, id)
	if err != nil {
		return err
	}
	h := now.Value.Highlight
	if revision > 0 {
		h.Revision = revision
	}
	got, err := call[clip.Highlight](cmd.Context(), c, op, method, at("highlights", id)+below, body(h))
	if err != nil {
		return err
	}
	return a.print(got.Raw, func(w *tabwriter.Writer) {
		line(w, "highlight", got.Value.ID)
		line(w, "state", got.Value.State)
		line(w, "revision", got.Value.Revision)
	})
}
