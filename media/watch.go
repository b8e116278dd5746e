package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// WatchWork is a run of segments that is listened to and looked at as they
// come. All are of one epoch, each goes on where the one before ended, and
// together they last at most MaxWatch.
type WatchWork struct {
	Format clip.Format
	Open   Open
	Next   func(context.Context) (clip.Source, bool) // waits for the next segment; false: the run is over

	// What is found, with the times of the segments' epoch; never called at the
	// same time.
	Heard func(clip.Loudness) // the loudness curve goes on; its Epoch is not set
	Seen  func(Scene)         // a key frame that shows something else than the one before
}

// Scene is where the picture changed.
type Scene struct {
	At     clip.Ticks // of its key frame, up to slack off
	Change float64    // 0 to 100: how much more than key frames differ anyway
}

const (
	watching = 15 // niceness: it gives way to rendering, and that to recording
	// sceneChange is from where on a change is a scene's; ffmpeg's own choice for
	// scdet (ffmpeg 5.1.9, 2026-11-24). A key frame that differs from the one
	// before no more than that one did from its own changes by nothing: a camera
	// that pans all the time is one scene.
	sceneChange = 10
	// watchStall is how long ffmpeg may do nothing. Waiting for a segment counts,
	// so Next must end a run that has paused.
	watchStall = time.Minute
	lookWide   = 320
	lookHigh   = 180
)

// MaxWatch is how much time one run may cover: less than half the clock of a
// transport stream, so that it never wraps inside ffmpeg.
const MaxWatch = clip.Wrap / 3

// Watch measures the loudness of a feed's chosen track ten times a second and
// looks at its key frames, in one run of ffmpeg that decodes nothing else. It
// returns when the run is over and everything found has been told.
func (e *Engine) Watch(ctx context.Context, w WatchWork) error {
	const op = "listen to a feed"
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // so that nobody waits in Next any more
	first, ok := w.Next(ctx)
	if !ok {
		return nil
	}
	z := zeroBefore(first.First, clip.TickRate)
	in := &following{newSegments(w.Open, w.Format, []clip.Source{first}, z), func() (clip.Source, bool) { return w.Next(ctx) }}
	var told sync.Mutex
	ear, eye := &ear{zero: z, tell: w.Heard}, &eye{zero: z, tell: w.Seen}
	c := Command{Op: op, Args: watchArgs(w.Format), Nice: watching, Stall: watchStall, In: []io.Reader{in}}
	if w.Format.Audio != "" {
		c.Out = append(c.Out, &report{mu: &told, value: ear.take, end: ear.flush})
	}
	c.Out = append(c.Out, &report{mu: &told, value: eye.take, end: func() {}})
	return e.Run(ctx, c)
}

// watchArgs is the argument list of [Engine.Watch]. Its input is the segments;
// its outputs are reports, one pipe each. Sound and pictures have a graph each,
// because a graph begins when all its inputs have. Low delay gives a key frame
// out at once, instead of after the next few.
func watchArgs(f clip.Format) []string {
	opts := keeping(demuxer(f.Container))
	opts["skip_frame"], opts["threads"], opts["flags"] = "nokey", 1, "low_delay"
	opts["analyzeduration"] = int64(time.Second / time.Microsecond)
	in := ffmpeg.Input("pipe:3", opts)
	pipe := firstPipe + 1
	var outs []*ffmpeg.Stream
	if f.Audio != "" {
		outs = append(outs, ffmpeg.Output([]*ffmpeg.Stream{in.Get(fmt.Sprintf("a:%d", f.Track))}, "pipe:1", ffmpeg.KwArgs{
			"f": "null", "filter:a": earGraph + printed("ametadata", heardKey, pipe)}))
		pipe++
	}
	outs = append(outs, ffmpeg.Output([]*ffmpeg.Stream{in.Get("v:0")}, "pipe:1", ffmpeg.KwArgs{
		"f": "null", "fps_mode": "passthrough", "enc_time_base": fmt.Sprintf("1:%d", clip.TickRate),
		"filter:v": eyeGraph + printed("metadata", seenKey, pipe)}))
	return append([]string{"-filter_threads", "1"}, ffmpeg.MergeOutputs(outs...).GetArgs()...)
}

// The graphs of sound, where what is missing becomes silence, and of pictures.
var (
	earGraph = fmt.Sprintf("aresample=%d:async=1:min_hard_comp=0.015,ebur128=metadata=1,", soundRate)
	eyeGraph = fmt.Sprintf("settb=1/%d,scale=%d:%d:flags=fast_bilinear,scdet=threshold=%d,", clip.TickRate, lookWide, lookHigh, sceneChange)
)

// printed is the filter that reports one value of each frame, at once.
func printed(filter, key string, pipe int) string {
	return fmt.Sprintf(`%s=mode=print:key=%s:file=pipe\\:%d:direct=1`, filter, key, pipe)
}

// following reads segments as they come, as one input.
type following struct {
	*segments
	next func() (clip.Source, bool)
}

// Read gives the next bytes; it waits for a segment where there is none.
func (r *following) Read(p []byte) (int, error) {
	for {
		n, err := r.segments.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		s, ok := r.next()
		if !ok {
			return 0, io.EOF
		}
		r.sources = append(r.sources, s)
	}
}
