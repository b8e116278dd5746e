package desk

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ovation-live/ovation/clip"
)

// problems says, for each kind of failure, its HTTP status and its title
// (RFC 9457). It is the only place where a kind becomes a status.
var problems = map[clip.Kind]struct {
	status int
	title  string
	help   string
}{
	clip.Invalid:     {http.StatusUnprocessableEntity, "This cannot work as it is", "Something in the request is wrong for good. The detail says what to change."},
	clip.NotFound:    {http.StatusNotFound, "There is no such thing", "The name is wrong, or what it named is gone. The detail lists what there is."},
	clip.Conflict:    {http.StatusConflict, "It is not as you saw it", "Somebody else was faster, or the state does not allow this. Load it again and look."},
	clip.Expired:     {http.StatusGone, "The recording no longer holds this", "The time lies before what the DVR keeps."},
	clip.Denied:      {http.StatusForbidden, "You may not do this", "The token is unknown, or its role lacks the right."},
	clip.Throttled:   {http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says, then try again."},
	clip.Rejected:    {http.StatusUnprocessableEntity, "The platform refused it", "The platform said no for good. The detail is its reason."},
	clip.Unavailable: {http.StatusServiceUnavailable, "Not possible right now", "Something that is needed is down or not ready. The same request may work later."},
	clip.Full:        {http.StatusInsufficientStorage, "No room is left", "Make room on the disk of the recordings, or add one; nothing that is recorded is lost."},
	clip.Ambiguous:   {http.StatusBadGateway, "Nobody knows whether it happened", "The request went out and its answer was lost. Do not repeat it; look first."},
	clip.Internal:    {http.StatusInternalServerError, "Something went wrong on our side", "This is a defect. The log has the details under the request id."},
}

// problem is an error as it goes out.
type problem struct {
	huma.ErrorModel
	headers http.Header
}

// GetHeaders gives Retry-After where waiting helps.
func (p *problem) GetHeaders() http.Header { return p.headers }

// retryLater is what Retry-After says when nobody knows better.
const retryLater = 2 * time.Second

// problem turns an error into what the caller reads. An internal error is
// logged; its text stays here.
func (d *Desk) problem(ctx context.Context, err error) *problem {
	kind := clip.KindOf(err)
	row := problems[kind]
	p := &problem{ErrorModel: huma.ErrorModel{
		Type: "/problems/" + kind.String(), Title: row.title, Status: row.status, Detail: err.Error(),
	}, headers: http.Header{}}
	request := requestOf(ctx)
	switch {
	case errors.Is(err, errUnsigned):
		p.Status = http.StatusUnauthorized
		p.headers.Set("WWW-Authenticate", `Bearer realm="ovation"`)
	case kind == clip.Internal:
		p.Detail = "look for request " + request + " in the log"
		d.Log.WithError(err).WithField("request", request).Error("request failed")
	case kind == clip.Throttled, kind == clip.Unavailable:
		wait := retryLater
		if until := clip.UntilOf(err); !until.IsZero() {
			wait = max(until.Sub(d.Now()), time.Second)
		}
		seconds := (wait + time.Second - 1) / time.Second
		p.headers.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	return p
}

// fail answers a request outside huma with a problem document.
func (d *Desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := d.problem(r.Context(), err)
	if p.Status == http.StatusUnauthorized && plays(r) && r.Header.Get("Sec-Fetch-Mode") == "" {
		p.headers.Add("WWW-Authenticate", `Basic realm="ovation"`) // a player; a browser would ask for a password
	}
	for k, v := range p.headers {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, p.Status, p)
}

// ours gives huma's own findings (a field is missing, the body is too large)
// the form of our problems.
func ours(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	kind := kindOfStatus(m.Status)
	m.Type, m.Title = "/problems/"+kind.String(), problems[kind].title
	var found []string
	for _, e := range m.Errors {
		e.Value = nil // never echo what may be a secret
		found = append(found, strings.TrimPrefix(e.Location, "body.")+": "+e.Message)
	}
	if len(found) > 0 {
		m.Detail = "read the request: " + strings.Join(found, "; ")
	}
	return m, nil
}

// kindOfStatus finds the kind of a status that huma chose.
func kindOfStatus(status int) clip.Kind {
	switch {
	case status == http.StatusNotFound:
		return clip.NotFound
	case status < 500:
		return clip.Invalid
	}
	return clip.Internal
}
