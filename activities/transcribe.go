package activities

import (
	"context"
	"os"

	"go.temporal.io/sdk/activity"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// TranscribeInput names a plan in which nobody says anything yet.
type TranscribeInput struct {
	Highlight clip.MomentID `json:"highlight"`
	Revision  int           `json:"revision"`
	Plan      clip.Digest   `json:"plan"`
}

// wantsSpeech reports whether h has captions made of what is said: its rule
// asks for it, the feed has none, and it was not tried.
func (a *Activities) wantsSpeech(h clip.Highlight, p clip.Plan) bool {
	return a.Speech != nil && h.Recipe.Captions.Speech && h.Recipe.Captions.Reworded == nil && h.Unspoken == "" &&
		!p.Pending && len(p.Cues()) == 0
}

// speechTries is how often a service is asked that does not answer: a clip with
// captions by hand is better than one that waits for hours.
const speechTries = 3

// Transcribe has a service listen to the highlight's sound, and writes its
// captions. A service that cannot does not keep the highlight: why there are
// none is said on the desk. When the highlight was edited meanwhile, nothing is
// changed.
func (a *Activities) Transcribe(ctx context.Context, in TranscribeInput) (HighlightView, error) {
	defer alive(ctx)()
	h, p, err := a.planned(ctx, in.Highlight, in.Plan)
	if err != nil || h.Revision != in.Revision || h.State != clip.HighlightRendering {
		return view(h), err
	}
	cues, failed := a.spoken(ctx, h, p)
	if failed != nil && (ctx.Err() != nil || clip.KindOf(failed).Retry() && activity.GetInfo(ctx).Attempt < speechTries) {
		return HighlightView{}, failed
	}
	h, err = a.Catalogue.EditHighlight(ctx, h.ID, system("speech"), "highlight.transcribe", func(h *clip.Highlight) error {
		switch {
		case h.Revision != in.Revision || h.State != clip.HighlightRendering:
			return nil
		case failed != nil:
			h.Unspoken = failed.Error()
			return nil
		}
		return h.Recaption(cues)
	})
	return view(h), err
}

// spoken gives the captions of what is said in a plan, on the feed's timeline.
func (a *Activities) spoken(ctx context.Context, h clip.Highlight, p clip.Plan) ([]clip.Cue, error) {
	dir, done, err := scratch(a.Scratch, "speech")
	if err != nil {
		return nil, err
	}
	defer done()
	path, err := a.Media.Speech(ctx, media.SoundWork{Pieces: p.Sound, Length: p.Rate.Ticks(p.Frames()), Open: a.source, Dir: dir}, heartbeat(ctx))
	if err != nil {
		return nil, err
	}
	sound, err := os.Open(path)
	if err != nil {
		return nil, clip.Errorf(clip.Internal, "transcribe speech", "%w", err)
	}
	defer func() { _ = sound.Close() }() // it was only read
	lang := h.Recipe.Captions.Lang
	words, err := a.Speech.Words(ctx, sound, lang)
	if err != nil {
		return nil, err
	}
	cues := []clip.Cue{} // none is an answer
	for _, q := range clip.CuesOf(words, lang) {
		cues = append(cues, p.OnFeed(q)...)
	}
	return cues, nil
}
