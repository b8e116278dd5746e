package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// client speaks the HTTP API.
type client struct {
	base  string // without a slash at the end
	token clip.Secret
}

// callTimeout bounds one call. Nothing that the API does takes long: what does
// is a workflow.
const callTimeout = 30 * time.Second

// maxAnswer bounds what is read of an answer.
const maxAnswer = 32 << 20

// answer is what the API said: decoded, and as it came, which is what -o json
// prints.
type answer[T any] struct {
	Value T
	Raw   json.RawMessage
}

// call asks the API for one thing. body is sent as JSON unless it is nil. An
// answer that is a problem is a classified error.
func call[T any](ctx context.Context, c *client, op, method, target string, body any) (answer[T], error) {
	var out answer[T]
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := c.request(ctx, method, target, body)
	if err != nil {
		return out, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return out, clip.Errorf(clip.Unavailable, op,
			"no Ovation answers at %s; start one with `ovation up` or `ovation demo`, or set OVATION_URL (%w)", c.base, cause(err))
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return out, clip.Errorf(clip.Unavailable, op, "the answer broke off: %w", err)
	}
	if resp.StatusCode >= 300 {
		return out, problemOf(op, resp, raw)
	}
	if len(bytes.TrimSpace(raw)) == 0 { // 204
		return out, nil
	}
	out.Raw = raw
	if err := json.Unmarshal(raw, &out.Value); err != nil {
		return out, clip.Errorf(clip.Internal, op, "the answer from %s is not what the API gives (is it an Ovation, of this version?): %w", c.base, err)
	}
	return out, nil
}

func (c *client) request(ctx context.Context, method, target string, body any) (*http.Request, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+target, r)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	return req, nil
}

// problem is an RFC 9457 problem document.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// problemOf turns an answer that is no success into an error.
func problemOf(op string, resp *http.Response, raw []byte) error {
	var p problem
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media == "application/problem+json" {
		if err := json.Unmarshal(raw, &p); err != nil {
			p = problem{}
		}
	}
	if p.Detail != "" {
		op = "" // a detail begins with what was attempted
	}
	says := firstOf(p.Detail, p.Title, resp.Status)
	if resp.StatusCode == http.StatusUnauthorized {
		return clip.Errorf(clip.Denied, op, "%s; set OVATION_TOKEN, or run this where the data directory is (--data)", says)
	}
	return &clip.Error{Op: op, Kind: clip.ParseKind(path.Base(p.Type)), Err: errors.New(says)}
}

// cause is an error without the URL that net/http puts before it.
func cause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// query adds to a path the parameters that are set.
func query(target string, pairs ...string) string {
	sep := "?"
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			target += sep + pairs[i] + "=" + url.QueryEscape(pairs[i+1])
			sep = "&"
		}
	}
	return target
}

// at makes a path whose segments may hold anything.
func at(segments ...any) string {
	target := ""
	for _, s := range segments {
		target += "/" + escape(fmt.Sprint(s))
	}
	return target
}
