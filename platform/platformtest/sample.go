package platformtest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
)

// Sample is media to post: a real video of two seconds, its cover and captions.
type Sample struct {
	Video, Cover, Captions []byte
}

// made is the sample, once it was made.
var made struct {
	sync.Mutex
	Sample
}

// NewSample makes the media with ffmpeg, once; nobody may change it.
func NewSample(t testing.TB) Sample {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.Video == nil {
		made.Sample = newSample(t)
	}
	return made.Sample
}

func newSample(t testing.TB) Sample {
	t.Helper()
	dir := t.TempDir()
	video, cover := filepath.Join(dir, "video.mp4"), filepath.Join(dir, "cover.jpg")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440",
		"-t", "2", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", video)
	ffmpeg(t, "-i", video, "-frames:v", "1", cover)
	return Sample{read(t, video), read(t, cover), []byte("WEBVTT\n\n00:00.000 --> 00:02.000\nGold!\n")}
}

// Media is the sample as a driver gets it.
func (s Sample) Media() platform.Media {
	blob := func(b []byte) platform.Blob {
		return platform.Blob{Size: int64(len(b)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
	}
	return platform.Media{Video: blob(s.Video), Cover: blob(s.Cover), Captions: blob(s.Captions)}
}

// Post is a planned post of the sample.
func (s Sample) Post(id, text string) clip.Post {
	return clip.Post{
		ID: clip.PostID(id), Highlight: "h1", Destination: "test", Decision: "d1", Revision: 3, Shape: clip.Wide,
		Media: clip.DigestOf(s.Video), Cover: clip.DigestOf(s.Cover), Captions: clip.DigestOf(s.Captions),
		Duration: 2 * time.Second, Lang: "en", Title: "Gold", Text: text, Alt: "A test card; ‘the clock’ runs fast & well 🏃",
		State: clip.PostPlanned,
	}
}

// SameBytes requires that media arrived bit for bit.
func SameBytes(t testing.TB, want, got []byte) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Errorf("the video that arrived has %d bytes with digest %s, not %d with %s",
			len(got), clip.DigestOf(got).Short(), len(want), clip.DigestOf(want).Short())
	}
}

// SameCoded requires that the coded pictures and sound arrived bit for bit,
// where a server repacks the file around them.
func SameCoded(t testing.TB, want, got []byte) {
	t.Helper()
	if w, g := coded(t, want), coded(t, got); w != g || strings.Count(w, "\n") != 2 {
		t.Errorf("the coded pictures or sound changed on the way:\n%swant\n%s", g, w)
	}
}

// coded hashes each track of a file without its container.
func coded(t testing.TB, file []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "video.mp4")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return ffmpeg(t, "-i", name, "-map", "0", "-c", "copy", "-f", "streamhash", "-")
}

func ffmpeg(t testing.TB, args ...string) string {
	t.Helper()
	var problems strings.Builder
	cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-hide_banner", "-v", "error", "-y"}, args...)...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, problems.String())
	}
	return string(out)
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
