package main

import (
	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/configs"
)

// demoData is apart from what `ovation up` uses, so that a look at the demo
// leaves nothing in a real recording.
const demoData = "data/demo"

func (a *app) demoCommand() *cobra.Command {
	var data, listen string
	cmd := &cobra.Command{
		Use: "demo", Short: "Run everything with a synthetic match; nothing else is needed", Args: takes(),
		Long: `Run everything with a synthetic match that has goals, captions and a crowd, a
folder to post into, and rules. The first goal is flagged by a mark in the feed
and waits for review on the desk.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := configs.Parse("demo.yaml", configs.Demo)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), options{Config: c, Data: data, Listen: firstOf(listen, c.Listen), Demo: true})
		},
	}
	cmd.Flags().StringVar(&data, "data", demoData, "the data directory")
	cmd.Flags().StringVar(&listen, "listen", "", "HOST:PORT of the desk and the API (default 127.0.0.1:8080)")
	return cmd
}
