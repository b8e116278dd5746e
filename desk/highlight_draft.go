package desk

import (
	"context"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

type draftIn struct {
	ID          clip.MomentID `path:"id"`
	Destination string        `path:"destination"`
	Body        struct {
		Revision  int         `json:"revision" minimum:"1" doc:"The revision that you saw"`
		Text      *string     `json:"text,omitempty"`
		Alt       *string     `json:"alt,omitempty" doc:"What the pictures show, for those who cannot see them"`
		Shape     *clip.Shape `json:"shape,omitempty" enum:"16:9,1:1,4:5,9:16"`
		NotBefore *time.Time  `json:"not_before,omitempty" doc:"Embargo; the zero time 0001-01-01T00:00:00Z takes it away"`
	}
}

// editDraft is PATCH /api/v1/highlights/{id}/drafts/{destination}: fields that
// are not named stay. A text that the destination would not take is refused
// here, not found out later.
func (d *Desk) editDraft(ctx context.Context, in *draftIn) (*highlightOut, error) {
	dest, err := d.destination(in.Destination)
	if err != nil {
		return nil, err
	}
	h, err := d.Decider.Edit(ctx, in.ID, in.Body.Revision, actorOf(ctx), "highlight.draft", func(h *clip.Highlight) error {
		i := slices.IndexFunc(h.Drafts, func(o clip.Draft) bool { return o.Destination == dest.Name })
		if i < 0 {
			return clip.Errorf(clip.NotFound, "edit highlight "+string(h.ID), "it has no draft for %q", dest.Name)
		}
		draft := in.apply(h.Drafts[i])
		if err := dest.limits().CheckText(draft); err != nil {
			return err
		}
		return h.Redraft(draft)
	})
	return &highlightOut{Body: h}, err
}

func (in *draftIn) apply(draft clip.Draft) clip.Draft {
	b := in.Body
	if b.Text != nil {
		draft.Text = *b.Text
	}
	if b.Alt != nil {
		draft.Alt = *b.Alt
	}
	if b.Shape != nil {
		draft.Shape = *b.Shape
	}
	if b.NotBefore != nil {
		draft.NotBefore = b.NotBefore.UTC()
	}
	return draft
}
