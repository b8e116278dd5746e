package activities

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// Builder makes renditions of a plan, out of chunks that it keeps: what the
// steps of a highlight do with its queue and its record, and `ovation clip`
// without either.
type Builder struct {
	Blobs   *store.Blobs
	Media   *media.Engine
	Open    media.Open // the recording's files
	Scratch string     // directory for half-finished files
}

// builder is the one that the steps use.
func (a *Activities) builder() Builder {
	return Builder{Blobs: a.Blobs, Media: a.Media, Open: a.source, Scratch: a.Scratch}
}

// Cell renders all chunks of a cell that is not there yet, and gives their
// files, which done removes.
func (b Builder) Cell(ctx context.Context, r clip.Recipe, rate clip.Rate, cell clip.Cell) (files map[clip.Shape]string, done func(), err error) {
	dir, done, err := scratch(b.Scratch, "cell")
	if err != nil {
		return nil, nil, err
	}
	w := media.CellWork{Cell: cell, Rate: rate, BurnIn: r.Captions.BurnIn, Lang: r.Captions.Lang, Encoding: r.Encoding, Open: b.Open, Dir: dir}
	if o := r.Logo; o != nil {
		path, release, err := b.Blobs.Local(ctx, o.Image)
		if err != nil {
			done()
			return nil, nil, err
		}
		defer release()
		w.Logo, w.Overlay = path, *o
	}
	if files, err = b.Media.RenderCell(ctx, w, func() {}); err != nil {
		done()
		return nil, nil, err
	}
	return files, done, nil
}

// Absent are the chunks that have to be rendered.
func (b Builder) Absent(ctx context.Context, chunks []clip.Chunk) ([]clip.Chunk, error) {
	var out []clip.Chunk
	for _, c := range chunks {
		has, err := b.Blobs.HasChunk(ctx, c.Key)
		if err != nil {
			return nil, err
		}
		if !has {
			out = append(out, c)
		}
	}
	return out, nil
}

// Assemble joins the chunks of a plan, which must all be there, and its sound
// to one probed file for each shape, and stores it with its cover.
func (b Builder) Assemble(ctx context.Context, r clip.Recipe, p clip.Plan, progress func()) ([]clip.Rendition, error) {
	dir, done, err := scratch(b.Scratch, "assemble")
	if err != nil {
		return nil, err
	}
	defer done()
	m := assembly{Builder: b, recipe: r, plan: p, dir: dir}
	err = m.run(ctx, progress)
	return m.renditions, err
}

// assembly makes the files of one plan.
type assembly struct {
	Builder
	recipe clip.Recipe
	plan   clip.Plan
	dir    string

	sound      media.Sound
	captions   clip.Digest // empty: none were said
	renditions []clip.Rendition
}

func (m *assembly) run(ctx context.Context, progress func()) (err error) {
	m.sound, err = m.Media.Sound(ctx, media.SoundWork{Pieces: m.plan.Sound, Target: m.recipe.Sound,
		Length: m.length(), Open: m.Open, Dir: m.dir}, progress)
	if err != nil {
		return err
	}
	if cues := m.plan.Cues(); len(cues) > 0 {
		if m.captions, _, err = m.Blobs.Put(ctx, bytes.NewReader(media.WebVTT(cues))); err != nil {
			return err
		}
	}
	for i := range m.recipe.Shapes {
		if err := m.shape(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (m *assembly) length() clip.Ticks { return m.plan.Rate.Ticks(m.plan.Frames()) }

// shape makes the i-th shape's file, probes it, and stores it with its cover.
func (m *assembly) shape(ctx context.Context, i int) error {
	chunk := m.plan.Cells[0].Chunks[i]
	file := filepath.Join(m.dir, chunk.Shape.Slug()+".mp4")
	if err := m.join(ctx, i, file); err != nil {
		return err
	}
	facts, err := m.Media.Probe(ctx, file, media.Want{Width: chunk.Crop.W, Height: chunk.Crop.H,
		Rate: m.plan.Rate, Frames: m.plan.Frames(), Sound: &m.sound, Target: m.recipe.Sound})
	if err != nil {
		return err
	}
	cover := file + ".jpg"
	if err := m.Media.Cover(ctx, file, facts.Duration/2, cover); err != nil {
		return err
	}
	r := clip.Rendition{Shape: chunk.Shape, Width: facts.Width, Height: facts.Height, Rate: facts.Rate,
		Frames: facts.Frames, Duration: facts.Duration, Loudness: facts.Loudness, Captions: m.captions}
	if r.Cover, _, err = m.Blobs.PutFile(ctx, cover); err != nil {
		return err
	}
	if r.Digest, r.Size, err = m.Blobs.PutFile(ctx, file); err != nil {
		return err
	}
	m.renditions = append(m.renditions, r)
	return nil
}

// join writes the i-th shape's file from its chunks.
func (m *assembly) join(ctx context.Context, i int, file string) error {
	var chunks []string
	for _, c := range m.plan.Cells {
		path, release, err := m.Blobs.LocalChunk(ctx, c.Chunks[i].Key)
		if err != nil {
			return err
		}
		defer release()
		chunks = append(chunks, path)
	}
	return media.Join(chunks, m.plan.Rate, m.sound, file)
}

// scratch makes a directory for one attempt; done removes it. A crash leaves
// it behind, and the next start empties the directory around it.
func scratch(in, prefix string) (dir string, done func(), err error) {
	dir, err = os.MkdirTemp(in, prefix+"-")
	if err != nil {
		return "", nil, clip.Errorf(clip.Unavailable, "make a scratch directory", "%w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // what stays is removed at the next start
}
