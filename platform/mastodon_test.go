package platform_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/gotosocial"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// bench is the fake server with a drive of one post to it.
func bench(t *testing.T) (*platformtest.Mastodon, *platformtest.Drive) {
	t.Helper()
	fake := platformtest.NewMastodon(t)
	b := mastodonBench(t, fake.URL, fake.Token)
	sample := platformtest.NewSample(t)
	return fake, &platformtest.Drive{
		Account: b.Account, Proxy: b.Proxy, Media: sample.Media(), Post: sample.Post("goal-1.mastodon", "Gold!"), Now: time.Now(),
	}
}

// TestMastodonPost: what the conformance suite cannot see.
func TestMastodonPost(t *testing.T) {
	fake, d := bench(t)
	fake.Slow = 3
	d.Run(t)
	s := fake.Statuses()
	if len(s) != 1 || s[0].Language != "en" || s[0].Visibility != "public" || len(s[0].Media[0].Cover) == 0 || s[0].Key != platform.NewMarker(d.Post) {
		t.Fatalf("posted %+v", s)
	}
	if d.Proxy.Hits("processed") != 3+1+1 {
		t.Errorf("asked %d times for media that took 3, then once more before publishing", d.Proxy.Hits("processed"))
	}
}

// TestMastodonOnce: each guard alone is enough. The read-back misses the post
// twice, so that it is sent again; that must not make a second one.
func TestMastodonOnce(t *testing.T) {
	for name, prepare := range map[string]func(*platformtest.Mastodon){
		"nothing else wrong":               func(*platformtest.Mastodon) {},
		"the key is forgotten":             func(m *platformtest.Mastodon) { m.KeyLife = 0 },
		"the key is forgotten, before 4.4": func(m *platformtest.Mastodon) { m.KeyLife, m.Old = 0, true },
	} {
		t.Run(name, func(t *testing.T) {
			fake, d := bench(t)
			prepare(fake)
			fake.Lag = clip.AbsentReads
			d.Proxy.Break("publish", platformtest.ExecutedTimeout, 1)
			d.Run(t)
			ours := 0
			for _, s := range fake.Statuses() {
				if s.Text == d.Post.Text {
					ours++
				}
			}
			if ours != 1 || d.Post.State != clip.PostConfirmed || d.Post.Attempt != 2 {
				t.Errorf("%d posts, it is %s after %d attempts: %v %v", ours, d.Post.State, d.Post.Attempt, d.Steps, d.Errors)
			}
		})
	}
}

// TestMastodonFind: false is a statement.
func TestMastodonFind(t *testing.T) {
	fake, d := bench(t)
	finds(t, d, fake.Fill, 1000)
}

// TestMastodonProcessing: media that fails, and media that expired.
func TestMastodonProcessing(t *testing.T) {
	fake, d := bench(t)
	fake.Broken = true
	d.Run(t)
	if d.Post.State != clip.PostRejected || !strings.Contains(d.Post.Reason, "error processing") || len(fake.Statuses()) > 0 {
		t.Errorf("failed processing: %s, %s", d.Post.State, d.Post.Reason)
	}
	fake, d = bench(t)
	d.Kill, d.Before = clip.StepPublish, true
	d.Post.NotBefore = d.Now.Add(time.Hour)
	for d.Post.State != clip.PostSending {
		d.Step(t)
	}
	fake.Expire()
	d.Run(t)
	if !d.Post.State.Final() || len(fake.Statuses()) > 1 {
		t.Errorf("expired media: %s, %s", d.Post.State, d.Post.Reason)
	}
}

