package desk

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
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
	"github.com/ovation-live/ovation/feed/match"
)

// The tape: forty seconds of pictures that carry their numbers, in two epochs
// with other clocks, three seconds of programme time apart. It has B-frames
// and sound that leads, as broadcasts have.
const (
	tapeRate   = 25
	tapeW      = 320
	tapeH      = 180
	epochGap   = 3 * time.Second
	epochOne   = 500 // frames in the first epoch
	epochTwo   = 500
	offsetOne  = 7   // seconds that the first epoch's clock begins at
	offsetTwo  = 900 // and the second's
	tapeFrames = epochOne + epochTwo
)

// record puts the tape into the DVR of the feed "pitch"; it ends now. It
// returns the position of every frame by its number.
func (w *world) record() []clip.Position { return w.recordAs(codecs{}) }

// codecs are what a tape is made with; empty: H.264 and AAC in MPEG-TS.
type codecs struct {
	video, audio string
	claims       string // the video codec that the index has; empty: the real one
	fmp4         bool
	undelayed    bool // its clock begins at zero, so that no edit list delays it
}

func (c codecs) format() clip.Format {
	f := clip.Format{Container: clip.MPEGTS, Video: cmp.Or(c.claims, c.video, "h264"), Width: tapeW, Height: tapeH,
		Rate: clip.Rate{Num: tapeRate, Den: 1}, Audio: cmp.Or(c.audio, "aac"), SampleRate: 48000, Channels: 1}
	if c.fmp4 {
		f.Container = clip.FMP4
	}
	return f
}

// recordAs records the tape with other codecs.
func (w *world) recordAs(c codecs) []clip.Position {
	w.t.Helper()
	f := clip.Feed{ID: "pitch", Title: "Pitch", URL: "synthetic:match", Window: time.Hour, Lang: "en"}
	must(w.t, w.cat.PutFeed(w.t.Context(), f, seed))
	must(w.t, os.MkdirAll(filepath.Join(w.dvr, "pitch"), 0o755))
	length := time.Duration(tapeFrames)*time.Second/tapeRate + epochGap
	start := time.Now().UTC().Add(-length).Truncate(time.Millisecond)
	var places []clip.Position
	seq := int64(1)
	for epoch, part := range []struct{ from, n, offset int }{{0, epochOne, offsetOne}, {epochOne, epochTwo, offsetTwo}} {
		dir := w.t.TempDir()
		encodeTape(w.t, c, dir, part.from, part.n, part.offset)
		e := clip.Epoch{ID: clip.EpochID(epoch + 1), Start: start, Format: c.format(), Reason: "the tape"}
		init := w.tapeInit(dir, epoch)
		for i := 0; ; i++ {
			from := filepath.Join(dir, fmt.Sprintf("%d.ts", i))
			b, err := os.ReadFile(from)
			if err != nil {
				break
			}
			pts, sound := framesOf(w.t, dir, from)
			for _, p := range pts {
				places = append(places, clip.Position{Epoch: e.ID, PTS: p})
			}
			if i == 0 {
				e.First = pts[0]
			}
			e.End = pts[len(pts)-1] + clip.TickRate/tapeRate
			name := fmt.Sprintf("pitch/%d.ts", seq)
			if init != "" {
				name = fmt.Sprintf("pitch/%d.m4s", seq)
			}
			must(w.t, os.WriteFile(filepath.Join(w.dvr, name), b, 0o644))
			s := clip.Segment{Feed: "pitch", Seq: seq, Epoch: e.ID, First: pts[0], End: e.End, Start: e.Time(pts[0]), Size: int64(len(b)), Digest: clip.DigestOf(b), Path: name, Init: init, Sound: sound}
			must(w.t, w.cat.Append(w.t.Context(), "pitch", clip.Batch{Epoch: e, Segment: s}))
			seq++
		}
		start = e.Time(e.End).Add(epochGap)
		must(w.t, w.cat.SetHealth(w.t.Context(), clip.Health{Feed: "pitch", State: clip.FeedRecording, LastSegment: time.Now(), Live: e.Time(e.End), Bitrate: 400_000, Segments: int(seq) - 1, Gaps: 1, Bytes: 4_000_000, Format: e.Format}))
	}
	if len(places) != tapeFrames {
		w.t.Fatalf("the tape has %d frames, want %d", len(places), tapeFrames)
	}
	return places
}

// tapeInit puts the init segment of a part into the recording, if it has one.
func (w *world) tapeInit(dir string, epoch int) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "init.mp4"))
	if err != nil {
		return ""
	}
	name := fmt.Sprintf("pitch/init-%012x.mp4", epoch+1)
	must(w.t, os.WriteFile(filepath.Join(w.dvr, name), b, 0o644))
	return name
}

