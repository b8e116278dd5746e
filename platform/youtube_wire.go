package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// youtubeVideo is the video resource, as much of it as is needed.
type youtubeVideo struct {
	ID         string             `json:"id,omitempty"`
	Snippet    *youtubeSnippet    `json:"snippet,omitempty"`
	Status     youtubeStatus      `json:"status"`
	Processing *youtubeProcessing `json:"processingDetails,omitempty"`
	Statistics map[string]string  `json:"statistics,omitempty"` // numbers, as text
}

type youtubeSnippet struct {
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Tags        []string  `json:"tags,omitempty"`
	Category    string    `json:"categoryId"`
	Language    string    `json:"defaultLanguage,omitempty"`
	Audio       string    `json:"defaultAudioLanguage,omitempty"`
	Published   time.Time `json:"publishedAt,omitzero"`
}

// youtubeStatus is all of the status that can be written: what an update
// leaves out is deleted.
type youtubeStatus struct {
	Privacy   string `json:"privacyStatus"`
	Kids      bool   `json:"selfDeclaredMadeForKids"`
	Synthetic bool   `json:"containsSyntheticMedia"`
	Upload    string `json:"uploadStatus,omitempty"`
	Failure   string `json:"failureReason,omitempty"`
	Rejection string `json:"rejectionReason,omitempty"`
}

type youtubeProcessing struct {
	Status  string `json:"processingStatus"`
	Failure string `json:"processingFailureReason"`
}

func (a *youtubeAccount) status(privacy string) youtubeStatus {
	return youtubeStatus{Privacy: privacy, Kids: a.options.MadeForKids, Synthetic: a.options.Synthetic}
}

// video reads parts of a video; NotFound where there is none.
func (a *youtubeAccount) video(ctx context.Context, op, id, parts string) (youtubeVideo, error) {
	var told struct {
		Kind  string         `json:"kind"`
		Items []youtubeVideo `json:"items"`
	}
	look := ask{op: op, method: http.MethodGet, path: "/youtube/v3/videos?" + url.Values{"part": {parts}, "id": {id}}.Encode()}
	if _, err := a.do(ctx, look, &told); err != nil {
		return youtubeVideo{}, err
	}
	switch {
	case told.Kind != "youtube#videoListResponse":
		return youtubeVideo{}, unclear(look, "the answer is no list of videos")
	case len(told.Items) == 0:
		return youtubeVideo{}, clip.Errorf(clip.NotFound, op, "there is no video %s on the channel", id)
	case told.Items[0].ID != id:
		return youtubeVideo{}, unclear(look, "the answer is about another video")
	}
	return told.Items[0], nil
}

// show sets who may see a video.
func (a *youtubeAccount) show(ctx context.Context, set ask, id, privacy string) (youtubeVideo, error) {
	body, err := jsonBody(youtubeVideo{ID: id, Status: a.status(privacy)})
	if err != nil {
		return youtubeVideo{}, clip.Errorf(clip.Internal, set.op, "%w", err)
	}
	set.method, set.path, set.body = http.MethodPut, "/youtube/v3/videos?part=status", body
	var v youtubeVideo
	if _, err := a.do(ctx, set, &v); err != nil {
		return youtubeVideo{}, err
	}
	if v.ID != id || v.Status.Privacy == "" {
		return youtubeVideo{}, unclear(set, "the answer is about another video")
	}
	return v, nil
}

func youtubeReceipt(id string, at time.Time) clip.Receipt {
	return clip.Receipt{ID: id, URL: "https://www.youtube.com/watch?v=" + url.QueryEscape(id), At: at}
}

// youtubeID is the video of a receipt, also where a person gave its address.
func youtubeID(op string, p clip.Post) (string, error) {
	id := p.Receipt.ID
	if at, err := url.Parse(id); err == nil && at.Host != "" {
		id = at.Query().Get("v")
		if id == "" { // https://youtu.be/ID, https://www.youtube.com/shorts/ID
			id = at.Path[strings.LastIndexByte(at.Path, '/')+1:]
		}
	}
	if id == "" {
		return "", clip.Errorf(clip.Invalid, op, "it has no receipt")
	}
	return id, nil
}

// youtubeRefusal reads Google's words for a refusal: the status alone calls a
// used-up quota forbidden.
// https://developers.google.com/youtube/v3/docs/errors, 2026-11-24.
func youtubeRefusal(text []byte, r *refusal, now time.Time) {
	var said struct {
		Error struct {
			Message string `json:"message"`
			Errors  []struct {
				Reason string `json:"reason"`
			} `json:"errors"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &said) != nil || len(said.Error.Errors) == 0 {
		return
	}
	why := said.Error.Errors[0].Reason
	r.reason = htmlTag.ReplaceAllString(said.Error.Message, "") + " (" + why + ")"
	switch why {
	case "quotaExceeded", "dailyLimitExceeded":
		r.kind, r.until, r.advice = clip.Throttled, youtubeMidnight(now), "the quota starts anew at midnight Pacific time"
	case "uploadLimitExceeded":
		r.kind, r.until, r.advice = clip.Throttled, now.Add(24*time.Hour), "YouTube lets the channel go on after a day"
	case "rateLimitExceeded", "userRateLimitExceeded", "uploadRateLimitExceeded":
		r.kind, r.advice = clip.Throttled, ""
	case "youtubeSignupRequired":
		r.kind, r.advice = clip.Denied, "the Google account has no channel; make one on youtube.com"
	}
}

var htmlTag = regexp.MustCompile(`<[^>]*>`)

// youtubeMidnight is when the quota of a day has been renewed.
func youtubeMidnight(now time.Time) time.Time {
	now = now.UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), youtubeNewDay, 0, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}
