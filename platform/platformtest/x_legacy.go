package platformtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // as OAuth 1.0a signs
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// XLegacy is a server that speaks X's API v1.1 as it was documented
// (https://developer.x.com/en/docs/x-api/v1, 2026-11-24), as far as a publisher
// meets it. It checks the signatures of OAuth 1.0a. What it keeps, and which of
// its fields may be changed, is as X.
type XLegacy struct {
	*X
	Front                    string // the address that callers sign for; empty: URL
	Consumer, ConsumerSecret string
	Access, AccessSecret     string
	Closed                   bool // the application has no access to v1.1
}

// NewXLegacy starts a server.
func NewXLegacy(t testing.TB) *XLegacy {
	t.Helper()
	x := &XLegacy{
		X:        &X{Posts: 100, Now: time.Now, media: map[string]*XMedia{}},
		Consumer: "the-application", ConsumerSecret: "a-secret-of-the-application", Access: "77-a-secret-token", AccessSecret: "a-secret-of-the-token",
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/1.1/media/upload.json", x.signed(x.upload))
	mux.HandleFunc("POST /1.1/media/metadata/create.json", x.signed(x.describe))
	mux.HandleFunc("POST /1.1/statuses/update.json", x.signed(x.update))
	mux.HandleFunc("POST /1.1/statuses/destroy/{id}", x.signed(x.destroy))
	mux.HandleFunc("GET /1.1/statuses/user_timeline.json", x.signed(x.list))
	mux.HandleFunc("GET /1.1/account/verify_credentials.json", x.signed(func(w http.ResponseWriter, _ *http.Request) {
		answerWith(w, http.StatusOK, map[string]any{"id": 77, "id_str": "77", "screen_name": "ovation"})
	}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	x.URL = server.URL
	return x
}

// signed lets in whose signature is right, one at a time.
func (x *XLegacy) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !x.signature(r):
			xLegacyRefuse(w, http.StatusUnauthorized, 32, "Could not authenticate you.")
			return
		case x.Closed:
			xLegacyRefuse(w, http.StatusForbidden, 453, "You currently have access to a subset of X API V2 endpoints and limited v1.1 endpoints only.")
			return
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		next(w, r)
	}
}

// signature checks a request's signature (RFC 5849, section 3.4). The body stays
// to be read.
func (x *XLegacy) signature(r *http.Request) bool {
	given := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "OAuth "), ", ") {
		name, value, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.Trim(value, `"`))
		if err != nil {
			return false
		}
		given[name] = value
	}
	signature := given["oauth_signature"]
	delete(given, "oauth_signature")
	var pairs []string
	add := func(k, v string) { pairs = append(pairs, percent(k)+"="+percent(v)) }
	for k, v := range given {
		add(k, v)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	forms := []url.Values{r.URL.Query()}
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(string(body)) // what is wrong has another signature
		forms = append(forms, form)
	}
	for _, form := range forms {
		for k, values := range form {
			for _, v := range values {
				add(k, v)
			}
		}
	}
	slices.Sort(pairs)
	front := x.Front
	if front == "" {
		front = x.URL
	}
	base := strings.Join([]string{r.Method, percent(front + r.URL.Path), percent(strings.Join(pairs, "&"))}, "&")
	mac := hmac.New(sha1.New, []byte(percent(x.ConsumerSecret)+"&"+percent(x.AccessSecret)))
	mac.Write([]byte(base))
	return given["oauth_consumer_key"] == x.Consumer && given["oauth_token"] == x.Access &&
		signature == base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent encodes as RFC 3986 has it.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// upload is the chunked upload, whose commands share one address.
func (x *XLegacy) upload(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("media_id")
	m := x.media[id]
	switch command := r.FormValue("command"); {
	case command == "INIT" && r.Method == http.MethodPost:
		size, err := strconv.Atoi(r.FormValue("total_bytes"))
		if err != nil || r.FormValue("media_type") != "video/mp4" || r.FormValue("media_category") != "tweet_video" {
			xLegacyRefuse(w, http.StatusBadRequest, 324, "The media type, size or category is invalid.")
			return
		}
		m = &XMedia{ID: x.name(), Category: "tweet_video", size: size, parts: map[int][]byte{}}
		x.media[m.ID] = m
	case m == nil:
		xLegacyRefuse(w, http.StatusBadRequest, 325, "A media id was not found.")
		return
	case command == "APPEND" && r.Method == http.MethodPost:
		index, part, err := xSegment(r)
		if err != nil || len(part) == 0 || len(part) > 5<<20 || m.done {
			xLegacyRefuse(w, http.StatusBadRequest, 324, "The segment is invalid.")
			return
		}
		m.parts[index] = part
		w.WriteHeader(http.StatusNoContent)
		return
	case command == "FINALIZE" && r.Method == http.MethodPost && len(m.Bytes()) == m.size:
		m.done = true
	case command == "STATUS" && r.Method == http.MethodGet:
		m.glances++
	default:
		xLegacyRefuse(w, http.StatusBadRequest, 324, "The command is invalid.")
		return
	}
	number, _ := strconv.ParseInt(m.ID, 10, 64) // name made it
	shown := map[string]any{"media_id": number, "media_id_string": m.ID, "expires_after_secs": 86400}
	if state, ok := x.showMedia(m)["processing_info"]; ok {
		shown["processing_info"] = state
	}
	answerWith(w, http.StatusOK, shown)
}

