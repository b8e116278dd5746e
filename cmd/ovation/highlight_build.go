package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/ovation-live/ovation/clip"
)

// buildView is what a highlight's files were made from.
type buildView struct {
	Revision int         `json:"revision"`
	Before   int         `json:"before"`
	Parts    []buildPart `json:"parts"`
}

type buildPart struct {
	clip.Part
	State     string        `json:"state"`
	Highlight clip.MomentID `json:"highlight"`
	Revision  int           `json:"revision"`
}

func (a *app) showBuild(ctx context.Context, c *client, id string) error {
	got, err := call[buildView](ctx, c, "show the build of "+id, http.MethodGet, at("highlights", id, "build"), nil)
	if err != nil {
		return err
	}
	return a.print(got.Raw, func(w *tabwriter.Writer) { pageBuild(w, clip.MomentID(id), got.Value) })
}

// pageBuild lists the chunks; shapes that fared alike share a row.
func pageBuild(w *tabwriter.Writer, id clip.MomentID, b buildView) {
	row(w, "AT", "LENGTH", "SHAPES", "STATE", "WHY")
	made := 0
	var shapes []string
	for i, p := range b.Parts {
		if p.State == "rendered" {
			made++
		}
		shapes = append(shapes, string(p.Shape))
		if next := i + 1; next < len(b.Parts) && b.Parts[next].Cell == p.Cell && b.Parts[next].State == p.State && why(id, b.Parts[next]) == why(id, p) {
			continue
		}
		row(w, p.At.Duration(), p.For.Duration(), strings.Join(shapes, " "), p.State, why(id, p))
		shapes = nil
	}
	compared := ""
	if b.Before > 0 {
		compared = fmt.Sprintf(" (compared with revision %d)", b.Before)
	}
	fmt.Fprintf(w, "\n%d of %d chunks were rendered for revision %d%s\n", made, len(b.Parts), b.Revision, compared)
}

// why says for what a reused chunk was rendered, and why another was not reused.
func why(id clip.MomentID, p buildPart) string {
	switch {
	case p.State == "gone":
		return "chunks are kept within a budget of disk"
	case p.State == "rendered":
		return strings.Join(p.Why, "; ")
	case p.Highlight == id:
		return fmt.Sprintf("rendered for revision %d", p.Revision)
	case p.Highlight == "":
		return "left by an earlier run"
	}
	return "rendered for highlight " + string(p.Highlight)
}
