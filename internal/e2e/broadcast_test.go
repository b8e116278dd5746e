package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ovation-live/ovation/feed/match"
)

// The live broadcast that the tests watch: made by ffmpeg, every frame with
// its number in a barcode.
const (
	width, height = 640, 360
	rate          = 25
)

// broadcast is a live HLS feed on loopback; it outlives the process that
// records it.
func broadcast(t *testing.T) (url string) {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", width, height), "-r", fmt.Sprint(rate), "-i", "pipe:0",
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-map", "0:v", "-map", "1:a", "-shortest",
		"-c:v", "libx264", "-preset", "superfast", "-bf", "2", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-crf", "23",
		"-c:a", "aac", "-b:a", "96k",
		"-f", "hls", "-hls_time", "2", "-hls_list_size", "20",
		"-hls_flags", "delete_segments+program_date_time+independent_segments",
		"-hls_segment_filename", filepath.Join(dir, "seg%05d.ts"), filepath.Join(dir, "index.m3u8"))
	pictures, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); draw(ctx, pictures) }()
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(func() {
		cancel()
		<-done
		_ = cmd.Wait() // killed
		server.Close()
	})
	return server.URL + "/index.m3u8"
}

// draw writes frames at the pace of the wall clock.
func draw(ctx context.Context, out io.WriteCloser) {
	defer out.Close()
	picture := make([]byte, width*height*3/2)
	began := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / rate)))
		paint(picture, n)
		if _, err := out.Write(picture); err != nil {
			return // ffmpeg is gone; the test says so
		}
	}
}

// paint draws a moving gradient and the number of the frame.
func paint(picture []byte, n int) {
	for y := range height {
		row := picture[y*width : (y+1)*width]
		for x := range row {
			row[x] = byte(64 + (x+2*n)%128 + y/8)
		}
	}
	for i := width * height; i < len(picture); i++ {
		picture[i] = 128
	}
	match.DrawFrame(picture[:width*height], width, width, height, uint32(n))
}

// numbers decodes a file and reads the number of every frame.
func numbers(t *testing.T, path string, extra ...string) []int {
	t.Helper()
	w, h := size(t, path)
	args := append([]string{"-nostdin", "-v", "error"}, extra...)
	args = append(args, "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
	out, err := exec.Command("ffmpeg", args...).Output()
	if err != nil {
		t.Fatalf("decode %s: %v", path, err)
	}
	var ns []int
	for frame := range len(out) / (w * h) {
		n, ok := match.ReadFrame(out[frame*w*h:(frame+1)*w*h], w, w, h)
		if !ok {
			t.Fatalf("%s: frame %d of the file has no readable number", path, frame)
		}
		ns = append(ns, int(n))
	}
	return ns
}

func size(t *testing.T, path string) (w, h int) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0:s=x", path).Output()
	if err != nil {
		t.Fatalf("probe %s: %v", path, err)
	}
	if _, err := fmt.Sscanf(string(out), "%dx%d", &w, &h); err != nil {
		t.Fatalf("probe %s: %q", path, out)
	}
	return w, h
}

// numbersOf is numbers of a file's bytes.
func numbersOf(t *testing.T, content []byte) []int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.mp4")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return numbers(t, path)
}

// sameFrames reports frames that are not exactly first to last, each once.
func sameFrames(t *testing.T, what string, got []int, first, last int) {
	t.Helper()
	if len(got) != last-first+1 {
		t.Errorf("%s has %d frames, want %d (%d to %d)", what, len(got), last-first+1, first, last)
	}
	for i, n := range got {
		if n != first+i {
			t.Errorf("%s: frame %d is number %d, want %d", what, i, n, first+i)
			return
		}
	}
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
