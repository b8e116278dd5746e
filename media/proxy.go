package media

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// ProxyWork is a segment that is to be made playable in a browser.
type ProxyWork struct {
	Format  clip.Format
	Segment clip.Segment
	Before  *clip.Segment                            // the one before it in its epoch, where that is held
	All     bool                                     // encode also what the format says that browsers play
	Open    func(path string) (io.ReadCloser, error) // as of Open
}

// The size and cost of a proxy.
const (
	proxyWide = 640
	proxyHigh = 360
	proxyCRF  = 26
	proxyRate = 1200 // kbit/s at most
	maxProxy  = 64 << 20
)

// aacFrame is how many samples an AAC frame has; proxies' frames lie on a grid
// that begins at tick zero, so that segments that are made alone fit together.
const aacFrame = 1024

// aacTicks is an AAC frame at the proxies' 48 kHz, exactly.
const aacTicks = clip.Ticks(aacFrame * clip.TickRate / soundRate)

// grid is where a proxy's time may begin: both whole seconds and AAC frames do.
const grid = 8 * clip.TickRate

// warmUp is how many frames of sound are encoded before the first that is
// kept, so that two encoders agree where one takes over from the other.
const warmUp = 3

// Proxy makes a segment that any browser plays, as MPEG-TS: H.264 of at most
// 640x360, AAC in stereo. What browsers play already is passed on untouched.
// Every picture and every sound keeps its time, so that a position in the
// proxy is the position in the feed, and proxies of neighbouring segments,
// made at different times, play on without a break.
func (e *Engine) Proxy(ctx context.Context, w ProxyWork) ([]byte, error) {
	op := fmt.Sprintf("make a proxy of segment %d of %s", w.Segment.Seq, w.Segment.Feed)
	if w.Format.Rate.Zero() || w.Format.Width == 0 {
		return nil, clip.Errorf(clip.Invalid, op, "its format is not known")
	}
	p := proxy{w, zeroBefore(w.first(), grid)}
	out := &bounded{limit: maxProxy}
	err := e.Run(ctx, Command{Op: op, Args: p.args(), In: p.inputs(), Stdout: out, Nice: politeness})
	if err != nil {
		return nil, err
	}
	moved, err := io.ReadAll(newShiftTS(&out.Buffer, clip.Ticks(p.zero)))
	if err == nil && len(moved) == 0 {
		err = fmt.Errorf("nothing in it can be decoded")
	}
	if err != nil {
		return nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	return moved, nil
}

// first is the first tick that is decoded.
func (w ProxyWork) first() clip.Ticks {
	if w.Before != nil {
		return min(w.Before.First, w.Segment.First)
	}
	return w.Segment.First
}

// pictures reports whether the pictures must be encoded.
func (w ProxyWork) pictures() bool { return w.All || w.Format.Video != "h264" || w.Format.Interlaced }

// sounds reports whether there is any sound in the segment.
func (w ProxyWork) sounds() bool { return w.Format.Audio != "" && w.Segment.Sound != (clip.Span90{}) }

// sound reports whether the sound must be encoded.
func (w ProxyWork) sound() bool { return w.sounds() && (w.All || w.Format.Audio != "aac") }

// leans reports whether the segment's first pictures refer to the one before.
func (w ProxyWork) leans() bool {
	return w.Before != nil && (len(w.Segment.Frames) == 0 || w.Segment.Frames[0].Kind != clip.IDR)
}

// proxy is one run of ffmpeg.
type proxy struct {
	ProxyWork
	zero zero
}

// inputs are the segments for the pictures and, where it needs others, those
// for the sound. Pictures that refer to the segment before are decoded with it,
// and so is all sound, because a decoder starts with a frame before the first.
func (p proxy) inputs() []io.Reader {
	alone := []clip.Source{sourceOf(p.Segment)}
	both := alone
	if p.Before != nil {
		both = []clip.Source{sourceOf(*p.Before), alone[0]}
	}
	read := func(s []clip.Source) io.Reader { return newSegments(p.Open, p.Format, s, p.zero) }
	var in []io.Reader
	if p.pictures() && p.leans() {
		in = append(in, read(both))
	} else {
		in = append(in, read(alone))
	}
	switch {
	case p.sound():
		in = append(in, read(both))
	case p.apart():
		in = append(in, read(alone))
	}
	return in
}

// apart reports whether the sound has an input of its own.
func (p proxy) apart() bool { return p.sound() || p.sounds() && p.pictures() && p.leans() }

func sourceOf(s clip.Segment) clip.Source {
	return clip.Source{Seq: s.Seq, Path: s.Path, Init: s.Init, Digest: s.Digest, First: s.First}
}

// args is the argument list.
func (p proxy) args() []string {
	pictures := ffmpeg.Input("pipe:3", keeping(demuxer(p.Format.Container)))
	sound := pictures
	if p.apart() {
		sound = ffmpeg.Input("pipe:4", keeping(demuxer(p.Format.Container)))
	}
	opts := ffmpeg.KwArgs{"f": "mpegts", "muxdelay": 0, "muxpreload": 0, "map_metadata": "-1", "max_muxing_queue_size": 4096, "c:v": "copy", "c:a": "copy"}
	v, a := pictures.Get("v:0"), sound.Get(fmt.Sprintf("a:%d", p.Format.Track))
	if p.pictures() {
		v = p.scaled(v)
		maps.Copy(opts, proxyVideo)
	}
	if p.sound() {
		from, n := p.frames()
		a = p.continuous(a, from-warmUp*aacFrame)
		opts["c:a"], opts["b:a"], opts["ar"], opts["ac"] = "aac", "128k", soundRate, 2
		opts["bsf:a"] = fmt.Sprintf("noise=drop='lt(n,%d)+gte(n,%d)'", 1+warmUp, 1+warmUp+n) // the first packet is the encoder's priming
	}
	tracks := []*ffmpeg.Stream{v}
	if p.sounds() {
		tracks = append(tracks, a)
	}
	return ffmpeg.Output(tracks, "pipe:1", opts).GetArgs()
}

// proxyVideo are the encoder's options: no B-frames, so that decoding times of
// one segment never reach into the next.
var proxyVideo = ffmpeg.KwArgs{
	"c:v": "libx264", "preset": "superfast", "crf": proxyCRF, "maxrate": fmt.Sprintf("%dk", proxyRate), "bufsize": fmt.Sprintf("%dk", 2*proxyRate),
	"profile:v": "high", "pix_fmt": "yuv420p", "bf": 0, "g": 600, "threads:v": 2,
	"fps_mode": "passthrough", "enc_time_base": fmt.Sprintf("1:%d", clip.TickRate),
}

// scaled are the segment's own pictures at the proxy's size, one for one.
func (p proxy) scaled(v *ffmpeg.Stream) *ffmpeg.Stream {
	w, h := proxySize(p.Format)
	v = v.Filter("settb", ffmpeg.Args{fmt.Sprintf("1/%d", clip.TickRate)}).
		Filter("trim", nil, ffmpeg.KwArgs{"start_pts": int64(p.zero.at(p.Segment.First)) - slack})
	return whole(p.Format, v).Filter("scale", ffmpeg.Args{join(w, h)}, ffmpeg.KwArgs{"flags": "bicubic"}).
		Filter("setsar", ffmpeg.Args{"1"}).Filter("format", ffmpeg.Args{"yuv420p"})
}

// continuous is the decoded sound from a sample on, without a hole.
func (p proxy) continuous(a *ffmpeg.Stream, from int64) *ffmpeg.Stream {
	return a.Filter("aresample", ffmpeg.Args{fmt.Sprint(soundRate)}, ffmpeg.KwArgs{"async": 1, "min_hard_comp": "0.015"}).
		Filter("aformat", ffmpeg.Args{stereo}).
		Filter("atrim", nil, ffmpeg.KwArgs{"start_pts": from}).
		Filter("asetpts", ffmpeg.Args{fmt.Sprintf("PTS-%d", from)}).
		Filter("aresample", nil, ffmpeg.KwArgs{"async": 1, "first_pts": 0, "min_comp": "0.00001", "min_hard_comp": "0.015"}).
		Filter("asetpts", ffmpeg.Args{fmt.Sprintf("PTS+%d", from)})
}

// frames are the AAC frames that belong to this segment: where the first one
// begins, in samples from the proxy's zero, and how many there are. A frame
// needs the samples of the one after it as well; it belongs to the segment
// that brings the last of them.
func (p proxy) frames() (from, n int64) {
	end := func(s clip.Segment) int64 { return int64(p.zero.at(s.Sound.To)/aacTicks) - 1 }
	begin := int64((p.zero.at(p.Segment.Sound.From) + aacTicks - 1) / aacTicks)
	if p.Before != nil && p.Segment.Sound.From-p.Before.Sound.To < aacTicks && p.Before.Sound.To > 0 {
		begin = end(*p.Before)
	}
	return begin * aacFrame, max(0, end(p.Segment)-begin)
}

// proxySize is the size of a proxy: pictures with square pixels that fit.
func proxySize(f clip.Format) (w, h int) {
	wide, high := f.Picture()
	w, h = wide, high
	if w > proxyWide {
		w, h = proxyWide, high*proxyWide/wide
	}
	if h > proxyHigh {
		w, h = wide*proxyHigh/high, proxyHigh
	}
	return max(2, w&^1), max(2, h&^1)
}

// bounded keeps what is written, up to a limit.
type bounded struct {
	bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		return 0, fmt.Errorf("it is larger than %d MB", b.limit>>20)
	}
	return b.Buffer.Write(p)
}
