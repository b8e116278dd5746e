package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/ovation-live/ovation/clip"
)

// SpliceWork is what one 16:9 file is made from of which only the ends are
// rendered.
type SpliceWork struct {
	Splice clip.Splice
	Open   Open
	Dir    string // where it is made; it must exist and be this work's own
	Level  bool   // the sound is brought to Target, instead of copied where it can be
	Target clip.Sound
}

// Spliced is a finished splice. How loud sound is that was copied is not
// measured.
type Spliced struct {
	Facts
	Sound error // why the sound was not copied; nil: it was
}

// seamPictures is how many pictures of each run that is copied are decoded
// before the file is believed; more where they are not all shown before the next.
const seamPictures = 12

// Splice writes a file whose middle is the recording's own pictures, bit for
// bit, and whose ends are rendered; it begins and ends exactly. The error is
// Invalid where the pictures cannot be copied, and says why.
//
// The file is checked before it has its name: what its tables say, that every
// seam decodes with the parameter sets of the header alone, that each picture
// is there once and in its place, and all of its sound. The pictures in the
// middle are not decoded: their bytes are those that were recorded.
func (e *Engine) Splice(ctx context.Context, w SpliceWork, out string, progress func()) (s Spliced, err error) {
	runs, err := e.stretches(ctx, w)
	if err != nil {
		return s, err
	}
	if err := e.checkSeams(ctx, w, runs); err != nil {
		return s, err
	}
	m, err := w.movie(runs)
	if err != nil {
		return s, err
	}
	made, err := e.lay(ctx, w, m, progress)
	if err != nil {
		return s, err
	}
	s.Sound = made.why
	trial := out + ".trial"
	defer os.Remove(trial)
	if err := m.writeFile(trial); err != nil {
		return s, clip.Errorf(clip.Unavailable, "splice", "%w", err)
	}
	if s.Facts, err = e.checkSplice(ctx, w, made.sound, trial); err != nil {
		return s, err
	}
	if err := os.Rename(trial, out); err != nil {
		return s, clip.Errorf(clip.Unavailable, "splice", "%w", err)
	}
	return s, nil
}

// laid is the sound of a splice: made, or copied.
type laid struct {
	sound *Sound // nil: it was copied
	why   error  // it was not
}

// lay gives a movie its sound: the recording's own, or else one that is made.
func (e *Engine) lay(ctx context.Context, w SpliceWork, m *movie, progress func()) (l laid, err error) {
	if l.why = w.copySound(m); l.why == nil {
		return l, nil
	}
	made, err := e.Sound(ctx, SoundWork{Pieces: w.Splice.Sound, Target: w.Target, Length: w.Splice.Rate.Ticks(len(m.frames)), Open: w.Open, Dir: w.Dir}, progress)
	if err != nil {
		return l, err
	}
	l.sound = &made
	if err := m.addSound(made); err != nil {
		return l, clip.Errorf(clip.Internal, "splice", "%w", err)
	}
	return l, nil
}

// copySound gives a movie the recording's own sound, or says why not.
func (w SpliceWork) copySound(m *movie) error {
	const op = "copy the sound"
	if w.Level {
		return clip.Errorf(clip.Invalid, op, "it is brought to %.0f LUFS", w.Target.Target)
	}
	if len(w.Splice.Sound) != 1 {
		return clip.Errorf(clip.Invalid, op, "it has gaps")
	}
	t, priming, err := copySound(w.Open, w.Splice.Sound[0], filepath.Join(w.Dir, "copy.aac"))
	if err != nil {
		return err
	}
	if err := m.addTrack(t, priming); err != nil {
		m.sound = nil
		return clip.Errorf(clip.Invalid, op, "%w", err)
	}
	return nil
}

// stretches copies what is copied and renders the edges.
func (e *Engine) stretches(ctx context.Context, w SpliceWork) ([]*pictures, error) {
	runs := make([]*pictures, len(w.Splice.Stretches))
	var all sets
	for i, s := range w.Splice.Stretches {
		if s.Copy == nil {
			continue
		}
		var err error
		if runs[i], err = copyPictures(w.Open, *s.Copy, w.Splice.Rate, filepath.Join(w.Dir, fmt.Sprintf("copy-%d.h264", i))); err != nil {
			return nil, err
		}
		if err := all.add(runs[i].sets); err != nil {
			return nil, clip.Errorf(clip.Invalid, "copy the pictures", "%w", err)
		}
	}
	id, ok := all.free()
	if !ok {
		return nil, clip.Errorf(clip.Invalid, "copy the pictures", "they have parameter sets of every number")
	}
	errs := make([]error, len(runs))
	var edges sync.WaitGroup
	for i, s := range w.Splice.Stretches {
		if s.Edge != nil {
			edges.Go(func() { runs[i], errs[i] = e.edge(ctx, w, *s.Edge, id) })
		}
	}
	edges.Wait()
	return runs, errors.Join(errs...)
}

