package activities

import (
	"bytes"
	"context"
	"io"
	"path/filepath"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// CellInput names a cell of a plan.
type CellInput struct {
	Highlight clip.MomentID `json:"highlight"`
	Plan      clip.Digest   `json:"plan"`
	Cell      int           `json:"cell"`
}

// CellResult says what rendering a cell took.
type CellResult struct {
	Reused bool `json:"reused"` // every chunk was there already
}

// RenderCell renders the chunks of one cell: decoded once, encoded in every
// shape. Chunks that exist are never rendered again.
func (a *Activities) RenderCell(ctx context.Context, in CellInput) (CellResult, error) {
	beat := heartbeat(ctx)
	beat()
	h, p, err := a.planned(ctx, in.Highlight, in.Plan)
	if err != nil {
		return CellResult{}, err
	}
	cell := p.Cells[in.Cell]
	if cell.Chunks, err = a.absent(ctx, cell.Chunks); err != nil || len(cell.Chunks) == 0 {
		return CellResult{Reused: err == nil}, err
	}
	dir, done, err := a.scratch("cell")
	if err != nil {
		return CellResult{}, err
	}
	defer done()
	w := media.CellWork{Cell: cell, Rate: p.Rate, BurnIn: h.Recipe.Captions.BurnIn, Lang: h.Recipe.Captions.Lang,
		Encoding: h.Recipe.Encoding, Open: a.source, Dir: dir}
	if o := h.Recipe.Logo; o != nil {
		path, release, err := a.Blobs.Local(ctx, o.Image)
		if err != nil {
			return CellResult{}, err
		}
		defer release()
		w.Logo, w.Overlay = path, *o
	}
	files, err := a.Media.RenderCell(ctx, w, beat)
	if err != nil {
		return CellResult{}, err
	}
	for _, c := range cell.Chunks {
		if err := a.Blobs.PutChunk(ctx, c.Key, files[c.Shape]); err != nil {
			return CellResult{}, err
		}
	}
	return CellResult{}, nil
}

// absent are the chunks that have to be rendered.
func (a *Activities) absent(ctx context.Context, chunks []clip.Chunk) ([]clip.Chunk, error) {
	var out []clip.Chunk
	for _, c := range chunks {
		has, err := a.Blobs.HasChunk(ctx, c.Key)
		if err != nil {
			return nil, err
		}
		if !has {
			out = append(out, c)
		}
	}
	return out, nil
}

// planned reads a highlight and a plan that was made of it.
func (a *Activities) planned(ctx context.Context, id clip.MomentID, digest clip.Digest) (clip.Highlight, clip.Plan, error) {
	h, err := a.Catalogue.Highlight(ctx, id)
	if err != nil {
		return clip.Highlight{}, clip.Plan{}, err
	}
	var p clip.Plan
	return h, p, a.Blobs.GetJSON(ctx, digest, &p)
}

// source opens a DVR file for the engine.
func (a *Activities) source(path string) (io.ReadCloser, error) { return a.open(path) }

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
	stop := alive(ctx)
	defer stop()
	h, p, err := a.planned(ctx, in.Highlight, in.Plan)
	if err != nil || h.Revision != in.Revision || h.State != clip.HighlightRendering {
		return view(h), err
	}
	dir, done, err := a.scratch("assemble")
	if err != nil {
		return HighlightView{}, err
	}
	defer done()
	renditions, err := a.assemble(ctx, h.Recipe, p, dir)
	if err != nil {
		return HighlightView{}, err
	}
	h, err = a.Catalogue.EditHighlight(ctx, h.ID, system("render"), "highlight.rendered", func(h *clip.Highlight) error {
		if h.Revision != in.Revision || h.State != clip.HighlightRendering {
			return nil
		}
		h.Renditions, h.Missing, h.State = renditions, p.Missing, clip.HighlightReview
		h.Deadline = a.Now().Add(h.Patience)
		return nil
	})
	return view(h), err
}

// assemble makes the files.
func (a *Activities) assemble(ctx context.Context, r clip.Recipe, p clip.Plan, dir string) ([]clip.Rendition, error) {
	beat := heartbeat(ctx)
	sound, err := a.Media.Sound(ctx, media.SoundWork{Pieces: p.Sound, Target: r.Sound,
		Length: p.Rate.Ticks(p.Frames()), Open: a.source, Dir: dir}, beat)
	if err != nil {
		return nil, err
	}
	captions, err := a.captions(ctx, p)
	if err != nil {
		return nil, err
	}
	var out []clip.Rendition
	for i, shape := range r.Shapes {
		file := filepath.Join(dir, shape.Slug()+".mp4")
		if err := a.join(ctx, p, i, sound, file); err != nil {
			return nil, err
		}
		rendition, err := a.finish(ctx, p, i, file)
		if err != nil {
			return nil, err
		}
		rendition.Captions = captions
		out = append(out, rendition)
	}
	return out, nil
}

// captions stores the clip's captions as WebVTT; there may be none.
func (a *Activities) captions(ctx context.Context, p clip.Plan) (clip.Digest, error) {
	cues := p.Cues()
	if len(cues) == 0 {
		return "", nil
	}
	digest, _, err := a.Blobs.Put(ctx, bytes.NewReader(media.WebVTT(cues)))
	return digest, err
}

// join writes the file of the i-th shape.
func (a *Activities) join(ctx context.Context, p clip.Plan, i int, sound media.Sound, file string) error {
	var chunks []string
	for _, c := range p.Cells {
		path, release, err := a.Blobs.LocalChunk(ctx, c.Chunks[i].Key)
		if err != nil {
			return err
		}
		defer release()
		chunks = append(chunks, path)
	}
	return media.Join(chunks, p.Rate, sound, file)
}

// finish probes a file, makes its cover and stores both.
func (a *Activities) finish(ctx context.Context, p clip.Plan, i int, file string) (clip.Rendition, error) {
	chunk := p.Cells[0].Chunks[i]
	facts, err := a.Media.Probe(ctx, file, media.Want{Width: chunk.Crop.W, Height: chunk.Crop.H, Rate: p.Rate, Frames: p.Frames(), Sound: true})
	if err != nil {
		return clip.Rendition{}, err
	}
	duration := p.Rate.Ticks(p.Frames()).Duration()
	cover := file + ".jpg"
	if err := a.Media.Cover(ctx, file, duration/2, cover); err != nil {
		return clip.Rendition{}, err
	}
	r := clip.Rendition{Shape: chunk.Shape, Width: chunk.Crop.W, Height: chunk.Crop.H, Rate: p.Rate,
		Frames: p.Frames(), Duration: duration, Loudness: facts.Loudness}
	if r.Cover, _, err = a.Blobs.PutFile(ctx, cover); err != nil {
		return clip.Rendition{}, err
	}
	r.Digest, r.Size, err = a.Blobs.PutFile(ctx, file)
	return r, err
}
