package main

import (
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

func (a *app) ruleCommand() *cobra.Command {
	return a.client(&cobra.Command{Use: "rule", Short: "See the rules that make highlights of moments"}, a.ruleList())
}

func (a *app) ruleList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the rules in order; the first that applies is taken", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[struct {
				Rules []clip.Rule `json:"rules"`
			}](cmd.Context(), c, "list rules", http.MethodGet, "/rules", nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) {
				row(w, "NAME", "WHEN", "PRE-ROLL", "POST-ROLL", "SHAPES", "DESTINATIONS", "DECIDES")
				for _, r := range got.Value.Rules {
					row(w, r.Name, r.When, r.PreRoll, r.PostRoll, fmt.Sprint(r.Shapes), strings.Join(r.Destinations, " "), r.Approval)
				}
			})
		},
	}
}
