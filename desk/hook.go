package desk

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// hook is POST /api/v1/hooks/{source}. The signature is over the bytes as they
// came, so huma does not read them first.
func (d *Desk) hook(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("source")
	op := "take a webhook"
	h, ok := d.Hooks[name]
	if !ok {
		var names []string
		for n := range d.Hooks {
			names = append(names, n)
		}
		slices.Sort(names)
		d.Log.WithField("source", name).WithField("configured", names).Warn("webhook of an unknown source")
		d.fail(w, r, clip.Errorf(clip.NotFound, op, "%q is not configured: add it under hooks", name))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.failBody(w, r, err)
		return
	}
	f, err := h.Read(r.Header, body, d.Now())
	if err != nil {
		d.Log.WithError(err).WithField("source", name).Warn("webhook refused")
		d.fail(w, r, err)
		return
	}
	m, hl, _, err := d.Flagger.Flag(r.Context(), f, clip.Actor{Name: "hook:" + name, Role: clip.Machine})
	if err != nil {
		d.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusAccepted, momentBody{m, hl})
}

// failBody answers a body that could not be read.
func (d *Desk) failBody(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	if !errors.As(err, &large) {
		d.fail(w, r, clip.Errorf(clip.Invalid, "read the request", "%w", err))
		return
	}
	p := d.problem(r.Context(), clip.Errorf(clip.Invalid, "read the request", "it is larger than %d bytes", large.Limit))
	p.Status = http.StatusRequestEntityTooLarge
	w.Header().Set("Content-Type", "application/problem+json")
	writeJSON(w, p.Status, p)
}
