package dvr

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/feed/match"
)

// Pictures of the numbered feeds.
const (
	width, height = 320, 180
	rate          = 25
	inSegment     = 2 * rate
)

// numbered is a feed in segments of two seconds whose every picture carries its
// number.
type numbered struct {
	from     int // number of the first picture
	segments [][]byte
	fast     bool // twice as many pictures a second
}

// spec is how a numbered feed is made.
type spec struct {
	from     int // number of the first picture
	segments int
	start    time.Duration // on its clock
	size     string        // "": width x height
	mute     bool
	late     time.Duration // its sound
	codec    string        // of its pictures; "": libx264
	fast     bool          // twice as many pictures a second
}

var (
	numberedDir  string
	numberedOnce sync.Map
)

// make encodes a feed once for each spec.
func (s spec) make(t *testing.T) numbered {
	t.Helper()
	one, _ := numberedOnce.LoadOrStore(s, sync.OnceValues(s.encode))
	n, err := one.(func() (numbered, error))()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s spec) encode() (numbered, error) {
	dir, err := os.MkdirTemp(numberedDir, "numbered-")
	if err != nil {
		return numbered{}, err
	}
	n := numbered{from: s.from, fast: s.fast}
	pace := n.inSegment() / 2
	gop := strconv.Itoa(n.inSegment())
	args := []string{"-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", width, height), "-r", strconv.Itoa(pace), "-i", "pipe:0"}
	if !s.mute {
		args = append(args, "-itsoffset", strconv.FormatFloat(s.late.Seconds(), 'f', 6, 64), "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-map", "0:v", "-map", "1:a", "-shortest", "-c:a", "aac", "-b:a", "64k")
	}
	coded := []string{"-c:v", "libx264", "-bf", "2", "-g", gop, "-keyint_min", gop, "-sc_threshold", "0"}
	if s.codec != "" {
		coded = []string{"-c:v", s.codec, "-x265-params", "log-level=error:bframes=2:keyint=" + gop + ":min-keyint=" + gop + ":scenecut=0:open-gop=0"}
	}
	args = append(append(args, "-preset", "ultrafast", "-tune", "fastdecode", "-crf", "20"), coded...)
	args = append(args,
		"-output_ts_offset", strconv.FormatFloat(s.start.Seconds(), 'f', 6, 64), "-muxdelay", "0", "-muxpreload", "0")
	if s.size != "" {
		args = append(args, "-vf", "scale="+s.size)
	}
	cmd := exec.Command("ffmpeg", append(args, "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", filepath.Join(dir, "s.m3u8"))...)
	var complaints bytes.Buffer
	cmd.Stderr, cmd.Stdin = &complaints, &numberedPictures{from: s.from, count: s.segments * n.inSegment()}
	if err := cmd.Run(); err != nil {
		return numbered{}, fmt.Errorf("%w: %s", err, complaints.String())
	}
	for i := range s.segments {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("s%d.ts", i)))
		if err != nil {
			return n, err
		}
		n.segments = append(n.segments, b)
	}
	return n, nil
}

// numberedPictures gives numbered pictures as raw yuv420p.
type numberedPictures struct {
	from, count int
	rest        []byte
}

func (p *numberedPictures) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.count == 0 {
			return 0, io.EOF
		}
		p.rest = draw(p.from)
		p.from, p.count = p.from+1, p.count-1
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// draw is a moving gradient with the number of the picture.
func draw(n int) []byte {
	p := make([]byte, width*height*3/2)
	for y := range height {
		for x := range width {
			p[y*width+x] = byte(64 + (x+2*n)%128 + y/8)
		}
	}
	match.DrawFrame(p, width, width, height, uint32(n))
	for i := width * height; i < len(p); i++ {
		p[i] = 128
	}
	return p
}

// read gives the numbers of the pictures of a file, in the order in which they
// are shown; -1 for one that cannot be read.
func read(t *testing.T, file string) (numbers []int) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:v", "-fps_mode", "passthrough",
		"-vf", fmt.Sprintf("scale=%d:%d", width, height), "-f", "rawvideo", "-pix_fmt", "gray", "-")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("%s: %v %s", file, err, complaints.String())
	}
	for ; len(out) >= width*height; out = out[width*height:] {
		n := -1
		if f, ok := match.ReadFrame(out[:width*height], width, width, height); ok {
			n = int(f)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// runs prints numbers as ranges.
func runs(numbers []int) string {
	var out []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		out = append(out, fmt.Sprintf("%d–%d", numbers[i], numbers[j]))
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// inSegment is how many pictures a segment has.
func (n numbered) inSegment() int {
	if n.fast {
		return 2 * inSegment
	}
	return inSegment
}

// numbers are those of segments a to b of a feed, without some.
func (n numbered) numbers(a, b int, without ...int) (out []int) {
	for s := a; s < b; s++ {
		if slices.Contains(without, s) {
			continue
		}
		for i := range n.inSegment() {
			out = append(out, n.from+s*n.inSegment()+i)
		}
	}
	return out
}
