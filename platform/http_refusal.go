package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// refusal is an answer with a status of 300 or more as its status and headers
// say it. A dialect may know better.
type refusal struct {
	status int
	header http.Header
	commit bool
	kind   clip.Kind
	until  time.Time // for Throttled
	reason string    // what the platform says, for people
	advice string    // what a person can do about it
	stale  bool      // the token is not taken any more
}

// refused classifies an answer with a status of 300 or more.
func (c *caller) refused(a ask, resp *http.Response, text []byte) (stale bool, _ error) {
	r := refusal{
		status: resp.StatusCode, header: resp.Header, commit: a.commit, stale: resp.StatusCode == http.StatusUnauthorized,
		kind: statusKind(resp.StatusCode, a.commit), until: retryAt(resp.Header, c.now()), reason: reason(text),
	}
	switch {
	case r.kind == clip.Denied:
		r.advice = "check the token and its permissions"
	case r.status == http.StatusUpgradeRequired:
		r.advice = "this version of Ovation is too old for the platform"
	case r.status < 400:
		r.advice = "write the address that it redirects to in the configuration"
	}
	if c.dialect != nil {
		c.dialect(text, &r)
	}
	words := fmt.Sprintf("%s answered %d %s", c.base.Host, r.status, http.StatusText(r.status))
	if said := c.short(r.reason); said != "" {
		words += ": " + said
	}
	if r.advice != "" {
		words += "; " + r.advice
	}
	err := &clip.Error{Op: a.op, Kind: r.kind, Err: errors.New(words)}
	if err.Kind == clip.Throttled {
		err.Until = r.until
	}
	return r.stale, err
}

// statusKind is the kind of an answer with a status of 300 or more.
func statusKind(status int, commit bool) clip.Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return clip.Denied
	case status == http.StatusTooManyRequests:
		return clip.Throttled
	case commit && (status < 400 || status >= 500):
		return clip.Ambiguous
	case commit && (status == http.StatusRequestTimeout || status == http.StatusConflict):
		return clip.Ambiguous // a gateway gave up, or the first call with this key is still running
	case status == http.StatusNotFound, status == http.StatusGone:
		if commit {
			return clip.Rejected
		}
		return clip.NotFound
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return clip.Unavailable
	}
	return clip.Rejected
}

// reason is what the platform itself says about a refusal, in the fields that
// most use.
func reason(text []byte) string {
	var said struct {
		Error       any    `json:"error"`
		Description string `json:"error_description"`
		Detail      string `json:"detail"`
		Message     string `json:"message"`
	}
	if json.Unmarshal(text, &said) != nil {
		return ""
	}
	word, _ := said.Error.(string)
	return orElse(said.Description, orElse(word, orElse(said.Detail, said.Message)))
}

// short is what a platform says as a person reads it: on one line, without the
// token, and never a page of HTML.
func (c *caller) short(said string) string {
	words := []rune(c.redact(errors.New(said)))
	if len(words) > maxReason {
		words = append(words[:maxReason], '…')
	}
	return strings.Join(strings.Fields(string(words)), " ")
}
