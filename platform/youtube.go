package platform

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What YouTube takes. https://developers.google.com/youtube/v3/docs/videos
// (title, description) and https://support.google.com/youtube/answer/71673
// (size, length, and 15 minutes for a channel that is not verified),
// 2026-11-24.
const (
	youtubeMaxTitle    = 100  // characters
	youtubeMaxText     = 5000 // bytes
	youtubeWithout     = "<>" // in title and description
	youtubeMaxBytes    = 256 << 30
	youtubeMaxDuration = 12 * time.Hour
	youtubeUnverified  = 15 * time.Minute
	youtubeMaxCover    = 2 << 20          // thumbnails.set
	youtubeQuiet       = 30 * time.Second // short: publishing again what is public changes nothing
)

// What a project has in a day, until midnight Pacific time: 100 uploads, and
// 10,000 units for all else, of which a post takes about 560: captions 400,
// thumbnail 50, publication 50, takedown 50, and 1 for each look.
// https://developers.google.com/youtube/v3/determine_quota_cost, 2026-11-24.
// Where it is used up YouTube says so, and posts wait for the next day.
const youtubeNewDay = 8 // hour in UTC of midnight in Pacific standard time; in summer it is an hour late

// Where YouTube is, and where Google renews access.
const (
	youtubeServer = "https://www.googleapis.com"
	youtubeTokens = "https://oauth2.googleapis.com/token"
)

// youtube posts to a YouTube channel.
//
// Once: a video exists on the channel when the last byte of its upload has
// arrived, so it is uploaded as private, where nobody sees it. What publishes
// it is one change of its privacy, which repeated changes nothing. The video's
// id is our handle: whether it is public is asked, not searched for. The
// upload's session is kept in the ledger; YouTube tells how far it got, and
// gives the same video again where it had been complete.
//
// A square or vertical video of up to three minutes is shown as a Short,
// without anybody asking. Captions go beside the video; there is no
// alternative text.
var youtube = Platform{
	Name:  "youtube",
	About: "Posts to a YouTube channel, with captions and thumbnail; up to three minutes and not wide, it is a Short.",
	Proof: "Official client: our fake of the YouTube Data API serves Google's own Go client, and the conformance suite runs the driver on that fake.",
	Profile: clip.Profile{
		Platform:    "youtube",
		Shapes:      clip.Shapes(),
		MaxDuration: youtubeMaxDuration,
		MaxBytes:    youtubeMaxBytes,
		MaxText:     youtubeMaxText,
		NoAlt:       true,
		MaxTitle:    youtubeMaxTitle,
		Without:     youtubeWithout,
		Quiet:       youtubeQuiet,
		ReadBack:    true,
		Takedown:    clip.TakedownDelete,
		Count:       func(text string) int { return len(text) },
	},
	Options: func() any { return new(youtubeOptions) },
	Open:    openYouTube,
}

