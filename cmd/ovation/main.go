// Command ovation turns moments in a live broadcast into approved posts. One
// program holds everything: the server (`ovation up`), and the commands that
// talk to one that runs. `ovation --help` lists them.
package main

import (
	"context"
	"errors"
	"os"
)

func main() {
	ctx, stop := untilStopped(context.Background(), os.Stderr)
	a := &app{out: os.Stdout, err: os.Stderr, env: os.Getenv, up: up}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// up is worker.Up, once it is there.
var up = func(context.Context, options) error { return errors.New("the worker is not linked in") }
