package platform_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// resumeBench is a drop that tells how much it was sent.
type resumeBench struct {
	*platformtest.Bench
	dir  string
	sent func() int64 // since it was asked last
}

// TestResume: an upload that was interrupted goes on where it stopped, by what
// the ledger keeps alone, and arrives whole; one that the far side forgot
// begins anew.
func TestResume(t *testing.T) {
	for name, start := range map[string]func(testing.TB) resumeBench{
		"ftp": ftpResume, "gcs": gcsResume, "s3": s3Resume, "sftp": sftpResume,
	} {
		t.Run(name, func(t *testing.T) { testResume(t, start(t)) })
	}
}

func testResume(t *testing.T, b resumeBench) {
	const size, stop = 40 << 20, 36 << 20
	video := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(video) // it never fails
	sample := platformtest.Sample{Video: video, Cover: []byte("cover"), Captions: []byte("WEBVTT\n")}
	p := sample.Post("large", "Gold!")
	m := sample.Media()
	m.Keep = func(session string) error { p.Session = session; return nil }
	broken := m
	broken.Video.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(video[:stop]), failing{})), nil
	}
	b.sent()
	if _, err := b.Account.Upload(t.Context(), p, broken); err == nil || p.Session == "" {
		t.Fatalf("the upload was not interrupted: %v, kept %q", err, p.Session)
	}
	if left := b.Left(t); len(b.Posted(t, p.Text)) > 0 {
		t.Errorf("it is public: %v", left)
	}
	first := b.sent()
	if _, err := b.Account.Upload(t.Context(), p, m); err != nil {
		t.Fatal(err)
	}
	if again := b.sent(); again < size-stop || again > size*2/3 {
		t.Errorf("after %d bytes of %d, %d were sent, not the rest", first, size, again)
	}
	if got, err := os.ReadFile(filepath.Join(b.dir, "large.mp4")); err != nil || !bytes.Equal(got, video) {
		t.Errorf("%d bytes arrived, not the %d that were sent: %v", len(got), size, err)
	}
	if err := b.Account.Retract(t.Context(), p); err != nil {
		t.Error(err)
	}
	if left := b.Left(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := b.Account.Upload(t.Context(), p, m); err != nil { // the session is of an upload that came to its end
		t.Errorf("a session that the far side forgot: %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(b.dir, "large.mp4")); err != nil || clip.DigestOf(got) != p.Media {
		t.Errorf("%d bytes arrived, not the %d that were sent: %v", len(got), size, err)
	}
}

// failing is a file whose disk breaks.
type failing struct{}

// Read fails.
func (failing) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

// counting counts the bodies that are sent.
type counting struct {
	next http.RoundTripper
	n    *atomic.Int64
}

// RoundTrip sends the request.
func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = countedBody{r.Body, c.n}
	}
	return c.next.RoundTrip(r)
}

// countedBody counts what is read of a body.
type countedBody struct {
	io.ReadCloser
	n *atomic.Int64
}

// Read reads on.
func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}

// countingClient is a client, and how much it sent since it was asked last.
func countingClient() (*http.Client, func() int64) {
	n := new(atomic.Int64)
	return &http.Client{Transport: counting{new(http.Transport), n}}, func() int64 { return n.Swap(0) }
}
