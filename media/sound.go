package media

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/ovation-live/ovation/clip"
)

// SoundWork is what the sound of a plan is made from.
type SoundWork struct {
	Pieces []clip.Piece
	Target clip.Sound
	Length clip.Ticks // of the renditions: frames at their rate
	Open   Open
	Dir    string // where the sound is made; it must exist and be this work's own
}

// Sound is a finished sound track.
type Sound struct {
	Path       string  // AAC in MP4; "" for none
	Integrated float64 // LUFS, as levelled; quiet for silence
	TruePeak   float64 // dBTP
	Priming    int     // samples before the first that is heard
}

const (
	soundRate = 48000
	quiet     = -70.0 // LUFS: what EBU R128's absolute gate makes of silence
	maxGain   = 20.0  // dB: more would only raise the noise of an empty hall
	hushed    = -55.0 // LUFS: below it there is nothing to level
	overshoot = 1.0   // dB that AAC may add to a peak
	tolerance = 0.5   // LU off the target that nobody hears
	noisePeak = 4.0   // dB that the encoder can add to noise; what is farther below the target is not looked at
	levelings = 5     // at most
	soundFile = "sound.m4a"
	rawSound  = "sound.f32"
)

// Sound cuts the pieces' sound to the sample, joins them, levels the whole to
// the target and encodes it. Where a feed has no sound, or sound is
// missing, there is silence, so that the track is always exactly as long as
// the pictures. It passes over the sound twice; again only where the limiter
// took so much away that the target was missed, or the encoder added peaks.
func (e *Engine) Sound(ctx context.Context, w SoundWork, progress func()) (Sound, error) {
	const op = "level the sound"
	if w.Length <= 0 {
		return Sound{}, clip.Errorf(clip.Invalid, op, "the clip has a length of %d ticks", w.Length)
	}
	raw := filepath.Join(w.Dir, rawSound)
	defer os.Remove(raw)
	found, err := e.gather(ctx, op, w, progress)
	if err != nil {
		return Sound{}, err
	}
	made, err := e.settle(ctx, op, w, found, progress)
	if err != nil {
		return Sound{}, err
	}
	return w.accept(op, made)
}

// settle levels the sound, again where the limiter took so much away that the
// target was missed, or where the encoder made peaks that are too high: noise,
// such as a crowd's, was seen to come out up to 2.4 dB above the limit.
func (e *Engine) settle(ctx context.Context, op string, w SoundWork, found loudness, progress func()) (made loudness, err error) {
	level := leveling(found, w.Target)
	for range levelings {
		if made, err = e.level(ctx, op, w, level, progress); err != nil {
			return made, err
		}
		next, better := level.again(found, made, w.Target)
		if !better && made.peak > w.Target.TruePeak-noisePeak {
			coded, err := e.coded(ctx, op, w, progress)
			if err != nil {
				return made, err
			}
			made.peak = coded.peak
			next, better = level.below(made, w.Target)
		}
		if !better {
			return made, nil
		}
		level = next
	}
	return made, nil
}

// samplesOf is the number of samples in a length.
func samplesOf(t clip.Ticks) int64 { return clip.Rescale(int64(t), soundRate, clip.TickRate) }

