package media

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// tape is a short recorded broadcast whose every frame carries its number and
// whose sound is a known function of its sample number.
type tape struct {
	dir   string
	spec  spec
	rec   clip.Recording
	epoch clip.Epoch
	shift clip.Ticks // index time of frame 0
}

// spec says what a tape is like.
type spec struct {
	container clip.Container // empty: MPEG-TS
	rate      clip.Rate
	w, h      int
	frames    int
	open      bool       // open GOP
	start     clip.Ticks // PTS of frame 0; beyond the wrap it is written modulo 2^33
	mute      bool       // no sound track
	level     float64    // peak of the sound, 0 for 0.25
	bursts    bool       // short roars far above the rest
	swells    bool       // louder and quieter, and now and then silent
	night     int        // from this frame on pictures are dark; zero: never
	rateless  int        // sample rate, 0 for 48000
	video     string     // "hevc"; empty: H.264
	audio     string     // "ac3", "mp2"; empty: AAC
	second    bool       // its sound is the second track; the first is a tone
	aspect    clip.Rate  // of a sample; zero: square
	fields    bool       // interlaced: frame n is made of the pictures 2n and 2n+1
}

// bits of a frame's number; a second row holds its complement.
const bits = 16

// draw writes a frame's picture: a moving texture with its number as luma
// blocks in the upper middle, which every crop keeps.
func draw(p []byte, w, h, n int) {
	for y := range h {
		row := p[y*w : y*w+w]
		for x := range row {
			row[x] = byte(70 + (x+3*n)/4%64 + y/6%48)
		}
	}
	for i := range p[w*h:] {
		p[w*h+i] = byte(118 + (i+n)%16)
	}
	cell := h / 45
	for b := range bits {
		for row, v := range []int{n >> b & 1, 1 - n>>b&1} {
			for y := range cell {
				for x := range cell {
					p[(h/4+row*cell+y)*w+w/2-bits/2*cell+b*cell+x] = byte(25 + 205*v)
				}
			}
		}
	}
}

// number reads a frame's number from a picture that was cropped from one of
// height h. It is -1 when the rows contradict each other.
func number(luma []byte, w, h int) int {
	cell := h / 45
	n := 0
	for b := range bits {
		at := func(row int) int {
			return int(luma[(h/4+row*cell+cell/2)*w+w/2-bits/2*cell+b*cell+cell/2])
		}
		up, down := at(0), at(1)
		if (up > 128) == (down > 128) {
			return -1
		}
		if up > 128 {
			n |= 1 << b
		}
	}
	return n
}

// loudness of the tape's sound varies nowhere: a hash of the sample's place,
// smoothed so that AAC codes it well.
func value(n int64) float64 {
	const hold = 12
	at := func(k int64) float64 {
		x := uint64(k)*0x9E3779B97F4A7C15 + 0x1234567
		x ^= x >> 29
		x *= 0xBF58476D1CE4E5B9
		x ^= x >> 32
		return float64(x>>11)/float64(1<<52) - 1
	}
	k, f := n/hold, float64(n%hold)/hold
	return at(k)*(1-f) + at(k+1)*f
}

// record makes a tape.
func record(t testing.TB, s spec) *tape {
	t.Helper()
	if s.w == 0 {
		s.w, s.h = 640, 360
	}
	if s.container == "" {
		s.container = clip.MPEGTS
	}
	if s.level == 0 {
		s.level = 0.25
	}
	if s.rateless == 0 {
		s.rateless = 48000
	}
	tp := &tape{dir: t.TempDir(), spec: s}
	tp.encode(t)
	tp.index(t)
	return tp
}

