package main

import (
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// postList is posts as the API lists them.
type postList struct {
	Posts []clip.Post `json:"posts"`
}

func (a *app) postCommand() *cobra.Command {
	return a.client(&cobra.Command{Use: "post", Short: "See posts, take them down, settle unclear ones"},
		a.postList(), a.postShow(), a.postNumbers(), a.postRetract(), a.postResolve(),
		a.stop("stop", "Send nothing more, to any destination, until resume; what is out stays"),
		a.resume("resume", "Send again after a stop"))
}

func (a *app) postList() *cobra.Command {
	var state, highlight string
	cmd := &cobra.Command{
		Use: "list", Short: "List posts, newest first", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[postList](cmd.Context(), c, "list posts", http.MethodGet, query("/posts", "state", state, "highlight", highlight), nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { tablePosts(w, got.Value.Posts) })
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only in this state, such as confirmed or needs-person")
	cmd.Flags().StringVar(&highlight, "highlight", "", "only of this highlight")
	return cmd
}

func (a *app) postShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a post and its receipt", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.post(cmd, "show post "+args[0], http.MethodGet, at("posts", args[0]), nil)
		},
	}
}

func (a *app) postNumbers() *cobra.Command {
	return &cobra.Command{
		Use: "numbers ID", Short: "Show how often a post was seen, liked, commented on and shared", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial()
			if err != nil {
				return err
			}
			got, err := call[clip.Numbers](cmd.Context(), c, "show the numbers of post "+args[0], http.MethodGet, at("posts", args[0], "numbers"), nil)
			if err != nil {
				return err
			}
			return a.print(got.Raw, func(w *tabwriter.Writer) { row(w, got.Value.String(), "as of "+stamp(got.Value.At)) })
		},
	}
}

func (a *app) postRetract() *cobra.Command {
	return &cobra.Command{
		Use: "retract ID", Short: "Take a post down, or never send it", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.post(cmd, "retract post "+args[0], http.MethodPost, at("posts", args[0], "retract"), nil)
		},
	}
}

func (a *app) postResolve() *cobra.Command {
	var there, absent bool
	var id, url string
	cmd := &cobra.Command{
		Use: "resolve ID", Short: "Say whether a post whose answer was lost is there; you looked at the platform", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if there == absent {
				return usagef("look at the platform, then say --there or --absent; absent sends it again")
			}
			body := map[string]any{"there": there, "id": id, "url": url}
			return a.post(cmd, "resolve post "+args[0], http.MethodPost, at("posts", args[0], "resolve"), body)
		},
	}
	cmd.Flags().BoolVar(&there, "there", false, "it is public")
	cmd.Flags().BoolVar(&absent, "absent", false, "it is not, and may be sent again; or it was taken down by hand, as was wanted")
	cmd.Flags().StringVar(&id, "id", "", "with --there: the platform's id of it")
	cmd.Flags().StringVar(&url, "link", "", "with --there: where it can be seen")
	return cmd
}

// post makes a call that answers with a post.
func (a *app) post(cmd *cobra.Command, op, method, target string, body any) error {
	c, err := a.dial()
	if err != nil {
		return err
	}
	got, err := call[clip.Post](cmd.Context(), c, op, method, target, body)
	if err != nil {
		return err
	}
	return a.print(got.Raw, func(w *tabwriter.Writer) {
		p := got.Value
		line(w, "post", p.ID)
		line(w, "state", p.State)
		line(w, "retract", yes(p.Retract))
		line(w, "reason", p.Reason)
		line(w, "destination", p.Destination)
		line(w, "shape", p.Shape)
		line(w, "text", p.Text)
		line(w, "media", p.Media)
		line(w, "receipt", p.Receipt.ID)
		line(w, "link", p.Receipt.URL)
		line(w, "confirmed", stamp(p.Receipt.At))
		line(w, "retracted", stamp(p.Retracted))
	})
}

func tablePosts(w *tabwriter.Writer, posts []clip.Post) {
	row(w, "ID", "STATE", "DESTINATION", "SHAPE", "CHANGED", "LINK", "REASON")
	for _, p := range posts {
		row(w, p.ID, p.State, p.Destination, p.Shape, stamp(p.Changed), p.Receipt.URL, p.Reason)
	}
}

// yes is a fact that is only told where it is so.
func yes(b bool) string {
	if b {
		return "asked for"
	}
	return ""
}
