package platformtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// YouTube is a server that speaks the YouTube Data API v3 as documented
// (https://developers.google.com/youtube/v3/docs, 2026-11-24), as far as a
// publisher meets it. Google's own client is run against it, so that it is not
// only our reading. Its fields may be changed between calls.
type YouTube struct {
	URL      string
	Front    string // the address that upload sessions are given; empty: URL
	Tokens   *Tokens
	Slow     int    // how often a video is asked for before it is processed
	Failure  string // why processing fails; empty: it does not
	Audit    bool   // the project was not audited: all videos stay private
	Short    bool   // the channel may not upload more than 15 minutes
	NoCovers bool   // the channel may not set thumbnails
	Cut      int64  // the next upload breaks off after so many bytes; 0: it does not
	Inserts  int    // uploads left today
	Units    int    // quota left today, for all else
	Most     bool   // the channel has uploaded as much as it may in a day
	Now      func() time.Time

	mu       sync.Mutex
	sessions map[string]*youtubeSession
	videos   []*FakeVideo
	made     int
}

// FakeVideo is a video on a channel.
type FakeVideo struct {
	ID, Title, Description, Language, Privacy string
	Tags                                      []string
	Category                                  string
	Kids, Synthetic                           bool
	Video, Cover                              []byte
	Captions                                  map[string]string // by language
	Published                                 time.Time
	glances                                   int
}

// youtubeVideo is the video resource, as much of it as is spoken here.
type youtubeVideo struct {
	ID      string `json:"id"`
	Snippet struct {
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Tags        []string `json:"tags"`
		Category    string   `json:"categoryId"`
		Language    string   `json:"defaultLanguage"`
	} `json:"snippet"`
	Status struct {
		Privacy   string `json:"privacyStatus"`
		Kids      bool   `json:"selfDeclaredMadeForKids"`
		Synthetic bool   `json:"containsSyntheticMedia"`
	} `json:"status"`
}

// NewYouTube starts a server with a full quota.
func NewYouTube(t testing.TB) *YouTube {
	t.Helper()
	y := &YouTube{
		Tokens:  newTokens(false, "https://www.googleapis.com/auth/youtube.upload https://www.googleapis.com/auth/youtube.force-ssl"),
		Inserts: 100, Units: 10_000, Now: time.Now, sessions: map[string]*youtubeSession{},
	}
	mux := http.NewServeMux()
	mux.Handle("POST /token", y.Tokens)
	mux.HandleFunc("POST /upload/youtube/v3/videos", y.signed(y.insert))
	mux.HandleFunc("PUT /upload/youtube/v3/videos", y.signed(y.chunk))
	mux.HandleFunc("GET /youtube/v3/videos", y.signed(y.cost(1, y.list)))
	mux.HandleFunc("PUT /youtube/v3/videos", y.signed(y.cost(50, y.update)))
	mux.HandleFunc("DELETE /youtube/v3/videos", y.signed(y.cost(50, y.remove)))
	mux.HandleFunc("POST /upload/youtube/v3/captions", y.signed(y.cost(400, y.caption)))
	mux.HandleFunc("POST /upload/youtube/v3/thumbnails/set", y.signed(y.cost(50, y.cover)))
	mux.HandleFunc("GET /youtube/v3/channels", y.signed(y.cost(1, y.channel)))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	y.URL = server.URL
	return y
}

// Videos are the videos on the channel, oldest first.
func (y *YouTube) Videos() []FakeVideo {
	y.mu.Lock()
	defer y.mu.Unlock()
	var all []FakeVideo
	for _, v := range y.videos {
		all = append(all, *v)
	}
	return all
}

// Forget ends all upload sessions, as time does.
func (y *YouTube) Forget() {
	y.mu.Lock()
	defer y.mu.Unlock()
	clear(y.sessions)
}

// signed lets in who has the token.
func (y *YouTube) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !y.Tokens.good(r) {
			youtubeRefuse(w, http.StatusUnauthorized, "global", "authError", "Invalid Credentials")
			return
		}
		next(w, r)
	}
}

// cost takes what a call costs from the quota, and plays one call at a time.
func (y *YouTube) cost(units int, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		y.mu.Lock()
		defer y.mu.Unlock()
		if y.Units < units {
			youtubeOverQuota(w)
			return
		}
		y.Units -= units
		next(w, r)
	}
}

