package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // it was tried and did not work
	exitUsage  = 2 // it was not understood, and nothing was tried
)

// app is the command line's surroundings: where it prints, and what the
// commands that start something start.
type app struct {
	out, err io.Writer
	env      func(string) string
	version  string
	up       func(context.Context, options) error

	output string // -o
	remote remote
}

// run executes a command line and gives the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "ovation: %v\nSee: %s --help\n", err, cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(a.err, "ovation: %v\n", err)
	return exitFailed
}

// errReported ends a command whose output already says what is wrong.
var errReported = errors.New("reported")

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// takes is a cobra.PositionalArgs: exactly the arguments that are named.
func takes(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s is missing", names[len(args)])
		case len(args) > len(names):
			return usagef("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}
