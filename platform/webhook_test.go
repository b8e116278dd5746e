package platform_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// webhookCalls are the requests that a receiver gets.
var webhookCalls = []platformtest.Call{
	{Name: "upload", Is: at(http.MethodPut, "/files/*.mp4")},
	{Name: "publish", Is: func(r *http.Request) bool { return at(http.MethodPost, "/hook")(r) && !retracts(r) }},
	{Name: "find", Is: at(http.MethodGet, "/status")},
	{Name: "retract", Is: func(r *http.Request) bool { return at(http.MethodPost, "/hook")(r) && retracts(r) }},
}

func retracts(r *http.Request) bool {
	return strings.HasSuffix(r.Header.Get("Webhook-Id"), "-retracted")
}

// receiver is a partner's server as docs/operating.md asks for it.
type receiver struct {
	t     testing.TB
	check *standardwebhooks.Webhook
	dir   string

	mu     sync.Mutex
	seen   map[string]int // events by their id
	events []string       // their types
}

func startReceiver(t testing.TB) (*receiver, string) {
	t.Helper()
	check, err := standardwebhooks.NewWebhook(webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{t: t, check: check, dir: t.TempDir(), seen: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /files/{name}", r.file)
	mux.HandleFunc("POST /hook", r.event)
	mux.HandleFunc("GET /status", r.status)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return r, server.URL
}

// signed reads a request that is signed as it must be.
func (r *receiver) signed(w http.ResponseWriter, req *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(req.Body)
	if err == nil {
		err = r.check.Verify(body, req.Header)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return nil, false
	}
	return body, true
}

func (r *receiver) file(w http.ResponseWriter, req *http.Request) {
	body, ok := r.signed(w, req)
	if !ok {
		return
	}
	if err := os.WriteFile(filepath.Join(r.dir, req.PathValue("name")), body, 0o600); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (r *receiver) event(w http.ResponseWriter, req *http.Request) {
	body, ok := r.signed(w, req)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var event struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	var data struct{ Post string }
	if err := json.Unmarshal(body, &event); err != nil || json.Unmarshal(event.Data, &data) != nil {
		http.Error(w, "not an event", http.StatusBadRequest)
		return
	}
	if r.seen[req.Header.Get("Webhook-Id")]++; r.seen[req.Header.Get("Webhook-Id")] == 1 {
		r.events = append(r.events, event.Type)
		r.take(event.Type, data.Post, event.Data)
	}
	_, _ = io.WriteString(w, "thank you") // the caller sees what it sees
}

// take does what an event says.
func (r *receiver) take(kind, post string, data []byte) {
	document := filepath.Join(r.dir, post+".json")
	if kind == "post.published" {
		if err := os.WriteFile(document, data, 0o600); err != nil {
			r.t.Error(err)
		}
		return
	}
	for _, end := range []string{".json", ".mp4", ".vtt", ".jpg"} {
		if err := os.Remove(filepath.Join(r.dir, post+end)); err != nil && !os.IsNotExist(err) {
			r.t.Error(err)
		}
	}
}

func (r *receiver) status(w http.ResponseWriter, req *http.Request) {
	if _, ok := r.signed(w, req); !ok {
		return
	}
	document, err := os.ReadFile(filepath.Join(r.dir, req.URL.Query().Get("post")+".json"))
	if err != nil {
		http.Error(w, `{"error":"there is no such post"}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(document) // the caller sees what it sees
}

func webhookBench(t testing.TB) *platformtest.Bench {
	r, server := startReceiver(t)
	proxy := platformtest.NewProxy(t, server, webhookCalls)
	b := deliveredTo(r.dir)
	b.Proxy, b.Secrets = proxy, []string{webhookSecret, "token=in-the-address"}
	b.Account = open(t, "webhook", map[string]any{
		"url": proxy.URL + "/hook?token=in-the-address", "secret": webhookSecret, "upload_url": proxy.URL + "/files",
		"status_url": proxy.URL + "/status", "allow_private": true,
	}, proxy.Client)
	return b
}

// TestWebhookFetched: a receiver that fetches the files is told where they are,
// and gets none.
func TestWebhookFetched(t *testing.T) {
	r, server := startReceiver(t)
	account := open(t, "webhook", map[string]any{
		"url": server + "/hook", "secret": webhookSecret, "media_url": "https://ovation.example/media", "allow_private": true,
	}, nil)
	limits, err := account.Limits(t.Context())
	if err != nil || limits.ReadBack {
		t.Errorf("without a status_url a lost answer can be asked for: %+v, %v", limits, err)
	}
	sample := platformtest.Sample{Video: []byte("video"), Cover: []byte("cover"), Captions: []byte("WEBVTT\n")}
	p := sample.Post("goal-1.partner", "Gold!")
	p.Attempt = 1
	p.Marker = platform.NewMarker(p)
	if p.Handle, err = account.Upload(t.Context(), p, forgetful(sample)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := account.Publish(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	document, err := os.ReadFile(filepath.Join(r.dir, "goal-1.partner.json"))
	if err != nil || !strings.Contains(string(document), `"url":"https://ovation.example/media/`+string(p.Media)+`"`) {
		t.Errorf("the receiver is told %s, %v", document, err)
	}
	if left := tree(t, r.dir); len(left) != 1 {
		t.Errorf("the receiver has %v", left)
	}
	if _, _, err := account.Find(t.Context(), p); clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), "status_url") {
		t.Errorf("find without a status_url: %v", err)
	}
	if err := account.Retract(t.Context(), p); err != nil || len(r.events) != 2 || r.events[1] != "post.retracted" {
		t.Errorf("events %v, %v", r.events, err)
	}
}

// TestWebhookOptions: each error names the key.
func TestWebhookOptions(t *testing.T) {
	const good = `"url":"https://p.example/hook","secret":"` + webhookSecret + `"`
	for options, want := range map[string]string{
		`{` + good + `,"upload_url":"https://p.example/in"}`:                                      "",
		`{` + good + `,"media_url":"https://o.example/media","status_url":"https://p.example/s"}`: "",
		`{` + good + `}`: "upload_url, media_url",
		`{` + good + `,"upload_url":"https://p.example/in","media_url":"https://o.example/media"}`:       "not both",
		`{` + good + `,"upload_url":"http://p.example/in"}`:                                              "upload_url: http",
		`{` + good + `,"upload_url":"https://p.example/in","status_url":"p.example"}`:                    "status_url",
		`{"url":"https://p.example/hook","upload_url":"https://p.example/in"}`:                           "secret",
		`{"url":"https://p.example/hook","upload_url":"https://p.example/in","secret":"whsec_hunter2!"}`: "base64",
		`{"secret":"` + webhookSecret + `"}`:                                                             "url",
	} {
		_, err := openJSON("webhook", options, platform.Deps{Dir: t.TempDir(), Log: silent(), Vault: platformtest.NewVault()})
		if want == "" && err != nil || want != "" && (clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), want)) || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", options, err, want)
		}
	}
}
