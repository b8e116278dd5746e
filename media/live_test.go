package media

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestEncodeLive feeds five seconds in real time and reads the transport
// stream: every picture, closed GOPs of exactly two seconds, B-frames, sound
// that begins with the picture, and little delay.
func TestEncodeLive(t *testing.T) {
	f := clip.Format{Width: 320, Height: 180, Rate: clip.Rate{Num: 25, Den: 1}, Audio: "aac", SampleRate: 48000, Channels: 2}
	const frames = 125
	pr, pw := io.Pipe()
	sr, sw := io.Pipe()
	go func() {
		defer pw.Close()
		defer sw.Close()
		picture := make([]byte, f.Width*f.Height*3/2)
		samples := make([]byte, 48000/25*4)
		for n := range frames {
			for i := range picture[:f.Width*f.Height] {
				picture[i] = byte(i + n*3)
			}
			if _, err := pw.Write(picture); err != nil {
				return
			}
			if _, err := sw.Write(samples); err != nil {
				return
			}
			time.Sleep(time.Second / 50)
		}
	}()
	var out firstByte
	began := time.Now()
	if err := engine(t).EncodeLive(context.Background(), f, pr, sr, &out); err != nil {
		t.Fatal(err)
	}
	t.Logf("first byte after %s", out.at.Sub(began).Round(time.Millisecond))
	if d := out.at.Sub(began); d > 3*time.Second {
		t.Errorf("the first byte came after %s", d)
	}
	path := filepath.Join(t.TempDir(), "live.ts")
	if err := os.WriteFile(path, out.buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var probe struct {
		Frames []struct {
			Key  int    `json:"key_frame"`
			Type string `json:"pict_type"`
			PTS  int64  `json:"pts"`
		}
	}
	if err := json.Unmarshal([]byte(sh(t, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_frames", "-of", "json", path)), &probe); err != nil {
		t.Fatal(err)
	}
	if len(probe.Frames) != frames {
		t.Errorf("%d frames, not %d", len(probe.Frames), frames)
	}
	kinds := ""
	for i, f := range probe.Frames {
		kinds += f.Type
		if (f.Key == 1) != (i%50 == 0) {
			t.Errorf("frame %d: key %d", i, f.Key)
		}
		if want := probe.Frames[0].PTS + int64(i)*3600; f.PTS != want {
			t.Errorf("frame %d: PTS %d, not %d", i, f.PTS, want)
		}
	}
	if !strings.Contains(kinds, "B") {
		t.Errorf("no B-frames: %s", kinds)
	}
}

// TestEncodeLiveRefuses names what is wrong with a format.
func TestEncodeLiveRefuses(t *testing.T) {
	for _, f := range []clip.Format{{}, {Width: 321, Height: 180, Rate: clip.Rate{Num: 25, Den: 1}}, {Width: 320, Height: 180}} {
		err := engine(t).EncodeLive(context.Background(), f, strings.NewReader(""), strings.NewReader(""), io.Discard)
		if clip.KindOf(err) != clip.Invalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// firstByte is a buffer that knows when it was first written to.
type firstByte struct {
	buf bytes.Buffer
	at  time.Time
}

func (b *firstByte) Write(p []byte) (int, error) {
	if b.at.IsZero() {
		b.at = time.Now()
	}
	return b.buf.Write(p)
}
