package platform

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	//lint:ignore SA1019 the user chose it, for this dialect alone
	"github.com/dghubble/go-twitter/twitter"
	"github.com/dghubble/oauth1"

	"github.com/ovation-live/ovation/clip"
)

// What the API v1.1 takes: text and video as its successor, see x.go. Reading
// back ends after 3200 posts, 200 at a time.
// https://developer.x.com/en/docs/x-api/v1/tweets/timelines/api-reference/get-statuses-user_timeline,
// 2026-11-24.
const (
	xLegacyPage  = 200
	xLegacyPages = 16
)

// Where the API v1.1 is.
const (
	xLegacyServer = "https://api.twitter.com"
	xLegacyUpload = "https://upload.twitter.com"
)

// xLegacy posts to an account on X by its API v1.1.
//
// This is a legacy dialect: X closes v1.1 to more and more applications and
// documents it no longer. Use x (x.go) unless an application still has v1.1
// alone. It stands for itself, so that it can be taken out by removing
// x_legacy*.go and its word in [All].
//
// Calls go through github.com/dghubble/go-twitter, signed by OAuth 1.0a; the
// chunked upload, which that library does not have, through our own caller.
// Once: as x, by the media's id, which posts show. Captions have to be burned
// in.
var xLegacy = Platform{
	Name:  "x-legacy",
	About: "Legacy: posts to an account on X by its API v1.1, for applications that have no other; else take x.",
	Proof: "By our reading of documentation that X has withdrawn: go-twitter speaks with our fake of the API v1.1, which checks its signatures; nothing of X's own speaks that dialect any more.",
	Profile: clip.Profile{
		Platform:    "x-legacy",
		Shapes:      clip.Shapes(),
		MinDuration: xMinDuration,
		MaxDuration: xMaxDuration,
		MaxBytes:    xMaxBytes,
		MaxText:     xMaxText,
		MaxAlt:      xMaxAlt,
		Quiet:       xQuiet,
		ReadBack:    true,
		Takedown:    clip.TakedownDelete,
		Count:       xCount,
	},
	Options: func() any { return new(xLegacyOptions) },
	Open:    openXLegacy,
}

