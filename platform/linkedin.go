package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What LinkedIn accepts. https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api
// and .../posts-api, 2026-11-24. A version of the API lasts a year; 202601 was
// seen in use.
const (
	linkedinServer   = "https://api.linkedin.com"
	linkedinTokens   = "https://www.linkedin.com/oauth/v2/accessToken"
	linkedinVersion  = "202601"
	linkedinMaxText  = 3000
	linkedinMaxBytes = 500_000_000
	linkedinMinTime  = 3 * time.Second
	linkedinMaxTime  = 30 * time.Minute
	linkedinQuiet    = 2 * time.Minute // for the list of an author's posts to have a new one
	linkedinPage     = 100             // most posts in one answer
	linkedinPages    = 5
)

// linkedin posts to the page of an organization, or to a member's profile.
//
// Once: a post has no key of ours, but the video's URN is in it: the author's
// posts are read back for that, before it is sent and whenever an answer was
// lost. LinkedIn itself refuses a post with the same content, sometimes naming
// one that was deleted, so that is taken for a hint alone.
//
// Captions have to be burned in (its sidecar is SRT), and there is no
// alternative text for videos.
var linkedin = Platform{
	Name:  "linkedin",
	About: "Posts to the page of an organization on LinkedIn, or to a member's profile.",
	Proof: "Our reading of the documentation: the conformance suite runs it on our fake of the API.",
	Profile: clip.Profile{
		Platform:    "linkedin",
		Takedown:    clip.TakedownDelete,
		Shapes:      clip.Shapes(),
		MinDuration: linkedinMinTime,
		MaxDuration: linkedinMaxTime,
		MaxBytes:    linkedinMaxBytes,
		MaxText:     linkedinMaxText,
		NoAlt:       true,
		Quiet:       linkedinQuiet,
		ReadBack:    true,
		Count:       utf16Count,
	},
	Options: func() any { return new(linkedinOptions) },
	Open:    openLinkedIn,
}

