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
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed/match"
)

// Pictures of the inputs: each carries its number.
const inputWidth, inputHeight = 480, 270

var inputsDir string

// inputs are the same twelve seconds in several containers, at two rates.
var inputs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ovation-clip-test-")
	if err != nil {
		return "", err
	}
	inputsDir = dir
	for name, rate := range map[string]string{"even": "25", "odd": "30000/1001"} {
		if err := encodeInput(filepath.Join(dir, name), rate); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if inputsDir != "" {
		_ = os.RemoveAll(inputsDir) // it is in the system's temporary directory
	}
	os.Exit(code)
}

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
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(site.Close)
	for _, c := range []struct {
		input, in, out string
		from, to       int
		copied         int
	}{
		{"even.mkv", "3.48", "+1.56s", 87, 126, 0},
		{"odd.ts", "0f", "10f", 0, 10, 0},
		{"even.ts", "00:00:02.400", "00:00:08.000", 60, 200, 96},
		{"odd.mkv", "60f", "+140f", 60, 200, 96},
		{"even.m3u8", "10.04", "+10f", 251, 261, 0},
		{site.URL + "/odd-fmp4.m3u8", "60f", "200f", 60, 200, 96},
		{"even.mp4", "0:11", "12", 275, 300, 0},
		{site.URL + "/even.m3u8", "10.04", "+1s", 251, 276, 0},
	} {
		input := c.input
		if !strings.Contains(input, "://") {
			input = filepath.Join(dir, input)
		}
		made, got := cutOf(t, ClipOptions{Input: input, In: c.in, Out: c.out, Shapes: []clip.Shape{clip.Wide}})
		if made.Copied != c.copied || made.Copied == 0 && !strings.Contains(made.Why, "no closed group") {
			t.Errorf("%s: %d pictures are copied, want %d: %s", c.input, made.Copied, c.copied, made.Why)
		}
		if !isRun(got, c.from, c.to) {
			t.Errorf("%s from %s to %s: %d pictures %v, want %d to %d", c.input, c.in, c.out, len(got), got[:min(3, len(got))], c.from, c.to)
		}
	}
}

// TestClipLive cuts a playlist that goes on by its own clock, to its live end
// and beyond: what is not there yet is waited for.
func TestClipLive(t *testing.T) {
	t.Parallel()
	dir, err := inputs()
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(filepath.Join(dir, "even.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(recorded), "#EXTINF")
	lines := strings.SplitAfter("#EXTINF"+rest, ".ts\n") // of 96 pictures, and then 48 each; the last line ends the list
	start := time.Now().UTC().Truncate(time.Second).Add(-time.Minute)
	for _, c := range []struct {
		in, out  string
		from, to int
	}{
		{"-3s", "now", 69, 144},
		{start.Add(6 * time.Second).Format(time.RFC3339), "+3s", 150, 225},
	} {
		asked := 0
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, ".m3u8") {
				http.FileServer(http.Dir(dir)).ServeHTTP(w, r)
				return
			}
			asked++ // by one client, one after the other
			fmt.Fprintf(w, "%s#EXT-X-PROGRAM-DATE-TIME:%s\n%s", head, start.Format(time.RFC3339), strings.Join(lines[:min(1+asked, len(lines)-1)], ""))
		}))
		t.Cleanup(site.Close)
		made, got := cutOf(t, ClipOptions{Input: site.URL + "/live.m3u8", In: c.in, Out: c.out, Shapes: []clip.Shape{clip.Wide}})
		if !isRun(got, c.from, c.to) {
			t.Errorf("from %s to %s, %s: %d pictures %v, want %d to %d", c.in, c.out, made.Span, len(got), got[:min(3, len(got))], c.from, c.to)
		}
	}
}

// TestClipShapes makes several shapes with captions of a file, and what is cut
// anew with a cache renders only what changed.
func TestClipShapes(t *testing.T) {
	t.Parallel()
	dir, err := inputs()
	if err != nil {
		t.Fatal(err)
	}
	srt := filepath.Join(t.TempDir(), "words.srt")
	write := func(word string) {
		text := fmt.Sprintf("1\n00:00:02,800 --> 00:00:03,500\n%s\n\n2\n00:00:05,000 --> 00:00:06,000\nsecond\n", word)
		if err := os.WriteFile(srt, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	o := ClipOptions{Input: filepath.Join(dir, "even.ts"), In: "1", Out: "7", Shapes: []clip.Shape{clip.Wide, clip.Square},
		Captions: srt, BurnIn: true, Cache: t.TempDir()}
	made, got := cutOf(t, o)
	if len(made.Files) != 2 || !isRun(got, 25, 175) || !isRun(pictureNumbers(t, made.Files[1]), 25, 175) || made.Rendered != 8 {
		t.Errorf("%d files, %d chunks rendered: %v", len(made.Files), made.Rendered, got)
	}
	if len(made.Captions) != 2 || made.Why == "" {
		t.Fatalf("captions %v, why %q", made.Captions, made.Why)
	}
	vtt, err := os.ReadFile(made.Captions[0])
	if err != nil || !strings.Contains(string(vtt), "00:00:01.800 --> 00:00:02.500\nfirst\n\n00:00:04.000 --> 00:00:05.000\nsecond") {
		t.Errorf("%v:\n%s", err, vtt)
	}
	write("another")
	if made, _ = cutOf(t, o); made.Rendered != 2 || made.Reused != 6 {
		t.Errorf("after a word was changed %d chunks were rendered and %d reused", made.Rendered, made.Reused)
	}
}
