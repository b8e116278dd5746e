package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type reframeIn struct {
	ID   clip.MomentID `path:"id"`
	Body struct {
		Revision int        `json:"revision" minimum:"1" doc:"The revision that you saw"`
		Shape    clip.Shape `json:"shape" doc:"The shape to frame, one of the highlight's"`
		Mode     clip.Mode  `json:"mode" enum:"centre,fit,manual" doc:"centre: the middle; fit: the whole picture over blurred sides; manual: as the keys say"`
		Keys     []keyIn    `json:"keys,omitempty" doc:"Where the middle of the crop is, and when; for manual"`
	}
}

type keyIn struct {
	At string `json:"at" doc:"An instant: RFC 3339, EPOCH:PTS, a time of day, or -15s"`
	X  int    `json:"x" minimum:"0" maximum:"1000" doc:"In thousandths of the picture's width"`
	Y  *int   `json:"y,omitempty" minimum:"0" maximum:"1000" doc:"In thousandths of its height; left out: 500"`
}

// reframeHighlight is POST /api/v1/highlights/{id}/reframe.
func (d *Desk) reframeHighlight(ctx context.Context, in *reframeIn) (*highlightOut, error) {
	now, err := d.Catalogue.Highlight(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f := clip.Framing{Shape: in.Body.Shape, Mode: in.Body.Mode}
	if f.Keys, err = d.keys(ctx, now.Feed, in.Body.Keys); err != nil {
		return nil, err
	}
	h, err := d.Decider.Edit(ctx, in.ID, in.Body.Revision, actorOf(ctx), "highlight.reframe",
		func(h *clip.Highlight) error { return h.Reframe(f) })
	return &highlightOut{Body: h}, err
}

// keys reads when and where a person wants the crop.
func (d *Desk) keys(ctx context.Context, feed clip.FeedID, in []keyIn) ([]clip.Key, error) {
	if len(in) == 0 {
		return nil, nil
	}
	tl, err := d.Catalogue.Timeline(ctx, feed)
	if err != nil {
		return nil, err
	}
	var keys []clip.Key
	for _, k := range in {
		at, err := clip.ResolveWhen(k.At, tl)
		if err != nil {
			return nil, err
		}
		key := clip.Key{At: at, X: k.X, Y: middle}
		if k.Y != nil {
			key.Y = *k.Y
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// middle is the middle of a picture, in thousandths.
const middle = 500
