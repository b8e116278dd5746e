// Package objectstores runs real servers of object stores for tests: versitygw,
// which speaks S3 and checks every signature, and fake-gcs-server, which speaks
// Google Cloud Storage. They are separate processes, built from their own
// module in tools/objectstores, and keep what they get in directories, where a
// test can look at it without asking them.
package objectstores

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ovation-live/ovation/internal/realserver"
)

// Bucket is the bucket that every server has.
const Bucket = "partner"

// The keys of the S3 server.
const (
	AccessKey = "ovation-test"
	SecretKey = "correct-horse-9-battery-staple"
)

// Server is a running server with one bucket.
type Server struct {
	URL string // http://127.0.0.1:PORT
	Dir string // what the bucket holds, one file an object
}

// StartS3 starts an S3 server, and stops it after the test.
func StartS3(t testing.TB) Server {
	t.Helper()
	return start(t, func(dir, port string) []string {
		return []string{
			"versitygw", "--port", "127.0.0.1:" + port, "--access", AccessKey, "--secret", SecretKey, "--quiet",
			"posix", "--sidecar", filepath.Join(dir, "sidecar"), filepath.Join(dir, "buckets"),
		}
	})
}

// StartGCS starts a server of Google Cloud Storage, and stops it after the
// test.
func StartGCS(t testing.TB) Server {
	t.Helper()
	return start(t, func(dir, port string) []string {
		return []string{
			"fake-gcs-server", "-scheme", "http", "-host", "127.0.0.1", "-port", port, "-external-url", "http://127.0.0.1:" + port,
			"-backend", "filesystem", "-filesystem-root", filepath.Join(dir, "buckets"), "-log-level", "warn",
		}
	})
}

// start starts a program of the module with its arguments.
func start(t testing.TB, program func(dir, port string) []string) Server {
	t.Helper()
	home, err := realserver.Build("objectstores")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "objectstore-")
	if err != nil {
		t.Fatal(err)
	}
	bucket := filepath.Join(dir, "buckets", Bucket)
	for _, d := range []string{bucket, filepath.Join(dir, "sidecar")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	port, err := realserver.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	command := program(dir, port)
	command[0] = filepath.Join(home, command[0])
	leash, err := realserver.Run(dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, command...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = leash.Close() }) // nothing was written
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := realserver.Await(ctx, func() error { return listens("127.0.0.1:" + port) }); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, realserver.Log(dir))
	}
	return Server{URL: "http://127.0.0.1:" + port, Dir: bucket}
}

func listens(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}