// publish changes who sees a video.
func (y *YouTube) publish(v *FakeVideo, privacy string) {
	if y.Audit {
		privacy = "private"
	}
	if v.Published.IsZero() || privacy == "public" && v.Privacy != "public" {
		v.Published = y.Now()
	}
	v.Privacy = privacy
}

func (y *YouTube) find(id string) *FakeVideo {
	i := slices.IndexFunc(y.videos, func(v *FakeVideo) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	return y.videos[i]
}

func (y *YouTube) list(w http.ResponseWriter, r *http.Request) {
	items := []any{}
	if v := y.find(r.FormValue("id")); v != nil {
		items = append(items, y.show(v))
		v.glances++
	}
	answerWith(w, http.StatusOK, map[string]any{"kind": "youtube#videoListResponse", "items": items})
}

func (y *YouTube) update(w http.ResponseWriter, r *http.Request) {
	var in youtubeVideo
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		youtubeRefuse(w, http.StatusBadRequest, "global", "parseError", "Parse Error")
		return
	}
	v := y.find(in.ID)
	switch {
	case v == nil:
		youtubeNoVideo(w)
	case r.FormValue("part") != "status" || !slices.Contains([]string{"private", "unlisted", "public"}, in.Status.Privacy):
		youtubeRefuse(w, http.StatusBadRequest, "youtube.video", "invalidVideoMetadata", "The request metadata is invalid.")
	default: // what the part has and the request has not is deleted
		v.Kids, v.Synthetic = in.Status.Kids, in.Status.Synthetic
		y.publish(v, in.Status.Privacy)
		answerWith(w, http.StatusOK, y.show(v))
	}
}

func (y *YouTube) remove(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	if y.find(id) == nil {
		youtubeNoVideo(w)
		return
	}
	y.videos = slices.DeleteFunc(y.videos, func(v *FakeVideo) bool { return v.ID == id })
	w.WriteHeader(http.StatusNoContent)
}

func (y *YouTube) channel(w http.ResponseWriter, _ *http.Request) {
	long := "allowed"
	if y.Short {
		long = "disallowed"
	}
	answerWith(w, http.StatusOK, map[string]any{"kind": "youtube#channelListResponse", "items": []any{map[string]any{
		"id": "UCovation", "snippet": map[string]any{"title": "Ovation"}, "status": map[string]any{"longUploadsStatus": long},
	}}})
}

// show is the video resource.
func (y *YouTube) show(v *FakeVideo) map[string]any {
	status := map[string]any{"uploadStatus": "processed", "privacyStatus": v.Privacy, "selfDeclaredMadeForKids": v.Kids, "containsSyntheticMedia": v.Synthetic}
	processing := "succeeded"
	switch {
	case y.Failure != "":
		status["uploadStatus"], status["failureReason"], processing = "failed", y.Failure, "failed"
	case v.glances < y.Slow:
		status["uploadStatus"], processing = "uploaded", "processing"
	}
	return map[string]any{
		"kind": "youtube#video", "id": v.ID, "status": status, "processingDetails": map[string]any{"processingStatus": processing},
		"snippet":    map[string]any{"title": v.Title, "description": v.Description, "publishedAt": v.Published.UTC().Format(time.RFC3339), "channelId": "UCovation"},
		"statistics": map[string]any{"viewCount": "12345", "likeCount": "67", "favoriteCount": "0", "commentCount": "8"},
	}
}

func youtubeNoVideo(w http.ResponseWriter) {
	youtubeRefuse(w, http.StatusNotFound, "youtube.video", "videoNotFound", "The video that you are trying to update cannot be found.")
}

func youtubeOverQuota(w http.ResponseWriter) {
	youtubeRefuse(w, http.StatusForbidden, "youtube.quota", "quotaExceeded",
		`The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.`)
}

// youtubeRefuse is the form of Google's errors.
func youtubeRefuse(w http.ResponseWriter, status int, domain, reason, message string) {
	answerWith(w, status, map[string]any{"error": map[string]any{
		"code": status, "message": message, "errors": []any{map[string]string{"domain": domain, "reason": reason, "message": message}},
	}})
}
