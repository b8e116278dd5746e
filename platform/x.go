package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What X takes. https://docs.x.com/x-api/media/quickstart/best-practices
// (video) and https://docs.x.com/fundamentals/counting-characters (text),
// 2026-11-24.
const (
	xMaxText     = 280
	xMaxAlt      = 1000
	xMinDuration = 500 * time.Millisecond
	xMaxDuration = 140 * time.Second
	xMaxBytes    = 512 << 20
	xSegment     = 4 << 20 // APPEND takes 5 MB and 1000 segments
	// xQuiet is how long the account's posts may take to show a new one.
	xQuiet      = 2 * time.Minute
	xClockSlack = time.Hour // between X's clock and ours
	xPage       = 100       // most posts in one answer
	xMaxPages   = 32        // 3200 posts are as far as X reads back
)

// Where X's API is, and where X renews access.
const (
	xServer = "https://api.x.com"
	xTokens = xServer + "/2/oauth2/token"
)

// x posts to an account on X, by its API v2.
//
// Once: X has no idempotency key. Each upload has a media key that no other
// has, and posts show theirs: it is what a lost post is found by, in the
// account's own posts. Should a post that was found absent come late, X refuses
// the same text a second time, which is never taken for a clear answer.
//
// X takes $0.015 for a post and $0.20 where it has a link, also a bare domain
// such as example.com; $0.01 for a takedown, and $0.001 for each post read
// back. https://docs.x.com/x-api/getting-started/pricing, 2026-11-24.
//
// Captions go beside the video. There is no cover: X takes a frame.
var x = Platform{
	Name:  "x",
	About: "Posts to an account on X by its API v2, which X bills for each post: $0.015, or $0.20 with a link in it.",
	Proof: "Official client: our fake of the X API serves X's own JavaScript client, and the conformance suite runs the driver on that fake.",
	Profile: clip.Profile{
		Platform:    "x",
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
	Options: func() any { return new(xOptions) },
	Open:    openX,
}

// xOptions is the configuration of an account on X.
type xOptions struct {
	// OAuth is the access of the account, with the scopes tweet.read,
	// tweet.write, users.read, media.write and offline.access.
	OAuth oauthOptions `yaml:"oauth" json:"oauth"`
	// Language of the captions where the moment has none; en is the default.
	Language string `yaml:"language" json:"language"`
	// Replies are who may reply: everybody (the default), following,
	// mentionedUsers, subscribers or verified.
	Replies string `yaml:"replies" json:"replies"`
	// MadeWithAI discloses generated media.
	MadeWithAI bool `yaml:"made_with_ai" json:"made_with_ai"`
	// PaidPartnership discloses that somebody paid for the posts.
	PaidPartnership bool `yaml:"paid_partnership" json:"paid_partnership"`
	// Server is another address of the API.
	Server string `yaml:"server" json:"server"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type xAccount struct {
	*caller
	options xOptions
}

func openX(options any, d Deps) (Account, error) {
	o := *options.(*xOptions)
	op := "open an x account"
	if !slices.Contains([]string{"", "everybody", "following", "mentionedUsers", "subscribers", "verified"}, o.Replies) {
		return nil, clip.Errorf(clip.Invalid, op, "replies: %q is none of everybody, following, mentionedUsers, subscribers, verified", o.Replies)
	}
	if o.Replies == "everybody" {
		o.Replies = ""
	}
	o.Language = orElse(o.Language, "en")
	api := oauthAPI{server: orElse(o.Server, xServer), tokens: xTokens, grant: refreshGrant(""), allowPrivate: o.AllowPrivate}
	c, err := api.open(d, o.OAuth)
	if err != nil {
		return nil, err
	}
	c.dialect = func(text []byte, r *refusal) { xRefusal(text, r, c.now()) }
	return &xAccount{c, o}, nil
}

// Limits are as documented; X does not tell an account's own.
func (a *xAccount) Limits(context.Context) (clip.Profile, error) { return x.Profile, nil }

// Check looks whether the access suffices, and asks whose account it is.
func (a *xAccount) Check(ctx context.Context) error {
	op := "check the account"
	if err := a.permits(ctx, op, "tweet.read", "tweet.write", "users.read", "media.write"); err != nil {
		return err
	}
	_, err := a.me(ctx, op)
	return err
}

// me is the account's id.
func (a *xAccount) me(ctx context.Context, op string) (string, error) {
	var told struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	who := ask{op: op, method: http.MethodGet, path: "/2/users/me"}
	if _, err := a.do(ctx, who, &told); err != nil {
		return "", err
	}
	if told.Data.ID == "" {
		return "", unclear(who, "the answer names no account")
	}
	return told.Data.ID, nil
}

// Processed asks for the state of the video.
func (a *xAccount) Processed(ctx context.Context, handle string) (bool, error) {
	op := "ask whether video " + handle + " is processed"
	m, err := a.media(ctx, ask{op: op, method: http.MethodGet, path: "/2/media/upload?" + url.Values{"command": {"STATUS"}, "media_id": {handle}}.Encode()})
	if err != nil {
		return false, err
	}
	return m.Processing.ready(op)
}

// Publish makes the post.
func (a *xAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	words := xNew{Text: p.Text, Replies: a.options.Replies, AI: a.options.MadeWithAI, Paid: a.options.PaidPartnership}
	words.Media.IDs = []string{p.Handle}
	body, err := jsonBody(words)
	if err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	var told struct {
		Data xPost `json:"data"`
	}
	send := ask{op: op, method: http.MethodPost, path: "/2/tweets", body: body, commit: true}
	if _, err := a.do(ctx, send, &told); err != nil {
		return clip.Receipt{}, err
	}
	if told.Data.ID == "" {
		return clip.Receipt{}, unclear(send, "the answer names no post")
	}
	return xReceipt(told.Data.ID, a.now()), nil
}

// Find reads the account's own posts since p was sent, and looks for the media.
func (a *xAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Handle == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	me, err := a.me(ctx, op)
	if err != nil {
		return clip.Receipt{}, false, err
	}
	query := url.Values{
		"max_results": {strconv.Itoa(xPage)}, "exclude": {"retweets"}, "tweet.fields": {"created_at,attachments"},
		"expansions": {"attachments.media_keys"}, "start_time": {p.Sent.Add(-xClockSlack).UTC().Format(time.RFC3339)},
	}
	for range xMaxPages {
		page, next, err := a.page(ctx, ask{op: op, method: http.MethodGet, path: "/2/users/" + url.PathEscape(me) + "/tweets?" + query.Encode()})
		if err != nil {
			return clip.Receipt{}, false, err
		}
		if i := slices.IndexFunc(page, func(each xPost) bool { return each.shows(p.Handle) }); i >= 0 {
			return xReceipt(page[i].ID, page[i].Created), true, nil
		}
		if next == "" {
			return clip.Receipt{}, false, nil
		}
		query.Set("pagination_token", next)
	}
	return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, op, "the account posted more than %d times since", xMaxPages*xPage)
}

// page reads some of an account's posts, and what comes after them. X reports
// errors also beside what it could read: then it is not all.
func (a *xAccount) page(ctx context.Context, list ask) (page []xPost, next string, err error) {
	var told struct {
		Data []xPost `json:"data"`
		Meta *struct {
			Count int    `json:"result_count"`
			Next  string `json:"next_token"`
		} `json:"meta"`
		Errors []json.RawMessage `json:"errors"`
	}
	if _, err := a.do(ctx, list, &told); err != nil {
		return nil, "", err
	}
	if told.Meta == nil || told.Meta.Count != len(told.Data) || len(told.Errors) > 0 {
		return nil, "", unclear(list, "X could not read all of the account's posts")
	}
	return told.Data, told.Meta.Next, nil
}

// Retract deletes the post.
func (a *xAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	id, err := xID(op, p)
	if err != nil {
		return err
	}
	var told struct {
		Data struct {
			Deleted bool `json:"deleted"`
		} `json:"data"`
	}
	gone := ask{op: op, method: http.MethodDelete, path: "/2/tweets/" + url.PathEscape(id)}
	_, err = a.do(ctx, gone, &told)
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return nil
	case err == nil && !told.Data.Deleted:
		return unclear(gone, "X does not say that it is deleted")
	}
	return err
}

// Numbers reads the post's counters.
func (a *xAccount) Numbers(ctx context.Context, p clip.Post) (clip.Numbers, error) {
	op := "count post " + string(p.ID)
	id, err := xID(op, p)
	if err != nil {
		return clip.Numbers{}, err
	}
	var told struct {
		Data xPost `json:"data"`
	}
	look := ask{op: op, method: http.MethodGet, path: "/2/tweets/" + url.PathEscape(id) + "?tweet.fields=public_metrics"}
	if _, err := a.do(ctx, look, &told); err != nil {
		return clip.Numbers{}, err
	}
	n := told.Data.Numbers
	if told.Data.ID != id {
		return clip.Numbers{}, clip.Errorf(clip.NotFound, op, "X shows no such post")
	}
	if n.Reposts != nil {
		*n.Reposts += n.Quotes
	}
	return clip.Numbers{Views: n.Views, Likes: n.Likes, Comments: n.Replies, Shares: n.Reposts, At: a.now()}, nil
}
