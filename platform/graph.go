package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What Instagram, Threads and Facebook have in common: Meta's Graph API.

// Where its calls go. v26 is the newest version that was seen, and each lasts
// about two years; https://developers.facebook.com/docs/graph-api/guides/versioning,
// 2026-11-24.
const (
	graphServer  = "https://graph.facebook.com"
	graphUploads = "https://rupload.facebook.com"
	graphVersion = "v26.0"
	// graphWait is how long to wait where a moving window of 24 hours is full;
	// Meta does not say when the oldest post leaves it.
	graphWait = time.Hour
)

// graphOptions is the configuration that Meta's platforms share.
type graphOptions struct {
	// Token is a long-lived access token of the account.
	Token clip.Secret `yaml:"token" json:"token"`
	// Server is the API's address, if another one than Meta's.
	Server string `yaml:"server" json:"server"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

// graph is the Graph API as one account uses it.
type graph struct {
	*caller
	version string
}

// open makes the API of an account at a server and in a version.
func (o graphOptions) open(d Deps, server, version string) (graph, error) {
	if o.Token == "" {
		return graph{}, clip.Errorf(clip.Invalid, "open an account", "token is missing; write the account's access token, or token_file")
	}
	at, err := apiServer("server", orElse(o.Server, server), o.AllowPrivate)
	if err != nil {
		return graph{}, err
	}
	g := graph{newCaller(d, at, o.Token, o.AllowPrivate), version}
	g.dialect = func(text []byte, r *refusal) { graphRefusal(text, r, g.now()) }
	return g, nil
}

// graphID reports whether an option is an id of the Graph API: digits alone.
func graphID(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// ask is a call of a node or edge with parameters: of a GET in its query.
func (g graph) ask(op, method, path string, parameters url.Values) ask {
	a := ask{op: op, method: method, path: "/" + g.version + "/" + path}
	switch {
	case method == http.MethodPost:
		a.body = formValues(parameters)
	case len(parameters) > 0:
		a.path += "?" + parameters.Encode()
	}
	return a
}

// read asks for fields of a node or edge.
func (g graph) read(ctx context.Context, op, path, fields string, into any) error {
	_, err := g.do(ctx, g.ask(op, http.MethodGet, path, url.Values{"fields": {fields}}), into)
	return err
}

// made makes a call that makes something, and gives its id.
func (g graph) made(ctx context.Context, send ask) (id string, err error) {
	var told struct{ ID string }
	if _, err := g.do(ctx, send, &told); err != nil {
		return "", err
	}
	if told.ID == "" {
		return "", unclear(send, "the answer names no id")
	}
	return told.ID, nil
}

// remove deletes a node; one that is gone is no error.
func (g graph) remove(ctx context.Context, op, id string) error {
	gone := g.ask(op, http.MethodDelete, url.PathEscape(id), nil)
	var told struct{ Success *bool }
	switch _, err := g.do(ctx, gone, &told); {
	case clip.KindOf(err) == clip.NotFound:
		return nil
	case err != nil:
		return err
	}
	if told.Success != nil && !*told.Success {
		return unclear(gone, "the answer does not say that it is gone")
	}
	return nil
}

// graphRefusal reads the errors of the Graph API: codes, which say more than the
// status. https://developers.facebook.com/docs/graph-api/guides/error-handling,
// /overview/rate-limiting and instagram-platform/.../error-codes, 2026-11-24.
func graphRefusal(text []byte, r *refusal, now time.Time) {
	var said struct {
		Error struct {
			Message   string
			ForPeople string `json:"error_user_msg"`
			Code      int
			Subcode   int  `json:"error_subcode"`
			Transient bool `json:"is_transient"`
		}
		Debug struct { // of uploads
			Message   string
			Retriable bool
		} `json:"debug_info"`
	}
	if json.Unmarshal(text, &said) != nil || said.Error.Message == "" && said.Debug.Message == "" {
		return
	}
	e := said.Error
	r.reason = orElse(e.ForPeople, orElse(e.Message, said.Debug.Message))
	unavailable := statusKind(http.StatusServiceUnavailable, r.commit)
	switch code := e.Code; {
	case code == 190, code == 102, code == 463, code == 467:
		r.kind, r.stale, r.advice = clip.Denied, true, "the access token is dead: connect the account again"
	case code == 10, code == 3, code >= 200 && code < 300:
		r.kind, r.advice = clip.Denied, "the token lacks a permission"
	case code == 4, code == 17, code == 32, code == 613, code >= 80000 && code < 80100:
		r.kind, r.until = clip.Throttled, now.Add(graphPause(r.header))
	case code == 9 || e.Subcode == 2207042: // too many posts in 24 hours
		r.kind, r.until = clip.Throttled, now.Add(graphWait)
	case code == 803, code == 100 && e.Subcode == 33, code == 24:
		if r.kind = clip.NotFound; r.commit {
			r.kind = clip.Rejected
		}
	case code == 9007, e.Subcode == 2207027: // the container is not ready
		r.kind = clip.Unavailable
	case code == 1, code == 2, e.Transient, said.Debug.Retriable:
		r.kind = unavailable
	}
}

// graphPause is how long an account has to pause: the longest time, in minutes,
// that the usage header of business accounts tells.
func graphPause(h http.Header) time.Duration {
	var used map[string][]struct {
		Minutes int64 `json:"estimated_time_to_regain_access"`
	}
	pause := time.Duration(0)
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &used) == nil {
		for _, each := range used {
			for _, u := range each {
				pause = max(pause, time.Duration(u.Minutes)*time.Minute)
			}
		}
	}
	if pause == 0 {
		return 5 * time.Minute // nothing says; the windows are of an hour
	}
	return pause
}
