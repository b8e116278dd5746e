package platformtest

import (
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

// Graph is a server that speaks Meta's Graph API as documented
// (https://developers.facebook.com/docs, 2026-11-24), as far as a publisher of
// reels and threads meets it, and its upload server. Its fields may be changed
// between calls.
type Graph struct {
	URL     string
	Token   string
	Account string // of Instagram, Threads, or a page
	Slow    int    // how often a container, or a published reel, is asked for before it is done
	Broken  string // processing fails with this message
	Used    int    // posts in the last 24 hours, of 100
	NoRight bool   // the token may not delete

	mu    sync.Mutex
	nodes map[string]*GraphVideo
	made  int
}

// GraphVideo is a container, a reel, or a post that one of them became.
type GraphVideo struct {
	ID, Text, Alt string
	Video         []byte
	State         string // of a container: IN_PROGRESS, FINISHED, PUBLISHED, EXPIRED, ERROR
	Post          string // the id of what it became
	Public        bool

	size    int64 // announced
	made    time.Time
	glances int
	sent    bool // a reel: the finish phase came
}

// graphFirst comes before the first id: they are as long as Meta's.
const graphFirst = 17_900_000_000_001_000

// NewGraph starts a server.
func NewGraph(t testing.TB) *Graph {
	t.Helper()
	g := &Graph{Token: "a-secret-token-of-the-fake", Account: "17841400000000001", nodes: map[string]*GraphVideo{}, made: graphFirst}
	mux := http.NewServeMux()
	for pattern, f := range map[string]http.HandlerFunc{
		"POST /{version}/{account}/media":                   g.container,
		"POST /{version}/{account}/threads":                 g.thread,
		"POST /{version}/{account}/media_publish":           g.publish,
		"POST /{version}/{account}/threads_publish":         g.publish,
		"POST /{version}/{account}/video_reels":             g.reel,
		"GET /{version}/{account}/content_publishing_limit": g.limit,
		"GET /{version}/{account}/threads_publishing_limit": g.limit,
		"GET /{version}/{account}/media":                    g.list,
		"GET /{version}/{account}/threads":                  g.list,
		"GET /{version}/{id}":                               g.node,
		"GET /{version}/{id}/insights":                      g.insights,
		"DELETE /{version}/{id}":                            g.remove,
		"POST /ig-api-upload/{version}/{id}":                g.upload,
		"POST /video-upload/{version}/{id}":                 g.upload,
	} {
		for _, version := range []string{"v26.0", "v1.0"} { // of Facebook and Instagram, and of Threads
			mux.HandleFunc(strings.Replace(pattern, "{version}", version, 1), g.signed(f))
		}
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

// Posts are the public posts, oldest first.
func (g *Graph) Posts() []GraphVideo {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []GraphVideo
	for id := graphFirst; id <= g.made; id++ {
		if v := g.nodes[strconv.Itoa(id)]; v != nil && v.Public {
			all = append(all, *v)
		}
	}
	return all
}

// Expire ends the containers that were not published, as a day does.
func (g *Graph) Expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, v := range g.nodes {
		if v.State == "IN_PROGRESS" || v.State == "FINISHED" {
			v.State = "EXPIRED"
		}
	}
}

// signed lets in who has the token, one at a time.
func (g *Graph) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("Authorization")
		if upload := strings.Contains(r.URL.Path, "-upload/"); upload && given != "OAuth "+g.Token || !upload && given != "Bearer "+g.Token {
			refuseGraph(w, http.StatusBadRequest, 190, 463, "Error validating access token: Session has expired")
			return
		}
		if account := r.PathValue("account"); account != "" && account != g.Account {
			refuseGraph(w, http.StatusBadRequest, 100, 33, "Unsupported request. Object with ID '"+account+"' does not exist")
			return
		}
		var form url.Values
		if !strings.Contains(r.URL.Path, "-upload/") {
			if err := r.ParseForm(); err != nil {
				return // the caller is gone
			}
			form = r.Form
		}
		r.Form = form
		g.mu.Lock()
		defer g.mu.Unlock()
		next(w, r)
	}
}

func (g *Graph) add(v *GraphVideo) *GraphVideo {
	g.made++
	v.ID, v.made = strconv.Itoa(g.made), time.Now()
	g.nodes[v.ID] = v
	return v
}

