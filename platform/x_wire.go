package platform

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// xPost is a post as X shows it.
type xPost struct {
	ID          string    `json:"id"`
	Created     time.Time `json:"created_at"`
	Attachments struct {
		Keys []string `json:"media_keys"`
	} `json:"attachments"`
	Numbers struct {
		Views   *int64 `json:"impression_count"`
		Likes   *int64 `json:"like_count"`
		Replies *int64 `json:"reply_count"`
		Reposts *int64 `json:"retweet_count"`
		Quotes  int64  `json:"quote_count"`
	} `json:"public_metrics"`
}

// shows reports whether a post has the media: a media key is what kind it is,
// and its id.
func (p xPost) shows(media string) bool {
	return slices.ContainsFunc(p.Attachments.Keys, func(key string) bool {
		_, id, ok := strings.Cut(key, "_")
		return ok && id == media
	})
}

func xReceipt(id string, at time.Time) clip.Receipt {
	return clip.Receipt{ID: id, URL: "https://x.com/i/status/" + url.PathEscape(id), At: at}
}

// xNew is the body of POST /2/tweets.
type xNew struct {
	Text  string `json:"text"`
	Media struct {
		IDs []string `json:"media_ids"`
	} `json:"media"`
	Replies string `json:"reply_settings,omitempty"`
	AI      bool   `json:"made_with_ai,omitempty"`
	Paid    bool   `json:"paid_partnership,omitempty"`
}

// xID is the id of a receipt, also where a person gave the post's address.
func xID(op string, p clip.Post) (string, error) {
	id := strings.TrimRight(p.Receipt.ID, "/")
	if at, err := url.Parse(id); err == nil {
		id = at.Path[strings.LastIndexByte(at.Path, '/')+1:]
	}
	if _, err := strconv.ParseUint(id, 10, 64); err != nil {
		return "", clip.Errorf(clip.Invalid, op, "it has no receipt with the number of a post")
	}
	return id, nil
}

// xRefusal reads X's words for a refusal. X says with 403 what is forbidden,
// what is too long, and that the same was posted already; and with 429 that a
// quarter of an hour's posts are used up, or a day's.
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors, 2026-11-24.
func xRefusal(text []byte, r *refusal, now time.Time) {
	var said struct {
		Detail string `json:"detail"`
		Type   string `json:"type"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(text, &said) != nil {
		return
	}
	r.reason = said.Detail
	if len(said.Errors) > 0 {
		r.reason = orElse(said.Errors[0].Message, said.Detail)
	}
	words := strings.ToLower(r.reason)
	switch {
	case r.status == http.StatusPaymentRequired, strings.HasSuffix(said.Type, "/usage-capped"):
		r.kind, r.advice = clip.Denied, "buy credits on console.x.com, or raise the spending limit there"
	case r.status == http.StatusTooManyRequests:
		r.until = xUntil(r.header, r.until, now)
	case r.status != http.StatusForbidden:
	case r.commit && strings.Contains(words, "duplicate"):
		r.kind, r.advice = clip.Ambiguous, "it may be this very post"
	case strings.Contains(words, "too long"), strings.Contains(words, "longer than"):
		r.kind, r.advice = clip.Rejected, ""
	}
}

// xUntil is when a throttled call may be made again: where a day's are used up,
// X tells that in headers of their own.
func xUntil(h http.Header, until, now time.Time) time.Time {
	for _, limit := range []string{"X-App-Limit-24hour", "X-User-Limit-24hour"} {
		if h.Get(limit+"-Remaining") != "0" {
			continue
		}
		if wait, ok := parseWait(h.Get(limit+"-Reset"), now); ok && now.Add(wait).After(until) {
			until = now.Add(wait)
		}
	}
	return until
}
