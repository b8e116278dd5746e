// Package decode asks ffmpeg, for tests, what is in a file: an answer that owes
// nothing to our own index.
package decode

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// Pictures is how many pictures ffmpeg decodes from a file. A file that it
// complains about fails the test.
func Pictures(t testing.TB, file string) int {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode", "-i", file, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framecrc", "-")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("%s: %v %s", file, err, complaints.String())
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}