func (x *XLegacy) describe(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID  string `json:"media_id"`
		Alt struct {
			Text string `json:"text"`
		} `json:"alt_text"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || x.media[in.ID] == nil || len([]rune(in.Alt.Text)) > 1000 {
		xLegacyRefuse(w, http.StatusBadRequest, 324, "The metadata is invalid.")
		return
	}
	x.media[in.ID].Alt = in.Alt.Text // and no body
}

func (x *XLegacy) update(w http.ResponseWriter, r *http.Request) {
	m := x.media[r.FormValue("media_ids")]
	text := r.FormValue("status")
	switch {
	case x.Posts == 0:
		xLegacyRefuse(w, http.StatusForbidden, 185, "User is over daily status update limit.")
	case m == nil || !m.done || m.glances < x.Slow:
		xLegacyRefuse(w, http.StatusBadRequest, 324, "The validation of media ids failed.")
	case xLength(text) > 280:
		xLegacyRefuse(w, http.StatusForbidden, 186, "Tweet needs to be a bit shorter.")
	case slices.ContainsFunc(x.tweets, func(o *XPost) bool { return o.Text == text }):
		xLegacyRefuse(w, http.StatusForbidden, 187, "Status is a duplicate.")
	default:
		p := &XPost{ID: x.name(), Text: text, Created: x.Now(), Media: []*XMedia{m}}
		x.tweets = append(x.tweets, p)
		x.Posts--
		answerWith(w, http.StatusOK, xLegacyShow(p))
	}
}

func (x *XLegacy) destroy(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(r.PathValue("id"), ".json")
	i := slices.IndexFunc(x.tweets, func(p *XPost) bool { return p.ID == id })
	if i < 0 {
		xLegacyRefuse(w, http.StatusNotFound, 144, "No status found with that ID.")
		return
	}
	gone := x.tweets[i]
	x.tweets = slices.Delete(x.tweets, i, i+1)
	answerWith(w, http.StatusOK, xLegacyShow(gone))
}

// list shows the account's posts, newest first.
func (x *XLegacy) list(w http.ResponseWriter, r *http.Request) {
	most, err := strconv.Atoi(r.FormValue("count"))
	newest, errMax := strconv.ParseInt(r.FormValue("max_id"), 10, 64)
	if errMax != nil {
		newest = 1<<63 - 1
	}
	if err != nil || most > 200 || r.FormValue("tweet_mode") != "extended" {
		xLegacyRefuse(w, http.StatusBadRequest, 214, "Bad request.")
		return
	}
	last := len(x.tweets) - 1
	if x.Lag > 0 {
		x.Lag--
		last--
	}
	shown := []any{}
	for i := last; i >= 0 && len(shown) < most; i-- {
		if id, _ := strconv.ParseInt(x.tweets[i].ID, 10, 64); id <= newest {
			shown = append(shown, xLegacyShow(x.tweets[i]))
		}
	}
	answerWith(w, http.StatusOK, shown)
}

func xLegacyShow(p *XPost) map[string]any {
	number := func(s string) int64 { n, _ := strconv.ParseInt(s, 10, 64); return n } // name made it
	media := []any{}
	for _, m := range p.Media {
		media = append(media, map[string]any{"id": number(m.ID), "id_str": m.ID, "type": "video"})
	}
	return map[string]any{
		"id": number(p.ID), "id_str": p.ID, "full_text": p.Text, "created_at": p.Created.UTC().Format(time.RubyDate),
		"extended_entities": map[string]any{"media": media},
	}
}

// xLegacyRefuse is the form of the errors of v1.1.
func xLegacyRefuse(w http.ResponseWriter, status, code int, message string) {
	answerWith(w, status, map[string]any{"errors": []any{map[string]any{"code": code, "message": message}}})
}
