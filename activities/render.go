package activities

import (
	"context"
	"io"

	"github.com/ovation-live/ovation/clip"
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
	defer alive(ctx)() // the runner of ffmpeg watches its progress
	h, p, err := a.planned(ctx, in.Highlight, in.Plan)
	if err != nil {
		return CellResult{}, err
	}
	cell := p.Cells[in.Cell]
	if err := a.useChunks(ctx, cell.Chunks); err != nil {
		return CellResult{}, err
	}
	b := a.builder()
	if cell.Chunks, err = b.Absent(ctx, cell.Chunks); err != nil || len(cell.Chunks) == 0 {
		return CellResult{Reused: err == nil}, err
	}
	files, done, err := b.Cell(ctx, h.Recipe, p.Rate, cell)
	if err != nil {
		return CellResult{}, err
	}
	defer done()
	return CellResult{}, a.keepChunks(ctx, h, cell.Chunks, files)
}

// planned reads a highlight and a plan that was made of it.
func (a *Activities) planned(ctx context.Context, id clip.MomentID, digest clip.Digest) (clip.Highlight, clip.Plan, error) {
	h, err := a.Catalogue.Highlight(ctx, id)
	if err != nil {
		return clip.Highlight{}, clip.Plan{}, err
	}
	if err := a.Catalogue.UseChunks(ctx, []clip.Digest{digest}, a.Now()); err != nil {
		return clip.Highlight{}, clip.Plan{}, err
	}
	var p clip.Plan
	return h, p, a.Blobs.GetDocument(ctx, digest, &p)
}

// source opens a DVR file for the engine.
func (a *Activities) source(path string) (io.ReadCloser, error) { return a.open(path) }