// linkedinOptions is the configuration of an author on LinkedIn.
type linkedinOptions struct {
	// Author is who posts: urn:li:organization:NUMBER or urn:li:person:ID.
	Author string `yaml:"author" json:"author"`
	// Token is an access token with w_organization_social and
	// r_organization_social, or those of a member. It lasts 60 days.
	Token clip.Secret `yaml:"token" json:"token"`
	// OAuth renews access by itself, for applications that LinkedIn gives refresh
	// tokens; instead of Token.
	OAuth oauthOptions `yaml:"oauth" json:"oauth"`
	// Version is that of the API, as YEARMONTH.
	Version string `yaml:"version" json:"version"`
	// Server is the API's address, if another one than LinkedIn's.
	Server string `yaml:"server" json:"server"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type linkedinAccount struct {
	*caller
	parts   *caller // without a token: the addresses of parts hold their own
	author  string
	version string
}

var linkedinAuthor = regexp.MustCompile(`^urn:li:(organization|person):[A-Za-z0-9_-]+$`)

func openLinkedIn(options any, d Deps) (Account, error) {
	o := *options.(*linkedinOptions)
	op := "open a linkedin account"
	switch _, bad := strconv.Atoi(orElse(o.Version, linkedinVersion)); {
	case !linkedinAuthor.MatchString(o.Author):
		return nil, clip.Errorf(clip.Invalid, op, "author: write urn:li:organization:NUMBER, or urn:li:person:ID")
	case bad != nil || len(orElse(o.Version, linkedinVersion)) != len(linkedinVersion):
		return nil, clip.Errorf(clip.Invalid, op, "version: write a version of the API, such as %s", linkedinVersion)
	case o.Token == "" && o.OAuth.RefreshToken == "":
		return nil, clip.Errorf(clip.Invalid, op, "token is missing; write the access token, or token_file, or oauth")
	}
	server, err := apiServer("server", orElse(o.Server, linkedinServer), o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	a := &linkedinAccount{newCaller(d, server, o.Token, o.AllowPrivate), newCaller(d, server, "", o.AllowPrivate), o.Author, orElse(o.Version, linkedinVersion)}
	a.dialect = func(text []byte, r *refusal) { linkedinRefusal(text, r, a.now()) }
	if o.OAuth.RefreshToken != "" {
		o.OAuth.TokenURL = orElse(o.OAuth.TokenURL, linkedinTokens)
		if a.tokens, err = newOAuth(d, o.OAuth, refreshGrant("client_id"), o.AllowPrivate); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// linkedinRefusal reads LinkedIn's errors.
// https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling
// and .../rate-limits, 2026-11-24.
func linkedinRefusal(text []byte, r *refusal, now time.Time) {
	var said struct{ Code, Message string }
	if json.Unmarshal(text, &said) != nil {
		return
	}
	switch {
	case r.kind == clip.Throttled && strings.Contains(said.Message, "DAY limit") && r.header.Get("Retry-After") == "":
		r.until = now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) // midnight UTC
	case said.Code == "DUPLICATE_POST", strings.Contains(said.Message, "duplicate of urn:li:"):
		if r.commit {
			r.kind, r.advice = clip.Ambiguous, "an earlier attempt may have posted it"
		}
	case said.Code == "NONEXISTENT_VERSION", strings.Contains(said.Message, "version") && r.status == http.StatusUpgradeRequired:
		r.kind, r.advice = clip.Denied, "write a newer version of the API in the configuration (version)"
	}
}

// call is a call of the REST API; in is its body, nil for none.
func (a *linkedinAccount) call(op, method, path string, in any) (ask, error) {
	c := ask{op: op, method: method, path: "/rest/" + path, header: http.Header{
		"Linkedin-Version": {a.version}, "X-Restli-Protocol-Version": {"2.0.0"},
	}}
	var err error
	if in != nil {
		c.body, err = jsonBody(in)
	}
	return c, err
}

// Limits are the documented ones; the API tells none.
func (a *linkedinAccount) Limits(context.Context) (clip.Profile, error) { return linkedin.Profile, nil }

// Check reads the author's newest post, which needs the token and its scopes.
func (a *linkedinAccount) Check(ctx context.Context) error {
	_, err := a.posts(ctx, "check the account", 0, 1)
	return err
}

// linkedinUpload is what LinkedIn says how to bring a video.
type linkedinUpload struct {
	Video string
	Token string `json:"uploadToken"`
	Parts []struct {
		URL       string `json:"uploadUrl"`
		FirstByte int64
		LastByte  int64
	} `json:"uploadInstructions"`
}

// Upload brings the video in parts. It begins anew after a failure: the names of
// parts that arrived are told once.
func (a *linkedinAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	upload, err := a.begin(ctx, op, m.Video.Size)
	if err != nil {
		return "", err
	}
	arrived := []string{}
	for _, part := range upload.Parts {
		name, err := a.part(ctx, op, part.URL, m.Video, part.FirstByte, part.LastByte+1)
		if err != nil {
			return "", err
		}
		arrived = append(arrived, name)
	}
	end, err := a.call(op, http.MethodPost, "videos?action=finalizeUpload", map[string]any{"finalizeUploadRequest": map[string]any{
		"video": upload.Video, "uploadToken": upload.Token, "uploadedPartIds": arrived,
	}})
	if err == nil {
		_, err = a.do(ctx, end, nil)
	}
	return upload.Video, err
}

// begin starts an upload.
func (a *linkedinAccount) begin(ctx context.Context, op string, size int64) (linkedinUpload, error) {
	start, err := a.call(op, http.MethodPost, "videos?action=initializeUpload", map[string]any{"initializeUploadRequest": map[string]any{
		"owner": a.author, "fileSizeBytes": size, "uploadCaptions": false, "uploadThumbnail": false,
	}})
	if err != nil {
		return linkedinUpload{}, err
	}
	var told struct{ Value linkedinUpload }
	if _, err := a.do(ctx, start, &told); err != nil {
		return linkedinUpload{}, err
	}
	next := int64(0)
	for _, part := range told.Value.Parts {
		if part.FirstByte != next || part.LastByte < next {
			return linkedinUpload{}, unclear(start, "LinkedIn wants parts that do not make the file")
		}
		next = part.LastByte + 1
	}
	if told.Value.Video == "" || next != size {
		return linkedinUpload{}, unclear(start, "LinkedIn wants %d bytes of a file of %d", next, size)
	}
	return told.Value, nil
}

// part brings one part to its own address, and gives its name.
func (a *linkedinAccount) part(ctx context.Context, op, address string, video Blob, from, to int64) (string, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host != a.base.Host && !strings.HasSuffix(at.Host, ".linkedin.com") || at.Scheme != a.base.Scheme {
		return "", clip.Errorf(clip.Unavailable, op, "LinkedIn names an address for a part that is not its own")
	}
	file, err := openPart(video, from, to-from)
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	put := ask{op: op, method: http.MethodPut, path: address, body: &body{kind: "application/octet-stream", size: to - from, Reader: file}}
	got, err := a.parts.do(ctx, put, nil)
	if err != nil {
		return "", err
	}
	name := got.header.Get("ETag")
	if name == "" {
		return "", unclear(put, "LinkedIn gave a part no name")
	}
	return strings.Trim(name, `"`), nil
}

