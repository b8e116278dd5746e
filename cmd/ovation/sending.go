package main

import (
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// stop holds all sending, or that to the destination which is the argument.
func (a *app) stop(use, short string, names ...string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: takes(names...),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := on(args)
			if reason != "" {
				body["reason"] = reason
			}
			return a.sending(cmd, "stop", body)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "for those who wonder")
	return cmd
}

// resume ends what stop did.
func (a *app) resume(use, short string, names ...string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: takes(names...),
		RunE: func(cmd *cobra.Command, args []string) error { return a.sending(cmd, "resume", on(args)) },
	}
}

func on(args []string) map[string]any {
	body := map[string]any{}
	if len(args) > 0 {
		body["destination"] = args[0]
	}
	return body
}

// sending makes a call that answers with what is held.
func (a *app) sending(cmd *cobra.Command, verb string, body any) error {
	c, err := a.dial()
	if err != nil {
		return err
	}
	got, err := call[struct{ Holds []clip.Hold }](cmd.Context(), c, verb+" sending", http.MethodPost, at("sending", verb), body)
	if err != nil {
		return err
	}
	return a.print(got.Raw, func(w *tabwriter.Writer) {
		if len(got.Value.Holds) == 0 {
			row(w, "nothing is held: posts are sent")
		}
		for _, h := range got.Value.Holds {
			row(w, h.String())
		}
	})
}