// youtubeOptions is the configuration of a YouTube channel.
type youtubeOptions struct {
	// OAuth is the access of a Google account that owns the channel, with the
	// scope youtube.force-ssl.
	OAuth oauthOptions `yaml:"oauth" json:"oauth"`
	// Privacy of what is published: public (the default) or unlisted.
	Privacy string `yaml:"privacy" json:"privacy"`
	// Category is the number of a YouTube category; 17 is Sports, the default.
	Category string `yaml:"category" json:"category"`
	// Language of title, text and captions where the moment has none; en is the
	// default.
	Language string `yaml:"language" json:"language"`
	// Tags that each video gets.
	Tags []string `yaml:"tags" json:"tags"`
	// MadeForKids is the declaration that the law asks of a channel (COPPA).
	MadeForKids bool `yaml:"made_for_kids" json:"made_for_kids"`
	// Synthetic discloses realistic media that was altered or generated.
	Synthetic bool `yaml:"synthetic" json:"synthetic"`
	// NoCover is for channels that YouTube lets set no thumbnail.
	NoCover bool `yaml:"no_cover" json:"no_cover"`
	// Server is another address of the API.
	Server string `yaml:"server" json:"server"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type youtubeAccount struct {
	*caller
	options youtubeOptions
}

func openYouTube(options any, d Deps) (Account, error) {
	o := *options.(*youtubeOptions)
	op := "open a youtube account"
	if !slices.Contains([]string{"", "public", "unlisted"}, o.Privacy) {
		return nil, clip.Errorf(clip.Invalid, op, "privacy: %q is neither public nor unlisted", o.Privacy)
	}
	if o.Category != "" {
		if _, err := strconv.ParseUint(o.Category, 10, 16); err != nil {
			return nil, clip.Errorf(clip.Invalid, op, "category: write the number of a YouTube category, such as 17 for Sports")
		}
	}
	o.Privacy, o.Category, o.Language = orElse(o.Privacy, "public"), orElse(o.Category, "17"), orElse(o.Language, "en")
	api := oauthAPI{server: orElse(o.Server, youtubeServer), tokens: youtubeTokens, grant: refreshGrant("client_id"), allowPrivate: o.AllowPrivate}
	c, err := api.open(d, o.OAuth)
	if err != nil {
		return nil, err
	}
	c.dialect = func(text []byte, r *refusal) { youtubeRefusal(text, r, c.now()) }
	return &youtubeAccount{c, o}, nil
}

// Limits asks whether the channel may upload long videos.
func (a *youtubeAccount) Limits(ctx context.Context) (clip.Profile, error) {
	op := "read the limits of the channel"
	var told struct {
		Items []struct {
			Status struct {
				Long string `json:"longUploadsStatus"`
			} `json:"status"`
		} `json:"items"`
	}
	if _, err := a.do(ctx, ask{op: op, method: http.MethodGet, path: "/youtube/v3/channels?part=status&mine=true"}, &told); err != nil {
		return clip.Profile{}, err
	}
	if len(told.Items) == 0 {
		return clip.Profile{}, clip.Errorf(clip.Denied, op, "the Google account has no channel; make one on youtube.com")
	}
	p := youtube.Profile
	if told.Items[0].Status.Long != "allowed" {
		p.MaxDuration = youtubeUnverified
	}
	return p, nil
}

// youtubeScope is what all calls here need; it permits uploads, too.
const youtubeScope = "https://www.googleapis.com/auth/youtube.force-ssl"

// Check looks whether the access suffices, and whether there is a channel.
func (a *youtubeAccount) Check(ctx context.Context) error {
	if err := a.permits(ctx, "check the account", youtubeScope); err != nil {
		return err
	}
	_, err := a.Limits(ctx)
	return err
}

// Processed asks for the video's own state.
func (a *youtubeAccount) Processed(ctx context.Context, handle string) (bool, error) {
	op := "ask whether video " + handle + " is processed"
	v, err := a.video(ctx, op, handle, "status,processingDetails")
	if err != nil {
		return false, err
	}
	switch v.Status.Upload {
	case "processed":
		return true, nil
	case "failed", "rejected", "deleted":
		why := orElse(v.Status.Failure, orElse(v.Status.Rejection, "no reason given"))
		return false, clip.Errorf(clip.Rejected, op, "YouTube says %s: %s", v.Status.Upload, why)
	}
	if p := v.Processing; p != nil && p.Status == "failed" {
		return false, clip.Errorf(clip.Rejected, op, "YouTube could not process it: %s", orElse(p.Failure, "no reason given"))
	}
	return false, nil
}

// Publish lets everybody see the video.
func (a *youtubeAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	v, err := a.show(ctx, ask{op: op, commit: true}, p.Handle, a.options.Privacy)
	if err != nil {
		return clip.Receipt{}, err
	}
	if v.Status.Privacy == "private" {
		return clip.Receipt{}, clip.Errorf(clip.Rejected, op,
			"YouTube keeps the video private; ask Google to audit the API project, see https://support.google.com/youtube/contact/yt_api_form")
	}
	return youtubeReceipt(p.Handle, a.now()), nil
}

// Find asks whether the video that was uploaded is public.
func (a *youtubeAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Handle == "" {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	v, err := a.video(ctx, op, p.Handle, "snippet,status")
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return clip.Receipt{}, false, nil
	case err != nil:
		return clip.Receipt{}, false, err
	case v.Status.Privacy == "private":
		return clip.Receipt{}, false, nil
	case v.Status.Privacy == "" || v.Snippet == nil:
		return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, op, "YouTube does not say who may see it")
	}
	return youtubeReceipt(p.Handle, v.Snippet.Published), true, nil
}

// Retract deletes the video.
func (a *youtubeAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	id, err := youtubeID(op, p)
	if err != nil {
		return err
	}
	gone := ask{op: op, method: http.MethodDelete, path: "/youtube/v3/videos?id=" + url.QueryEscape(id)}
	if _, err := a.do(ctx, gone, nil); clip.KindOf(err) != clip.NotFound {
		return err
	}
	return nil
}

// Hide makes the video private; its address, comments and numbers stay.
func (a *youtubeAccount) Hide(ctx context.Context, p clip.Post) error {
	return a.turn(ctx, "hide post "+string(p.ID), p, "private")
}

// Show undoes Hide.
func (a *youtubeAccount) Show(ctx context.Context, p clip.Post) error {
	return a.turn(ctx, "show post "+string(p.ID), p, a.options.Privacy)
}

func (a *youtubeAccount) turn(ctx context.Context, op string, p clip.Post, privacy string) error {
	id, err := youtubeID(op, p)
	if err != nil {
		return err
	}
	v, err := a.show(ctx, ask{op: op}, id, privacy)
	if err == nil && v.Status.Privacy != privacy {
		err = clip.Errorf(clip.Rejected, op, "YouTube left it %s", v.Status.Privacy)
	}
	return err
}

// Numbers reads the video's counters.
func (a *youtubeAccount) Numbers(ctx context.Context, p clip.Post) (clip.Numbers, error) {
	op := "count post " + string(p.ID)
	id, err := youtubeID(op, p)
	if err != nil {
		return clip.Numbers{}, err
	}
	v, err := a.video(ctx, op, id, "status,statistics")
	if err != nil {
		return clip.Numbers{}, err
	}
	count := func(name string) *int64 {
		n, err := strconv.ParseInt(v.Statistics[name], 10, 64)
		if err != nil { // a channel may hide it
			return nil
		}
		return &n
	}
	return clip.Numbers{Views: count("viewCount"), Likes: count("likeCount"), Comments: count("commentCount"), At: a.now()}, nil
}