// Processed asks for the video.
func (a *linkedinAccount) Processed(ctx context.Context, handle string) (bool, error) {
	op := "ask whether the video is processed"
	look, err := a.call(op, http.MethodGet, "videos/"+url.QueryEscape(handle), nil)
	if err != nil {
		return false, err
	}
	var told struct {
		Status string
		Reason string `json:"processingFailureReason"`
	}
	if _, err := a.do(ctx, look, &told); err != nil {
		return false, err
	}
	if told.Status == "PROCESSING_FAILED" {
		return false, clip.Errorf(clip.Rejected, op, "LinkedIn could not use the video: %s", a.short(told.Reason))
	}
	return told.Status == "AVAILABLE", nil
}

// Publish posts the video, unless a post has it already.
func (a *linkedinAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	switch _, found, err := a.with(ctx, op, p.Handle, p.Sent); {
	case err != nil:
		return clip.Receipt{}, err
	case found:
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "an earlier attempt posted it")
	}
	send, err := a.call(op, http.MethodPost, "posts", map[string]any{
		"author": a.author, "commentary": linkedinText(p.Text), "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
		"distribution": map[string]any{"feedDistribution": "MAIN_FEED", "targetEntities": []string{}, "thirdPartyDistributionChannels": []string{}},
		"content":      map[string]any{"media": map[string]any{"id": p.Handle, "title": p.Title}}, "isReshareDisabledByAuthor": false,
	})
	if err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	send.commit = true
	got, err := a.do(ctx, send, nil)
	if err != nil {
		return clip.Receipt{}, err
	}
	id := got.header.Get("X-Restli-Id")
	if got.status != http.StatusCreated || id == "" {
		return clip.Receipt{}, unclear(send, "the answer names no post")
	}
	return linkedinReceipt(id, a.now()), nil
}

// linkedinReserved are the characters that mean something in a commentary.
// https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format,
// 2026-11-24.
const linkedinReserved = `|{}@[]()<>#\*_~`

// Retract deletes the post; one that is gone is no error.
func (a *linkedinAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	id := strings.TrimRight(p.Receipt.ID, "/")
	if id = id[strings.LastIndexByte(id, '/')+1:]; !strings.HasPrefix(id, "urn:li:") {
		return clip.Errorf(clip.Rejected, op, "%w", errors.New("its URN is not known; delete it by hand at "+p.Receipt.URL))
	}
	gone, err := a.call(op, http.MethodDelete, "posts/"+url.QueryEscape(id), nil)
	if err != nil {
		return err
	}
	if _, err = a.do(ctx, gone, nil); clip.KindOf(err) == clip.NotFound {
		return nil
	}
	return err
}
