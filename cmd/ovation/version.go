package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// build is what this program is.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild(version string) build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is", Args: takes(),
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild(a.version)
			if a.output == "json" {
				return a.printJSON(b)
			}
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			line(w, "ovation", b.Version)
			line(w, "commit", b.Commit)
			line(w, "go", fmt.Sprintf("%s %s", b.Go, b.Platform))
			return w.Flush()
		},
	}
}
