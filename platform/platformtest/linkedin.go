package platformtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// LinkedIn is a server that speaks the Videos and Posts APIs as documented
// (https://learn.microsoft.com/linkedin/marketing/community-management/shares,
// 2026-11-24), as far as a publisher meets them. Its fields may be changed
// between calls.
type LinkedIn struct {
	URL      string
	Front    string // where parts are brought to; a proxy before the server
	Token    string
	Author   string
	Version  string
	PartSize int64
	Slow     int    // how often a video is asked for before it is processed
	Broken   string // processing fails for this reason
	Lag      int    // how many lists miss the newest post
	NoGuard  bool   // posts with the same content are not refused

	mu     sync.Mutex
	videos map[string]*linkedinVideo
	posts  []*LinkedInPost // oldest first
	made   int
}

// LinkedInPost is a post.
type LinkedInPost struct {
	ID, Text string // the text as people see it
	Video    []byte
	urn      string // of the video
	created  time.Time
}

type linkedinVideo struct {
	urn     string
	size    int64
	parts   map[string][]byte // by their names
	whole   []byte
	glances int
	done    bool
}

// NewLinkedIn starts a server.
func NewLinkedIn(t testing.TB) *LinkedIn {
	t.Helper()
	l := &LinkedIn{
		Token: "a-secret-token-of-the-fake", Author: "urn:li:organization:2414183", Version: "202601", PartSize: 32 << 10,
		videos: map[string]*linkedinVideo{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rest/videos", l.signed(l.upload))
	mux.HandleFunc("GET /rest/videos/{urn}", l.signed(l.video))
	mux.HandleFunc("POST /rest/posts", l.signed(l.post))
	mux.HandleFunc("GET /rest/posts", l.signed(l.list))
	mux.HandleFunc("DELETE /rest/posts/{urn}", l.signed(l.remove))
	mux.HandleFunc("PUT /dms-uploads/{urn}/{part}", l.part)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	l.URL, l.Front = server.URL, server.URL
	return l
}

// Posts are the posts on the server, oldest first.
func (l *LinkedIn) Posts() []LinkedInPost {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []LinkedInPost
	for _, p := range l.posts {
		all = append(all, *p)
	}
	return all
}

// signed lets in who has the token and names the version, one at a time.
func (l *LinkedIn) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+l.Token:
			refuseLinkedIn(w, http.StatusUnauthorized, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
			return
		case r.Header.Get("LinkedIn-Version") != l.Version:
			refuseLinkedIn(w, http.StatusUpgradeRequired, "NONEXISTENT_VERSION", "Requested version "+r.Header.Get("LinkedIn-Version")+" is not active")
			return
		case r.Header.Get("X-Restli-Protocol-Version") != "2.0.0":
			refuseLinkedIn(w, http.StatusBadRequest, "ILLEGAL_ARGUMENT", "the protocol's version is missing")
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		next(w, r)
	}
}

// upload starts and ends an upload.
func (l *LinkedIn) upload(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Start struct {
			Owner         string
			FileSizeBytes int64
		} `json:"initializeUploadRequest"`
		End struct {
			Video           string
			UploadedPartIDs []string
		} `json:"finalizeUploadRequest"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseLinkedIn(w, http.StatusBadRequest, "ILLEGAL_ARGUMENT", err.Error())
		return
	}
	switch r.FormValue("action") {
	case "initializeUpload":
		l.start(w, in.Start.Owner, in.Start.FileSizeBytes)
	case "finalizeUpload":
		l.end(w, in.End.Video, in.End.UploadedPartIDs)
	default:
		refuseLinkedIn(w, http.StatusBadRequest, "ILLEGAL_ARGUMENT", "no such action")
	}
}

func (l *LinkedIn) start(w http.ResponseWriter, owner string, size int64) {
	if owner != l.Author || size < 1 {
		refuseLinkedIn(w, http.StatusForbidden, "ACCESS_DENIED", "Not enough permissions to act for "+owner)
		return
	}
	l.made++
	v := &linkedinVideo{urn: fmt.Sprintf("urn:li:video:C5F10AQ%06d", l.made), size: size, parts: map[string][]byte{}}
	l.videos[v.urn] = v
	parts := []any{}
	for from := int64(0); from < size; from += l.PartSize {
		parts = append(parts, map[string]any{
			"uploadUrl": fmt.Sprintf("%s/dms-uploads/%s/%d?token=x", l.Front, url.PathEscape(v.urn), from/l.PartSize),
			"firstByte": from, "lastByte": min(from+l.PartSize, size) - 1,
		})
	}
	answerWith(w, http.StatusOK, map[string]any{"value": map[string]any{"video": v.urn, "uploadToken": "", "uploadInstructions": parts}})
}

// part takes a part and names it.
func (l *LinkedIn) part(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.videos[r.PathValue("urn")]
	if v == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	name := "/ambry-video/signedId/" + r.PathValue("part")
	v.parts[name] = text
	w.Header().Set("ETag", `"`+name+`"`)
}

func (l *LinkedIn) end(w http.ResponseWriter, urn string, names []string) {
	v := l.videos[urn]
	if v == nil {
		refuseLinkedIn(w, http.StatusNotFound, "NOT_FOUND", "no such video")
		return
	}
	v.whole = nil
	for _, name := range names {
		v.whole = append(v.whole, v.parts[name]...)
	}
	if int64(len(v.whole)) != v.size {
		refuseLinkedIn(w, http.StatusBadRequest, "MULTIPART_FINALIZE_FAILED", "parts are missing")
		return
	}
	v.done = true
	w.WriteHeader(http.StatusOK)
}

func (l *LinkedIn) video(w http.ResponseWriter, r *http.Request) {
	v := l.videos[r.PathValue("urn")]
	if v == nil {
		refuseLinkedIn(w, http.StatusNotFound, "NOT_FOUND", "no such video")
		return
	}
	told := map[string]any{"id": v.urn, "owner": l.Author, "status": "PROCESSING"}
	switch v.glances++; {
	case !v.done:
		told["status"] = "WAITING_UPLOAD"
	case v.glances <= l.Slow:
	case l.Broken != "":
		told["status"], told["processingFailureReason"] = "PROCESSING_FAILED", l.Broken
	default:
		told["status"] = "AVAILABLE"
	}
	answerWith(w, http.StatusOK, told)
}

func (l *LinkedIn) post(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Author, Commentary, Visibility, LifecycleState string
		Content                                        struct{ Media struct{ ID string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Visibility != "PUBLIC" || in.LifecycleState != "PUBLISHED" {
		refuseLinkedIn(w, http.StatusUnprocessableEntity, "INVALID", "the post is not as it has to be")
		return
	}
	v := l.videos[in.Content.Media.ID]
	text, problem := linkedinPlain(in.Commentary)
	switch {
	case in.Author != l.Author:
		refuseLinkedIn(w, http.StatusForbidden, "ACCESS_DENIED", "Not enough permissions to act for "+in.Author)
		return
	case v == nil || !v.done || v.glances <= l.Slow:
		refuseLinkedIn(w, http.StatusBadRequest, "ILLEGAL_ARGUMENT", "the video is not available")
		return
	case problem != "" || len([]rune(text)) > 3000:
		refuseLinkedIn(w, http.StatusUnprocessableEntity, "INVALID", "commentary: "+problem)
		return
	}
	for _, p := range l.posts {
		if p.urn == v.urn && !l.NoGuard {
			refuseLinkedIn(w, http.StatusUnprocessableEntity, "DUPLICATE_POST", "Content is a duplicate of "+p.ID)
			return
		}
	}
	l.made++
	p := &LinkedInPost{ID: fmt.Sprintf("urn:li:ugcPost:%d", 7_000_000_000_000_000_000+l.made), Text: text, Video: v.whole, urn: v.urn, created: time.Now()}
	l.posts = append(l.posts, p)
	w.Header().Set("X-Restli-Id", p.ID)
	w.WriteHeader(http.StatusCreated)
}

// linkedinPlain is a commentary as people see it.
func linkedinPlain(s string) (text, problem string) {
	var out strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case strings.ContainsRune("|{}@[]()<>*_~", r):
			return "", "a reserved character is not escaped: " + string(r)
		}
		out.WriteRune(r)
	}
	return out.String(), ""
}

// list shows the author's posts, newest first.
func (l *LinkedIn) list(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.FormValue("start")) // 0: the newest
	count, _ := strconv.Atoi(r.FormValue("count"))
	newest := len(l.posts) - 1
	if l.Lag > 0 {
		l.Lag--
		newest--
	}
	shown := []any{}
	for i := newest - from; i >= 0 && len(shown) < min(count, 100); i-- {
		p := l.posts[i]
		shown = append(shown, map[string]any{"id": p.ID, "createdAt": p.created.UnixMilli(), "content": map[string]any{"media": map[string]any{"id": p.urn}}})
	}
	answerWith(w, http.StatusOK, map[string]any{"elements": shown})
}

func (l *LinkedIn) remove(w http.ResponseWriter, r *http.Request) {
	for i, p := range l.posts {
		if p.ID == r.PathValue("urn") {
			l.posts = append(l.posts[:i:i], l.posts[i+1:]...)
		}
	}
	w.WriteHeader(http.StatusNoContent) // also where it was gone
}

func refuseLinkedIn(w http.ResponseWriter, status int, code, message string) {
	answerWith(w, status, map[string]any{"status": status, "code": code, "message": message})
}
