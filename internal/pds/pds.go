// Package pds runs a real Bluesky PDS for tests, with a PLC directory of its
// own: a separate process on Node.js, installed from tools/pds.
//
// What it lacks (seen 2026-11-24 with @atproto/pds 0.4.217): no video service,
// and no AppView, so that nothing shows a post as people would see it.
package pds

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/internal/realserver"
)

// Server is a running PDS with one account.
type Server struct {
	URL      string // http://localhost:PORT
	Handle   string // of the account
	DID      string // of the account
	Password string // of the account

	leash *os.File // the server runs while this is open
}

// Record is a post as the server keeps it.
type Record struct {
	URI   string `json:"uri"`
	CID   string `json:"cid"`
	Value Post   `json:"value"`
}

// Post is an app.bsky.feed.post, as much of it as tests look at.
type Post struct {
	Text    string          `json:"text"`
	Langs   []string        `json:"langs"`
	Created time.Time       `json:"createdAt"`
	Facets  json.RawMessage `json:"facets"`
	Embed   struct {
		Type     string `json:"$type"`
		Alt      string `json:"alt"`
		Video    Blob   `json:"video"`
		Captions []struct {
			Lang string `json:"lang"`
			File Blob   `json:"file"`
		} `json:"captions"`
		AspectRatio struct{ Width, Height int } `json:"aspectRatio"`
	} `json:"embed"`
}

// Blob is a reference to a file.
type Blob struct {
	MIMEType string `json:"mimeType"`
	Size     int64  `json:"size"`
	Ref      struct {
		Link string `json:"$link"`
	} `json:"ref"`
}

// shared is the server of this test process.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Start gives the server of this test process, and starts it where it does not
// run yet: 6 s, and a minute once on a machine where it was never installed. All
// tests of a package share it; it stops when the process ends, however it ends.
func Start(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = launch("RATE_LIMITS=false", "BLOB_LIMIT=314572800") })
	if shared.err != nil {
		t.Fatalf("start the PDS: %v", shared.err)
	}
	return shared.server
}

// StartLimited starts a server as it is by default, with rate limits and blobs
// of 5 MB at most, and stops it after the test.
func StartLimited(t testing.TB) *Server {
	t.Helper()
	s, err := launch("RATE_LIMITS=true", "BLOB_LIMIT=5242880")
	if err != nil {
		t.Fatalf("start the PDS: %v", err)
	}
	t.Cleanup(func() { _ = s.leash.Close() }) // nothing was written
	return s
}

// Posts lists the account's newest 100 posts.
func (s *Server) Posts(t testing.TB) []Record {
	t.Helper()
	var page struct{ Records []Record }
	s.query(t, "com.atproto.repo.listRecords", url.Values{"repo": {s.DID}, "collection": {"app.bsky.feed.post"}, "limit": {"100"}}, &page)
	return page.Records
}

// Posted lists those of the posts that were sent with this text.
func (s *Server) Posted(t testing.TB, text string) []Record {
	t.Helper()
	var found []Record
	for _, r := range s.Posts(t) {
		if r.Value.Text == text {
			found = append(found, r)
		}
	}
	return found
}

// Blobs lists the files that records refer to.
func (s *Server) Blobs(t testing.TB) []string {
	t.Helper()
	var page struct{ CIDs []string }
	s.query(t, "com.atproto.sync.listBlobs", url.Values{"did": {s.DID}, "limit": {"1000"}}, &page)
	return page.CIDs
}

// Fetch downloads a file as anybody can.
func (s *Server) Fetch(t testing.TB, b Blob) []byte {
	t.Helper()
	resp, err := http.Get(s.URL + "/xrpc/com.atproto.sync.getBlob?" + url.Values{"did": {s.DID}, "cid": {b.Ref.Link}}.Encode())
	if err != nil {
		t.Fatalf("fetch a blob: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("fetch blob %s: status %d, %v", b.Ref.Link, resp.StatusCode, err)
	}
	return body
}

func (s *Server) query(t testing.TB, method string, params url.Values, into any) {
	t.Helper()
	if err := call(t.Context(), http.MethodGet, s.URL+"/xrpc/"+method+"?"+params.Encode(), nil, into); err != nil {
		t.Fatal(err)
	}
}

// launch installs and starts a server, and makes the account.
func launch(settings ...string) (*Server, error) {
	home, err := realserver.Build("pds")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // not counting what was installed
	defer cancel()
	dir, err := os.MkdirTemp("", "pds-")
	if err != nil {
		return nil, err
	}
	port, err := realserver.FreePort()
	if err != nil {
		return nil, err
	}
	directory, err := realserver.FreePort()
	if err != nil {
		return nil, err
	}
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LOG_ENABLED=false", "DIR=" + dir, "PORT=" + port, "PLC_PORT=" + directory}, settings...)
	leash, err := realserver.Run(dir, env, "node", filepath.Join(home, "server.mjs"))
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://localhost:" + port, Handle: "ovation.test", Password: "correct-horse-battery-staple", leash: leash}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, realserver.Log(dir))
	}
	return s, nil
}

// prepare waits until the server answers, and makes the account.
func (s *Server) prepare(ctx context.Context) error {
	err := realserver.Await(ctx, func() error {
		return call(ctx, http.MethodGet, s.URL+"/xrpc/com.atproto.server.describeServer", nil, new(json.RawMessage))
	})
	if err != nil {
		return err
	}
	var made struct{ DID string }
	account := map[string]string{"handle": s.Handle, "password": s.Password, "email": "ovation@example.org"}
	err = call(ctx, http.MethodPost, s.URL+"/xrpc/com.atproto.server.createAccount", account, &made)
	s.DID = made.DID
	return err
}

// call asks the server's API and decodes its answer.
func call(ctx context.Context, method, address string, in, into any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: status %d: %.200s", method, req.URL.Path, resp.StatusCode, text)
	}
	return json.Unmarshal(text, into)
}