// container makes one of Instagram, which bytes are brought to.
func (g *Graph) container(w http.ResponseWriter, r *http.Request) {
	if r.Form.Get("media_type") != "REELS" || r.Form.Get("upload_type") != "resumable" {
		refuseGraph(w, http.StatusBadRequest, 100, 0, "Invalid parameter")
		return
	}
	v := g.add(&GraphVideo{Text: r.Form.Get("caption"), State: "IN_PROGRESS"})
	answerWith(w, http.StatusOK, map[string]any{"id": v.ID, "uri": "https://rupload.facebook.com/ig-api-upload/v26.0/" + v.ID})
}

// thread makes a container of Threads, and fetches its video.
func (g *Graph) thread(w http.ResponseWriter, r *http.Request) {
	v := &GraphVideo{Text: r.Form.Get("text"), Alt: r.Form.Get("alt_text"), State: "IN_PROGRESS"}
	resp, err := http.Get(r.Form.Get("video_url"))
	if err != nil || resp.StatusCode != http.StatusOK || r.Form.Get("media_type") != "VIDEO" {
		v.State = "ERROR"
	}
	if err == nil {
		defer resp.Body.Close()
		v.Video, _ = io.ReadAll(resp.Body) // what came
	}
	answerWith(w, http.StatusOK, map[string]any{"id": g.add(v).ID})
}

// upload takes bytes from an offset on, as many as come.
func (g *Graph) upload(w http.ResponseWriter, r *http.Request) {
	v := g.nodes[r.PathValue("id")]
	from, err := strconv.ParseInt(r.Header.Get("offset"), 10, 64)
	size, errSize := strconv.ParseInt(r.Header.Get("file_size"), 10, 64)
	if v == nil || err != nil || errSize != nil || from != int64(len(v.Video)) {
		answerWith(w, http.StatusBadRequest, map[string]any{"debug_info": map[string]any{"retriable": false, "type": "OffsetInvalidError", "message": "Request starting offset is invalid"}})
		return
	}
	v.size = size
	text, err := io.ReadAll(r.Body)
	v.Video = append(v.Video, text...)
	if err != nil || int64(len(v.Video)) < size {
		answerWith(w, http.StatusBadRequest, map[string]any{"debug_info": map[string]any{"retriable": true, "type": "PartialRequestError", "message": "Partial request (did not match length of file)"}})
		return
	}
	answerWith(w, http.StatusOK, map[string]any{"success": true, "message": "Upload successful. "})
}

// publish makes a post of a container.
func (g *Graph) publish(w http.ResponseWriter, r *http.Request) {
	v := g.nodes[r.Form.Get("creation_id")]
	switch {
	case v == nil || v.State == "EXPIRED" || v.State == "PUBLISHED":
		refuseGraph(w, http.StatusBadRequest, 24, 2207006, "The requested resource does not exist")
	case v.State != "FINISHED":
		refuseGraph(w, http.StatusBadRequest, 9007, 2207027, "The media is not ready for publishing, please wait for a moment")
	default:
		post := g.add(&GraphVideo{Text: v.Text, Alt: v.Alt, Video: v.Video, Public: true})
		v.State, v.Post = "PUBLISHED", post.ID
		g.Used++
		answerWith(w, http.StatusOK, map[string]any{"id": post.ID})
	}
}

// reel starts and finishes an upload to a page.
func (g *Graph) reel(w http.ResponseWriter, r *http.Request) {
	v := g.nodes[r.Form.Get("video_id")]
	switch {
	case r.Form.Get("upload_phase") == "start":
		v = g.add(&GraphVideo{})
		answerWith(w, http.StatusOK, map[string]any{"video_id": v.ID, "upload_url": "https://rupload.facebook.com/video-upload/v26.0/" + v.ID})
	case r.Form.Get("upload_phase") != "finish" || r.Form.Get("video_state") != "PUBLISHED" || v == nil || !v.whole() || v.sent:
		refuseGraph(w, http.StatusBadRequest, 6000, 1363130, "There was a problem uploading your video file. Please try again.")
	default:
		v.Text, v.sent = r.Form.Get("description"), true
		g.advance(v)
		answerWith(w, http.StatusOK, map[string]any{"success": true})
	}
}

func (v *GraphVideo) whole() bool { return v.size > 0 && int64(len(v.Video)) == v.size }

