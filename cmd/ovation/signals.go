package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// untilStopped gives a context that ends with the first SIGINT or SIGTERM, so
// that what runs can finish properly. The second ends the process at once;
// what survives a kill -9 survives this.
func untilStopped(parent context.Context, say io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
			return
		}
		if _, ok := <-signals; ok {
			fmt.Fprintln(say, "ovation: stopped at once; the next start continues where this one was")
			os.Exit(130) // 128 + SIGINT, as shells count
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel()
	}
}
