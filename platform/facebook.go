package platform

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What Facebook accepts as a reel of a page.
// https://developers.facebook.com/documentation/video-api/guides/reels-publishing
// (of 2026-07-30), 2026-11-24. No number of bytes and no length of the
// description is documented there; 2,200 is what Meta's own pages let one write.
const (
	facebookMinTime = 3 * time.Second
	facebookMaxTime = 90 * time.Second
	facebookMaxText = 2200
	facebookQuiet   = 2 * time.Minute // a reel is processed after it was published
)

// facebook posts reels to a page.
//
// Once: a video is brought before anything is public, and published by the
// finish phase of its own upload, once. Its id is our handle, and its status
// tells whether it is public. Facebook processes the video only then, so a post
// may be neither public nor refused for minutes: until it is, it is unknown, and
// is read back.
//
// Reels have no alternative text and no captions of their own.
var facebook = Platform{
	Name:  "facebook",
	About: "Posts reels to a Facebook page.",
	Proof: "Our reading of the documentation: the conformance suite runs it on our fake of the Graph API.",
	Profile: clip.Profile{
		Platform:    "facebook",
		Takedown:    clip.TakedownDelete,
		Shapes:      []clip.Shape{clip.Tall},
		MinDuration: facebookMinTime,
		MaxDuration: facebookMaxTime,
		MaxText:     facebookMaxText,
		NoAlt:       true,
		Quiet:       facebookQuiet,
		ReadBack:    true,
		Count:       utf16Count,
	},
	Options: func() any { return new(facebookOptions) },
	Open:    openFacebook,
}

