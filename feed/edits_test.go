package feed

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestUndelayed takes the delay that ffmpeg writes out of the edit list, and
// puts it into the fragments: a reader finds every packet where it was.
func TestUndelayed(t *testing.T) {
	p := segments(t, made(t, "rec-fmp4", source("25", 12), h264(25, false), hls("fmp4")))[1]
	segment := bytes.Clone(p.Bytes)
	packets := func(init, segment []byte) string {
		file := filepath.Join(t.TempDir(), "both.mp4")
		if err := os.WriteFile(file, append(append([]byte(nil), init...), segment...), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts,dts", "-of", "csv=p=0", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	was := packets(p.Init, segment)
	plain, delays, err := Undelayed(p.Init)
	if err != nil || len(delays) == 0 {
		t.Fatalf("ffmpeg wrote no empty edit, so that nothing is shown here: %v", err)
	}
	delays.Apply(segment)
	if now := packets(plain, segment); now != was || strings.Count(was, "\n") < 50 {
		t.Errorf("packets were at\n%s, and are at\n%s", was, now)
	}
	if again, none, err := Undelayed(plain); err != nil || len(none) > 0 || &again[0] != &plain[0] {
		t.Errorf("once more: %v %v", none, err)
	}
	for n := range segment[:min(len(segment), 400)] { // torn anywhere, it does not panic
		delays.Apply(segment[:n])
	}
	if _, _, err := Undelayed(segment[:100]); clip.KindOf(err) != clip.Invalid {
		t.Errorf("no init segment: %v", err)
	}
}
