package main

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
)

// reframing is what is said on the command line.
type reframing struct {
	shape, mode string
	keys        []string
	revision    int
}

func (a *app) highlightReframe() *cobra.Command {
	var r reframing
	cmd := &cobra.Command{
		Use: "reframe ID", Short: "Choose which part of the picture a shape shows", Args: takes("ID"),
		Example: "  ovation highlight reframe ID --shape 9:16 --mode fit\n" +
			"  ovation highlight reframe ID --shape 9:16 --mode manual --key 20:41:03=250 --key 20:41:05=700",
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := r.body()
			if err != nil {
				return err
			}
			return a.change(cmd, "reframe", args[0], r.revision, http.MethodPost, at("reframe"), func(h clip.Highlight) any {
				body["revision"] = h.Revision
				return body
			})
		},
	}
	cmd.Flags().StringVar(&r.shape, "shape", "", "the shape to frame, such as 9:16")
	cmd.Flags().StringVar(&r.mode, "mode", "", "centre, fit (the whole picture over blurred sides), manual (as the keys say)")
	cmd.Flags().StringArrayVar(&r.keys, "key", nil, "T=X or T=X,Y: at T the middle of the crop is at X, Y thousandths of the picture; repeat it")
	revisionFlag(cmd, &r.revision)
	return cmd
}

// body is the request without its revision.
func (r reframing) body() (map[string]any, error) {
	if r.shape == "" || r.mode == "" {
		return nil, usagef("say what is framed and how: --shape 9:16 --mode centre|fit|manual")
	}
	body := map[string]any{"shape": r.shape, "mode": r.mode}
	var keys []map[string]any
	for _, text := range r.keys {
		key, err := readKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if keys != nil {
		body["keys"] = keys
	}
	return body, nil
}

// readKey reads T=X or T=X,Y.
func readKey(text string) (map[string]any, error) {
	wrong := usagef("--key %q is not T=X or T=X,Y, such as 20:41:03=250: X and Y are thousandths of the picture", text)
	when, where, ok := strings.Cut(text, "=")
	x, y, has := strings.Cut(where, ",")
	key := map[string]any{"at": when}
	var err error
	if key["x"], err = strconv.Atoi(x); err != nil || !ok || when == "" {
		return nil, wrong
	}
	if has {
		if key["y"], err = strconv.Atoi(y); err != nil {
			return nil, wrong
		}
	}
	return key, nil
}
