package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What Bluesky accepts.
const (
	// lexicons/app/bsky/feed/post.json of bluesky-social/atproto, 2026-11-24.
	blueskyMaxText      = 300 // grapheme clusters
	blueskyMaxTextBytes = 3000
	// lexicons/app/bsky/embed/video.json: 300 MB since
	// https://github.com/bluesky-social/atproto/pull/5373, 2026-11-24. A PDS
	// that takes the video itself has a limit of its own, which it does not tell.
	blueskyMaxBytes    = 300_000_000
	blueskyMaxAlt      = 1000 // grapheme clusters, counted here in characters
	blueskyMaxCaptions = 20_000
	// https://github.com/bluesky-social/social-app/pull/11528, 2026-11-24.
	blueskyMaxDuration = 10 * time.Minute
	// The PDS is asked for a record by its key, and answers from the store that
	// it wrote to: nothing comes late.
	blueskyQuiet = 15 * time.Second

	blueskyServer = "https://bsky.social"
	blueskyPosts  = "app.bsky.feed.post"
	blueskyDirect = "none" // the option video_service of a PDS without one
)

// bluesky posts to an account on the AT Protocol's network.
//
// Once: the record key is ours, so that a post is written to its own place or
// not at all: putRecord refuses with InvalidSwap where there is one already, and
// getRecord says for certain whether there is. createRecord would do without a
// key, and answers a repeated one with 500 (seen on @atproto/pds 0.4.217).
//
// The video goes to Bluesky's video service, which writes it to the PDS; it has
// no cover of its own. Captions are WebVTT blobs beside it.
var bluesky = Platform{
	Name:  "bluesky",
	About: "Posts to an account on Bluesky, or on any other server (PDS) of the AT Protocol.",
	Proof: "Real server: the conformance suite runs it on Bluesky's own PDS; the video service, which is closed, is our fake, which writes to that PDS.",
	Profile: clip.Profile{
		Platform:    "bluesky",
		Takedown:    clip.TakedownDelete,
		Shapes:      clip.Shapes(),
		MaxDuration: blueskyMaxDuration,
		MaxBytes:    blueskyMaxBytes,
		MaxText:     blueskyMaxText,
		MaxAlt:      blueskyMaxAlt,
		Quiet:       blueskyQuiet,
		ReadBack:    true,
		Count:       blueskyCount,
	},
	Options: func() any { return new(blueskyOptions) },
	Open:    openBluesky,
}

