package dvr

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
)

// TestImport imports files that are no transport stream through the real
// ffmpeg, as `ovation up` does: all pictures are there, and a cut has exactly
// those asked for.
func TestImport(t *testing.T) {
	t.Parallel()
	engine, err := media.New("ffmpeg", "ffprobe", quietLog())
	if err != nil {
		t.Fatal(err)
	}
	tools := feed.Tools{Remux: func(ctx context.Context, in feed.Input, out io.Writer) error {
		return engine.Remux(ctx, media.RemuxWork{URL: in.URL, Protocols: in.Protocols}, out)
	}}
	n := spec{segments: 10, start: 100 * time.Second}.make(t)
	for _, name := range []string{"match.mp4", "match.mkv"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), name)
			cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "mpegts", "-i", "pipe:0", "-map", "0", "-c", "copy", file)
			cmd.Stdin = bytes.NewReader(n.bytes())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
			url := "import://" + file
			r := begin(t, url)
			r.tools = tools
			r.run(t, url)
			numbers := n.numbers(0, len(n.segments))
			if seen := r.byContent(t); !slices.Equal(seen, numbers) {
				t.Errorf("recorded are %s", runs(seen))
			}
			r.pair(t, numbers)
			for _, span := range r.across(numbers, 1500*time.Millisecond) {
				r.check(t, engine, span)
			}
			if at := r.truth[0].at; !slices.ContainsFunc(r.index(t).Segments, func(s clip.Segment) bool { return s.Start.Equal(at) }) {
				t.Errorf("no segment begins with the first picture, at %s", at)
			}
		})
	}
}
