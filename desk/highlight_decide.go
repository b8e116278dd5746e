package desk

import (
	"context"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

type decideIn struct {
	ID   clip.MomentID `path:"id"`
	Body struct {
		Revision int          `json:"revision" minimum:"1" doc:"The revision that you saw"`
		Verdict  clip.Verdict `json:"verdict" enum:"approve,refuse"`
		Reason   string       `json:"reason,omitempty" maxLength:"500" doc:"Needed to refuse"`
	}
}

// decideHighlight is POST /api/v1/highlights/{id}/decisions.
func (d *Desk) decideHighlight(ctx context.Context, in *decideIn) (*highlightOut, error) {
	v := clip.Decision{Highlight: in.ID, Revision: in.Body.Revision, Verdict: in.Body.Verdict, Reason: strings.TrimSpace(in.Body.Reason)}
	if v.Verdict == clip.Refuse && v.Reason == "" {
		return nil, clip.Errorf(clip.Invalid, "refuse highlight "+string(in.ID), "the reason is missing: say in a few words why, so that the producer can do better")
	}
	h, err := d.Decider.Decide(ctx, v, actorOf(ctx))
	return &highlightOut{Body: h}, err
}
