package platformtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Mastodon is a server that speaks the Mastodon API as documented
// (https://docs.joinmastodon.org, 2026-11-24), as far as a publisher meets it.
// It shows what GoToSocial does not have: Idempotency-Key, processing that
// takes its time, 500 characters. Its fields may be changed between calls.
type Mastodon struct {
	URL     string
	Token   string
	Slow    int  // how often a video is asked for before it is processed
	Broken  bool // processing fails
	Old     bool // before 4.4: media that is not there is left out silently
	Lag     int  // how many reads of the account miss its newest status
	KeyLife time.Duration
	Now     func() time.Time

	mu       sync.Mutex
	media    map[string]*FakeMedia
	statuses []*FakeStatus // oldest first
	keys     map[string]keyed
	made     int
}

// FakeMedia is an upload.
type FakeMedia struct {
	ID, Alt      string
	Video, Cover []byte
	status       string // that has it
	glances      int
}

// FakeStatus is a post.
type FakeStatus struct {
	ID, Text, Visibility, Language, Key string
	Created                             time.Time
	Media                               []*FakeMedia
}

// keyed is what an Idempotency-Key made.
type keyed struct {
	status string
	at     time.Time
}

// NewMastodon starts a server.
func NewMastodon(t testing.TB) *Mastodon {
	t.Helper()
	m := &Mastodon{
		Token: "a-secret-token-of-the-fake", KeyLife: time.Hour, Now: time.Now,
		media: map[string]*FakeMedia{}, keys: map[string]keyed{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/instance", m.instance)
	mux.HandleFunc("POST /api/v2/media", m.signed(m.upload))
	mux.HandleFunc("GET /api/v1/media/{id}", m.signed(m.glance))
	mux.HandleFunc("POST /api/v1/statuses", m.signed(m.publish))
	mux.HandleFunc("DELETE /api/v1/statuses/{id}", m.signed(m.remove))
	mux.HandleFunc("GET /api/v1/accounts/verify_credentials", m.signed(m.whoami))
	mux.HandleFunc("GET /api/v1/accounts/{id}/statuses", m.signed(m.list))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	m.URL = server.URL
	return m
}

// Statuses are the posts on the server, oldest first.
func (m *Mastodon) Statuses() []FakeStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []FakeStatus
	for _, s := range m.statuses {
		all = append(all, *s)
	}
	return all
}

// Expire forgets uploads that no status has, as a server does after a day.
func (m *Mastodon) Expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.media, func(_ string, media *FakeMedia) bool { return media.status == "" })
}

// Fill posts so many statuses with media of their own.
func (m *Mastodon) Fill(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range n {
		m.made++
		id := strconv.Itoa(2000 + m.made)
		m.statuses = append(m.statuses, &FakeStatus{ID: id, Created: m.Now(), Media: []*FakeMedia{{ID: "other-" + id, status: id}}})
	}
}

// signed lets in who has the token, one at a time.
func (m *Mastodon) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+m.Token {
			refuseWith(w, http.StatusUnauthorized, "The access token is invalid")
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		w.Header().Set("X-RateLimit-Limit", "300")
		w.Header().Set("X-RateLimit-Reset", m.Now().UTC().Truncate(5*time.Minute).Add(5*time.Minute).Format("2006-01-02T15:04:05.000000Z"))
		next(w, r)
	}
}

func (m *Mastodon) instance(w http.ResponseWriter, _ *http.Request) {
	answerWith(w, http.StatusOK, map[string]any{"source_url": "https://github.com/mastodon/mastodon", "configuration": map[string]any{
		"statuses": map[string]any{"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
		"media_attachments": map[string]any{
			"supported_mime_types": []string{"image/jpeg", "video/mp4"}, "description_limit": 1500, "video_size_limit": 103809024,
		},
	}})
}

func (m *Mastodon) upload(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength <= 0 {
		refuseWith(w, http.StatusLengthRequired, "Content-Length is missing")
		return
	}
	form, err := r.MultipartReader()
	if err != nil {
		refuseWith(w, http.StatusBadRequest, err.Error())
		return
	}
	m.made++
	media := &FakeMedia{ID: strconv.Itoa(1000 + m.made)}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return // the caller is gone
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return // the same
		}
		switch part.FormName() {
		case "file":
			media.Video = text
		case "thumbnail":
			media.Cover = text
		case "description":
			media.Alt = string(text)
		}
	}
	if len(media.Video) == 0 {
		refuseWith(w, http.StatusUnprocessableEntity, "Validation failed: File can't be blank")
		return
	}
	m.media[media.ID] = media
	status := http.StatusOK
	if m.Slow > 0 {
		status = http.StatusAccepted
	}
	answerWith(w, status, m.show(media))
}

