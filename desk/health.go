package desk

import (
	"net/http"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// healthz is GET /healthz: the process answers.
func (d *Desk) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": d.Version})
}

// readyz is GET /readyz: everything that it needs is there.
func (d *Desk) readyz(w http.ResponseWriter, r *http.Request) {
	if d.Ready != nil {
		if err := within(r.Context(), 5*time.Second, d.Ready); err != nil {
			d.Log.WithError(err).Warn("not ready")
			d.fail(w, r, clip.Errorf(clip.Unavailable, "be ready", "something that is needed does not answer; the log says what"))
			return
		}
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// explain is GET /problems/{kind}: what a problem type means.
func (d *Desk) explain(w http.ResponseWriter, r *http.Request) {
	kind := clip.ParseKind(r.PathValue("kind"))
	row := problems[kind]
	if kind.String() != r.PathValue("kind") {
		d.fail(w, r, clip.Errorf(clip.NotFound, "explain a problem", "there is no type %q", r.PathValue("kind")))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"type": "/problems/" + kind.String(), "title": row.title, "status": row.status, "help": row.help})
}
