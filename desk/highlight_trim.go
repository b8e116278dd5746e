package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type trimIn struct {
	ID   clip.MomentID `path:"id"`
	Body struct {
		Revision int    `json:"revision" minimum:"1" doc:"The revision that you saw"`
		In       string `json:"in,omitempty" doc:"The first instant wanted; empty: stays"`
		Out      string `json:"out,omitempty" doc:"The first instant not wanted; empty: stays"`
	}
}

type highlightOut struct {
	Body clip.Highlight
}

// trimHighlight is POST /api/v1/highlights/{id}/trim.
func (d *Desk) trimHighlight(ctx context.Context, in *trimIn) (*highlightOut, error) {
	now, err := d.Catalogue.Highlight(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	span, err := d.trimmed(ctx, now, in.Body.In, in.Body.Out)
	if err != nil {
		return nil, err
	}
	h, err := d.Decider.Edit(ctx, in.ID, in.Body.Revision, actorOf(ctx), "highlight.trim",
		func(h *clip.Highlight) error { return h.Trim(span) })
	return &highlightOut{Body: h}, err
}

// trimmed reads the new span and refuses what cannot be rendered: programme
// time that was never recorded, is gone, or is to come.
func (d *Desk) trimmed(ctx context.Context, h clip.Highlight, in, out string) (clip.Span, error) {
	op := "trim highlight " + string(h.ID)
	tl, err := d.Catalogue.Timeline(ctx, h.Feed)
	if err != nil {
		return clip.Span{}, err
	}
	span := h.Recipe.Span
	if in != "" {
		if span.In, err = clip.ResolveWhen(in, tl); err != nil {
			return clip.Span{}, err
		}
	}
	if out != "" {
		if span.Out, err = clip.ResolveWhen(out, tl); err != nil {
			return clip.Span{}, err
		}
	}
	window := tl.Window()
	switch {
	case span.In.Before(h.Recipe.Span.In) && span.In.Before(window.In):
		return clip.Span{}, clip.Errorf(clip.Expired, op, "the new mark-in lies before the recording, which begins at %s", stamp(window.In))
	case span.Out.After(d.Now().Add(clip.MaxFuture)):
		return clip.Span{}, clip.Errorf(clip.Invalid, op, "the new mark-out lies more than %s in the future", clip.MaxFuture)
	}
	return span, nil
}
