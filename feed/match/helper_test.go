package match

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// open makes a match that nobody listens to.
func open(t testing.TB, url string) *Match {
	t.Helper()
	m, err := New(url, encodeLive, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func quiet() *logrus.Logger {
	l := logrus.New()
	l.SetOutput(io.Discard)
	return l
}

// encodeLive runs ffmpeg as the product's encoder does: closed two-second
// GOPs, B-frames, sound as AAC.
func encodeLive(ctx context.Context, f clip.Format, pictures, sound io.Reader, out io.Writer) error {
	gop := fmt.Sprint(f.Rate.Frames(clip.CellTicks))
	known := []string{"-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0", "-thread_queue_size", "64"}
	args := append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, known...)
	args = append(args, "-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", fmt.Sprintf("%dx%d", f.Width, f.Height),
		"-framerate", f.Rate.String(), "-i", "pipe:3")
	args = append(append(args, known...), "-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "pipe:4", "-map", "0:v", "-map", "1:a",
		"-c:v", "libx264", "-preset", "superfast", "-crf", "23", "-bf", "2", "-threads:v", "2",
		"-x264-params", "keyint="+gop+":min-keyint="+gop+":scenecut=0:open-gop=0:sync-lookahead=0:rc-lookahead=0",
		"-c:a", "aac", "-b:a", "128k", "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1",
		"-max_interleave_delta", "500000", "pipe:1")
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	cmd.ExtraFiles = []*os.File{pictures.(*os.File), sound.(*os.File)}
	cmd.Stdout = out
	return cmd.Run()
}

// ffmpeg runs it to its end, with input, and gives what it writes.
func ffmpeg(t testing.TB, input []byte, args ...string) (stdout, stderr []byte) {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-hide_banner", "-nostats"}, args...)...)
	var out, say bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &say
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, say.Bytes())
	}
	return out.Bytes(), say.Bytes()
}
