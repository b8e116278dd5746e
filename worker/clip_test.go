package worker

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed/match"
)

// Pictures of the inputs: each carries its number.
const inputWidth, inputHeight = 480, 270

// inputs are the same twelve seconds in several containers, at two rates.
var inputs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ovation-clip-test-")
	if err != nil {
		return "", err
	}
	for name, rate := range map[string]string{"even": "25", "odd": "30000/1001"} {
		if err := encodeInput(filepath.Join(dir, name), rate); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

func encodeInput(path, rate string) error {
	frames := 12 * 25
	if rate != "25" {
		frames = 12 * 30
	}
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p",
		"-s", fmt.Sprintf("%dx%d", inputWidth, inputHeight), "-r", rate, "-i", "pipe:0", "-f", "lavfi", "-i", "sine=440:sample_rate=48000",
		"-shortest", "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-x264-params", "keyint=48:min-keyint=48:scenecut=0",
		"-c:a", "aac", "-ac", "2", path+".mp4")
	var complaints bytes.Buffer
	pictures, in := io.Pipe()
	cmd.Stdin, cmd.Stderr = pictures, &complaints
	go func() {
		p := make([]byte, inputWidth*inputHeight*3/2)
		for n := range frames {
			for i := range p {
				p[i] = byte(100 + (i/7+5*n)%50)
			}
			match.DrawFrame(p, inputWidth, inputWidth, inputHeight, uint32(n))
			if _, err := in.Write(p); err != nil {
				break
			}
		}
		_ = in.Close() // it never fails
	}()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, complaints.String())
	}
	for _, to := range [][]string{{path + ".ts"}, {path + ".mkv"},
		{"-hls_time", "2", "-hls_list_size", "0", path + ".m3u8"},
		{"-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", filepath.Base(path) + "-init.mp4", path + "-fmp4.m3u8"}} {
		args := append([]string{"-nostdin", "-v", "error", "-y", "-i", path + ".mp4", "-c", "copy"}, to...)
		if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return nil
}

// cutOf cuts an input and gives the result and the numbers of the first file's
// pictures.
func cutOf(t *testing.T, o ClipOptions) (ClipResult, []int) {
	t.Helper()
	o.FFmpeg, o.FFprobe, o.Dir, o.Workers = "ffmpeg", "ffprobe", t.TempDir(), 2
	log := logrus.New()
	log.SetOutput(io.Discard)
	o.Log = log
	made, err := Clip(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return made, pictureNumbers(t, made.Files[0])
}

func pictureNumbers(t *testing.T, f ClipFile) (all []int) {
	t.Helper()
	raw, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", f.Path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for size := f.Width * f.Height; len(raw) >= size; raw = raw[size:] {
		n, ok := match.ReadFrame(raw, f.Width, f.Width, f.Height)
		if !ok {
			t.Fatalf("picture %d of %s carries no number", len(all), f.Path)
		}
		all = append(all, int(n))
	}
	return all
}

// isRun reports whether numbers are from, from+1, … to-1.
func isRun(numbers []int, from, to int) bool {
	for i, n := range numbers {
		if n != from+i {
			return false
		}
	}
	return len(numbers) == to-from
}

// TestClip cuts every kind of input, and every picture is the one that was
// asked for.
func TestClip(t *testing.T) {
	t.Parallel()
	dir, err := inputs()
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // of this test only
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(site.Close)
	for _, c := range []struct {
		input, in, out string
		from, to       int
	}{
		{"even.ts", "00:00:03.480", "00:00:05.040", 87, 126},
		{"even.mp4", "87f", "126f", 87, 126},
		{"even.mkv", "3.48", "+1.56s", 87, 126},
		{"odd.mkv", "100f", "+41f", 100, 141},
		{"odd.ts", "0f", "10f", 0, 10},
		{"even.mp4", "0:11", "12", 275, 300},
		{site.URL + "/even.m3u8", "10.04", "+1s", 251, 276},
		{site.URL + "/odd-fmp4.m3u8", "300f", "330f", 300, 330},
	} {
		input := c.input
		if !strings.Contains(input, "://") {
			input = filepath.Join(dir, input)
		}
		_, got := cutOf(t, ClipOptions{Input: input, In: c.in, Out: c.out, Shapes: []clip.Shape{clip.Wide}})
		if !isRun(got, c.from, c.to) {
			t.Errorf("%s from %s to %s: %d pictures %v, want %d to %d", c.input, c.in, c.out, len(got), got[:min(3, len(got))], c.from, c.to)
		}
	}
}