// advance lets one glance's time pass for a node.
func (g *Graph) advance(v *GraphVideo) {
	v.glances++
	switch {
	case v.glances <= g.Slow:
	case v.State == "IN_PROGRESS" && g.Broken != "":
		v.State = "ERROR"
	case v.State == "IN_PROGRESS" && (v.whole() || v.size == 0 && len(v.Video) > 0):
		v.State = "FINISHED"
	case v.sent && g.Broken == "":
		v.Public = true
	}
}

// node shows a container, a reel or a post.
func (g *Graph) node(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") == "me" {
		answerWith(w, http.StatusOK, map[string]any{"id": g.Account})
		return
	}
	v := g.nodes[r.PathValue("id")]
	if v == nil {
		refuseGraph(w, http.StatusBadRequest, 100, 33, "Unsupported get request. Object with ID does not exist, cannot be loaded due to missing permissions")
		return
	}
	answerWith(w, http.StatusOK, g.show(v))
	g.advance(v)
}

func (g *Graph) show(v *GraphVideo) map[string]any {
	uploading := map[string]any{"status": "in_progress", "bytes_transferred": len(v.Video)}
	if v.whole() {
		uploading["status"] = "complete"
	}
	processing, publishing, at := map[string]any{"status": "not_started"}, map[string]any{"status": "not_started"}, v.made.UTC().Format("2006-01-02T15:04:05-0700")
	switch {
	case v.Public:
		processing["status"], publishing["status"] = "complete", "complete"
	case v.sent && g.Broken != "":
		processing["status"], processing["errors"] = "error", []any{map[string]any{"message": g.Broken}}
	case v.sent:
		processing["status"] = "in_progress"
	}
	return map[string]any{
		"id": v.ID, "status_code": v.State, "video_status": map[string]any{"uploading_phase": uploading, "processing_phase": processing},
		"status": g.status(v, uploading, processing, publishing), "error_message": g.Broken,
		"permalink": "https://www.instagram.com/reel/" + v.ID + "/", "permalink_url": "/reel/" + v.ID + "/",
		"timestamp": at, "created_time": at, "caption": v.Text, "text": v.Text,
	}
}

// status is a word for a container, and the phases for a reel.
func (g *Graph) status(v *GraphVideo, uploading, processing, publishing map[string]any) any {
	if v.State != "" {
		return v.State
	}
	return map[string]any{"video_status": "processing", "uploading_phase": uploading, "processing_phase": processing, "publishing_phase": publishing}
}

func (g *Graph) limit(w http.ResponseWriter, _ *http.Request) {
	answerWith(w, http.StatusOK, map[string]any{"data": []any{map[string]any{"quota_usage": g.Used, "config": map[string]any{"quota_total": 100, "quota_duration": 86400}}}})
}

// list shows the posts, newest first.
func (g *Graph) list(w http.ResponseWriter, _ *http.Request) {
	shown := []any{}
	for id := g.made; id > graphFirst && len(shown) < 25; id-- {
		if v := g.nodes[strconv.Itoa(id)]; v != nil && v.Public {
			both := g.show(v)
			shown = append(shown, map[string]any{"id": v.ID, "permalink": both["permalink"], "timestamp": both["timestamp"], "caption": strings.TrimSpace(v.Text)})
		}
	}
	answerWith(w, http.StatusOK, map[string]any{"data": shown})
}

func (g *Graph) insights(w http.ResponseWriter, r *http.Request) {
	data := []any{}
	for i, name := range strings.Split(r.Form.Get("metric"), ",") {
		data = append(data, map[string]any{"name": name, "period": "lifetime", "values": []any{map[string]any{"value": 1000 + i}}})
	}
	answerWith(w, http.StatusOK, map[string]any{"data": data})
}

func (g *Graph) remove(w http.ResponseWriter, r *http.Request) {
	switch v := g.nodes[r.PathValue("id")]; {
	case v == nil:
		refuseGraph(w, http.StatusBadRequest, 100, 33, "Unsupported delete request. Object with ID does not exist")
	case g.NoRight:
		refuseGraph(w, http.StatusForbidden, 10, 0, "(#10) Application does not have permission for this action")
	default:
		delete(g.nodes, v.ID)
		answerWith(w, http.StatusOK, map[string]any{"success": true})
	}
}

func refuseGraph(w http.ResponseWriter, status, code, subcode int, message string) {
	answerWith(w, status, map[string]any{"error": map[string]any{
		"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, "is_transient": false, "fbtrace_id": "Aabc",
	}})
}
