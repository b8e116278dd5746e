package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
)

// options are what a process is started with: worker.Options, said here once
// more so that no command but main needs the server to be built.
type options struct {
	Config       configs.Config
	Data, Listen string
	Demo         bool
	Log          logrus.FieldLogger
	Ready        func(url, signIn string)
}

// defaultConfig is read when -c is not given and the file is there.
const defaultConfig = "ovation.yaml"

func (a *app) upCommand() *cobra.Command {
	var file, data, listen string
	cmd := &cobra.Command{
		Use: "up", Short: "Run everything in one process: recorder, workflows, API and desk", Args: takes(),
		Long: `Run everything in one process: recorder, workers, an embedded Temporal server,
the API and the desk. When it is ready it prints the desk's URL with a sign-in
token: $OVATION_TOKEN where that is set, else one that is made once and kept in
the data directory.

Ctrl-C or SIGTERM stops it properly, a second one at once. A second start on
the same data directory continues where the first stopped.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(file)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), options{Config: c, Data: firstOf(data, c.Data), Listen: firstOf(listen, c.Listen)})
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&data, "data", "", "the data directory (default: as the configuration says, else data)")
	cmd.Flags().StringVar(&listen, "listen", "", "HOST:PORT of the desk and the API (default: as the configuration says, else 127.0.0.1:8080)")
	return cmd
}

func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "config", "c", "", "the configuration (default: "+defaultConfig+" where that file is)")
}

// loadConfig reads the file that was named, else the one that is usual, else
// gives the defaults.
func loadConfig(file string) (configs.Config, error) {
	if file != "" {
		return configs.Load(file)
	}
	c, err := configs.Load(defaultConfig)
	if clip.KindOf(err) == clip.NotFound {
		return configs.Default(), nil
	}
	return c, err
}

// serve runs a process until it is stopped, and says where it is once it is
// ready.
func (a *app) serve(ctx context.Context, o options) error {
	log, err := newLog(a.err, o.Config.Log)
	if err != nil {
		return err
	}
	o.Log = log
	urlFile := filepath.Join(o.Data, configs.URLFile)
	var mine bool
	o.Ready = func(url, signIn string) {
		mine = true
		if err := os.WriteFile(urlFile, []byte(url+"\n"), 0o644); err != nil {
			log.WithError(err).Warn("commands on this machine will need OVATION_URL")
		}
		a.announce(url, signIn)
	}
	err = a.up(ctx, o)
	if mine {
		if err := os.Remove(urlFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.WithError(err).Warn("take down the URL file")
		}
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// announce tells where the desk is.
func (a *app) announce(url, signIn string) {
	if a.output == "json" {
		if err := a.printJSON(map[string]string{"url": url, "sign_in": signIn}); err != nil {
			fmt.Fprintln(a.err, "ovation:", err)
		}
		return
	}
	fmt.Fprintf(a.out, "\nOvation is ready. Open the desk (the link signs you in; keep it to yourself):\n\n  %s\n\nCtrl-C stops it; the next start continues where it was.\n\n", signIn)
}