// encode makes the segment files with ffmpeg.
func (tp *tape) encode(t testing.TB) {
	s := tp.spec
	wav := filepath.Join(tp.dir, "sound.s16")
	tp.writeSound(t, wav)
	gop := s.rate.Frames(2 * clip.TickRate)
	open := 0
	if s.open {
		open = 1
	}
	pictures, filters := s.rate, []string(nil)
	if !s.aspect.Zero() {
		filters = append(filters, fmt.Sprintf("setsar=%d/%d", s.aspect.Num, s.aspect.Den))
	}
	if s.fields {
		pictures.Num *= 2
		filters = append(filters, "tinterlace=interleave_top", "setfield=tff")
	}
	args := []string{"-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", s.w, s.h), "-r", pictures.String(), "-i", "pipe:0"}
	if !s.mute {
		args = append(args, "-f", "s16le", "-ar", strconv.Itoa(s.rateless), "-ac", "1", "-i", wav)
	}
	if s.second {
		args = append(args, "-f", "lavfi", "-i", "sine=440:sample_rate=48000", "-map", "0:v", "-map", "2:a", "-map", "1:a", "-shortest")
	}
	args = append(args, "-c:a", cmp.Or(s.audio, "aac"), "-b:a", "192k", "-ac", "2")
	if len(filters) > 0 {
		args = append(args, "-vf", strings.Join(filters, ","))
	}
	if s.fields {
		args = append(args, "-flags", "+ildct+ilme")
	}
	encoder, quiet := "libx264", ""
	if s.video == "hevc" {
		encoder, quiet = "libx265", ":log-level=error"
	}
	args = append(args, "-c:v", encoder, "-preset", "veryfast", "-crf", "18",
		"-"+strings.TrimPrefix(encoder, "lib")+"-params", fmt.Sprintf("keyint=%d:min-keyint=%d:scenecut=0:open-gop=%d:bframes=3:repeat-headers=1%s", gop, gop, open, quiet))
	if s.container == clip.FMP4 {
		args = append(args, "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", "fmp4",
			"-hls_segment_filename", filepath.Join(tp.dir, "%03d.m4s"), filepath.Join(tp.dir, "index.m3u8"))
	} else {
		args = append(args, "-muxdelay", "0", "-muxpreload", "0", "-output_ts_offset", fmt.Sprintf("%f", float64(s.start)/clip.TickRate),
			"-f", "segment", "-segment_time", "2", "-segment_format", "mpegts", filepath.Join(tp.dir, "%03d.ts"))
	}
	cmd := exec.Command("ffmpeg", args...)
	cmd.Dir, cmd.Stderr = tp.dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, s.w*s.h*3/2)
	for n := range s.frames * pictures.Num / s.rate.Num {
		draw(p, s.w, s.h, n)
		if s.night > 0 && n >= s.night {
			for i := range p[:s.w*s.h] {
				p[i] = 16 + p[i]/8
			}
		}
		if _, err := in.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// swell is how loud each second of a tape that swells is.
var swell = []float64{1, 0.05, 0.4, 0, 2, 0.003, 0.8}

func (tp *tape) writeSound(t testing.TB, path string) {
	s := tp.spec
	n := clip.Rescale(int64(s.frames)*int64(s.rateless), int64(s.rate.Den), int64(s.rate.Num))
	b := make([]byte, 0, 2*n)
	for i := range n {
		v := value(clip.Rescale(i, 48000, int64(s.rateless))) * s.level
		if s.bursts && i%24000 < 600 {
			v *= min(20, 1/s.level)
		}
		if s.swells {
			v *= swell[i/int64(s.rateless)%int64(len(swell))]
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(v*32767))))
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// index makes the recording that a recorder would have made, by ffprobe.
func (tp *tape) index(t testing.TB) {
	s := tp.spec
	pattern := "*.ts"
	if s.container == clip.FMP4 {
		pattern = "*.m4s"
	}
	paths, err := filepath.Glob(filepath.Join(tp.dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatal("no segments", err)
	}
	slices.Sort(paths)
	f := clip.Format{Container: s.container, Video: cmp.Or(s.video, "h264"), Width: s.w, Height: s.h, Rate: s.rate, Audio: cmp.Or(s.audio, "aac"), SampleRate: s.rateless, Channels: 2}
	f.Aspect, f.Interlaced = s.aspect, s.fields
	if s.second {
		f.Track = 1
	}
	if s.mute {
		f.Audio, f.SampleRate, f.Channels = "", 0, 0
	}
	around := s.start
	for i, path := range paths {
		raw := must[[]byte](t)(os.ReadFile(path))
		seg := clip.Segment{Seq: int64(i + 1), Epoch: 1, Path: filepath.Base(path), Digest: clip.DigestOf(raw), Size: int64(len(raw))}
		if s.container == clip.FMP4 {
			seg.Init = "init.mp4"
		}
		around = tp.indexSegment(t, &seg, around, i == 0)
		tp.rec.Segments = append(tp.rec.Segments, seg)
	}
	first, last := tp.rec.Segments[0], tp.rec.Segments[len(paths)-1]
	tp.shift = first.First
	tp.epoch = clip.Epoch{ID: 1, First: first.First, End: last.End, Start: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), Format: f}
	tp.rec.Timeline = clip.Timeline{tp.epoch}
}

// indexSegment reads a segment's packets; times are unwrapped near around.
func (tp *tape) indexSegment(t testing.TB, seg *clip.Segment, around clip.Ticks, first bool) clip.Ticks {
	path := filepath.Join(tp.dir, seg.Path)
	if seg.Init != "" { // ffprobe wants the init segment in front
		both := filepath.Join(t.TempDir(), "both.mp4")
		b := append(must[[]byte](t)(os.ReadFile(filepath.Join(tp.dir, seg.Init))), must[[]byte](t)(os.ReadFile(path))...)
		if err := os.WriteFile(both, b, 0o600); err != nil {
			t.Fatal(err)
		}
		path = both
	}
	scale := map[string]int64{}
	for _, l := range strings.Fields(sh(t, "ffprobe", "-v", "error", "-show_entries", "stream=codec_type,time_base", "-of", "csv=p=0", path)) {
		kind, tb, _ := strings.Cut(l, ",")
		scale[kind] = must[int64](t)(strconv.ParseInt(strings.TrimPrefix(tb, "1/"), 10, 64))
	}
	out := sh(t, "ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts,dts,duration,flags", "-of", "csv=p=0", path)
	seg.First = math.MaxInt64
	for _, l := range strings.Fields(out) {
		c := strings.Split(l, ",")
		at := func(s string) clip.Ticks {
			v := clip.Ticks(clip.Rescale(must[int64](t)(strconv.ParseInt(s, 10, 64)), clip.TickRate, scale[c[0]]))
			if seg.Init != "" {
				return v + 7777777 // an index may count from anywhere
			}
			d := (v - around).Raw()
			if d > clip.Wrap/2 {
				d -= clip.Wrap
			}
			return around + d
		}
		pts := at(c[1])
		if c[0] == "audio" {
			if seg.Sound.To == 0 {
				seg.Sound.From = pts
			}
			seg.Sound.To = pts + clip.Ticks(clip.Rescale(frameOf[tp.spec.audio], clip.TickRate, int64(tp.spec.rateless)))
			continue
		}
		f := clip.Frame{PTS: pts, DTS: at(c[2])}
		if strings.HasPrefix(c[4], "K") {
			f.Kind = clip.IDR
			if tp.spec.open && !(first && len(seg.Frames) == 0) {
				f.Kind = clip.Recovery
			}
		}
		seg.Frames = append(seg.Frames, f)
		seg.First, seg.End = min(seg.First, pts), max(seg.End, pts+tp.spec.rate.Ticks(1))
	}
	return seg.First
}

// frameOf is how many samples a frame of sound has.
var frameOf = map[string]int64{"": 1024, "ac3": 1536, "mp2": 1152}

// open reads the tape's files.
func (tp *tape) open(path string) (io.ReadCloser, error) { return os.Open(filepath.Join(tp.dir, path)) }

// plan cuts frames [from, to) of the tape.
func (tp *tape) plan(t testing.TB, from, to int, shapes ...clip.Shape) clip.Plan {
	t.Helper()
	at := func(n int) time.Time { return tp.epoch.Time(tp.shift + tp.spec.rate.Ticks(n) - 20) }
	r := clip.Recipe{Version: clip.RecipeVersion, Feed: "tape", Span: clip.Span{In: at(from), Out: at(to)}, Shapes: shapes,
		Captions: clip.Captions{BurnIn: true, Lang: "en"}, Sound: clip.DefaultSound(), Encoding: clip.DefaultEncoding()}
	return must[clip.Plan](t)(r.Plan(tp.rec))
}

// numbers decodes a file and reads the number of every frame.
func numbers(t testing.TB, path string, w, h int) []int {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("decode %s: %v %s", path, err, errs.String())
	}
	var all []int
	for ; len(raw) >= w*h; raw = raw[w*h:] {
		all = append(all, number(raw, w, h))
	}
	return all
}

// samples decodes a file's sound to mono.
func samples(t testing.TB, path string) []float64 {
	t.Helper()
	raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-f", "f32le", "-ac", "1", "-ar", "48000", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(raw)/4)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return out
}

// lag is how many samples later than expected the sound is: got[i] should be
// the tape's sample first+i. It looks 50 ms either way.
func lag(got []float64, first int64) (best int, fit float64) {
	const reach = 2400
	n := min(len(got)-2*reach, 24000)
	if n < 4800 {
		return math.MaxInt, 0
	}
	for d := -reach; d <= reach; d++ {
		var dot, a, b float64
		for i := reach; i < reach+n; i += 3 {
			x, y := got[i+d], value(first+int64(i))
			dot, a, b = dot+x*y, a+x*x, b+y*y
		}
		if f := dot / math.Sqrt(a*b+1e-12); f > fit {
			best, fit = d, f
		}
	}
	return best, fit
}

// count lists the whole numbers from a to b, by step.
func count(a, b, step int) []int {
	var n []int
	for ; a < b; a += step {
		n = append(n, a)
	}
	return n
}
