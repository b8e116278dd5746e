package platform

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// blueskyRecord is a post as its account's repository holds it
// (app.bsky.feed.post).
type blueskyRecord struct {
	Type    string         `json:"$type"`
	Text    string         `json:"text"`
	Facets  []blueskyFacet `json:"facets,omitempty"`
	Langs   []string       `json:"langs,omitempty"`
	Created time.Time      `json:"createdAt"`
	Embed   blueskyEmbed   `json:"embed"`
}

// blueskyEmbed is the video of a post (app.bsky.embed.video).
type blueskyEmbed struct {
	Type     string           `json:"$type"`
	Video    json.RawMessage  `json:"video"`
	Captions []blueskyCaption `json:"captions,omitempty"`
	Alt      string           `json:"alt,omitempty"`
	Ratio    *blueskyRatio    `json:"aspectRatio,omitempty"`
}

// blueskyCaption is the captions in one language.
type blueskyCaption struct {
	Lang string          `json:"lang"`
	File json.RawMessage `json:"file"`
}

// blueskyRatio is the shape of a video.
type blueskyRatio struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// record is the post as it is published. Only its mentions need the network.
func (a *blueskyAccount) record(ctx context.Context, op string, p clip.Post, h blueskyHandle) (blueskyRecord, error) {
	r := blueskyRecord{
		Type: blueskyPosts, Text: p.Text, Created: p.Sent.UTC().Truncate(time.Millisecond),
		Embed: blueskyEmbed{Type: "app.bsky.embed.video", Video: h.Video, Alt: p.Alt},
	}
	if width, height := p.Shape.Ratio(); width > 0 {
		r.Embed.Ratio = &blueskyRatio{width, height}
	}
	if p.Lang != "" {
		r.Langs = []string{p.Lang}
	}
	if h.Captions != nil {
		r.Embed.Captions = []blueskyCaption{{orElse(p.Lang, "und"), h.Captions}}
	}
	var err error
	r.Facets, err = a.resolve(ctx, op, blueskyFacets(p.Text))
	return r, err
}

// resolve finds who is mentioned. A name that belongs to nobody stays a word of
// the text, as in the official client.
func (a *blueskyAccount) resolve(ctx context.Context, op string, facets []blueskyFacet) ([]blueskyFacet, error) {
	kept := facets[:0]
	for _, f := range facets {
		feature := &f.Features[0]
		if feature.Type == blueskyMention {
			look, err := xrpc(op, "com.atproto.identity.resolveHandle", url.Values{"handle": {feature.DID}}, nil)
			if err != nil {
				return nil, err
			}
			var told struct{ DID string }
			switch _, err = a.do(ctx, look, &told); {
			case clip.KindOf(err) == clip.Rejected, clip.KindOf(err) == clip.NotFound:
				continue
			case err != nil:
				return nil, err
			}
			feature.DID = told.DID
		}
		kept = append(kept, f)
	}
	return kept, nil
}

// blueskyReceipt names a record as the network does, and where people see it.
func blueskyReceipt(uri string, at time.Time) clip.Receipt {
	who, key, _ := strings.Cut(strings.TrimPrefix(uri, "at://"), "/"+blueskyPosts+"/")
	return clip.Receipt{ID: uri, URL: "https://bsky.app/profile/" + who + "/post/" + key, At: at}
}

// Find asks for the record by its key.
func (a *blueskyAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Marker == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	who, err := a.session.who(ctx)
	if err != nil {
		return clip.Receipt{}, false, err
	}
	key := blueskyKey(p.Marker)
	look, err := xrpc(op, "com.atproto.repo.getRecord", url.Values{"repo": {who.DID}, "collection": {blueskyPosts}, "rkey": {key}}, nil)
	if err != nil {
		return clip.Receipt{}, false, err
	}
	var told struct {
		URI   string
		Value struct{ CreatedAt time.Time }
	}
	switch _, err := a.do(ctx, look, &told); {
	case err != nil && strings.Contains(err.Error(), "RecordNotFound"): // a bare 404 may be another server's
		return clip.Receipt{}, false, nil
	case err != nil:
		return clip.Receipt{}, false, err
	case !strings.HasSuffix(told.URI, "/"+key):
		return clip.Receipt{}, false, unclear(look, "the server answers with another record")
	}
	return blueskyReceipt(told.URI, told.Value.CreatedAt), true, nil
}

// Retract deletes the record; the PDS then deletes the files that nothing else
// refers to. A record that is gone is no error for it.
func (a *blueskyAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	key := blueskyPosted(p.Receipt)
	if key == "" {
		return clip.Errorf(clip.Invalid, op, "it has no receipt")
	}
	who, err := a.session.who(ctx)
	if err != nil {
		return err
	}
	gone, err := xrpc(op, "com.atproto.repo.deleteRecord", nil, map[string]any{"repo": who.DID, "collection": blueskyPosts, "rkey": key})
	if err != nil {
		return clip.Errorf(clip.Internal, op, "%w", err)
	}
	_, err = a.do(ctx, gone, new(struct{}))
	return err
}

// blueskyPosted is the key of a post: the last word of its URI, and of its
// address, which a person may have given.
func blueskyPosted(r clip.Receipt) string {
	id := strings.TrimRight(r.ID, "/")
	return id[strings.LastIndexByte(id, '/')+1:]
}

// Numbers counts a post on Bluesky's AppView, which the PDS asks.
func (a *blueskyAccount) Numbers(ctx context.Context, p clip.Post) (clip.Numbers, error) {
	op := "count post " + string(p.ID)
	who, err := a.session.who(ctx)
	if err != nil {
		return clip.Numbers{}, err
	}
	uri := "at://" + who.DID + "/" + blueskyPosts + "/" + blueskyPosted(p.Receipt)
	look, err := xrpc(op, "app.bsky.feed.getPosts", url.Values{"uris": {uri}}, nil)
	if err != nil {
		return clip.Numbers{}, err
	}
	var told struct {
		Posts []struct{ LikeCount, ReplyCount, RepostCount, QuoteCount int64 }
	}
	if _, err := a.do(ctx, look, &told); err != nil {
		return clip.Numbers{}, err
	}
	if len(told.Posts) == 0 {
		return clip.Numbers{}, clip.Errorf(clip.NotFound, op, "Bluesky does not show it")
	}
	n := told.Posts[0]
	shares := n.RepostCount + n.QuoteCount
	return clip.Numbers{Likes: &n.LikeCount, Comments: &n.ReplyCount, Shares: &shares, At: a.now()}, nil
}
