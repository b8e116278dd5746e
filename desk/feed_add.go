package desk

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// feedBody is clip.Feed with all that has a good default left out.
type feedBody struct {
	ID           clip.FeedID   `json:"id" doc:"Lower-case letters, digits and dashes, at most 40"`
	Title        string        `json:"title,omitempty" maxLength:"200" doc:"For people; the id where empty"`
	URL          string        `json:"url" doc:"http(s)://….m3u8, srt:, rtmp:, rtsp:, udp:, rtp:, file:, import: or synthetic:"`
	AllowPrivate bool          `json:"allow_private,omitempty" doc:"May the URL lead to private addresses"`
	Window       time.Duration `json:"window,omitempty" doc:"How far back the recording reaches, in nanoseconds; 4 h where zero"`
	Lang         string        `json:"lang,omitempty" maxLength:"35" doc:"Of its captions (BCP 47); en where empty"`
	Audio        string        `json:"audio,omitempty" maxLength:"35" doc:"Which audio track is heard: a language, or a number from 1; the first where empty"`
}

type addFeedIn struct {
	Body feedBody
}

// addFeed is POST /api/v1/feeds: the feed is as given from now on.
func (d *Desk) addFeed(ctx context.Context, in *addFeedIn) (*feedOut, error) {
	f, err := in.Body.feed()
	if err != nil {
		return nil, err
	}
	if err := d.Catalogue.PutFeed(ctx, f, actorOf(ctx)); err != nil {
		return nil, err
	}
	if err := d.Workflows.StartFeed(ctx, f.ID); err != nil {
		return nil, err
	}
	v, err := d.feedView(ctx, f)
	return &feedOut{Body: v}, err
}

func (b feedBody) feed() (clip.Feed, error) {
	const op = "add a feed"
	if err := clip.CheckID("feed", string(b.ID)); err != nil {
		return clip.Feed{}, err
	}
	f := clip.Feed{ID: b.ID, Title: b.Title, URL: b.URL, AllowPrivate: b.AllowPrivate, Window: b.Window, Lang: b.Lang, Audio: b.Audio}
	if err := f.CheckURL(); err != nil {
		return clip.Feed{}, err
	}
	if err := f.CheckAudio(); err != nil {
		return clip.Feed{}, err
	}
	if f.Title == "" {
		f.Title = string(f.ID)
	}
	if f.Lang == "" {
		f.Lang = "en"
	}
	if f.Window == 0 {
		f.Window = clip.DefaultWindow
	}
	if f.Window < clip.MinWindow || f.Window > clip.MaxWindow {
		return clip.Feed{}, clip.Errorf(clip.Invalid, op, "a window of %s is not between %s and %s", f.Window, clip.MinWindow, clip.MaxWindow)
	}
	return f, nil
}
