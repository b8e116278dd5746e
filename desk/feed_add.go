package desk

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
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
	NoProbe      bool          `json:"no_probe,omitempty" doc:"Add it without looking whether the source gives anything"`
}

type addFeedIn struct {
	Body feedBody
}

// addFeedOut is a feed that was added, with what its source gives.
type addFeedOut struct {
	Body struct {
		Feed   clip.Feed   `json:"feed"`
		Health clip.Health `json:"health"`
		Window clip.Span   `json:"window"`
		Found  *feed.Found `json:"found,omitempty" doc:"What the source gave when it was probed"`
	}
}

// addFeed is POST /api/v1/feeds: the feed is as given from now on. A source
// that is new is looked at before anything is changed.
func (d *Desk) addFeed(ctx context.Context, in *addFeedIn) (*addFeedOut, error) {
	f, err := in.Body.feed()
	if err != nil {
		return nil, err
	}
	var out addFeedOut
	if !in.Body.NoProbe && d.Probe != nil && d.isNew(ctx, f) {
		found, err := d.probe(ctx, f)
		if err != nil {
			return nil, clip.Errorf(clip.KindOf(err), "add feed "+string(f.ID), "nothing was added: %w; mend it, or add the feed without probing (no_probe, --no-probe) to record it as soon as it gives something", err)
		}
		out.Body.Found = &found
	}
	if err := d.Catalogue.PutFeed(ctx, f, actorOf(ctx)); err != nil {
		return nil, err
	}
	if err := d.Workflows.StartFeed(ctx, f.ID); err != nil {
		return nil, err
	}
	v, err := d.feedView(ctx, f)
	out.Body.Feed, out.Body.Health, out.Body.Window = v.Feed, v.Health, v.Window
	return &out, err
}

// isNew reports whether a feed's source is another one than before. One that
// is recorded already is not opened a second time.
func (d *Desk) isNew(ctx context.Context, f clip.Feed) bool {
	old, err := d.Catalogue.Feed(ctx, f.ID)
	return err != nil || old.URL != f.URL || old.Audio != f.Audio || old.AllowPrivate != f.AllowPrivate
}

// probe looks at a feed's source. What is wrong there is wrong with what was
// asked, or may be right later; it never says that the asker may not.
func (d *Desk) probe(ctx context.Context, f clip.Feed) (feed.Found, error) {
	found, err := d.Probe(ctx, f)
	if err == nil {
		return found, nil
	}
	kind := clip.Invalid
	if clip.KindOf(err).Retry() {
		kind = clip.Unavailable
	}
	return found, clip.Errorf(kind, "", "%w", err)
}

func (b feedBody) feed() (clip.Feed, error) {
	f := clip.Feed{ID: b.ID, Title: b.Title, URL: b.URL, AllowPrivate: b.AllowPrivate, Window: b.Window, Lang: b.Lang, Audio: b.Audio}
	if f.Title == "" {
		f.Title = string(f.ID)
	}
	if f.Lang == "" {
		f.Lang = "en"
	}
	if f.Window == 0 {
		f.Window = clip.DefaultWindow
	}
	return f, f.Check()
}
