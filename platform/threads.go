package platform

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/ovation-live/ovation/clip"
)

// What Threads accepts. https://developers.facebook.com/docs/threads/overview,
// /reference/publishing and /troubleshooting, 2026-11-24.
const (
	threadsServer   = "https://graph.threads.net"
	threadsVersion  = "v1.0"
	threadsMaxText  = 500 // emoji counted by their bytes
	threadsMaxAlt   = 1000
	threadsMaxBytes = 1_000_000_000
	threadsMaxTime  = 5 * time.Minute
)

// threads posts to an account on Threads.
//
// Once: as on Instagram, a container can be published once, and its status tells
// whether it was.
//
// Threads takes no bytes: it fetches the video itself, so there has to be a
// public address under which renditions can be had. Captions have to be burned
// in; there is no cover.
var threads = Platform{
	Name:  "threads",
	About: "Posts to an account on Threads, which fetches the video from a public address of yours.",
	Proof: "Our reading of the documentation: the conformance suite runs it on our fake of the Threads API.",
	Profile: clip.Profile{
		Platform:    "threads",
		Takedown:    clip.TakedownDelete,
		Shapes:      []clip.Shape{clip.Tall, clip.Portrait, clip.Square, clip.Wide},
		MaxDuration: threadsMaxTime,
		MaxBytes:    threadsMaxBytes,
		MaxText:     threadsMaxText,
		MaxAlt:      threadsMaxAlt,
		Quiet:       instagramQuiet,
		ReadBack:    true,
		Count:       threadsCount,
	},
	Options: func() any { return new(threadsOptions) },
	Open:    openThreads,
}

// threadsOptions is the configuration of an account on Threads.
type threadsOptions struct {
	// Account is the account's number.
	Account string `yaml:"account" json:"account"`
	// Token is a long-lived token with threads_basic, threads_content_publish,
	// threads_delete and threads_manage_insights. It lasts 60 days.
	Token clip.Secret `yaml:"token" json:"token"`
	// VideoURL is where Threads can fetch a rendition, with {digest} for its name,
	// such as https://media.example/{digest}.mp4.
	VideoURL string `yaml:"video_url" json:"video_url"`
	// Server is the API's address, if another one than Meta's.
	Server string `yaml:"server" json:"server"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type threadsAccount struct {
	containers
	videoURL string
}

func openThreads(options any, d Deps) (Account, error) {
	o := *options.(*threadsOptions)
	op := "open a threads account"
	video, err := url.Parse(o.VideoURL)
	switch {
	case !graphID(o.Account):
		return nil, clip.Errorf(clip.Invalid, op, "account: write the account's number, such as 17841400000000000")
	case err != nil, !strings.Contains(o.VideoURL, "{digest}"), video.Host == "", video.Scheme != "https" && !(video.Scheme == "http" && o.AllowPrivate):
		return nil, clip.Errorf(clip.Invalid, op, "video_url: Threads fetches videos itself; write the public address of a rendition, with {digest} for its name, such as https://media.example/{digest}.mp4")
	}
	g, err := graphOptions{o.Token, o.Server, o.AllowPrivate}.open(d, threadsServer, threadsVersion)
	if err != nil {
		return nil, err
	}
	site := graphSite{
		name: "Threads", publish: "threads_publish", list: "threads", limits: "threads_publishing_limit",
		status: "status", detail: "error_message", text: "text", metrics: "views,likes,replies,reposts", home: "https://www.threads.com/",
	}
	return &threadsAccount{containers{g, site, o.Account}, o.VideoURL}, nil
}

// Limits asks how many posts of the day are left.
func (a *threadsAccount) Limits(ctx context.Context) (clip.Profile, error) {
	return threads.Profile, a.mayPublish(ctx)
}

// threadsCount is the length of a text: in characters, of emoji in bytes.
func threadsCount(text string) int {
	n := 0
	for each := graphemes.FromString(text); each.Next(); {
		if cluster := each.Value(); isEmoji(cluster) {
			n += len(cluster)
		} else {
			n += utf8.RuneCountInString(cluster)
		}
	}
	return n
}

// isEmoji reports whether a grapheme cluster is a picture; a doubtful one is.
func isEmoji(cluster string) bool {
	return strings.ContainsFunc(cluster, func(r rune) bool {
		return r >= 0x1F000 || r == 0xFE0F || r == 0x20E3 || unicode.Is(unicode.So, r)
	})
}

// Upload makes a container, for which Threads fetches the video. One of an
// earlier call that is not known any more is waste.
func (a *threadsAccount) Upload(ctx context.Context, p clip.Post, _ Media) (string, error) {
	parameters := url.Values{"media_type": {"VIDEO"}, "text": {p.Text}, "video_url": {strings.ReplaceAll(a.videoURL, "{digest}", string(p.Media))}}
	if p.Alt != "" {
		parameters.Set("alt_text", p.Alt)
	}
	return a.made(ctx, a.ask("upload the video of post "+string(p.ID), http.MethodPost, a.user+"/threads", parameters))
}
