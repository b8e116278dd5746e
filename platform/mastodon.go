package platform

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What a Mastodon server accepts where it does not say otherwise. Every server
// tells its own numbers, see Limits.
// https://docs.joinmastodon.org/entities/Instance/#configuration, 2026-11-24.
const (
	mastodonMaxText    = 500
	mastodonMaxAlt     = 1500
	mastodonURLLength  = 23
	mastodonMaxBytes   = 99 << 20         // MediaAttachment::VIDEO_LIMIT
	mastodonPage       = 40               // most statuses in one answer
	mastodonQuiet      = 30 * time.Second // short: were "absent" wrong, the media could still not be posted twice
	mastodonClockSlack = time.Hour        // between the server's clock and ours
	mastodonMaxPages   = 25
)

// mastodon posts to any server that speaks the Mastodon API.
//
// Once: the Idempotency-Key makes a repeated publish call harmless, but for an
// hour only and not on every server (GoToSocial ignores it), so that nothing
// here depends on it. Uploaded media can be attached to one status, ever: its
// id is our handle, the second guard, and what a lost post is found by.
//
// There is no sidecar for captions: they have to be burned in.
var mastodon = Platform{
	Name:  "mastodon",
	About: "Posts to an account on a Mastodon server, or on another server that speaks its API.",
	Proof: "Real server: the conformance suite runs it on GoToSocial, and on our fake of Mastodon.",
	Profile: clip.Profile{
		Platform: "mastodon",
		Takedown: clip.TakedownDelete,
		Shapes:   clip.Shapes(),
		MaxBytes: mastodonMaxBytes,
		MaxText:  mastodonMaxText,
		MaxAlt:   mastodonMaxAlt,
		Quiet:    mastodonQuiet,
		ReadBack: true,
		Budgets:  []clip.Budget{{Posts: 30, Per: 30 * time.Minute}}, // media; https://docs.joinmastodon.org/api/rate-limits/, 2026-11-24
		Count:    mastodonCount(mastodonURLLength),
	},
	Options: func() any { return new(mastodonOptions) },
	Open:    openMastodon,
}