// blueskyOptions is the configuration of an account on Bluesky.
type blueskyOptions struct {
	// Server is the account's PDS; https://bsky.social, the default, passes calls
	// on to the right one of Bluesky's own.
	Server string `yaml:"server" json:"server"`
	// Handle is the account's name, such as ovation.bsky.social, or its DID.
	Handle string `yaml:"handle" json:"handle"`
	// Password is an app password (Settings, Privacy and security, App passwords).
	Password clip.Secret `yaml:"password" json:"password"`
	// VideoService processes videos; https://video.bsky.app is the default. With
	// none the PDS takes them as they are, for servers outside Bluesky's network.
	VideoService string `yaml:"video_service" json:"video_service"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type blueskyAccount struct {
	*caller // of the PDS
	session *blueskySession
	service *caller // of the video service; nil: the PDS takes the video itself
}

func openBluesky(options any, d Deps) (Account, error) {
	o := *options.(*blueskyOptions)
	op := "open a bluesky account"
	if o.Handle == "" || strings.ContainsAny(o.Handle, "@ /") {
		return nil, clip.Errorf(clip.Invalid, op, "handle: write the account's name, such as ovation.bsky.social, without @")
	}
	server, err := apiServer("server", orElse(o.Server, blueskyServer), o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	if o.Password == "" {
		return nil, clip.Errorf(clip.Invalid, op, "password is missing; write an app password, or password_file")
	}
	a := &blueskyAccount{caller: newCaller(d, server, "", o.AllowPrivate)}
	a.session = newBlueskySession(d, newCaller(d, server, "", o.AllowPrivate), o.Handle, o.Password)
	a.tokens, a.dialect = a.session, blueskyRefusal
	if o.VideoService == blueskyDirect {
		return a, nil
	}
	service, err := apiServer("video_service", orElse(o.VideoService, blueskyVideo), o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	a.service = newCaller(d, service, "", o.AllowPrivate)
	a.service.dialect = blueskyRefusal
	return a, nil
}

// apiServer reads the address of a platform's API.
func apiServer(key, address string, allowPrivate bool) (*url.URL, error) {
	op := "open an account"
	server, err := url.Parse(strings.TrimSuffix(address, "/"))
	switch {
	case err != nil, server.Host == "", server.Scheme != "https" && server.Scheme != "http", server.Path != "", server.User != nil:
		return nil, clip.Errorf(clip.Invalid, op, "%s: write an address such as https://api.example.org, or nothing", key)
	case server.Scheme == "http" && !allowPrivate:
		return nil, clip.Errorf(clip.Invalid, op, "%s: http would show the token to everybody on the way; write https", key)
	}
	return server, nil
}

// xrpc is a call of a method (https://atproto.com/specs/xrpc, 2026-11-24): with
// params alone a query, with in a procedure.
func xrpc(op, method string, params url.Values, in any) (ask, error) {
	a := ask{op: op, method: http.MethodGet, path: "/xrpc/" + method}
	if len(params) > 0 {
		a.path += "?" + params.Encode()
	}
	if in == nil {
		return a, nil
	}
	var err error
	a.method = http.MethodPost
	a.body, err = jsonBody(in)
	return a, err
}

// blueskyRefusal reads the errors of XRPC: a name and a message. Tokens that
// are not taken, and records that are not there, come with status 400.
func blueskyRefusal(text []byte, r *refusal) {
	var said struct{ Error, Message string }
	if json.Unmarshal(text, &said) != nil || said.Error == "" {
		return
	}
	if r.reason = said.Error; said.Message != "" {
		r.reason += ": " + said.Message
	}
	switch said.Error {
	case "ExpiredToken", "InvalidToken", "AuthMissing":
		r.kind, r.stale, r.advice = clip.Unavailable, true, "the session is made anew at the next try"
	case "AuthenticationRequired", "AuthFactorTokenRequired":
		r.kind, r.advice = clip.Denied, "check handle, and that password is an app password that still exists"
	case "AccountTakedown", "AccountDeactivated", "AccountSuspended":
		r.kind, r.advice = clip.Denied, "the account itself was taken down or is switched off"
	case "RecordNotFound", "UploadNotFound", "MethodNotImplemented", "XRPCNotSupported":
		r.kind = clip.NotFound
	case "BlobNotFound":
		r.advice = "the video was deleted with an earlier post that had the same; trim the clip, so that it is another one"
	case "InvalidSwap": // putRecord, where a record must not be
		r.kind, r.advice = clip.Ambiguous, "an earlier attempt posted it"
	case "DailyLimitExceeded", "TooManyOpenUploads":
		r.kind, r.until = clip.Throttled, time.Now().Add(blueskyDaily)
	case "ServiceOverloaded", "UploadNotReady", "UpstreamTimeout", "UpstreamFailure":
		r.kind = statusKind(http.StatusServiceUnavailable, r.commit)
	}
}

// Limits asks the video service whether the account may upload any more today.
// A PDS tells no limits.
func (a *blueskyAccount) Limits(ctx context.Context) (clip.Profile, error) {
	if a.service == nil {
		return bluesky.Profile, nil
	}
	return bluesky.Profile, a.mayUpload(ctx, "read the limits of the account")
}

// Check proves the account's session.
func (a *blueskyAccount) Check(ctx context.Context) error {
	op := "check the account"
	look, err := xrpc(op, "com.atproto.server.getSession", nil, nil)
	if err != nil {
		return err
	}
	var told struct{ DID, Status string }
	if _, err := a.do(ctx, look, &told); err != nil {
		return err
	}
	if told.Status != "" {
		return clip.Errorf(clip.Denied, op, "the account is %s", told.Status)
	}
	_, err = a.Limits(ctx)
	return err
}

// blueskyHandle is what Upload leaves to the other steps. A video is a blob of
// the PDS, or what the video service makes one of.
type blueskyHandle struct {
	Job      string          `json:"job,omitempty"`
	Video    json.RawMessage `json:"video,omitempty"`
	Captions json.RawMessage `json:"captions,omitempty"`
}

// Upload brings the captions and the video.
func (a *blueskyAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	var h blueskyHandle
	var err error
	if !m.Captions.Zero() {
		if m.Captions.Size > blueskyMaxCaptions {
			return "", clip.Errorf(clip.Rejected, op, "the captions have %d bytes, Bluesky takes %d; trim the clip or post it without", m.Captions.Size, blueskyMaxCaptions)
		}
		if h.Captions, err = a.blob(ctx, op, "text/vtt", m.Captions); err != nil {
			return "", err
		}
	}
	if a.service == nil {
		h.Video, err = a.blob(ctx, op, "video/mp4", m.Video)
	} else {
		h.Job, err = a.bring(ctx, op, p, m)
	}
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(h)
	return string(text), err
}

// blob uploads a file to the PDS, which forgets it when no record refers to it.
func (a *blueskyAccount) blob(ctx context.Context, op, kind string, b Blob) (json.RawMessage, error) {
	file, err := openBlob(b)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	send := ask{
		op: op, method: http.MethodPost, path: "/xrpc/com.atproto.repo.uploadBlob",
		body: &body{kind: kind, size: b.Size, Reader: file},
	}
	var told struct{ Blob json.RawMessage }
	if _, err := a.do(ctx, send, &told); err != nil {
		return nil, err
	}
	if len(told.Blob) == 0 {
		return nil, unclear(send, "the server gave the file no reference")
	}
	return told.Blob, nil
}

// Processed asks the video service; what a PDS took itself is ready.
func (a *blueskyAccount) Processed(ctx context.Context, handle string) (bool, error) {
	h, err := a.ready(ctx, "ask whether the video is processed", handle)
	return err == nil && h.Video != nil, err
}

// ready completes a handle with the video, where that is processed.
func (a *blueskyAccount) ready(ctx context.Context, op, handle string) (h blueskyHandle, err error) {
	if err := json.Unmarshal([]byte(handle), &h); err != nil {
		return h, clip.Errorf(clip.Invalid, op, "the handle is none of Bluesky")
	}
	if h.Video != nil {
		return h, nil
	}
	if a.service == nil {
		return h, clip.Errorf(clip.Rejected, op, "the video is with the video service, which the configuration does not name any more")
	}
	h.Video, err = a.processed(ctx, op, h.Job)
	return h, err
}

// Publish writes the record, where none is yet.
func (a *blueskyAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	h, err := a.ready(ctx, op, p.Handle)
	if err == nil && h.Video == nil {
		err = clip.Errorf(clip.Unavailable, op, "the video is still being processed")
	}
	if err != nil {
		return clip.Receipt{}, err
	}
	who, err := a.session.who(ctx)
	if err != nil {
		return clip.Receipt{}, err
	}
	record, err := a.record(ctx, op, p, h)
	if err != nil {
		return clip.Receipt{}, err
	}
	key := blueskyKey(p.Marker)
	send, err := xrpc(op, "com.atproto.repo.putRecord", nil, map[string]any{
		"repo": who.DID, "collection": blueskyPosts, "rkey": key, "swapRecord": nil, "record": record,
	})
	if err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	send.commit = true
	var told struct{ URI string }
	if _, err := a.do(ctx, send, &told); err != nil {
		return clip.Receipt{}, err
	}
	if !strings.HasSuffix(told.URI, "/"+key) {
		return clip.Receipt{}, unclear(send, "the server answers with another record")
	}
	return blueskyReceipt(told.URI, record.Created), nil
}
