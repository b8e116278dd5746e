package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// probeFeedIn is as much of a feed as its source needs.
type probeFeedIn struct {
	Body struct {
		URL          string `json:"url" doc:"As of a feed"`
		AllowPrivate bool   `json:"allow_private,omitempty" doc:"May the URL lead to private addresses"`
		Audio        string `json:"audio,omitempty" maxLength:"35" doc:"Which audio track is to be heard"`
	}
}

type probeFeedOut struct {
	Body struct {
		Found feed.Found `json:"found"`
		Words []string   `json:"words" doc:"The same, for people"`
	}
}

// probeFeed is POST /api/v1/feeds/probe: it says what a source gives, and
// changes nothing.
func (d *Desk) probeFeed(ctx context.Context, in *probeFeedIn) (*probeFeedOut, error) {
	f := clip.Feed{ID: "probe", URL: in.Body.URL, AllowPrivate: in.Body.AllowPrivate, Audio: in.Body.Audio, Window: clip.DefaultWindow}
	if err := f.CheckURL(); err != nil {
		return nil, err
	}
	if d.Probe == nil {
		return nil, clip.Errorf(clip.Unavailable, "probe a source", "this process records nothing")
	}
	found, err := d.probe(ctx, f)
	var out probeFeedOut
	out.Body.Found, out.Body.Words = found, listed(found.Words())
	return &out, err
}
