package activities

import (
	"bytes"
	"context"
	"path/filepath"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// AssembleInput names a plan whose every chunk exists.
type AssembleInput struct {
	Highlight clip.MomentID `json:"highlight"`
	Revision  int           `json:"revision"`
	Plan      clip.Digest   `json:"plan"`
}

// Assemble joins chunks and sound to one probed file for each shape, and puts
// the highlight up for review. When the highlight was edited meanwhile, nothing
// is changed.
func (a *Activities) Assemble(ctx context.Context, in AssembleInput) (HighlightView, error) {
	defer alive(ctx)()
	h, p, err := a.planned(ctx, in.Highlight, in.Plan)
	if err != nil || h.Revision != in.Revision || h.State != clip.HighlightRendering {
		return view(h), err
	}
	dir, done, err := a.scratch("assemble")
	if err != nil {
		return HighlightView{}, err
	}
	defer done()
	made := assembly{Activities: a, recipe: h.Recipe, plan: p, dir: dir}
	if err := made.run(ctx); err != nil {
		return HighlightView{}, err
	}
	h, err = a.Catalogue.EditHighlight(ctx, h.ID, system("render"), "highlight.rendered", func(h *clip.Highlight) error {
		if h.Revision != in.Revision || h.State != clip.HighlightRendering {
			return nil
		}
		h.Renditions, h.Missing, h.State = made.renditions, p.Missing, clip.HighlightReview
		h.Deadline = a.Now().Add(h.Patience)
		return nil
	})
	return view(h), err
}

// assembly makes the files of one plan.
type assembly struct {
	*Activities
	recipe clip.Recipe
	plan   clip.Plan
	dir    string

	sound      media.Sound
	captions   clip.Digest // empty: none were said
	renditions []clip.Rendition
}

func (m *assembly) run(ctx context.Context) (err error) {
	m.sound, err = m.Media.Sound(ctx, media.SoundWork{Pieces: m.plan.Sound, Target: m.recipe.Sound,
		Length: m.length(), Open: m.source, Dir: m.dir}, heartbeat(ctx))
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