// TestMastodonLimits: the server's own numbers, or the documented ones.
func TestMastodonLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		instance string
		text     int
		alt      int
		bytes    int64
		url      int
		kind     clip.Kind
	}{
		"tells nothing": {instance: `{"source_url":"https://github.com/mastodon/mastodon"}`, text: 500, alt: 1500, bytes: 99 << 20, url: 23},
		"tells its own": {instance: `{"api_versions":{"mastodon":6},"configuration":{"statuses":{"max_characters":5000,"characters_reserved_per_url":30},
			"media_attachments":{"description_limit":10000,"video_size_limit":1000000,"supported_mime_types":["image/png","video/mp4"]}}}`,
			text: 5000, alt: 10000, bytes: 1000000, url: 30},
		"takes no video": {instance: `{"configuration":{"media_attachments":{"supported_mime_types":["image/png"]}}}`, kind: clip.Rejected},
		"is no server":   {instance: `<html>`, kind: clip.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tt.instance)) }))
			t.Cleanup(server.Close)
			account := open(t, "mastodon", map[string]any{"server": server.URL, "token": "t", "allow_private": true}, nil)
			p, err := account.Limits(t.Context())
			if tt.kind != 0 {
				if clip.KindOf(err) != tt.kind {
					t.Errorf("%v, want %s", err, tt.kind)
				}
				return
			}
			if err != nil || p.MaxText != tt.text || p.MaxAlt != tt.alt || p.MaxBytes != tt.bytes || p.Count("https://example.org/0123456789/0123456789") != tt.url {
				t.Errorf("limits %+v, %v", p, err)
			}
		})
	}
}

// TestMastodonOptions: each error names the key and says what to write.
func TestMastodonOptions(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"token": "  secret-in-a-file\n", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const server = `"server":"https://mastodon.example"`
	for name, tt := range map[string]struct{ options, want string }{
		"good":                   {`{` + server + `,"token":"secret"}`, ""},
		"token in a file":        {`{` + server + `,"token_file":"token","visibility":"unlisted"}`, ""},
		"slash at the end":       {`{"server":"https://mastodon.example/","token":"secret"}`, ""},
		"no server":              {`{"token":"secret"}`, "server"},
		"server without scheme":  {`{"server":"mastodon.example","token":"secret"}`, "https://mastodon.social"},
		"server with a path":     {`{"server":"https://mastodon.example/@me","token":"secret"}`, "server"},
		"server with a password": {`{"server":"https://u:p@mastodon.example","token":"secret"}`, "server"},
		"plain http":             {`{"server":"http://mastodon.example","token":"secret"}`, "https"},
		"no token":               {`{` + server + `}`, "token"},
		"two tokens":             {`{` + server + `,"token":"secret","token_file":"token"}`, "not both"},
		"no token file":          {`{` + server + `,"token_file":"none"}`, "no such file"},
		"empty token file":       {`{` + server + `,"token_file":"empty"}`, "is empty"},
		"direct visibility":      {`{` + server + `,"token":"secret","visibility":"direct"}`, "visibility"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openJSON("mastodon", tt.options, platform.Deps{Dir: dir, Log: silent()})
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "secret"):
				t.Errorf("shows the secret: %v", err)
			}
		})
	}
}

// TestMastodonThrottled meets the rate limit of a real server.
func TestMastodonThrottled(t *testing.T) {
	server := gotosocial.StartLimited(t, 60)
	account := open(t, "mastodon", map[string]any{"server": server.URL, "token": server.Token, "allow_private": true}, nil)
	for range 60 {
		_, err := account.Limits(t.Context())
		if err == nil {
			continue
		}
		if wait := time.Until(clip.UntilOf(err)); clip.KindOf(err) != clip.Throttled || wait <= 0 || wait > 6*time.Minute {
			t.Errorf("%v: wait %s", err, wait)
		}
		return
	}
	t.Error("the server never throttled")
}

func TestMastodonNumbers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/statuses/17" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(`{"id":"17","replies_count":2,"reblogs_count":0,"favourites_count":30}`))
	}))
	defer server.Close()
	account := open(t, "mastodon", map[string]any{"server": server.URL, "token": "t", "allow_private": true}, nil)
	n, err := account.(platform.Counted).Numbers(t.Context(), clip.Post{ID: "m1.fans", Receipt: clip.Receipt{ID: "17"}})
	if err != nil || n.String() != "30 likes, 2 comments, 0 shares" || n.At.IsZero() {
		t.Errorf("%s, %v", n, err)
	}
	if _, err := account.(platform.Counted).Numbers(t.Context(), clip.Post{ID: "m1.fans", Receipt: clip.Receipt{ID: "18"}}); clip.KindOf(err) != clip.NotFound {
		t.Errorf("of a post that is gone: %v", err)
	}
}
