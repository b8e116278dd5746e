// Package gotosocial runs a real GoToSocial for tests: a server that speaks
// the Mastodon API. It is a separate process, built from its own module in
// tools/gotosocial.
//
// Known differences from Mastodon (seen 2026-11-24 with v0.18.3): no
// Idempotency-Key, no 202 and 206, 5,000 characters, 25 for each URL, video is
// repacked (the coded pictures and sound stay as they are), no
// delete_media, statuses are deleted after the answer, markup is cut out of
// alternative texts.
package gotosocial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"sync"
	"testing"
	"time"
)

// Server is a running GoToSocial with one account.
type Server struct {
	URL      string // http://localhost:PORT
	Token    string // of the account: read and write
	Username string // of the account
	Account  string // its id

	leash *os.File // the server runs while this is open
}

// Status is a post as the server keeps it.
type Status struct {
	ID       string    `json:"id"`
	URL      string    `json:"url"`
	Created  time.Time `json:"created_at"`
	Language string    `json:"language"`
	Text     string    `json:"-"` // as it was sent, not as HTML
	Media    []Media   `json:"media_attachments"`
}

// Media is one attachment of a status.
type Media struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	URL         string `json:"url"`
	Preview     string `json:"preview_url"`
	Description string `json:"description"`
}

// shared is the server of this process.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Start gives the server of this test process, and starts it where it does not
// run yet: 4 s, and minutes once on a machine where it was never built. All
// tests of a package share it; it stops when the process ends, however it ends.
func Start(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		shared.server, shared.err = launch(ctx, nil)
	})
	if shared.err != nil {
		t.Fatalf("start GoToSocial: %v", shared.err)
	}
	return shared.server
}

// StartLimited starts a server of its own that answers 429 after a number of
// requests from one address in five minutes, and stops it after the test.
// Starting takes some of them.
func StartLimited(t testing.TB, requests int) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	s, err := launch(ctx, []string{fmt.Sprint("GTS_ADVANCED_RATE_LIMIT_REQUESTS=", requests)})
	if err != nil {
		t.Fatalf("start GoToSocial: %v", err)
	}
	t.Cleanup(func() { _ = s.leash.Close() }) // nothing was written
	return s
}

// Statuses lists the account's newest 40 posts, newest first.
func (s *Server) Statuses(t testing.TB) []Status {
	t.Helper()
	var list, left []Status
	if err := s.get(t, path.Join("/api/v1/accounts", s.Account, "statuses")+"?limit=40", &list); err != nil {
		t.Fatal(err)
	}
	for _, status := range list {
		var source struct {
			Text string `json:"text"`
		}
		err := s.get(t, path.Join("/api/v1/statuses", status.ID, "source"), &source)
		var answer *statusError
		switch {
		case errors.As(err, &answer) && answer.status == http.StatusNotFound:
			continue // it is being deleted
		case err != nil:
			t.Fatal(err)
		}
		status.Text = source.Text
		left = append(left, status)
	}
	return left
}

// Posted lists those of the newest posts that were sent with this text.
func (s *Server) Posted(t testing.TB, text string) []Status {
	t.Helper()
	var found []Status
	for _, status := range s.Statuses(t) {
		if status.Text == text {
			found = append(found, status)
		}
	}
	return found
}

// FetchMedia downloads an attachment as anybody can.
func (s *Server) FetchMedia(t testing.TB, m Media) []byte {
	t.Helper()
	resp, err := http.Get(m.URL)
	if err != nil {
		t.Fatalf("fetch media: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("fetch media %s: status %d, %v", m.URL, resp.StatusCode, err)
	}
	return body
}

func (s *Server) get(t testing.TB, path string, into any) error {
	return call(t.Context(), http.DefaultClient, request{url: s.URL + path, token: s.Token}, into)
}

// statusError is an answer that says no.
type statusError struct {
	what   string
	status int
	text   string
}

// Error is the answer in words.
func (e *statusError) Error() string {
	return fmt.Sprintf("%s: status %d: %.200s", e.what, e.status, e.text)
}

// request is one call of the server's API.
type request struct {
	url, token string
	form       url.Values // sent by POST where it is not nil
}

// call makes a request and decodes its answer, which may be nil for none.
func call(ctx context.Context, client *http.Client, r request, into any) error {
	method, body := http.MethodGet, io.Reader(nil)
	if r.form != nil {
		method, body = http.MethodPost, bytes.NewBufferString(r.form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, r.url, body)
	if err != nil {
		return err
	}
	if r.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		return &statusError{method + " " + req.URL.Path, resp.StatusCode, string(text)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
