package platformtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// X is a server that speaks the X API v2 as documented (https://docs.x.com,
// 2026-11-24), as far as a publisher meets it. X's own JavaScript client is run
// against it. Its fields may be changed between calls.
type X struct {
	URL     string
	Tokens  *Tokens
	Slow    int    // how often a video is asked for before it is processed
	Failure string // why processing fails; empty: it does not
	Lag     int    // how many reads of the timeline miss its newest post
	Posts   int    // that the account may make in this quarter of an hour
	Day     int    // that the application may make today
	Credits int    // what is paid for, in calls that cost
	Short   bool   // the account may not post more than two minutes
	Now     func() time.Time

	mu     sync.Mutex
	media  map[string]*XMedia
	tweets []*XPost // oldest first
	made   int
}

// XMedia is an upload.
type XMedia struct {
	ID, Category, Alt string
	Captions          map[string]string // by language
	parts             map[int][]byte
	size              int
	done              bool
	glances           int
}

// Bytes are all that was appended, in order.
func (m *XMedia) Bytes() []byte {
	var all []byte
	for i := range len(m.parts) {
		all = append(all, m.parts[i]...)
	}
	return all
}

// key is what posts show of the media.
func (m *XMedia) key() string {
	if m.Category == "amplify_video" {
		return "13_" + m.ID
	}
	return "7_" + m.ID
}

// XPost is a post.
type XPost struct {
	ID, Text     string
	Created      time.Time
	Media        []*XMedia
	MadeWithAI   bool
	Paid         bool
	ReplyControl string
}

// NewX starts a server.
func NewX(t testing.TB) *X {
	t.Helper()
	x := &X{
		Tokens: newTokens(true, "tweet.read tweet.write users.read media.write offline.access"),
		Posts:  100, Day: 10_000, Credits: 1 << 30, Now: time.Now, media: map[string]*XMedia{},
	}
	mux := http.NewServeMux()
	mux.Handle("POST /token", x.Tokens)
	mux.HandleFunc("POST /2/media/upload/initialize", x.signed(x.initialize))
	mux.HandleFunc("POST /2/media/upload/{id}/append", x.signed(x.append))
	mux.HandleFunc("POST /2/media/upload/{id}/finalize", x.signed(x.finalize))
	mux.HandleFunc("GET /2/media/upload", x.signed(x.status))
	mux.HandleFunc("POST /2/media/subtitles", x.signed(x.subtitles))
	mux.HandleFunc("POST /2/media/metadata", x.signed(x.metadata))
	mux.HandleFunc("POST /2/tweets", x.signed(x.publish))
	mux.HandleFunc("GET /2/tweets/{id}", x.signed(x.look))
	mux.HandleFunc("DELETE /2/tweets/{id}", x.signed(x.remove))
	mux.HandleFunc("GET /2/users/me", x.signed(x.whoami))
	mux.HandleFunc("GET /2/users/{id}/tweets", x.signed(x.timeline))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	x.URL = server.URL
	return x
}

// Tweets are the posts on the server, oldest first.
func (x *X) Tweets() []XPost {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []XPost
	for _, p := range x.tweets {
		all = append(all, *p)
	}
	return all
}

// Fill makes so many posts with media of their own.
func (x *X) Fill(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for range n {
		media := &XMedia{ID: x.name()}
		x.tweets = append(x.tweets, &XPost{ID: x.name(), Text: "other " + media.ID, Created: x.Now(), Media: []*XMedia{media}})
	}
}

// name makes an id. Ids rise with time.
func (x *X) name() string {
	x.made++
	return strconv.Itoa(1880028106020515840 + x.made)
}

// signed lets in who has a token, and who pays, one at a time.
func (x *X) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !x.Tokens.good(r) {
			xRefuse(w, http.StatusUnauthorized, "about:blank", "Unauthorized", "Unauthorized")
			return
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.Credits == 0 {
			xRefuse(w, http.StatusPaymentRequired, "https://api.x.com/2/problems/credits", "CreditsDepleted",
				"Your enrolled account does not have any credits to fulfill this request.")
			return
		}
		next(w, r)
	}
}