// facebookOptions is the configuration of a page on Facebook.
type facebookOptions struct {
	// Page is the page's number.
	Page string `yaml:"page" json:"page"`
	// Token is a page access token with pages_show_list, pages_read_engagement and
	// pages_manage_posts. One that was got by a long-lived user token does not end.
	Token clip.Secret `yaml:"token" json:"token"`
	// Server and UploadServer are the API's addresses, if others than Meta's.
	Server       string `yaml:"server" json:"server"`
	UploadServer string `yaml:"upload_server" json:"upload_server"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type facebookAccount struct {
	graph
	uploads *graphUpload
	page    string
}

func openFacebook(options any, d Deps) (Account, error) {
	o := *options.(*facebookOptions)
	if !graphID(o.Page) {
		return nil, clip.Errorf(clip.Invalid, "open a facebook account", "page: write the page's number, such as 100000000000000")
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
	return &facebookAccount{g, uploads, o.Page}, nil
}

// Limits are the documented ones; the API tells none.
func (a *facebookAccount) Limits(context.Context) (clip.Profile, error) { return facebook.Profile, nil }

// Check proves that the token is the page's.
func (a *facebookAccount) Check(ctx context.Context) error {
	op := "check the page"
	var told struct{ ID string }
	if err := a.read(ctx, op, "me", "id", &told); err != nil {
		return err
	}
	if told.ID != a.page {
		return clip.Errorf(clip.Denied, op, "the token is of %s; write a token of the page", told.ID)
	}
	return nil
}

// facebookPhase is how far one of the three phases of a reel is.
type facebookPhase struct {
	Status string
	Bytes  int64 `json:"bytes_transferred"`
	Errors []struct{ Message string }
	Error  struct{ Message string }
}

// facebookVideo is a reel as the API shows it.
type facebookVideo struct {
	Permalink string    `json:"permalink_url"`
	Created   graphTime `json:"created_time"`
	Status    struct {
		Video      string        `json:"video_status"`
		Uploading  facebookPhase `json:"uploading_phase"`
		Processing facebookPhase `json:"processing_phase"`
		Publishing facebookPhase `json:"publishing_phase"`
	}
}

const (
	facebookFields = "status,permalink_url,created_time"
	facebookDone   = "complete"
)

// failed is what went wrong with a reel; empty: nothing.
func (v facebookVideo) failed() string {
	for _, phase := range []facebookPhase{v.Status.Uploading, v.Status.Processing, v.Status.Publishing} {
		for _, each := range phase.Errors {
			return orElse(each.Message, "no reason given")
		}
		if phase.Status == "error" || phase.Error.Message != "" {
			return orElse(phase.Error.Message, "no reason given")
		}
	}
	if v.Status.Video == "error" || v.Status.Video == "expired" {
		return "it is " + v.Status.Video
	}
	return ""
}

// receipt names a reel that is public.
func (v facebookVideo) receipt(id string) clip.Receipt {
	address := v.Permalink
	if strings.HasPrefix(address, "/") {
		address = "https://www.facebook.com" + address
	}
	return clip.Receipt{ID: id, URL: orElse(address, "https://www.facebook.com/reel/"+id), At: time.Time(v.Created)}
}

func (a *facebookAccount) video(ctx context.Context, op, id string) (v facebookVideo, err error) {
	return v, a.read(ctx, op, url.PathEscape(id), facebookFields, &v)
}

// Upload brings the video, from where an earlier call stopped.
func (a *facebookAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	id, from, err := a.begin(ctx, op, p, m)
	if err != nil || from >= m.Video.Size {
		return id, err
	}
	return id, a.uploads.send(ctx, op, "video-upload/"+a.version+"/"+id, m.Video, from)
}

// begin starts an upload, or finds how far the one of an earlier call came.
func (a *facebookAccount) begin(ctx context.Context, op string, p clip.Post, m Media) (id string, from int64, err error) {
	if p.Session != "" {
		v, err := a.video(ctx, op, p.Session)
		switch {
		case err != nil && clip.KindOf(err) != clip.NotFound:
			return "", 0, err
		case err == nil && v.Status.Uploading.Status == facebookDone:
			return p.Session, m.Video.Size, nil
		case err == nil && v.failed() == "":
			return p.Session, v.Status.Uploading.Bytes, nil
		}
	}
	start := a.ask(op, http.MethodPost, a.page+"/video_reels", url.Values{"upload_phase": {"start"}})
	var told struct {
		VideoID string `json:"video_id"`
	}
	if _, err := a.do(ctx, start, &told); err != nil {
		return "", 0, err
	}
	if !graphID(told.VideoID) {
		return "", 0, unclear(start, "the answer names no video")
	}
	return told.VideoID, 0, m.Keep(told.VideoID)
}

// Processed asks whether the video is there; it is looked at once it is
// published.
func (a *facebookAccount) Processed(ctx context.Context, handle string) (bool, error) {
	op := "ask whether the video is there"
	v, err := a.video(ctx, op, handle)
	if err != nil {
		return false, err
	}
	if why := v.failed(); why != "" {
		return false, clip.Errorf(clip.Rejected, op, "Facebook could not use the video: %s", a.short(why))
	}
	return v.Status.Uploading.Status == facebookDone, nil
}

// Publish ends the upload with the word that the reel is to be public.
func (a *facebookAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	switch v, err := a.video(ctx, op, p.Handle); {
	case err != nil:
		return clip.Receipt{}, err
	case v.begun():
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "an earlier attempt published it")
	}
	send := a.ask(op, http.MethodPost, a.page+"/video_reels", url.Values{
		"upload_phase": {"finish"}, "video_id": {p.Handle}, "video_state": {"PUBLISHED"}, "description": {p.Text},
	})
	send.commit = true
	var told struct{ Success bool }
	if _, err := a.do(ctx, send, &told); err != nil {
		return clip.Receipt{}, err
	}
	if !told.Success {
		return clip.Receipt{}, unclear(send, "the answer does not say that it was accepted")
	}
	v, err := a.video(ctx, op, p.Handle)
	if err != nil || v.Status.Publishing.Status != facebookDone {
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "Facebook accepted it, and is processing the video before it is public")
	}
	return v.receipt(p.Handle), nil
}

// begun reports whether a reel was published, whatever became of it.
func (v facebookVideo) begun() bool {
	s := v.Status.Publishing.Status
	return s == facebookDone || s == "in_progress"
}

// Find asks for the video.
func (a *facebookAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Handle == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	switch v, err := a.video(ctx, op, p.Handle); {
	case err != nil:
		return clip.Receipt{}, false, err
	case v.Status.Publishing.Status == facebookDone:
		return v.receipt(p.Handle), true, nil
	case v.failed() != "":
		return clip.Receipt{}, false, nil
	case v.begun() || v.Status.Processing.Status == "in_progress":
		return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, op, "Facebook is still processing the video")
	}
	return clip.Receipt{}, false, nil
}

// Retract deletes the video, and with it the post.
func (a *facebookAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	id := strings.TrimRight(p.Receipt.ID, "/")
	if id = id[strings.LastIndexByte(id, '/')+1:]; !graphID(id) {
		return clip.Errorf(clip.Rejected, op, "its number is not known; delete it by hand at %s", p.Receipt.URL)
	}
	return a.remove(ctx, op, id)
}