// edge renders an edge, with parameter sets of another number than those of the
// pictures that it joins.
func (e *Engine) edge(ctx context.Context, w SpliceWork, c clip.Cell, id uint) (*pictures, error) {
	made, err := e.RenderCell(ctx, CellWork{Cell: c, Rate: w.Splice.Rate, Encoding: w.Splice.Encoding, Open: w.Open, Dir: w.Dir, Sets: id}, func() {})
	if err != nil {
		return nil, err
	}
	t, err := readTrack(made[clip.Wide])
	if err != nil {
		return nil, clip.Errorf(clip.Internal, "render an edge", "%w", err)
	}
	return t.video(w.Splice.Rate)
}

// movie puts runs together.
func (w SpliceWork) movie(runs []*pictures) (*movie, error) {
	m := &movie{rate: w.Splice.Rate}
	for _, r := range runs {
		if err := m.addPictures(r); err != nil {
			return nil, clip.Errorf(clip.Invalid, "splice", "%w", err)
		}
	}
	return m, nil
}

// checkSeams decodes what is rendered and the beginning of each run that is
// copied, one after the other, as the file will have them.
func (e *Engine) checkSeams(ctx context.Context, w SpliceWork, runs []*pictures) error {
	heads := make([]*pictures, len(runs))
	for i, r := range runs {
		heads[i] = r
		if w.Splice.Stretches[i].Copy != nil {
			heads[i] = r.head(seamPictures)
		}
	}
	m, err := w.movie(heads)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(filepath.Join(w.Dir, "seams.mp4"))
	if err != nil {
		return clip.Errorf(clip.Internal, "check the seams", "%w", err)
	}
	defer os.Remove(path)
	if err := m.writeFile(path); err != nil {
		return clip.Errorf(clip.Unavailable, "check the seams", "%w", err)
	}
	d := &decoded{}
	if err := e.Run(ctx, Command{Op: "check the seams", Args: probeArgs(path, false), Stdout: d, Nice: politeness}); err != nil {
		return clip.Errorf(clip.Invalid, "copy the pictures", "they do not decode beside ours: %w", err)
	}
	want := w.want(len(m.frames))
	if bad := d.against(want, d.facts(want.Rate, loudness{})); len(bad) > 0 {
		return clip.Errorf(clip.Invalid, "copy the pictures", "they do not decode beside ours: %w", errors.Join(bad...))
	}
	return nil
}

// head is the first n pictures, and as many more as are shown between them.
func (p *pictures) head(n int) *pictures {
	last := 0
	for i, shown := range p.frames {
		if last = max(last, shown); i+1 >= n && last == i {
			t := *p.track
			t.samples = p.samples[:i+1]
			return &pictures{track: &t, width: p.width, height: p.height, sets: p.sets, frames: p.frames[:i+1]}
		}
	}
	return p
}

// want is what a file of so many pictures must be.
func (w SpliceWork) want(frames int) Want {
	return Want{Width: w.Splice.Crop.W, Height: w.Splice.Crop.H, Rate: w.Splice.Rate, Frames: frames, Copied: true}
}

// checkSplice looks at the whole file: its tables, where each picture lies, and
// its sound, decoded.
func (e *Engine) checkSplice(ctx context.Context, w SpliceWork, made *Sound, path string) (Facts, error) {
	const op = "check a splice"
	full, err := filepath.Abs(path)
	if err != nil {
		return Facts{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	_, frames := w.Splice.Copied()
	want := w.want(frames)
	d, m := &decoded{}, &meter{}
	c := Command{Op: op, Args: spliceArgs(full, made != nil), Out: []io.Writer{m}, Stdout: d, Nice: politeness}
	if made == nil {
		c.Out = nil
	}
	if err := e.Run(ctx, c); err != nil {
		return Facts{}, err
	}
	d.shownInOrder(int64(want.Width * want.Height * 3 / 2))
	f := d.facts(want.Rate, m.result())
	if st, err := os.Stat(path); err == nil {
		f.Size = st.Size()
	}
	want.Target = w.Target
	if want.Sound = made; made == nil { // it is as loud as it is
		f.Loudness, f.TruePeak = 0, 0
		want.Sound = &Sound{}
	}
	if bad := append(tablesAgainst(path, want), d.against(want, f)...); len(bad) > 0 {
		return f, clip.Errorf(clip.Internal, op, "it is not what was wanted: %w", errors.Join(bad...))
	}
	return f, nil
}

// spliceArgs is the argument list that decodes a file's sound, measured or not,
// and lists its pictures without decoding them.
func spliceArgs(path string, loud bool) []string {
	in := ffmpeg.Input("file:"+path, keeping("mov"))
	sound := in.Get("a:0")
	if loud {
		sound = measured(sound, 0)
	}
	return ffmpeg.Output([]*ffmpeg.Stream{in.Get("v:0"), sound}, "pipe:1", ffmpeg.KwArgs{
		"f": "framecrc", "c:v": "copy", "c:a": "pcm_s16le", "xerror": "", "max_muxing_queue_size": 4096,
	}).GetArgs()
}