// xLegacyOptions is the configuration of an account on X by the API v1.1.
type xLegacyOptions struct {
	// ConsumerKey and ConsumerSecret are the application's.
	ConsumerKey    string      `yaml:"consumer_key" json:"consumer_key"`
	ConsumerSecret clip.Secret `yaml:"consumer_secret" json:"consumer_secret"`
	// Token and TokenSecret are the account's access, for reading and writing.
	Token       clip.Secret `yaml:"token" json:"token"`
	TokenSecret clip.Secret `yaml:"token_secret" json:"token_secret"`
	// Server and UploadServer are other addresses of the API.
	Server       string `yaml:"server" json:"server"`
	UploadServer string `yaml:"upload_server" json:"upload_server"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type xLegacyAccount struct {
	*caller
	uploads *caller
}

func openXLegacy(options any, d Deps) (Account, error) {
	o := *options.(*xLegacyOptions)
	for _, each := range []struct{ key, value string }{
		{"consumer_key", o.ConsumerKey}, {"consumer_secret", o.ConsumerSecret.Reveal()},
		{"token", o.Token.Reveal()}, {"token_secret", o.TokenSecret.Reveal()},
	} {
		if each.value == "" {
			return nil, clip.Errorf(clip.Invalid, "open an x-legacy account", "%s is missing; it stands where the application is registered with X", each.key)
		}
	}
	c, err := o.open(d, "server", orElse(o.Server, xLegacyServer))
	if err != nil {
		return nil, err
	}
	uploads, err := o.open(d, "upload_server", orElse(o.UploadServer, xLegacyUpload))
	if err != nil {
		return nil, err
	}
	return &xLegacyAccount{c, uploads}, nil
}

// open makes a caller that signs (OAuth 1.0a).
func (o xLegacyOptions) open(d Deps, key, address string) (*caller, error) {
	server, err := apiServer(key, address, o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	c := newCaller(d, server, "", o.AllowPrivate)
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, c.client) // it has no other way to be told
	app := oauth1.NewConfig(o.ConsumerKey, o.ConsumerSecret.Reveal())
	c.client.Transport = app.Client(ctx, oauth1.NewToken(o.Token.Reveal(), o.TokenSecret.Reveal())).Transport
	c.tokens = secrets{o.ConsumerSecret, o.Token, o.TokenSecret}
	c.dialect = func(text []byte, r *refusal) { xLegacyRefusal(text, r, c.now()) }
	return c, nil
}

// xLegacyRefusal reads the numbers that v1.1 gives its errors.
// https://developer.x.com/en/support/x-api/error-troubleshooting, 2026-11-24.
func xLegacyRefusal(text []byte, r *refusal, now time.Time) {
	var said struct {
		Errors []struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(text, &said) != nil || len(said.Errors) == 0 {
		return
	}
	r.reason = said.Errors[0].Message
	switch code := said.Errors[0].Code; {
	case code == 187 && r.commit:
		r.kind, r.advice = clip.Ambiguous, "it may be this very post"
	case code == 185: // the posts of a day, counted by the half hour
		r.kind, r.until, r.advice = clip.Throttled, now.Add(30*time.Minute), ""
	case code == 186, code == 324, code == 325:
		r.kind, r.advice = clip.Rejected, ""
	case code == 453:
		r.kind, r.advice = clip.Denied, "the application has no access to the API v1.1; take the platform x"
	}
}

// Limits are as documented.
func (a *xLegacyAccount) Limits(context.Context) (clip.Profile, error) {
	return xLegacy.Profile, nil
}

// Check asks whose account it is.
func (a *xLegacyAccount) Check(ctx context.Context) error {
	who := ask{op: "check the account", method: http.MethodGet}
	return a.by(ctx, who, func(c *twitter.Client) error {
		_, _, err := c.Accounts.VerifyCredentials(nil)
		return err
	})
}

// xLegacyMedia is an upload as v1.1 answers about it.
type xLegacyMedia struct {
	ID         string       `json:"media_id_string"`
	Processing *xProcessing `json:"processing_info"`
}

const xLegacyMediaPath = "/1.1/media/upload.json"

// command makes a call of the chunked upload.
func (a *xLegacyAccount) command(ctx context.Context, op string, form url.Values) (m xLegacyMedia, err error) {
	call := ask{op: op, method: http.MethodPost, path: xLegacyMediaPath, body: formValues(form)}
	if form.Get("command") == "STATUS" {
		call.method, call.path, call.body = http.MethodGet, xLegacyMediaPath+"?"+form.Encode(), nil
	}
	if _, err = a.uploads.do(ctx, call, &m); err == nil && m.ID == "" {
		err = unclear(call, "X gave the upload no id")
	}
	return m, err
}

// Upload brings the video in segments, then its alternative text.
func (a *xLegacyAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	made, err := a.command(ctx, op, url.Values{
		"command": {"INIT"}, "total_bytes": {strconv.FormatInt(m.Video.Size, 10)}, "media_type": {"video/mp4"}, "media_category": {"tweet_video"},
	})
	if err != nil {
		return "", err
	}
	for i := int64(0); i*xSegment < m.Video.Size; i++ {
		if err := a.append(ctx, op, made.ID, m.Video, i); err != nil {
			return "", err
		}
	}
	if _, err := a.command(ctx, op, url.Values{"command": {"FINALIZE"}, "media_id": {made.ID}}); err != nil || p.Alt == "" {
		return made.ID, err
	}
	op = "describe the video of post " + string(p.ID)
	body, err := jsonBody(map[string]any{"media_id": made.ID, "alt_text": map[string]string{"text": p.Alt}})
	if err != nil {
		return "", clip.Errorf(clip.Internal, op, "%w", err)
	}
	_, err = a.uploads.do(ctx, ask{op: op, method: http.MethodPost, path: "/1.1/media/metadata/create.json", body: body}, nil)
	return made.ID, err
}

// append sends one segment of a file.
func (a *xLegacyAccount) append(ctx context.Context, op, id string, file Blob, index int64) error {
	from := index * xSegment
	part := Blob{Size: min(file.Size-from, xSegment)}
	part.Open = func() (io.ReadCloser, error) { return openPart(file, from, part.Size) }
	form, files, err := formBody([]field{
		{name: "command", text: "APPEND"}, {name: "media_id", text: id}, {name: "segment_index", text: strconv.FormatInt(index, 10)},
		{name: "media", file: "media", kind: "application/octet-stream", blob: part},
	})
	if err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer files.Close()
	_, err = a.uploads.do(ctx, ask{op: op, method: http.MethodPost, path: xLegacyMediaPath, body: form}, nil)
	return err
}

// Processed asks for the state of the video.
func (a *xLegacyAccount) Processed(ctx context.Context, handle string) (bool, error) {
	op := "ask whether video " + handle + " is processed"
	m, err := a.command(ctx, op, url.Values{"command": {"STATUS"}, "media_id": {handle}})
	if err != nil {
		return false, err
	}
	return m.Processing.ready(op)
}

// Publish makes the post.
func (a *xLegacyAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	send := ask{op: "publish post " + string(p.ID), method: http.MethodPost, commit: true}
	media, err := strconv.ParseInt(p.Handle, 10, 64)
	if err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Invalid, send.op, "its video is not one of this account")
	}
	var made *twitter.Tweet
	err = a.by(ctx, send, func(c *twitter.Client) (err error) {
		made, _, err = c.Statuses.Update(p.Text, &twitter.StatusUpdateParams{MediaIds: []int64{media}})
		return err
	})
	switch {
	case err != nil:
		return clip.Receipt{}, err
	case made.ID == 0:
		return clip.Receipt{}, unclear(send, "the answer names no post")
	}
	return xReceipt(strconv.FormatInt(made.ID, 10), a.now()), nil
}

// Find reads the account's own posts, newest first, until before p was sent,
// and looks for the media.
func (a *xLegacyAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	list := ask{op: "look for post " + string(p.ID), method: http.MethodGet}
	if p.Handle == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, list.op, "it was never sent")
	}
	query := twitter.UserTimelineParams{Count: xLegacyPage, TrimUser: twitter.Bool(true), IncludeRetweets: twitter.Bool(true), TweetMode: "extended"}
	for range xLegacyPages {
		var page []twitter.Tweet
		err := a.by(ctx, list, func(c *twitter.Client) (err error) {
			page, _, err = c.Timelines.UserTimeline(&query)
			return err
		})
		if err != nil {
			return clip.Receipt{}, false, err
		}
		for _, each := range page {
			at, err := each.CreatedAtTime()
			switch {
			case err != nil:
				return clip.Receipt{}, false, unclear(list, "X gives a post no date")
			case xLegacyShows(each, p.Handle):
				return xReceipt(strconv.FormatInt(each.ID, 10), at), true, nil
			case at.Before(p.Sent.Add(-xClockSlack)):
				return clip.Receipt{}, false, nil
			}
		}
		if len(page) == 0 {
			return clip.Receipt{}, false, nil
		}
		query.MaxID = page[len(page)-1].ID - 1
	}
	return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, list.op, "the account posted more than %d times since", xLegacyPages*xLegacyPage)
}

// xLegacyShows reports whether a post has the media.
func xLegacyShows(t twitter.Tweet, media string) bool {
	if t.ExtendedEntities == nil {
		return false
	}
	for _, m := range t.ExtendedEntities.Media {
		if m.IDStr == media {
			return true
		}
	}
	return false
}

// Retract deletes the post.
func (a *xLegacyAccount) Retract(ctx context.Context, p clip.Post) error {
	gone := ask{op: "retract post " + string(p.ID), method: http.MethodPost}
	text, err := xID(gone.op, p)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return clip.Errorf(clip.Invalid, gone.op, "%w", err)
	}
	var post *twitter.Tweet
	err = a.by(ctx, gone, func(c *twitter.Client) (err error) {
		post, _, err = c.Statuses.Destroy(id, nil)
		return err
	})
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return nil
	case err == nil && post.ID != id:
		return unclear(gone, "the server answers with another post")
	}
	return err
}
