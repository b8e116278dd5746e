package platform

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What Instagram accepts as a reel.
// https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
// and .../content-publishing/resumable-uploads (of 2026-03-15), 2026-11-24.
const (
	instagramMaxText  = 2200
	instagramMaxBytes = 300_000_000
	instagramMinTime  = 3 * time.Second
	instagramMaxTime  = 15 * time.Minute
	// The status of a container is Meta's own word on it; reads of other kinds
	// are said to lag by seconds.
	instagramQuiet = time.Minute
)

// instagram posts reels to a professional account.
//
// Once: a container is made and filled before anything is public, and can be
// published once. Its status tells for certain whether it was.
//
// Reels have no alternative text, captions have to be burned in, and a cover
// would have to lie at a public address: Instagram takes a picture of the video.
var instagram = Platform{
	Name:  "instagram",
	About: "Posts reels to an Instagram professional account that is connected to a Facebook page.",
	Proof: "Our reading of the documentation: the conformance suite runs it on our fake of the Graph API.",
	Profile: clip.Profile{
		Platform:    "instagram",
		Takedown:    clip.TakedownDelete,
		Shapes:      []clip.Shape{clip.Tall, clip.Portrait, clip.Square, clip.Wide},
		MinDuration: instagramMinTime,
		MaxDuration: instagramMaxTime,
		MaxBytes:    instagramMaxBytes,
		MaxText:     instagramMaxText,
		NoAlt:       true,
		Quiet:       instagramQuiet,
		ReadBack:    true,
		Count:       utf16Count,
	},
	Options: func() any { return new(instagramOptions) },
	Open:    openInstagram,
}

// instagramOptions is the configuration of an account on Instagram.
type instagramOptions struct {
	// Account is the number of the Instagram professional account.
	Account string `yaml:"account" json:"account"`
	// Token is a long-lived token of Facebook Login for Business with
	// instagram_basic, instagram_content_publish and pages_read_engagement, and
	// instagram_manage_contents to take posts back.
	Token clip.Secret `yaml:"token" json:"token"`
	// Server and UploadServer are the API's addresses, if others than Meta's.
	Server       string `yaml:"server" json:"server"`
	UploadServer string `yaml:"upload_server" json:"upload_server"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type instagramAccount struct {
	containers
	uploads *graphUpload
}

func openInstagram(options any, d Deps) (Account, error) {
	o := *options.(*instagramOptions)
	if !graphID(o.Account) {
		return nil, clip.Errorf(clip.Invalid, "open an instagram account", "account: write the account's number, such as 17841400000000000")
	}
	common := graphOptions{o.Token, o.Server, o.AllowPrivate}
	g, err := common.open(d, graphServer, graphVersion)
	if err != nil {
		return nil, err
	}
	uploads, err := common.uploads(d, o.UploadServer)
	if err != nil {
		return nil, err
	}
	site := graphSite{
		name: "Instagram", publish: "media_publish", list: "media", limits: "content_publishing_limit",
		status: "status_code", detail: "status", text: "caption", metrics: "views,likes,comments,shares", home: "https://www.instagram.com/",
	}
	return &instagramAccount{containers{g, site, o.Account}, uploads}, nil
}

// Limits asks how many posts of the day are left.
func (a *instagramAccount) Limits(ctx context.Context) (clip.Profile, error) {
	return instagram.Profile, a.mayPublish(ctx)
}

// Upload makes a container and brings the video, from where an earlier call
// stopped.
func (a *instagramAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	container, from, err := a.begin(ctx, op, p, m)
	if err != nil || from >= m.Video.Size {
		return container, err
	}
	return container, a.uploads.send(ctx, op, "ig-api-upload/"+a.version+"/"+container, m.Video, from)
}

// begin makes a container, or finds how far the one of an earlier call was
// filled.
func (a *instagramAccount) begin(ctx context.Context, op string, p clip.Post, m Media) (container string, from int64, err error) {
	if p.Session != "" {
		var told struct {
			Status string `json:"status_code"`
			Video  struct {
				Uploading struct {
					Status string
					Bytes  int64 `json:"bytes_transferred"`
				} `json:"uploading_phase"`
			} `json:"video_status"`
		}
		err := a.read(ctx, op, url.PathEscape(p.Session), "status_code,video_status", &told)
		switch {
		case err != nil && clip.KindOf(err) != clip.NotFound:
			return "", 0, err
		case err == nil && told.Video.Uploading.Status == "complete":
			return p.Session, m.Video.Size, nil
		case err == nil && told.Status == "IN_PROGRESS":
			return p.Session, told.Video.Uploading.Bytes, nil
		}
	}
	container, err = a.made(ctx, a.ask(op, http.MethodPost, a.user+"/media", url.Values{
		"media_type": {"REELS"}, "upload_type": {"resumable"}, "caption": {p.Text}, "share_to_feed": {strconv.FormatBool(true)},
	}))
	if err == nil {
		err = m.Keep(container)
	}
	return container, 0, err
}
