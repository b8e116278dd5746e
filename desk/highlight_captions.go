package desk

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// captionView is a caption of a highlight: where it stands on the feed, and
// where in the clip.
type captionView struct {
	clip.Cue
	At  time.Duration `json:"at" doc:"Nanoseconds from the clip's start"`
	For time.Duration `json:"for" doc:"Nanoseconds that it is shown"`
}

type captionsOut struct {
	Body struct {
		Revision int           `json:"revision" doc:"The revision whose captions these are"`
		ByHand   bool          `json:"by_hand" doc:"Somebody wrote them; else they are the feed's"`
		Captions []captionView `json:"captions"`
	}
}

// showCaptions is GET /api/v1/highlights/{id}/captions.
func (d *Desk) showCaptions(ctx context.Context, in *highlightIn) (*captionsOut, error) {
	h, build, err := d.built(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var out captionsOut
	out.Body.Revision, out.Body.ByHand = h.Revision, h.Recipe.Captions.Reworded != nil
	out.Body.Captions = captionViews(build.Plan)
	return &out, nil
}

// captionViews pairs the captions on the feed with those in the clip: where the
// clip jumps over a gap, a caption has a part on either side.
func captionViews(p clip.Plan) []captionView {
	views := []captionView{}
	for _, q := range p.Cues() {
		for _, on := range p.OnFeed(q) {
			views = append(views, captionView{Cue: on, At: q.From.Duration(), For: (on.To - on.From).Duration()})
			q.From += on.To - on.From
		}
	}
	return views
}

// built reads a highlight and what its files were last made from.
func (d *Desk) built(ctx context.Context, id clip.MomentID) (h clip.Highlight, b clip.Build, err error) {
	if h, err = d.Catalogue.Highlight(ctx, id); err != nil {
		return h, b, err
	}
	ref, _ := h.Build(h.Revision)
	if ref.Revision == 0 {
		return h, b, clip.Errorf(clip.Conflict, "read the captions of highlight "+string(id), "it was not rendered yet; wait until it is")
	}
	return h, b, d.Blobs.GetJSON(ctx, ref.Build, &b)
}

type captionsIn struct {
	ID   clip.MomentID `path:"id"`
	Body struct {
		Revision int         `json:"revision" minimum:"1" doc:"The revision that you saw"`
		Captions []captionIn `json:"captions" nullable:"false" doc:"All captions of the clip; none: it is to have none"`
	}
}

// captionIn is a caption by its place on the feed, as it was read, or by its
// place in the clip.
type captionIn struct {
	Epoch clip.EpochID  `json:"epoch,omitempty" doc:"With from and to: the place on the feed"`
	From  clip.Ticks    `json:"from,omitempty" doc:"90 kHz ticks"`
	To    clip.Ticks    `json:"to,omitempty" doc:"90 kHz ticks"`
	At    time.Duration `json:"at,omitempty" doc:"Without an epoch: nanoseconds from the clip's start"`
	For   time.Duration `json:"for,omitempty" doc:"Nanoseconds that it is shown"`
	Lang  string        `json:"lang,omitempty" doc:"BCP 47"`
	Text  string        `json:"text" doc:"Lines are separated by a line feed"`
}

// on are the cues on the feed.
func (c captionIn) on(p clip.Plan) ([]clip.Cue, error) {
	q := clip.Cue{Epoch: c.Epoch, From: c.From, To: c.To, Lang: c.Lang, Text: c.Text}
	if c.Epoch != 0 {
		return []clip.Cue{q}, nil
	}
	q.From, q.To = clip.TicksOf(c.At), clip.TicksOf(c.At+c.For)
	cues := p.OnFeed(q)
	if len(cues) == 0 {
		return nil, clip.Errorf(clip.Invalid, "write captions", "%q would be shown from %s to %s: that is not in the clip", c.Text, c.At, c.At+c.For)
	}
	return cues, nil
}

// writeCaptions is PUT /api/v1/highlights/{id}/captions.
func (d *Desk) writeCaptions(ctx context.Context, in *captionsIn) (*highlightOut, error) {
	_, build, err := d.built(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	cues := []clip.Cue{}
	for _, c := range in.Body.Captions {
		on, err := c.on(build.Plan)
		if err != nil {
			return nil, err
		}
		cues = append(cues, on...)
	}
	return d.recaption(ctx, in.ID, in.Body.Revision, cues)
}

type captionsBackIn struct {
	ID       clip.MomentID `path:"id"`
	Revision int           `query:"revision" minimum:"1" required:"true" doc:"The revision that you saw"`
}

// dropCaptions is DELETE /api/v1/highlights/{id}/captions: the feed's own are
// used again.
func (d *Desk) dropCaptions(ctx context.Context, in *captionsBackIn) (*highlightOut, error) {
	return d.recaption(ctx, in.ID, in.Revision, nil)
}

func (d *Desk) recaption(ctx context.Context, id clip.MomentID, revision int, cues []clip.Cue) (*highlightOut, error) {
	h, err := d.Decider.Edit(ctx, id, revision, actorOf(ctx), "highlight.caption",
		func(h *clip.Highlight) error { return h.Recaption(cues) })
	return &highlightOut{Body: h}, err
}