// tapes keeps encoded parts between the tests of one run.
var tapes sync.Map

// encodeTape makes HLS segments of n numbered pictures.
func encodeTape(t *testing.T, c codecs, dir string, from, n, offset int) {
	t.Helper()
	key := fmt.Sprint(c, from, n, offset)
	if have, ok := tapes.Load(key); ok {
		must(t, os.CopyFS(dir, os.DirFS(have.(string))))
		return
	}
	kept, err := os.MkdirTemp("", "ovation-tape")
	must(t, err)
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", tapeW, tapeH),
		"-r", strconv.Itoa(tapeRate), "-i", "pipe:0", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-shortest",
		"-preset", "superfast", "-c:a", cmp.Or(c.audio, "aac"), "-b:a", "64k",
		"-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_filename", filepath.Join(kept, "%d.ts"))
	if c.video == "hevc" {
		cmd.Args = append(cmd.Args, "-c:v", "libx265", "-x265-params", "log-level=error:keyint=50:min-keyint=50:scenecut=0:open-gop=0:bframes=2")
	} else {
		cmd.Args = append(cmd.Args, "-c:v", "libx264", "-bf", "2", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0")
	}
	if !c.undelayed {
		cmd.Args = append(cmd.Args, "-output_ts_offset", strconv.Itoa(offset))
	}
	if c.fmp4 {
		cmd.Args = append(cmd.Args, "-hls_segment_type", "fmp4")
	}
	cmd.Args = append(cmd.Args, filepath.Join(kept, "x.m3u8"))
	in, err := cmd.StdinPipe()
	must(t, err)
	var said bytes.Buffer
	cmd.Stderr = &said
	must(t, cmd.Start())
	picture := make([]byte, tapeW*tapeH*3/2)
	for i := range n {
		for j := range picture {
			picture[j] = byte(90 + (j/7+i*3)%40)
		}
		for j := tapeW * tapeH; j < len(picture); j++ {
			picture[j] = 128
		}
		match.DrawFrame(picture[:tapeW*tapeH], tapeW, tapeW, tapeH, uint32(from+i))
		if _, err := in.Write(picture); err != nil {
			break
		}
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, said.String())
	}
	tapes.Store(key, kept)
	must(t, os.CopyFS(dir, os.DirFS(kept)))
}

// TestMain removes the tapes.
func TestMain(m *testing.M) {
	code := m.Run()
	tapes.Range(func(_, dir any) bool { _ = os.RemoveAll(dir.(string)); return true })
	os.Exit(code)
}

// framesOf lists the PTS of a segment's pictures in the order of display, and
// what its sound covers.
func framesOf(t *testing.T, dir, file string) (pts []clip.Ticks, sound clip.Span90) {
	t.Helper()
	input := "file:" + file
	if init := filepath.Join(dir, "init.mp4"); exists(init) {
		input = "concat:" + init + "|" + file
	}
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts_time,duration_time", "-of", "csv=p=0", input).Output()
	must(t, err)
	for _, line := range strings.Fields(string(out)) {
		f := strings.Split(line, ",")
		at, err := strconv.ParseFloat(f[1], 64)
		must(t, err)
		ticks := clip.Ticks(math.Round(at * clip.TickRate))
		if f[0] == "video" {
			pts = append(pts, ticks)
			continue
		}
		d, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			d = 1024. / 48000 // fragments leave the length of a lone frame out
		}
		if sound.To == 0 {
			sound.From = ticks
		}
		sound.To = ticks + clip.Ticks(math.Round(d*clip.TickRate))
	}
	slices.Sort(pts)
	return pts, sound
}

func exists(file string) bool { _, err := os.Stat(file); return err == nil }

// sample makes six seconds of video and its cover, once in a run.
func sample(t *testing.T, width, height int) (video, cover string) {
	t.Helper()
	key := fmt.Sprint("sample", width, height)
	dir, ok := tapes.Load(key)
	if !ok {
		kept, err := os.MkdirTemp("", "ovation-sample")
		must(t, err)
		out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=25:duration=6", width, height),
			"-f", "lavfi", "-i", "sine=frequency=440:duration=6", "-pix_fmt", "yuv420p", "-preset", "superfast", "-movflags", "+faststart", filepath.Join(kept, "clip.mp4"),
			"-frames:v", "1", "-update", "1", filepath.Join(kept, "cover.jpg")).CombinedOutput()
		if err != nil {
			t.Fatalf("ffmpeg: %v: %s", err, out)
		}
		tapes.Store(key, kept)
		dir = kept
	}
	return filepath.Join(dir.(string), "clip.mp4"), filepath.Join(dir.(string), "cover.jpg")
}
