package dvr

import (
	"bufio"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/internal/decode"
)

// How often the recorder is killed: OVATION_KILLS says another number.
const (
	defaultKills = 200
	atOnce       = 10
)

// child is a recorder that runs.
type child struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

// start runs a recorder and waits until it is about to listen.
func start(t *testing.T, dir, url string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := child{cmd, bufio.NewReader(out)}
	if line, err := c.out.ReadString('\n'); err != nil || line != "up\n" {
		t.Fatalf("the recorder does not start: %q, %v", line, err)
	}
	return c
}

// kill ends a recorder at once.
func (c child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // it was killed
}

// blow is one kill of a recorder of an endless feed, in numbers of pictures.
type blow struct {
	listening int // the first picture that was sent after the recorder listened
	sent      int // pictures sent whole at the kill
}

// TestKillRaw kills recorders of an endless transport stream. What a sender
// sends while nobody listens is lost; of what it sent before, at most a second
// may be.
func TestKillRaw(t *testing.T) {
	var mu sync.Mutex
	var worst, sum time.Duration
	kills := 0
	t.Run("recorders", func(t *testing.T) {
		for i := range atOnce {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(i), 7))
				dir, x := t.TempDir(), transmit(t)
				var blows []blow
				for range killsWanted() / atOnce {
					c := start(t, dir, x.url)
					time.Sleep(100 * time.Millisecond)
					b := blow{listening: x.sentFrames()}
					time.Sleep(time.Duration(r.Int64N(int64(3 * time.Second))))
					b.sent = x.sentFrames()
					c.kill()
					blows = append(blows, b)
				}
				c := start(t, dir, x.url)
				time.Sleep(2500 * time.Millisecond)
				c.kill()
				kept := consistent(t, dir)
				for n, b := range blows {
					lost := b.missing(x.b, kept)
					if lost > time.Second {
						t.Errorf("kill %d: %s of video is missing (listening from picture %d, %d sent)", n, lost, b.listening, b.sent)
					}
					mu.Lock()
					worst, sum, kills = max(worst, lost), sum+lost, kills+1
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d kills: at most %s of video missing, %s on average", kills, worst, (sum / time.Duration(max(1, kills))).Round(time.Millisecond))
}

// missing is how much of what was sent is not kept: from the first key frame
// after the recorder listened to the kill.
func (b blow) missing(all broadcast, kept map[clip.Ticks]bool) time.Duration {
	frames := all.frames[b.listening:b.sent]
	key := slices.IndexFunc(frames, func(f sent) bool { return f.key })
	if key < 0 {
		return 0
	}
	lost := 0
	for _, f := range frames[key:] {
		if !kept[f.pts] {
			lost++
		}
	}
	return time.Duration(lost) * time.Second / 25
}

// TestKillHLS kills recorders of a live HLS feed: nothing is missing at all,
// because the source still holds it.
func TestKillHLS(t *testing.T) {
	t.Run("recorders", func(t *testing.T) {
		for i := range 4 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(i), 9))
				dir, url := t.TempDir(), serveHLS(t)
				for range max(1, killsWanted()/10/4) {
					c := start(t, dir, url)
					time.Sleep(time.Duration(r.Int64N(int64(4 * time.Second))))
					c.kill()
				}
				c := start(t, dir, url)
				time.Sleep(4 * time.Second)
				c.kill()
				consistent(t, dir)
				cat, err := openCatalogue(dir)
				if err != nil {
					t.Fatal(err)
				}
				defer cat.Close()
				rec, err := cat.Recording(context.Background(), feedID, clip.Span{})
				if err != nil {
					t.Fatal(err)
				}
				for n := 1; n < len(rec.Segments); n++ {
					if a, b := rec.Segments[n-1], rec.Segments[n]; a.Epoch != b.Epoch || a.End != b.First {
						t.Errorf("between segments %d and %d: epoch %d to %d, %d ticks are missing", a.Seq, b.Seq, a.Epoch, b.Epoch, b.First-a.End)
					}
				}
			})
		}
	})
}

func killsWanted() int {
	if n, err := strconv.Atoi(os.Getenv("OVATION_KILLS")); err == nil && n > 0 {
		return n
	}
	return defaultKills
}

// consistent proves that index, files and playlist of a recording agree, and
// that what is served decodes. It gives the times of the pictures kept.
func consistent(t *testing.T, dir string) map[clip.Ticks]bool {
	t.Helper()
	c, err := openCatalogue(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rec, err := c.Recording(context.Background(), feedID, clip.Span{})
	if err != nil {
		t.Fatal(err)
	}
	playlist, err := os.ReadFile(filepath.Join(dir, "dvr", string(feedID), "index.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	kept, files := map[clip.Ticks]bool{}, map[string]bool{}
	for i, s := range rec.Segments {
		name := filepath.Base(s.Path)
		files[name] = true
		path := filepath.Join(dir, "dvr", filepath.FromSlash(s.Path))
		b, err := os.ReadFile(path)
		if err != nil || clip.DigestOf(b) != s.Digest || int64(len(b)) != s.Size {
			t.Errorf("segment %d: its file is not what the index says: %v", s.Seq, err)
		}
		found, err := feed.Scan(feed.Piece{Bytes: b, Container: clip.MPEGTS})
		if err != nil || len(found.Frames) != len(s.Frames) {
			t.Errorf("segment %d: %d pictures in the file, %d in the index: %v", s.Seq, len(found.Frames), len(s.Frames), err)
		}
		if i < len(rec.Segments)-1 && !strings.Contains(string(playlist), "\n"+name+"\n") { // the last one may lack its line
			t.Errorf("segment %d is not in the playlist", s.Seq)
		}
		for _, f := range s.Frames {
			kept[f.PTS] = true
		}
		if short := len(s.Frames) < 50; short || s.Seq%7 == 0 { // what a crash cut, and a sample
			if n := decode.Pictures(t, path); n != len(s.Frames) {
				t.Errorf("segment %d: ffmpeg decodes %d pictures, the index has %d", s.Seq, n, len(s.Frames))
			}
		}
	}
	served(t, filepath.Join(dir, "dvr", string(feedID)), files)
	return kept
}

// served proves that no other media lies where it is served from.
func served(t *testing.T, dir string, known map[string]bool) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	extra := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".ts") && !known[e.Name()] {
			extra++ // of the last kill: the next start completes it
		}
	}
	if extra > 1 {
		t.Errorf("%d segment files are not in the index", extra)
	}
}