// gather decodes, cuts and joins the pieces into one raw file, and measures it.
func (e *Engine) gather(ctx context.Context, op string, w SoundWork, progress func()) (loudness, error) {
	var m meter
	c := Command{Op: op, Args: gatherArgs(w), Dir: w.Dir, Out: []io.Writer{&m}, Nice: politeness, Progress: progress}
	for _, cut := range w.cuts() {
		if cut.silent() {
			c.In = append(c.In, io.LimitReader(zeros{}, cut.samples*4))
			continue
		}
		c.In = append(c.In, newSegments(w.Open, cut.piece.Format, cut.piece.Sources, cut.zero()))
	}
	if err := e.Run(ctx, c); err != nil {
		return loudness{}, err
	}
	st, err := os.Stat(filepath.Join(w.Dir, rawSound))
	if err != nil {
		return loudness{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	if want := samplesOf(w.Length) * 8; st.Size() != want {
		return loudness{}, clip.Errorf(clip.Internal, op, "the joined sound has %d bytes, not %d", st.Size(), want)
	}
	return m.result(), nil
}

// level applies a gain and, where it is needed, a limiter, measures the result
// and encodes it.
func (e *Engine) level(ctx context.Context, op string, w SoundWork, l leveler, progress func()) (loudness, error) {
	var m meter
	c := Command{Op: op, Args: levelArgs(w, l), Dir: w.Dir, Out: []io.Writer{&m}, Nice: politeness, Progress: progress}
	if err := e.Run(ctx, c); err != nil {
		return loudness{}, err
	}
	return m.result(), nil
}

// coded measures the sound as it comes out of the encoder.
func (e *Engine) coded(ctx context.Context, op string, w SoundWork, progress func()) (loudness, error) {
	var m meter
	c := Command{Op: op, Args: codedArgs(), Dir: w.Dir, Out: []io.Writer{&m}, Nice: politeness, Progress: progress}
	if err := e.Run(ctx, c); err != nil {
		return loudness{}, err
	}
	return m.result(), nil
}

// accept looks at what was made, and gives it its final name.
func (w SoundWork) accept(op string, l loudness) (Sound, error) {
	path := filepath.Join(w.Dir, soundFile)
	t, err := readTrack(partOf(path))
	if err != nil {
		return Sound{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	s := Sound{Path: path, Integrated: l.integrated, TruePeak: l.peak}
	s.Priming = int(-edit(t.trak, soundRate))
	var length int64
	if n := len(t.samples); n > 0 {
		length = t.samples[n-1].dts + t.lastDuration() - int64(s.Priming)
	}
	if t.kind() != "soun" || t.timescale() != soundRate || length < samplesOf(w.Length) {
		return Sound{}, clip.Errorf(clip.Internal, op, "the encoded sound has %d samples at %d Hz after its priming, not %d", length, t.timescale(), samplesOf(w.Length))
	}
	if err := os.Rename(partOf(path), path); err != nil {
		return Sound{}, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return s, nil
}

// loudness is what a meter found.
type loudness struct {
	integrated float64 // LUFS
	peak       float64 // dBTP
}

// leveler is what is done to a sound.
type leveler struct {
	gain  float64 // dB
	limit float64 // dBTP; 0 for no limiter
}

// leveling decides how sound is brought to a target. What is silent stays
// silent, and what is very quiet is not raised without bound.
func leveling(found loudness, target clip.Sound) leveler {
	if found.integrated < hushed {
		return leveler{}
	}
	l := leveler{gain: min(target.Target-found.integrated, maxGain)}
	if ceiling := target.TruePeak - overshoot; found.peak+l.gain > ceiling {
		l.limit = ceiling
	}
	return l
}

// again is what to do instead when the limiter took so much away that the
// result missed the target. Above the gain at which the limiter begins to
// work, loudness grows slower than gain: as fast as it did so far.
func (l leveler) again(found, made loudness, target clip.Sound) (leveler, bool) {
	off := target.Target - made.integrated
	if l.limit == 0 || math.Abs(off) <= tolerance || l.gain >= maxGain {
		return l, false
	}
	onset := l.limit - found.peak
	slope := (made.integrated - found.integrated - onset) / (l.gain - onset)
	l.gain = min(l.gain+off/min(max(slope, 0.2), 1), maxGain)
	return l, true
}

// below is what to do instead when the encoded sound has peaks above the target.
func (l leveler) below(made loudness, target clip.Sound) (leveler, bool) {
	over := made.peak - target.TruePeak
	if over <= 0 {
		return l, false
	}
	if l.limit == 0 {
		l.limit = target.TruePeak - overshoot
	}
	l.limit -= over + 0.2
	return l, true
}

// cut is a piece as so many samples of the joined sound.
type cut struct {
	piece   clip.Piece
	samples int64
}

// cuts gives every piece its samples, rounded so that no error adds up. What
// the pieces do not cover is silence at the end.
func (w SoundWork) cuts() []cut {
	var cuts []cut
	var upTo clip.Ticks
	var done int64
	total := samplesOf(w.Length)
	for _, p := range w.Pieces {
		upTo += p.To - p.From
		n := min(samplesOf(upTo), total) - done
		if n > 0 {
			cuts = append(cuts, cut{p, n})
			done += n
		}
	}
	if done < total {
		cuts = append(cuts, cut{samples: total - done})
	}
	return cuts
}

// silent reports whether there is nothing to decode.
func (c cut) silent() bool { return c.piece.Format.Audio == "" || len(c.piece.Sources) == 0 }

// zero is the tick that a piece's times count from inside ffmpeg: one that
// lies exactly on a sample.
func (c cut) zero() zero {
	return zeroBefore(min(c.piece.From, c.piece.Sources[0].First), clip.TickRate)
}

// first is the number of the piece's first sample, counted from its zero.
func (c cut) first() int64 { return samplesOf(c.zero().at(c.piece.From)) }

// zeros is endless silence.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// decibels converts a linear peak.
func decibels(linear float64) float64 {
	if linear <= 0 {
		return -math.MaxFloat32
	}
	return 20 * math.Log10(linear)
}

func dB(v float64) string { return fmt.Sprintf("%.3fdB", v) }
