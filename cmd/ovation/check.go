package main

import (
	"context"
	"io"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/media"
)

// liveTimeout bounds what one feed or account may take to answer.
const liveTimeout = 20 * time.Second

func (a *app) checkCommand() *cobra.Command {
	var file, data, listen string
	var live bool
	cmd := &cobra.Command{
		Use: "check", Short: "Say what is wrong with this machine or a configuration, with the fix", Args: takes(),
		Long: `Say what is wrong with this machine or a configuration, one line each, with the
fix. With --live each feed is read for a moment and each account is asked;
nothing is posted. Exit code 1 when anything is wrong.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := checker{file: file, data: data, listen: listen, live: live, log: logrus.New()}
			c.log.SetOutput(io.Discard)
			c.run(cmd.Context())
			return a.report(c.results)
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&data, "data", "", "the data directory (default: as the configuration says, else data)")
	cmd.Flags().StringVar(&listen, "listen", "", "HOST:PORT to be listened on (default: as the configuration says, else 127.0.0.1:8080)")
	cmd.Flags().BoolVar(&live, "live", false, "also read each feed and ask each account")
	return cmd
}

// checker collects what it finds; one thing that is wrong does not keep it
// from the next.
type checker struct {
	file, data, listen string
	live               bool
	log                *logrus.Logger

	config  configs.Config
	engine  *media.Engine // nil: there is no ffmpeg
	results []result
}

func (c *checker) run(ctx context.Context) {
	config, err := loadConfig(c.file)
	name := firstOf(c.file, defaultConfig)
	if err != nil {
		c.add(result{Name: "configuration " + name, Detail: err.Error(), Fix: "`configs/example.yaml` explains every key"})
		config = configs.Default()
	} else {
		c.add(result{Name: "configuration", OK: true, Detail: describe(config)})
	}
	c.config = config
	c.config.Data = firstOf(c.data, config.Data)
	c.config.Listen = firstOf(c.listen, config.Listen)

	c.machine(ctx)
	c.configuration(ctx)
}

func (c *checker) add(r result) { c.results = append(c.results, r) }

// try adds the line of something that either works or says why not.
func (c *checker) try(name, works, fix string, err error) {
	r := resultOf(name, works, err)
	r.Fix = fix
	if r.OK {
		r.Fix = ""
	}
	c.add(r)
}

// within gives f a bounded time; running out of it is said in words.
func within(ctx context.Context, op string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	err := f(ctx)
	if ctx.Err() != nil {
		return clip.Errorf(clip.Unavailable, op, "no answer within %s", liveTimeout)
	}
	return err
}
