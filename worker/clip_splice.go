package worker

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// copy makes the 16:9 file out of the input's own pictures where that can be
// done, and leaves the other shapes to be rendered.
func (c *cutting) copy(ctx context.Context) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return clip.Errorf(clip.Unavailable, "make the directory", "%w", err)
	}
	if c.Render || !slices.Contains(c.recipe.Shapes, clip.Wide) {
		return nil
	}
	c.say(ClipProgress{Doing: "copy"})
	err := c.spliced(ctx)
	if clip.KindOf(err) == clip.Invalid && ctx.Err() == nil {
		c.result.Why = err.Error() // and it is rendered
		return nil
	}
	if err != nil {
		return err
	}
	c.recipe.Shapes = slices.DeleteFunc(slices.Clone(c.recipe.Shapes), func(s clip.Shape) bool { return s == clip.Wide })
	if len(c.recipe.Shapes) > 0 {
		c.plan, err = c.recipe.Plan(c.recording)
	}
	return err
}

// spliced makes the 16:9 file. The error is Invalid where it has to be rendered.
func (c *cutting) spliced(ctx context.Context) error {
	wide := c.recipe
	wide.Shapes = []clip.Shape{clip.Wide}
	s, err := wide.Splice(c.plan, c.recording)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(c.dir, "splice-")
	if err != nil {
		return clip.Errorf(clip.Unavailable, "make a temporary directory", "%w", err)
	}
	w := media.SpliceWork{Splice: s, Open: c.builder.Open, Dir: dir, Target: wide.Sound,
		Level: len(c.recipe.Shapes) > 1} // as loud as the others
	file := filepath.Join(dir, "16x9.mp4")
	made, err := c.builder.Media.Splice(ctx, w, file, func() {})
	if err != nil {
		return err
	}
	if made.Sound != nil && !w.Level {
		c.result.Why = made.Sound.Error()
	}
	c.result.Copied, _ = s.Copied()
	return c.keep(ctx, file, clip.Rendition{Shape: clip.Wide, Width: made.Width, Height: made.Height, Rate: made.Rate,
		Frames: made.Frames, Duration: made.Duration, Loudness: made.Loudness})
}

// keep puts a finished file where it is wanted.
func (c *cutting) keep(ctx context.Context, file string, r clip.Rendition) (err error) {
	if r.Digest, r.Size, err = c.builder.Blobs.PutFile(ctx, file); err != nil {
		return err
	}
	return c.copyOut(ctx, r)
}
