package main

import (
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

func (a *app) highlightEdit() *cobra.Command {
	var text, alt, shape, notBefore string
	var revision int
	cmd := &cobra.Command{
		Use: "edit ID DESTINATION", Short: "Change what a destination gets: text, shape, embargo; what is not given stays",
		Args: takes("ID", "DESTINATION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{}
			for name, value := range map[string]string{"text": text, "alt": alt, "shape": shape} {
				if cmd.Flags().Changed(name) {
					body[name] = value
				}
			}
			if cmd.Flags().Changed("not-before") {
				at, err := embargo(notBefore)
				if err != nil {
					return err
				}
				body["not_before"] = at
			}
			if len(body) == 0 {
				return usagef("say what to change: --text, --alt, --shape or --not-before")
			}
			return a.change(cmd, "edit", args[0], revision, http.MethodPatch, at("drafts", args[1]), func(h clip.Highlight) any {
				body["revision"] = h.Revision
				return body
			})
		},
	}
	cmd.Flags().StringVar(&text, "text", "", "the words of the post")
	cmd.Flags().StringVar(&alt, "alt", "", "what the pictures show, for those who cannot see them")
	cmd.Flags().StringVar(&shape, "shape", "", "which rendition: 16:9, 1:1, 4:5, 9:16")
	cmd.Flags().StringVar(&notBefore, "not-before", "", "embargo, RFC 3339; none takes it away")
	revisionFlag(cmd, &revision)
	return cmd
}

// embargo reads an instant before which nothing goes out; the zero time is
// none.
func embargo(s string) (time.Time, error) {
	if s == "none" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, usagef("--not-before %s: it is RFC 3339 with a zone, such as 2026-11-23T22:00:00+01:00, or none", s)
	}
	return t, nil
}
