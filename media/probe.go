package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/mp4"
	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// Want is what a rendition must be.
type Want struct {
	Width, Height int
	Rate          clip.Rate
	Frames        int
	Sound         *Sound     // the track that went in; nil: there must be none
	Target        clip.Sound // what the sound was levelled to
	Copied        bool       // pictures and sound are the feed's own, which may say less of themselves
}

// Facts is what a rendition is.
type Facts struct {
	Width, Height int
	Rate          clip.Rate
	Frames        int
	Duration      time.Duration
	Size          int64
	Loudness      float64       // LUFS
	TruePeak      float64       // dBTP
	Offset        time.Duration // first sound minus first picture
}

const (
	maxOffset = time.Millisecond // between sound and pictures, at the start
	peakSlack = 0.5              // dB that a peak may be above its target after AAC
)

// Probe looks at a finished file as a stranger would: it reads its tables,
// decodes all of it, and compares both with what was wanted. The error lists
// every deviation.
func (e *Engine) Probe(ctx context.Context, path string, want Want) (Facts, error) {
	const op = "probe a rendition"
	st, err := os.Stat(path)
	if err != nil {
		return Facts{}, clip.Errorf(clip.NotFound, op, "%w", err)
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return Facts{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	bad := tablesAgainst(path, want)
	d, m := &decoded{}, &meter{}
	c := Command{Op: op, Args: probeArgs(full, want.Sound != nil), Out: []io.Writer{m}, Stdout: d, Nice: politeness}
	if want.Sound == nil {
		c.Out = nil
	}
	if err := e.Run(ctx, c); err != nil {
		return Facts{}, errors.Join(append([]error{err}, bad...)...)
	}
	f := d.facts(want.Rate, m.result())
	f.Size = st.Size()
	if bad = append(bad, d.against(want, f)...); len(bad) > 0 {
		return f, clip.Errorf(clip.Internal, op, "%s is not what was wanted: %w", filepath.Base(path), errors.Join(bad...))
	}
	return f, nil
}

// probeArgs is the argument list that decodes a file completely and lists
// every picture and every stretch of sound with its time, size and checksum.
func probeArgs(path string, sound bool) []string {
	in := ffmpeg.Input("file:"+path, keeping("mov"))
	tracks := []*ffmpeg.Stream{in.Get("v:0")}
	if sound {
		tracks = append(tracks, measured(in.Get("a:0"), 0))
	}
	return ffmpeg.Output(tracks, "pipe:1", ffmpeg.KwArgs{
		"f": "framecrc", "fps_mode": "passthrough", "c:v": "rawvideo", "c:a": "pcm_s16le", "xerror": "", "max_muxing_queue_size": 4096,
	}).GetArgs()
}

// tablesAgainst compares what stands in the file's tables with what was
// wanted.
func tablesAgainst(path string, want Want) []error {
	file, tracks, err := readTracks(path)
	if err != nil {
		return []error{err}
	}
	var l list
	order := boxes(file)
	l.unless(slices.Index(order, "moov") >= 0 && slices.Index(order, "moov") < slices.Index(order, "mdat"),
		"the movie header does not come first: %v", order)
	kinds := map[string]*track{}
	for _, t := range tracks {
		kinds[t.kind()] = t
	}
	expected := 1
	if want.Sound != nil {
		expected = 2
	}
	l.unless(len(tracks) == expected && kinds["vide"] != nil, "it has %d tracks, not %d", len(tracks), expected)
	if t := kinds["vide"]; t != nil {
		l.add(videoTable(t, want)...)
	}
	if want.Sound == nil {
		return l.errs
	}
	if t := kinds["soun"]; t == nil {
		l.unless(false, "it has no sound")
	} else {
		entry := t.trak.Mdia.Minf.Stbl.Stsd.Mp4a
		l.unless(entry != nil && (want.Copied || entry.SampleRate == soundRate) && entry.ChannelCount == 2, "its sound is not AAC in stereo at %d Hz", soundRate)
	}
	return l.errs
}

// videoTable looks at the description of the pictures.
func videoTable(t *track, want Want) []error {
	var l list
	if _, err := t.video(want.Rate); err != nil {
		l.add(err)
		return l.errs
	}
	entry := t.trak.Mdia.Minf.Stbl.Stsd.AvcX
	l.unless(entry.Type() == "avc1", "its pictures are %s, not avc1", entry.Type())
	for _, nal := range entry.AvcC.SPSnalus {
		sps, err := avc.ParseSPSNALUnit(nal, true)
		if err != nil {
			l.add(fmt.Errorf("a sequence parameter set is broken: %w", err))
			continue
		}
		l.unless(sps.ChromaFormatIDC == 1 && sps.BitDepthLumaMinus8 == 0 && sps.BitDepthChromaMinus8 == 0, "its pixels are not yuv420p")
		l.unless(sps.FrameMbsOnlyFlag, "it is interlaced")
		if v := sps.VUI; want.Copied {
			continue // it was looked at before it was copied
		} else if v != nil {
			l.unless(v.SampleAspectRatioWidth == v.SampleAspectRatioHeight, "its pixels are %d:%d, not square", v.SampleAspectRatioWidth, v.SampleAspectRatioHeight)
			l.unless(v.ColourPrimaries == 1 && v.TransferCharacteristics == 1 && v.MatrixCoefficients == 1 && !v.VideoFullRangeFlag,
				"its colours are not BT.709")
		} else {
			l.unless(false, "its colours are not described")
		}
	}
	return l.errs
}

// boxes are the types of a file's boxes, in order.
func boxes(f *mp4.File) []string {
	var types []string
	for _, b := range f.Children {
		types = append(types, b.Type())
	}
	return types
}

// list collects deviations.
type list struct{ errs []error }

func (l *list) add(errs ...error) { l.errs = append(l.errs, errs...) }

// unless adds a deviation when something does not hold.
func (l *list) unless(holds bool, format string, args ...any) {
	if !holds {
		l.add(fmt.Errorf(format, args...))
	}
}

// against compares what decoding gave with what was wanted.
func (d *decoded) against(want Want, f Facts) []error {
	var l list
	v, a := &d.tracks[0], &d.tracks[1]
	l.unless(len(d.strange) == 0, "the decoder's list is not understood: %q", strings.Join(d.strange, " "))
	l.unless(f.Width == want.Width && f.Height == want.Height, "it is %dx%d, not %dx%d", f.Width, f.Height, want.Width, want.Height)
	l.unless(v.attributes["sar"] == "1/1", "its pixels are %s, not square", v.attributes["sar"])
	l.unless(f.Frames == want.Frames, "it decodes to %d frames, not %d", f.Frames, want.Frames)
	l.unless(v.size == int64(want.Width*want.Height*3/2), "a decoded frame has %d bytes, not %d", v.size, want.Width*want.Height*3/2)
	l.unless(v.first == 0, "its first picture is shown at %s", v.time(v.first))
	if at, ok := v.steady(want.Rate); !ok {
		l.unless(false, "its frame rate is not constant: frame %d is off", at)
	}
	if want.Sound == nil {
		return l.errs
	}
	l.unless(a.count > 0, "its sound does not decode")
	l.unless(f.Offset.Abs() <= maxOffset, "its sound begins %s after its pictures", f.Offset)
	// The last frame of sound reaches over the end; the edit list cuts it off.
	diff := a.time(a.samples()) - f.Duration
	l.unless(diff > -maxOffset && diff < 1024*time.Second/soundRate+maxOffset, "its sound is %s longer than its pictures", diff)
	l.unless(math.Abs(f.Loudness-want.Sound.Integrated) <= tolerance, "its sound is at %.1f LUFS, not %.1f", f.Loudness, want.Sound.Integrated)
	l.unless(f.TruePeak <= max(want.Target.TruePeak+peakSlack, want.Sound.TruePeak+overshoot), "its sound peaks at %.1f dBTP", f.TruePeak)
	return l.errs
}
