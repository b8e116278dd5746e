package media

import (
	"cmp"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/sirupsen/logrus"
)

// engine is a working engine with a silent log. OVATION_TEST_FFMPEG and
// OVATION_TEST_FFPROBE try another version of ffmpeg.
func engine(t testing.TB) *Engine {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	e, err := New(cmp.Or(os.Getenv("OVATION_TEST_FFMPEG"), "ffmpeg"), cmp.Or(os.Getenv("OVATION_TEST_FFPROBE"), "ffprobe"), log)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// must ends the test on an error.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// sh runs a program of the test's own and gives its output.
func sh(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return string(out)
}
