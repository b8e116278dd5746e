package media

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// CellWork is what one cell of a plan needs to be rendered.
type CellWork struct {
	Cell     clip.Cell
	Rate     clip.Rate // of the renditions
	BurnIn   bool      // draw the cell's captions into the pictures
	Logo     string    // a PNG file, or ""
	Overlay  clip.Overlay
	Encoding clip.Encoding
	Open     Open
	Dir      string // where the chunks are made; it must exist and be this work's own
	Lang     string // of captions that do not say it themselves, BCP 47
	Sets     uint   // number of the chunks' parameter sets; 0: the encoder's own
}

// politeness is the niceness of rendering: a recorder on the same machine
// always comes first.
const politeness = 10

// maxChunk is more than two seconds of any sensible encoding need.
const maxChunk = 256 << 20

// RenderCell decodes a cell once and encodes all its chunks: one video-only
// MP4 for each shape, in w.Dir, of exactly w.Cell.Frames frames. Rendering the
// same work again gives the same bytes.
func (e *Engine) RenderCell(ctx context.Context, w CellWork, progress func()) (map[clip.Shape]string, error) {
	op := fmt.Sprintf("render cell %d of epoch %d", w.Cell.Grid, w.Cell.Epoch)
	if err := w.check(op); err != nil {
		return nil, err
	}
	if w.Logo != "" { // ffmpeg runs in w.Dir
		logo, err := filepath.Abs(w.Logo)
		if err != nil {
			return nil, clip.Errorf(clip.Internal, op, "%w", err)
		}
		w.Logo = logo
	}
	for _, c := range w.Cell.Chunks {
		if !w.burns() {
			break
		}
		path := filepath.Join(w.Dir, w.captionsName(c))
		if err := os.WriteFile(path, ASS(w.cues(), c.Crop.W, c.Crop.H), 0o600); err != nil {
			return nil, clip.Errorf(clip.Unavailable, op, "write the captions: %w", err)
		}
		defer os.Remove(path)
	}
	in := newSegments(w.Open, w.Cell.Format, w.Cell.Sources, zeroOf(w.Cell))
	err := e.Run(ctx, Command{Op: op, Args: cellArgs(w), Dir: w.Dir, In: []io.Reader{in}, Nice: politeness, MaxFile: maxChunk, Progress: progress})
	if err != nil {
		w.discard()
		return nil, err
	}
	return w.accept(op)
}

// cues are the cell's captions, each with its language.
func (w CellWork) cues() []clip.Cue {
	cues := slices.Clone(w.Cell.Cues)
	for i := range cues {
		cues[i].Lang = cmp.Or(cues[i].Lang, w.Lang)
	}
	return cues
}

// check refuses work that cannot be done.
func (w CellWork) check(op string) error {
	c := w.Cell
	switch {
	case len(c.Sources) == 0 || len(c.Chunks) == 0:
		return clip.Errorf(clip.Invalid, op, "it has %d segments and %d shapes: both are needed", len(c.Sources), len(c.Chunks))
	case c.Frames < 1 || c.Step < 1 || c.To <= c.From:
		return clip.Errorf(clip.Invalid, op, "it asks for %d frames from %d to %d, every %d", c.Frames, c.From, c.To, c.Step)
	case c.Format.Rate.Zero() || w.Rate.Zero():
		return clip.Errorf(clip.Invalid, op, "its frame rate is not known")
	}
	return nil
}

// accept looks at what was made, and gives it its final name.
func (w CellWork) accept(op string) (map[clip.Shape]string, error) {
	made := map[clip.Shape]string{}
	for _, c := range w.Cell.Chunks {
		path := filepath.Join(w.Dir, w.chunkName(c))
		if err := checkChunk(partOf(path), c.Crop, w.Cell.Frames, w.Rate); err != nil {
			w.discard()
			return nil, clip.Errorf(clip.Internal, op, "the %s chunk is not what was asked for: %w", c.Shape, err)
		}
		made[c.Shape] = path
	}
	for _, path := range made {
		if err := os.Rename(partOf(path), path); err != nil {
			return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
		}
	}
	return made, nil
}

// discard removes unfinished files.
func (w CellWork) discard() {
	for _, c := range w.Cell.Chunks {
		_ = os.Remove(filepath.Join(w.Dir, partOf(w.chunkName(c)))) // it may not have been begun
	}
}

// checkChunk compares a chunk with what it must be.
func checkChunk(path string, size clip.Rect, frames int, rate clip.Rate) error {
	t, err := readTrack(path)
	if err != nil {
		return err
	}
	c, err := t.video(rate)
	switch {
	case err != nil:
		return err
	case c.width != size.W || c.height != size.H:
		return fmt.Errorf("it is %dx%d, not %dx%d", c.width, c.height, size.W, size.H)
	case len(c.frames) != frames:
		return fmt.Errorf("it has %d frames, not %d", len(c.frames), frames)
	}
	return nil
}
