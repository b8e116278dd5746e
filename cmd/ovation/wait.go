package main

import (
	"context"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// waitPause is how often a waiting command looks.
const waitPause = 500 * time.Millisecond

// stages are the states that a highlight passes when all goes well, in order.
var stages = []clip.HighlightState{clip.HighlightRendering, clip.HighlightReview, clip.HighlightApproved, clip.HighlightSettled}

func (a *app) highlightWait() *cobra.Command {
	var until string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "wait ID", Short: "Wait until a highlight can be decided on, or until it is settled", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			want := slices.Index(stages, clip.HighlightState(until))
			if want < 0 {
				return usagef("--until %s: it is one of %v", until, stages)
			}
			c, err := a.dial()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			got, err := waitFor(ctx, c, args[0], want)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { pageHighlight(w, got.Value, c.base) })
		},
	}
	cmd.Flags().StringVar(&until, "until", string(clip.HighlightReview), "the state to wait for: review, approved or settled")
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "how long to wait at most")
	return cmd
}

// waitFor looks until the highlight has come as far as the stage, and fails
// once it never will.
func waitFor(ctx context.Context, c *client, id string, want int) (answer[highlightView], error) {
	op := "wait for highlight " + id
	var last clip.HighlightState
	for {
		got, err := getHighlight(ctx, c, op, id)
		if ctx.Err() != nil {
			return got, clip.Errorf(clip.Unavailable, op, "it is still %s; wait longer with --timeout", firstOf(string(last), "not seen"))
		}
		if err != nil {
			return got, err
		}
		h := got.Value.Highlight
		last = h.State
		if slices.Index(stages, h.State) >= want {
			return got, nil
		}
		if h.State.Final() {
			return got, clip.Errorf(clip.Rejected, op, "it is %s and will not be %s: %s", h.State, stages[want], firstOf(h.Reason, "no reason was given"))
		}
		select {
		case <-ctx.Done():
		case <-time.After(waitPause):
		}
	}
}