// glance shows media that no status has yet.
func (m *Mastodon) glance(w http.ResponseWriter, r *http.Request) {
	media, ok := m.media[r.PathValue("id")]
	switch {
	case !ok || media.status != "":
		refuseWith(w, http.StatusNotFound, "Record not found")
	case m.Broken:
		refuseWith(w, http.StatusUnprocessableEntity, "There was an error processing the media attachment")
	case media.glances < m.Slow:
		media.glances++
		answerWith(w, http.StatusPartialContent, m.show(media))
	default:
		answerWith(w, http.StatusOK, m.show(media))
	}
}

func (m *Mastodon) publish(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Status     string   `json:"status"`
		Media      []string `json:"media_ids"`
		Visibility string   `json:"visibility"`
		Language   string   `json:"language"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseWith(w, http.StatusBadRequest, err.Error())
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if k, ok := m.keys[key]; ok && key != "" && m.Now().Sub(k.at) < m.KeyLife {
		for _, s := range m.statuses {
			if s.ID == k.status {
				answerWith(w, http.StatusOK, m.showStatus(s))
				return
			}
		}
		refuseWith(w, http.StatusNotFound, "Record not found")
		return
	}
	s := &FakeStatus{Text: in.Status, Visibility: in.Visibility, Language: in.Language, Key: key, Created: m.Now()}
	if problem := m.attach(s, in.Media); problem != "" {
		refuseWith(w, http.StatusUnprocessableEntity, problem)
		return
	}
	n := 0
	for each := graphemes.FromString(in.Status); each.Next(); {
		n++
	}
	if n > 500 {
		refuseWith(w, http.StatusUnprocessableEntity, "Validation failed: Text character limit of 500 exceeded")
		return
	}
	m.made++
	s.ID = strconv.Itoa(2000 + m.made)
	for _, media := range s.Media {
		media.status = s.ID
	}
	m.statuses = append(m.statuses, s)
	m.keys[key] = keyed{s.ID, m.Now()}
	answerWith(w, http.StatusOK, m.showStatus(s))
}

// attach finds the media of a status, or says why it cannot.
func (m *Mastodon) attach(s *FakeStatus, ids []string) (problem string) {
	for _, id := range ids {
		media, ok := m.media[id]
		switch {
		case (!ok || media.status != "") && !m.Old:
			return "Media " + id + " not found or already attached to another post"
		case !ok || media.status != "":
			continue
		case media.glances < m.Slow:
			return "Cannot attach files that have not finished processing. Try again in a moment!"
		}
		s.Media = append(s.Media, media)
	}
	return ""
}

func (m *Mastodon) whoami(w http.ResponseWriter, _ *http.Request) {
	answerWith(w, http.StatusOK, map[string]string{"id": "77", "username": "ovation"})
}

// list shows the account's posts, newest first.
func (m *Mastodon) list(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.FormValue("limit")) // 0: the documented default
	if limit == 0 {
		limit = 20
	}
	below, err := strconv.Atoi(r.FormValue("max_id"))
	if err != nil {
		below = 1 << 62
	}
	newest := len(m.statuses) - 1
	if m.Lag > 0 {
		m.Lag--
		newest--
	}
	shown := []any{}
	for i := newest; i >= 0 && len(shown) < min(limit, 40); i-- {
		s := m.statuses[i]
		if id, _ := strconv.Atoi(s.ID); id < below && (len(s.Media) > 0 || r.FormValue("only_media") != "true") {
			shown = append(shown, m.showStatus(s))
		}
	}
	answerWith(w, http.StatusOK, shown)
}

func (m *Mastodon) remove(w http.ResponseWriter, r *http.Request) {
	for i, s := range m.statuses {
		if s.ID == r.PathValue("id") {
			m.statuses = append(m.statuses[:i:i], m.statuses[i+1:]...)
			answerWith(w, http.StatusOK, m.showStatus(s))
			return
		}
	}
	refuseWith(w, http.StatusNotFound, "Record not found")
}

func (m *Mastodon) show(media *FakeMedia) map[string]any {
	return map[string]any{"id": media.ID, "type": "video", "url": nil, "description": media.Alt}
}

func (m *Mastodon) showStatus(s *FakeStatus) map[string]any {
	shown := []any{}
	for _, media := range s.Media {
		shown = append(shown, m.show(media))
	}
	return map[string]any{
		"id": s.ID, "url": m.URL + "/@ovation/" + s.ID, "created_at": s.Created.UTC().Format("2006-01-02T15:04:05.000Z"),
		"content": "<p>" + strings.ReplaceAll(s.Text, "\n", "<br>") + "</p>", "visibility": s.Visibility, "media_attachments": shown,
	}
}

func answerWith(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller may be gone
}

func refuseWith(w http.ResponseWriter, status int, problem string) {
	answerWith(w, status, map[string]string{"error": fmt.Sprint(problem)})
}
