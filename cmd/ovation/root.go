package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Groups of commands in the help.
const (
	groupServer = "server"
	groupClient = "client"
)

// root is the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ovation",
		Short: "Live broadcast moments to approved social posts",
		Long: `Ovation turns a moment in a live broadcast into approved, captioned, correctly
shaped posts.

Commands that talk to a running Ovation find it by themselves on the same
machine; elsewhere set OVATION_URL and OVATION_TOKEN.

A time T is RFC 3339, a time of day on the feed (20:41:07.2, UTC), now, -15s
(before live), or a media position EPOCH:PTS.

Exit codes: 0 done, 1 failed, 2 not understood.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().StringVarP(&a.output, "output", "o", "text", "how answers are printed: text or json")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.output != "text" && a.output != "json" {
			return usagef("-o %s: it is text or json", a.output)
		}
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddGroup(&cobra.Group{ID: groupServer, Title: "Run it:"}, &cobra.Group{ID: groupClient, Title: "Work with one that runs:"})
	root.SetCompletionCommandGroupID(groupServer)
	root.SetHelpCommandGroupID(groupServer)
	for _, c := range []*cobra.Command{a.upCommand(), a.demoCommand(), a.clipCommand(), a.checkCommand(), a.benchCommand(), a.versionCommand()} {
		c.GroupID = groupServer
		root.AddCommand(c)
	}
	for _, c := range []*cobra.Command{a.feedCommand(), a.momentCommand(), a.highlightCommand(), a.postCommand(), a.destinationCommand(), a.ruleCommand()} {
		c.GroupID = groupClient
		root.AddCommand(c)
	}
	choose(root)
	return root
}

// choose makes a command that only groups others say which there are, instead
// of printing its help and calling that a success.
func choose(c *cobra.Command) {
	for _, sub := range c.Commands() {
		choose(sub)
	}
	if c.Runnable() {
		return
	}
	c.Args, c.SuggestionsMinimumDistance = cobra.ArbitraryArgs, 2
	c.RunE = func(c *cobra.Command, args []string) error {
		var names []string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.Name() != "help" {
				names = append(names, sub.Name())
			}
		}
		slices.Sort(names)
		known := strings.Join(names, ", ")
		if len(args) == 0 {
			return usagef("say what to do: %s", known)
		}
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			return usagef("there is no command %q; did you mean %q?", args[0], near[0])
		}
		return usagef("there is no command %q; there are %s", args[0], known)
	}
}

// client adds the flags that say where the running Ovation is to a command and
// all below it.
func (a *app) client(c *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	c.AddCommand(subs...)
	c.PersistentFlags().StringVar(&a.remote.url, "url", "", "of the running Ovation (default $OVATION_URL, else the one on this machine)")
	c.PersistentFlags().StringVar(&a.remote.data, "data", "", "its data directory, where its URL and token are found (default data, data/demo)")
	return c
}
