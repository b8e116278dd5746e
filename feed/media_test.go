package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// The media of the tests is made once by ffmpeg: 320×180 at 25 fps, B-frames,
// a GOP of one second, stereo AAC.

var (
	mediaDir  string
	mediaOnce sync.Map // name → func() error
	mediaArgs sync.Map // name → what it is made with
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "feed-media")
	if err != nil {
		panic(err)
	}
	mediaDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// source is a test picture and tone for ffmpeg's command line.
func source(rate string, seconds int) []string {
	return []string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=" + rate,
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", strconv.Itoa(seconds)}
}

// h264 is an encoder setting for ffmpeg's command line.
func h264(gop int, open bool, extra ...string) []string {
	params := fmt.Sprintf("keyint=%d:min-keyint=%d:scenecut=0:open-gop=%d", gop, gop, map[bool]int{true: 1}[open])
	args := []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-x264-params", params, "-c:a", "aac", "-ac", "2"}
	return append(args, extra...)
}

// made runs ffmpeg once for each name and gives the directory it wrote to.
func made(t testing.TB, name string, args ...[]string) string {
	t.Helper()
	dir := filepath.Join(mediaDir, name)
	if before, known := mediaArgs.LoadOrStore(name, fmt.Sprint(args)); known && before != fmt.Sprint(args) {
		t.Fatalf("two tests make different media under the name %q", name)
	}
	once, _ := mediaOnce.LoadOrStore(name, sync.OnceValue(func() error {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		cmd := exec.Command("ffmpeg", "-v", "error", "-y")
		for _, a := range args {
			cmd.Args = append(cmd.Args, a...)
		}
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", cmd.Args, err, out)
		}
		return nil
	}))
	if err := once.(func() error)(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// hls packages into two-second segments; kind is mpegts or fmp4.
func hls(kind string, extra ...string) []string {
	return append([]string{"-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", kind}, append(extra, "index.m3u8")...)
}

// segments gives the pieces of a packaged feed in order.
func segments(t testing.TB, dir string) []Piece {
	t.Helper()
	var pieces []Piece
	init, _ := os.ReadFile(filepath.Join(dir, "init.mp4"))
	text, err := os.ReadFile(filepath.Join(dir, "index.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		p := Piece{Container: clip.MPEGTS, Bytes: read(t, filepath.Join(dir, line))}
		if init != nil {
			p.Container, p.Init = clip.FMP4, init
		}
		pieces = append(pieces, p)
	}
	return pieces
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// probed is what ffprobe says of a track's packets.
type probed struct {
	PTS   int64  `json:"pts"`
	DTS   int64  `json:"dts"`
	Flags string `json:"flags"`
	Dur   int64  `json:"duration"`
}

// probe reads the packets of the first video (v) or audio (a) track and the
// track's timescale.
func probe(t testing.TB, track string, media []byte) ([]probed, int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media")
	if err := os.WriteFile(path, media, 0o644); err != nil {
		t.Fatal(err)
	}
	out := ffprobe(t, "-select_streams", track+":0", "-show_entries", "packet=pts,dts,flags,duration:stream=time_base", "-of", "json", path)
	var answer struct {
		Packets []probed `json:"packets"`
		Streams []struct {
			TimeBase string `json:"time_base"`
		} `json:"streams"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Streams) == 0 {
		t.Fatalf("ffprobe finds no %s track", track)
	}
	_, den, _ := strings.Cut(answer.Streams[0].TimeBase, "/")
	scale, err := strconv.ParseInt(den, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Packets, scale
}

func ffprobe(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("ffprobe", append([]string{"-v", "error"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", cmd.Args, err, stderr.String())
	}
	return out
}

// pictures is how many pictures ffmpeg shows of media that may be damaged.
func pictures(t testing.TB, media []byte) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media")
	if err := os.WriteFile(path, media, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffmpeg", "-v", "quiet", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framecrc", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}
