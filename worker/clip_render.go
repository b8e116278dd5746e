package worker

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// render makes the chunks that are not there yet, several at once.
func (c *cutting) render(ctx context.Context) error {
	if len(c.recipe.Shapes) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan clip.Cell)
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	c.say(ClipProgress{Doing: "render", Total: len(c.plan.Cells)})
	for range max(1, c.Workers) {
		all.Go(func() {
			for cell := range todo {
				made, err := c.cell(ctx, cell)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				done++
				c.result.Rendered, c.result.Reused = c.result.Rendered+made, c.result.Reused+len(cell.Chunks)-made
				c.say(ClipProgress{Doing: "render", Done: done, Total: len(c.plan.Cells)})
				mu.Unlock()
			}
		})
	}
	for _, cell := range c.plan.Cells {
		select {
		case todo <- cell:
		case <-ctx.Done():
		}
	}
	close(todo)
	all.Wait()
	return context.Cause(ctx)
}

// cell renders the chunks of one cell that are not there, and says how many.
func (c *cutting) cell(ctx context.Context, cell clip.Cell) (made int, err error) {
	if cell.Chunks, err = c.builder.Absent(ctx, cell.Chunks); err != nil || len(cell.Chunks) == 0 {
		return 0, err
	}
	files, done, err := c.builder.Cell(ctx, c.recipe, c.plan.Rate, cell)
	if err != nil {
		return 0, err
	}
	defer done()
	for _, k := range cell.Chunks {
		if err := c.builder.Blobs.PutChunk(ctx, k.Key, files[k.Shape]); err != nil {
			return 0, err
		}
	}
	return len(cell.Chunks), nil
}

// join makes the files of the chunks, and puts them where they are wanted.
func (c *cutting) join(ctx context.Context) error {
	if len(c.recipe.Shapes) == 0 {
		return c.sidecars()
	}
	c.say(ClipProgress{Doing: "join"})
	made, err := c.builder.Assemble(ctx, c.recipe, c.plan, func() {})
	if err != nil {
		return err
	}
	for _, r := range made {
		if err := c.copyOut(ctx, r); err != nil {
			return err
		}
	}
	return c.sidecars()
}

// named is where a file of the cut goes. Another cut has another name.
func (c *cutting) named(end string) string {
	base := filepath.Base(strings.TrimSuffix(strings.SplitN(c.Input, "?", 2)[0], "/"))
	base = strings.TrimSuffix(base, filepath.Ext(base))
	tidy := strings.NewReplacer(":", ".", "/", "")
	return filepath.Join(c.Dir, fmt.Sprintf("%s-%s-%s%s", base,
		tidy.Replace(c.place(c.result.Span.In)), tidy.Replace(c.place(c.result.Span.Out)), end))
}

// copyOut puts a rendition into its file.
func (c *cutting) copyOut(ctx context.Context, r clip.Rendition) error {
	from, _, err := c.builder.Blobs.Open(ctx, r.Digest)
	if err != nil {
		return err
	}
	defer from.Close()
	path := c.named("-" + r.Shape.Slug() + ".mp4")
	c.result.Files = append(c.result.Files, ClipFile{path, r})
	return written(path, func(w io.Writer) error { _, err := io.Copy(w, from); return err })
}

// sidecars writes the captions beside the files.
func (c *cutting) sidecars() error {
	cues := c.plan.Cues()
	if len(cues) == 0 {
		return nil
	}
	for _, kind := range []struct {
		end  string
		text []byte
	}{{".vtt", media.WebVTT(cues)}, {".srt", media.SubRip(cues)}} {
		path := c.named(kind.end)
		if err := written(path, func(w io.Writer) error { _, err := w.Write(kind.text); return err }); err != nil {
			return err
		}
		c.result.Captions = append(c.result.Captions, path)
	}
	return nil
}

// written makes a file whole or not at all.
func written(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return clip.Errorf(clip.Unavailable, "write "+path, "%w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return clip.Errorf(clip.Unavailable, "write "+path, "%w", err)
	}
	return nil
}