// mastodonOptions is the configuration of an account on a Mastodon server.
type mastodonOptions struct {
	// Server is the address of the server, such as https://mastodon.social.
	Server string `yaml:"server" json:"server"`
	// Token is an access token with the scopes read:accounts, read:statuses,
	// write:media and write:statuses.
	Token clip.Secret `yaml:"token" json:"token"`
	// TokenFile is a file that holds the token, instead of Token.
	TokenFile string `yaml:"token_file" json:"token_file"`
	// Visibility is public (the default), unlisted or private.
	Visibility string `yaml:"visibility" json:"visibility"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type mastodonAccount struct {
	*caller
	visibility string
}

func openMastodon(options any, d Deps) (Account, error) {
	o := *options.(*mastodonOptions)
	server, err := o.check()
	if err != nil {
		return nil, err
	}
	token, err := readSecret(o.Token, o.TokenFile, d.Dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, "open a mastodon account", "token: %w", err)
	}
	return &mastodonAccount{newCaller(d, server, token, o.AllowPrivate), orElse(o.Visibility, "public")}, nil
}

func (o mastodonOptions) check() (*url.URL, error) {
	op := "open a mastodon account"
	if !slices.Contains([]string{"", "public", "unlisted", "private"}, o.Visibility) {
		return nil, clip.Errorf(clip.Invalid, op, "visibility: %q is none of public, unlisted, private", o.Visibility)
	}
	return serverURL(op, address{"server", strings.TrimSuffix(o.Server, "/"), "https://mastodon.social"}, o.AllowPrivate)
}

// readSecret gives a secret that stands in the configuration or in a file.
func readSecret(secret clip.Secret, file, dir string) (clip.Secret, error) {
	switch {
	case secret != "" && file != "":
		return "", errors.New("write it, or a file that holds it, not both")
	case secret != "":
		return secret, nil
	case file == "":
		return "", errors.New("it is missing; write it, or a file that holds it")
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if secret = clip.Secret(strings.TrimSpace(string(text))); secret == "" {
		return "", errors.New(file + " is empty")
	}
	return secret, nil
}

// mastodonInstance is as much of GET /api/v2/instance as we need.
type mastodonInstance struct {
	Source        string         `json:"source_url"`
	APIVersions   map[string]int `json:"api_versions"` // since 4.3
	Configuration struct {
		Statuses struct {
			MaxCharacters int `json:"max_characters"`
			PerURL        int `json:"characters_reserved_per_url"`
		} `json:"statuses"`
		Media struct {
			Types            []string `json:"supported_mime_types"`
			DescriptionLimit int      `json:"description_limit"` // since 4.4
			VideoSizeLimit   int64    `json:"video_size_limit"`
		} `json:"media_attachments"`
	} `json:"configuration"`
}

// Limits reads the server's own limits.
func (a *mastodonAccount) Limits(ctx context.Context) (clip.Profile, error) {
	op := "read the limits of " + a.base.Host
	var told mastodonInstance
	if _, err := a.do(ctx, ask{op: op, method: http.MethodGet, path: "/api/v2/instance"}, &told); err != nil {
		return clip.Profile{}, err
	}
	media, statuses := told.Configuration.Media, told.Configuration.Statuses
	if media.Types != nil && !slices.Contains(media.Types, "video/mp4") {
		return clip.Profile{}, clip.Errorf(clip.Rejected, op, "the server takes no video")
	}
	p := mastodon.Profile
	p.MaxText = toldOr(statuses.MaxCharacters, p.MaxText)
	p.MaxAlt = toldOr(media.DescriptionLimit, p.MaxAlt)
	p.MaxBytes = toldOr(media.VideoSizeLimit, p.MaxBytes)
	p.Count = mastodonCount(toldOr(statuses.PerURL, mastodonURLLength))
	if told.APIVersions["mastodon"] == 0 && !strings.Contains(told.Source, "mastodon") {
		p.Count = strictCount(p.Count)
	}
	return p, nil
}

// toldOr is what the server told, or what is documented where it told nothing.
func toldOr[N int | int64](told, documented N) N {
	if told > 0 {
		return told
	}
	return documented
}

// mastodonMedia is a media attachment.
type mastodonMedia struct {
	ID string `json:"id"`
}

// Upload sends the video with its cover and alternative text. The server may
// answer before it has processed the video (202).
func (a *mastodonAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	fields := []field{{name: "description", text: p.Alt}}
	if !m.Cover.Zero() {
		fields = append(fields, field{name: "thumbnail", file: string(p.ID) + ".jpg", kind: "image/jpeg", blob: m.Cover})
	}
	fields = append(fields, field{name: "file", file: string(p.ID) + ".mp4", kind: "video/mp4", blob: m.Video})
	form, files, err := formBody(fields)
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer files.Close()
	var media mastodonMedia
	ask := ask{op: op, method: http.MethodPost, path: "/api/v2/media", body: form}
	if _, err := a.do(ctx, ask, &media); err != nil {
		return "", err
	}
	if media.ID == "" {
		return "", clip.Errorf(clip.Unavailable, op, "the server gave the video no id")
	}
	return media.ID, nil
}

// Processed asks for the media. One that is not there may have been attached
// by an attempt whose answer was lost: Publish finds out.
func (a *mastodonAccount) Processed(ctx context.Context, handle string) (bool, error) {
	got, err := a.media(ctx, "ask whether video "+handle+" is processed", handle)
	if clip.KindOf(err) == clip.NotFound {
		return true, nil
	}
	return err == nil && got.status != http.StatusPartialContent, err
}

func (a *mastodonAccount) media(ctx context.Context, op, handle string) (answer, error) {
	var media mastodonMedia
	look := ask{op: op, method: http.MethodGet, path: "/api/v1/media/" + url.PathEscape(handle)}
	got, err := a.do(ctx, look, &media)
	if err == nil && media.ID != handle {
		err = unclear(look, "the server answers with other media")
	}
	return got, err
}

// mastodonStatus is a status as the server shows it.
type mastodonStatus struct {
	ID      string          `json:"id"`
	URL     string          `json:"url"`
	Created time.Time       `json:"created_at"`
	Media   []mastodonMedia `json:"media_attachments"`
}

func (s mastodonStatus) receipt() clip.Receipt {
	return clip.Receipt{ID: s.ID, URL: s.URL, At: s.Created}
}

// mastodonPost is the body of POST /api/v1/statuses.
type mastodonPost struct {
	Text       string   `json:"status"`
	Media      []string `json:"media_ids"`
	Visibility string   `json:"visibility"`
	Language   string   `json:"language,omitempty"`
}

// Publish posts the status.
//
// It first asks for the media once more: servers before 4.4 post a status
// without media that is attached elsewhere, instead of refusing it.
func (a *mastodonAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	if err := a.unattached(ctx, op, p.Handle); err != nil {
		return clip.Receipt{}, err
	}
	body, err := jsonBody(mastodonPost{p.Text, []string{p.Handle}, a.visibility, p.Lang})
	if err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	var status mastodonStatus
	send := ask{op: op, method: http.MethodPost, path: "/api/v1/statuses", key: p.Marker, body: body, commit: true}
	if _, err := a.do(ctx, send, &status); err != nil {
		return clip.Receipt{}, attached(err)
	}
	if status.ID == "" {
		return clip.Receipt{}, unclear(send, "the answer names no status")
	}
	return status.receipt(), nil
}

// unattached reports why media cannot be published now.
func (a *mastodonAccount) unattached(ctx context.Context, op, handle string) error {
	got, err := a.media(ctx, op, handle)
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return clip.Errorf(clip.Ambiguous, op, "the video is not waiting any more: an earlier attempt posted it, or it expired")
	case err == nil && got.status == http.StatusPartialContent:
		return clip.Errorf(clip.Unavailable, op, "the video is still being processed")
	}
	return err
}

// attached turns the refusal of media that a status has already into what it
// says: an earlier attempt was executed. Mastodon (since 4.4) and GoToSocial
// both write "already attached".
func attached(err error) error {
	var e *clip.Error
	if errors.As(err, &e) && e.Kind == clip.Rejected && strings.Contains(e.Error(), "already attached") {
		return clip.Errorf(clip.Ambiguous, e.Op, "%w", e.Err)
	}
	return err
}

// Find reads the account's own statuses back, newest first, until before p was
// sent, and looks for the media.
func (a *mastodonAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Handle == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	var me struct {
		ID string `json:"id"`
	}
	if _, err := a.do(ctx, ask{op: op, method: http.MethodGet, path: "/api/v1/accounts/verify_credentials"}, &me); err != nil {
		return clip.Receipt{}, false, err
	}
	query := url.Values{"only_media": {"true"}, "exclude_reblogs": {"true"}, "limit": {strconv.Itoa(mastodonPage)}}
	for range mastodonMaxPages {
		var page []mastodonStatus
		list := ask{op: op, method: http.MethodGet, path: "/api/v1/accounts/" + url.PathEscape(me.ID) + "/statuses?" + query.Encode()}
		if _, err := a.do(ctx, list, &page); err != nil {
			return clip.Receipt{}, false, err
		}
		if i := slices.IndexFunc(page, func(s mastodonStatus) bool { return slices.Contains(s.Media, mastodonMedia{p.Handle}) }); i >= 0 {
			return page[i].receipt(), true, nil
		}
		if len(page) == 0 || page[len(page)-1].Created.Before(p.Sent.Add(-mastodonClockSlack)) {
			return clip.Receipt{}, false, nil
		}
		query.Set("max_id", page[len(page)-1].ID)
	}
	return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, op, "the account posted more than %d times since", mastodonMaxPages*mastodonPage)
}

// Numbers reads what the server counts; it does not count views.
func (a *mastodonAccount) Numbers(ctx context.Context, p clip.Post) (clip.Numbers, error) {
	var status struct {
		Replies    *int64 `json:"replies_count"`
		Reblogs    *int64 `json:"reblogs_count"`
		Favourites *int64 `json:"favourites_count"`
	}
	look := ask{op: "count post " + string(p.ID), method: http.MethodGet, path: "/api/v1/statuses/" + url.PathEscape(p.Receipt.ID)}
	if _, err := a.do(ctx, look, &status); err != nil {
		return clip.Numbers{}, err
	}
	return clip.Numbers{Likes: status.Favourites, Comments: status.Replies, Shares: status.Reblogs, At: time.Now()}, nil
}

// Retract deletes the status and its media.
func (a *mastodonAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	id := p.Receipt.ID
	if strings.Contains(id, "/") { // a person gave its address, which ends in the id
		id = strings.TrimRight(id, "/")
		id = id[strings.LastIndexByte(id, '/')+1:]
	}
	if id == "" {
		return clip.Errorf(clip.Invalid, op, "it has no receipt")
	}
	// delete_media (since 4.4): else the files stay for a day.
	gone := ask{op: op, method: http.MethodDelete, path: "/api/v1/statuses/" + url.PathEscape(id) + "?delete_media=true"}
	var status mastodonStatus
	_, err := a.do(ctx, gone, &status)
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return nil
	case err == nil && status.ID != id:
		return unclear(gone, "the server answers with another status")
	}
	return err
}