func (x *X) publish(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text  string `json:"text"`
		Media struct {
			IDs []string `json:"media_ids"`
		} `json:"media"`
		AI    bool   `json:"made_with_ai"`
		Paid  bool   `json:"paid_partnership"`
		Reply string `json:"reply_settings"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		xInvalid(w, "One or more parameters to your request was invalid.")
		return
	}
	if !x.mayPost(w) {
		return
	}
	p := &XPost{Text: in.Text, Created: x.Now(), MadeWithAI: in.AI, Paid: in.Paid, ReplyControl: in.Reply}
	for _, id := range in.Media.IDs {
		media, ok := x.media[id]
		if !ok || !media.done || media.glances < x.Slow {
			xInvalid(w, "Your media IDs are invalid.")
			return
		}
		p.Media = append(p.Media, media)
	}
	switch {
	case xLength(in.Text) > 280:
		xForbid(w, "Your Tweet text is too long. For more information on how Twitter determines text length see https://github.com/twitter/twitter-text.")
	case x.Short:
		xForbid(w, "You are not allowed to post a video longer than 2 minutes.")
	case slices.ContainsFunc(x.tweets, func(o *XPost) bool { return o.Text == in.Text }):
		xForbid(w, "You are not allowed to create a Tweet with duplicate content.")
	default:
		p.ID = x.name()
		x.tweets = append(x.tweets, p)
		x.Posts, x.Day, x.Credits = x.Posts-1, x.Day-1, x.Credits-1
		answerWith(w, http.StatusCreated, map[string]any{"data": map[string]any{"id": p.ID, "text": p.Text, "edit_history_tweet_ids": []string{p.ID}}})
	}
}

// mayPost answers 429 where a limit is used up, in the dialect of X.
func (x *X) mayPost(w http.ResponseWriter) bool {
	h := w.Header()
	h.Set("x-rate-limit-limit", "100")
	h.Set("x-rate-limit-remaining", strconv.Itoa(x.Posts))
	h.Set("x-rate-limit-reset", strconv.FormatInt(x.Now().Add(15*time.Minute).Unix(), 10))
	h.Set("x-app-limit-24hour-limit", "10000")
	h.Set("x-app-limit-24hour-remaining", strconv.Itoa(x.Day))
	h.Set("x-app-limit-24hour-reset", strconv.FormatInt(x.Now().Add(20*time.Hour).Unix(), 10))
	if x.Posts > 0 && x.Day > 0 {
		return true
	}
	xRefuse(w, http.StatusTooManyRequests, "about:blank", "Too Many Requests", "Too Many Requests")
	return false
}

// xLength counts a text without URLs: whole emoji and what is not of a light
// script as two.
func xLength(text string) int {
	n := 0
	for each := graphemes.FromString(text); each.Next(); {
		runes := []rune(each.Value())
		if r := runes[0]; r > 4351 && (r < 8192 || r > 8205) && (r < 8208 || r > 8223) && (r < 8242 || r > 8247) {
			n += 2
			continue
		}
		n += len(runes)
	}
	return n
}

func (x *X) whoami(w http.ResponseWriter, _ *http.Request) {
	answerWith(w, http.StatusOK, map[string]any{"data": map[string]string{"id": "77", "username": "ovation", "name": "Ovation"}})
}

// timeline shows the account's posts, newest first.
func (x *X) timeline(w http.ResponseWriter, r *http.Request) {
	most, err := strconv.Atoi(r.FormValue("max_results"))
	since, errSince := time.Parse(time.RFC3339, r.FormValue("start_time"))
	if err != nil || most < 5 || most > 100 || errSince != nil || r.PathValue("id") != "77" {
		xInvalid(w, "One or more parameters to your request was invalid.")
		return
	}
	newest := len(x.tweets) - 1
	if x.Lag > 0 {
		x.Lag--
		newest--
	}
	from, _ := strconv.Atoi(r.FormValue("pagination_token")) // absent: 0
	shown, meta := []any{}, map[string]any{}
	i := newest - from
	for ; i >= 0 && len(shown) < most && !x.tweets[i].Created.Before(since); i-- {
		shown = append(shown, x.show(x.tweets[i], strings.Contains(r.FormValue("expansions")+r.FormValue("tweet.fields"), "attachments")))
	}
	meta["result_count"] = len(shown)
	if i >= 0 && len(shown) == most {
		meta["next_token"] = strconv.Itoa(newest - i)
	}
	answer := map[string]any{"meta": meta}
	if len(shown) > 0 {
		answer["data"] = shown
	}
	answerWith(w, http.StatusOK, answer)
}

func (x *X) look(w http.ResponseWriter, r *http.Request) {
	for _, p := range x.tweets {
		if p.ID == r.PathValue("id") {
			answerWith(w, http.StatusOK, map[string]any{"data": x.show(p, true)})
			return
		}
	}
	answerWith(w, http.StatusOK, map[string]any{"errors": []any{map[string]string{ // with 200: X calls it a partial error
		"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found", "detail": "Could not find tweet.",
	}}})
}

func (x *X) show(p *XPost, attachments bool) map[string]any {
	shown := map[string]any{
		"id": p.ID, "text": p.Text, "created_at": p.Created.UTC().Format("2006-01-02T15:04:05.000Z"),
		"public_metrics": map[string]int{"impression_count": 12345, "like_count": 67, "reply_count": 8, "retweet_count": 9, "quote_count": 1},
	}
	keys := []string{}
	for _, m := range p.Media {
		keys = append(keys, m.key())
	}
	if attachments && len(keys) > 0 {
		shown["attachments"] = map[string]any{"media_keys": keys}
	}
	return shown
}

func (x *X) remove(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(x.tweets, func(p *XPost) bool { return p.ID == r.PathValue("id") })
	if i < 0 {
		xRefuse(w, http.StatusNotFound, "https://api.twitter.com/2/problems/resource-not-found", "Not Found Error", "Could not find tweet.")
		return
	}
	x.tweets = slices.Delete(x.tweets, i, i+1)
	answerWith(w, http.StatusOK, map[string]any{"data": map[string]bool{"deleted": true}})
}

func xForbid(w http.ResponseWriter, detail string) {
	xRefuse(w, http.StatusForbidden, "about:blank", "Forbidden", detail)
}

func xInvalid(w http.ResponseWriter, detail string) {
	answerWith(w, http.StatusBadRequest, map[string]any{
		"errors": []any{map[string]any{"message": detail}}, "title": "Invalid Request",
		"detail": "One or more parameters to your request was invalid.", "type": "https://api.twitter.com/2/problems/invalid-request",
	})
}

// xRefuse is the form of X's errors (RFC 7807).
func xRefuse(w http.ResponseWriter, status int, kind, title, detail string) {
	answerWith(w, status, map[string]any{"title": title, "detail": fmt.Sprint(detail), "type": kind, "status": status})
}
