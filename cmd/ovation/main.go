// Command ovation turns moments in a live broadcast into approved posts. One
// program holds everything: the server (`ovation up`), and the commands that
// talk to one that runs. `ovation --help` lists them.
package main

import (
	"context"
	"os"

	"github.com/ovation-live/ovation/worker"
)

func main() {
	ctx, stop := untilStopped(context.Background(), os.Stderr)
	a := &app{
		out: os.Stdout, err: os.Stderr, env: os.Getenv, version: worker.Version(),
		up: func(ctx context.Context, o options) error { return worker.Up(ctx, worker.Options(o)) },
	}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
