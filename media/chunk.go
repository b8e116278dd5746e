package media

import (
	"context"

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
	Dir      string // where the chunks are made; it must exist
	Lang     string // of the captions, BCP 47
}

// RenderCell decodes a cell once and encodes all its chunks: one video-only
// MP4 for each shape, in w.Dir, of exactly w.Cell.Frames frames. Rendering the
// same work again gives the same bytes.
func (e *Engine) RenderCell(ctx context.Context, w CellWork, progress func()) (map[clip.Shape]string, error) {
	return nil, clip.Errorf(clip.Internal, "render a cell", "not built yet")
}
