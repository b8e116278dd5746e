package main

import (
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// destinationList is destinations as the API lists them.
type destinationList struct {
	Destinations []struct {
		Name     string       `json:"name"`
		Platform string       `json:"platform"`
		Profile  clip.Profile `json:"profile"`
		Forecast clip.Forecast
		Hold     *clip.Hold
	} `json:"destinations"`
}

func (a *app) destinationCommand() *cobra.Command {
	return a.client(&cobra.Command{Use: "destination", Short: "See destinations and whether they answer"},
		a.destinationList(), a.destinationCheck(),
		a.stop("pause NAME", "Send nothing more to a destination until resume; what is out stays", "NAME"),
		a.resume("resume NAME", "Send to a destination again, also where its platform asked to wait", "NAME"))
}

func (a *app) destinationList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List destinations and their limits", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := listDestinations(cmd, c)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) {
				row(w, "NAME", "PLATFORM", "SHAPES", "LENGTH", "MBYTES", "TEXT", "SENDING")
				for _, d := range got.Value.Destinations {
					p, sending := d.Profile, d.Forecast.Words(time.Now())
					if d.Hold != nil {
						sending = d.Hold.String()
					}
					row(w, d.Name, d.Platform, fmt.Sprint(p.Shapes), limit(p.MaxDuration/time.Second, " s"), limit(p.MaxBytes/1_000_000, ""), limit(p.MaxText, ""), sending)
				}
			})
		},
	}
}

func (a *app) destinationCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check [NAME…]", Short: "Ask each destination whether its account works; nothing is posted",
		RunE: func(cmd *cobra.Command, names []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			if len(names) == 0 {
				got, err := listDestinations(cmd, c)
				if err != nil {
					return err
				}
				for _, d := range got.Value.Destinations {
					names = append(names, d.Name)
				}
			}
			var results []result
			for _, name := range names {
				_, err := call[struct{}](cmd.Context(), c, "check destination "+name, http.MethodPost, at("destinations", name, "check"), nil)
				results = append(results, resultOf("destination "+name, "answers", err))
			}
			return a.report(results)
		},
	}
}

func listDestinations(cmd *cobra.Command, c *client) (answer[destinationList], error) {
	return call[destinationList](cmd.Context(), c, "list destinations", http.MethodGet, "/destinations", nil)
}

// limit is a limit for people; zero is none.
func limit[T ~int | ~int64](n T, unit string) string {
	if n == 0 {
		return "any"
	}
	return fmt.Sprintf("≤ %d%s", n, unit)
}
