package activities

import (
	"context"

	"github.com/ovation-live/ovation/clip"
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
	made, err := a.builder().Assemble(ctx, h.Recipe, p, heartbeat(ctx))
	if err != nil {
		return HighlightView{}, err
	}
	build, err := a.Blobs.PutJSON(ctx, clip.Build{Highlight: h.ID, Revision: h.Revision, Engine: clip.Engine, Recipe: h.Recipe, Plan: p})
	if err != nil {
		return HighlightView{}, err
	}
	h, err = a.Catalogue.EditHighlight(ctx, h.ID, system("render"), "highlight.rendered", func(h *clip.Highlight) error {
		if h.Revision != in.Revision || h.State != clip.HighlightRendering {
			return nil
		}
		h.Renditions, h.Missing, h.State = made, p.Missing, clip.HighlightReview
		h.Builds = append(h.Builds, clip.Built{Revision: h.Revision, Build: build})
		h.Deadline = a.Now().Add(h.Patience)
		return nil
	})
	return view(h), err
}
