package platform_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// youtubeCalls are the calls of the YouTube API that the driver makes.
var youtubeCalls = []platformtest.Call{
	{Name: "limits", Is: at(http.MethodGet, "/youtube/v3/channels")},
	{Name: "upload", Is: at(http.MethodPost, "/upload/youtube/v3/videos")},
	{Name: "bytes", Is: at(http.MethodPut, "/upload/youtube/v3/videos")},
	{Name: "thumbnail", Is: at(http.MethodPost, "/upload/youtube/v3/thumbnails/set")},
	{Name: "captions", Is: at(http.MethodPost, "/upload/youtube/v3/captions")},
	{Name: "processed", Is: youtubeLooks("processingDetails")},
	{Name: "publish", Is: at(http.MethodPut, "/youtube/v3/videos")},
	{Name: "find", Is: youtubeLooks("snippet")},
	{Name: "retract", Is: at(http.MethodDelete, "/youtube/v3/videos")},
}

// youtubeLooks recognises a look at a video by what it asks for.
func youtubeLooks(part string) func(*http.Request) bool {
	look := at(http.MethodGet, "/youtube/v3/videos")
	return func(r *http.Request) bool { return look(r) && strings.Contains(r.URL.Query().Get("part"), part) }
}

// newYouTube is the fake with a bench in front of it, and more quota than a
// project has.
func newYouTube(t testing.TB, more map[string]any) (*platformtest.YouTube, *platformtest.Bench) {
	t.Helper()
	fake := platformtest.NewYouTube(t)
	fake.Units, fake.Inserts = 1<<30, 1<<30
	proxy := platformtest.NewProxy(t, fake.URL, youtubeCalls)
	fake.Front = proxy.URL
	options := map[string]any{"server": proxy.URL, "allow_private": true, "oauth": fake.Tokens.Options(fake.URL)}
	for k, v := range more {
		options[k] = v
	}
	return fake, &platformtest.Bench{
		Account: open(t, "youtube", options, proxy.Client), Proxy: proxy, Secrets: fake.Tokens.Secrets(), SameVideo: platformtest.SameBytes,
		Posted: func(_ testing.TB, text string) (found []platformtest.Posted) {
			for _, v := range fake.Videos() {
				if v.Description == text && v.Privacy == "public" {
					found = append(found, platformtest.Posted{ID: v.ID, Video: v.Video})
				}
			}
			return found
		},
	}
}

func youtubeBench(t testing.TB) *platformtest.Bench {
	fake, b := newYouTube(t, nil)
	fake.Slow = 1
	return b
}

// youtubeDrive is one post on its way to the fake.
func youtubeDrive(t testing.TB, more map[string]any) (*platformtest.YouTube, *platformtest.Drive) {
	t.Helper()
	fake, b := newYouTube(t, more)
	sample := platformtest.NewSample(t)
	return fake, &platformtest.Drive{
		Account: b.Account, Proxy: b.Proxy, Media: sample.Media(), Post: sample.Post("goal-1.youtube", "Gold! 3:28.32"), Now: time.Now(),
	}
}

// TestYouTubePost: what the conformance suite cannot see.
func TestYouTubePost(t *testing.T) {
	fake, d := youtubeDrive(t, map[string]any{"tags": []string{"athletics", "gold"}, "synthetic": true})
	fake.Slow = 3
	d.Post.Lang = "no"
	for d.Post.Handle == "" {
		d.Step(t)
	}
	if v := fake.Videos(); len(v) != 1 || v[0].Privacy != "private" {
		t.Fatalf("before it is published there is %+v", v)
	}
	d.Run(t)
	v := fake.Videos()[0]
	if v.Privacy != "public" || v.Title != "Gold" || v.Language != "no" || v.Category != "17" || len(v.Tags) != 2 || v.Kids || !v.Synthetic || len(v.Cover) == 0 {
		t.Errorf("posted %+v", v)
	}
	if !strings.HasPrefix(v.Captions["no"], "WEBVTT") {
		t.Errorf("the captions are %q", v.Captions)
	}
	if want := "https://www.youtube.com/watch?v=" + v.ID; d.Post.Receipt.URL != want || len(d.Errors) > 0 {
		t.Errorf("the receipt is %+v, %v", d.Post.Receipt, d.Errors)
	}
	if len(d.Sessions) != 2 || fake.Inserts != 1<<30-1 {
		t.Errorf("kept %d sessions, of %d uploads", len(d.Sessions), 1<<30-fake.Inserts)
	}
}

// TestYouTubeResume: an upload that broke off goes on where it stopped, also in
// another process, and one that was complete is not begun again.
func TestYouTubeResume(t *testing.T) {
	for name, tt := range map[string]struct {
		cut     int64
		fault   platformtest.Fault
		forget  bool
		uploads int
		puts    int
	}{
		"the connection broke":                {cut: 30_000, uploads: 1, puts: 3},
		"it broke, and the session is gone":   {cut: 30_000, forget: true, uploads: 2, puts: 3},
		"the answer to the last byte is lost": {fault: platformtest.ExecutedReset, uploads: 1, puts: 2},
		"nothing arrived":                     {fault: platformtest.Reset, uploads: 1, puts: 3},
	} {
		t.Run(name, func(t *testing.T) {
			fake, d := youtubeDrive(t, nil)
			fake.Cut = tt.cut
			if tt.fault != "" {
				d.Proxy.Break("bytes", tt.fault, 1)
			}
			for d.Post.Session == "" {
				d.Step(t)
			}
			if len(d.Errors) != 1 || clip.KindOf(d.Errors[0]) != clip.Unavailable {
				t.Fatalf("the upload did not break off: %v", d.Errors)
			}
			if tt.forget {
				fake.Forget()
			}
			d.Account = open(t, "youtube", map[string]any{
				"server": d.Proxy.URL, "allow_private": true, "oauth": fake.Tokens.Options(fake.URL),
			}, d.Proxy.Client) // the process was started anew
			d.Run(t)
			v := fake.Videos()
			if d.Post.State != clip.PostConfirmed || len(v) != 1 || int64(len(v[0].Video)) != d.Media.Video.Size {
				t.Fatalf("%s with %d videos: %v", d.Post.State, len(v), d.Errors)
			}
			if used := 1<<30 - fake.Inserts; used != tt.uploads || d.Proxy.Hits("bytes") != tt.puts {
				t.Errorf("%d uploads were begun and %d times bytes were sent or asked for, want %d and %d", used, d.Proxy.Hits("bytes"), tt.uploads, tt.puts)
			}
		})
	}
}

// TestYouTubeStranger: neither the token nor the video goes to an address that
// is not YouTube's.
func TestYouTubeStranger(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked for %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(stranger.Close)
	fake, d := youtubeDrive(t, nil)
	fake.Front = stranger.URL
	d.Run(t)
	if d.Post.State != clip.PostIntent || d.Post.Session != "" || !strings.Contains(d.Errors[0].Error(), "not YouTube's") {
		t.Errorf("%s: %v", d.Post.State, d.Errors)
	}
}

// TestYouTubeRefusals: what Google says becomes what we do.
func TestYouTubeRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*platformtest.YouTube)
		state   clip.PostState
		wait    time.Duration
		word    string
	}{
		"no upload left":      {func(y *platformtest.YouTube) { y.Inserts = 0 }, clip.PostIntent, time.Second, "midnight Pacific"},
		"no quota left":       {func(y *platformtest.YouTube) { y.Units = 30 }, clip.PostIntent, time.Second, "midnight Pacific"},
		"too many in a day":   {func(y *platformtest.YouTube) { y.Most = true }, clip.PostIntent, 23 * time.Hour, "after a day"},
		"no thumbnails":       {func(y *platformtest.YouTube) { y.NoCovers = true }, clip.PostIntent, 0, "no_cover: true"},
		"not audited":         {func(y *platformtest.YouTube) { y.Audit = true }, clip.PostRejected, 0, "audit the API project"},
		"processing failed":   {func(y *platformtest.YouTube) { y.Failure = "codec" }, clip.PostRejected, 0, "codec"},
		"access was revoked":  {func(y *platformtest.YouTube) { y.Tokens.Revoke() }, clip.PostPlanned, 0, "connect the account again"},
		"too long for it all": {func(y *platformtest.YouTube) { y.Short = true }, clip.PostRejected, 0, "15m0s at most"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, d := youtubeDrive(t, nil)
			tt.prepare(fake)
			if fake.Short {
				d.Post.Duration = 16 * time.Minute
			}
			d.Run(t)
			if len(d.Errors) == 0 || d.Post.State != tt.state || !strings.Contains(d.Errors[0].Error(), tt.word) || d.Waited < tt.wait {
				t.Errorf("%s after %s: %v", d.Post.State, d.Waited, d.Errors)
			}
			for _, v := range fake.Videos() {
				if v.Privacy != "private" {
					t.Errorf("a video is %s", v.Privacy)
				}
			}
		})
	}
}

// TestYouTubeWords: what YouTube never takes is refused before anything is sent.
func TestYouTubeWords(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*clip.Post)
		word   string
	}{
		"no title":         {func(p *clip.Post) { p.Title = "" }, "wants a title"},
		"a long title":     {func(p *clip.Post) { p.Title = strings.Repeat("é", 101) }, "101 characters"},
		"brackets":         {func(p *clip.Post) { p.Text = "a < b" }, "has '<'"},
		"brackets, titled": {func(p *clip.Post) { p.Title = "<3" }, "has '<'"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, d := youtubeDrive(t, nil)
			tt.change(&d.Post)
			d.Run(t)
			if d.Post.State != clip.PostRejected || !strings.Contains(d.Post.Reason, tt.word) || fake.Inserts != 1<<30 {
				t.Errorf("%s, %q", d.Post.State, d.Post.Reason)
			}
		})
	}
}

// TestYouTubeAfter: hidden and shown again, counted, checked, and found by the
// address that a person gave.
func TestYouTubeAfter(t *testing.T) {
	fake, d := youtubeDrive(t, map[string]any{"privacy": "unlisted"})
	d.Run(t)
	hidden := d.Account.(platform.Hidden)
	privacy := func(step string, err error, want string) {
		t.Helper()
		if v := fake.Videos(); err != nil || v[0].Privacy != want {
			t.Errorf("after %s it is %s, %v; want %s", step, v[0].Privacy, err, want)
		}
	}
	privacy("publishing", nil, "unlisted")
	for range 2 {
		privacy("hiding", hidden.Hide(t.Context(), d.Post), "private")
	}
	if _, found, err := d.Account.Find(t.Context(), d.Post); found || err != nil {
		t.Errorf("hidden, it is found: %t, %v", found, err)
	}
	privacy("showing", hidden.Show(t.Context(), d.Post), "unlisted")
	n, err := d.Account.(platform.Counted).Numbers(t.Context(), d.Post)
	if err != nil || *n.Views != 12345 || *n.Likes != 67 || *n.Comments != 8 || n.Shares != nil || n.At.IsZero() {
		t.Errorf("numbers %+v, %v", n, err)
	}
	if err := d.Account.(platform.Checked).Check(t.Context()); err != nil {
		t.Error(err)
	}
	fake.Tokens.Scope = "https://www.googleapis.com/auth/youtube.readonly"
	lacking := open(t, "youtube", map[string]any{"server": fake.URL, "allow_private": true, "oauth": fake.Tokens.Options(fake.URL)}, nil)
	if err := lacking.(platform.Checked).Check(t.Context()); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "lacks ") || !strings.Contains(err.Error(), "youtube.force-ssl") {
		t.Errorf("without a permission: %v", err)
	}
	id := d.Post.Receipt.ID
	for _, address := range []string{"https://www.youtube.com/watch?v=" + id + "&t=3s", "https://youtu.be/" + id, "https://www.youtube.com/shorts/" + id} {
		d.Post.Receipt.ID = address
		if _, err := d.Account.(platform.Counted).Numbers(t.Context(), d.Post); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := d.Account.Retract(t.Context(), d.Post); err != nil || len(fake.Videos()) > 0 {
		t.Errorf("retracted by its address: %v", err)
	}
	if err := hidden.Hide(t.Context(), clip.Post{}); clip.KindOf(err) != clip.Invalid {
		t.Errorf("hid nothing: %v", err)
	}
}

// TestYouTubeOptions: each error names the key and says what to write.
func TestYouTubeOptions(t *testing.T) {
	const oauth = `"oauth":{"client_id":"c","client_secret":"secret","refresh_token":"secret"}`
	for name, tt := range map[string]struct{ options, want string }{
		"good":             {`{` + oauth + `}`, ""},
		"unlisted, news":   {`{` + oauth + `,"privacy":"unlisted","category":"25"}`, ""},
		"private":          {`{` + oauth + `,"privacy":"private"}`, "privacy"},
		"category by name": {`{` + oauth + `,"category":"Sports"}`, "category"},
		"no access":        {`{}`, "oauth.client_id"},
		"no refresh token": {`{"oauth":{"client_id":"c"}}`, "oauth.refresh_token"},
		"plain http":       {`{` + oauth + `,"server":"http://youtube.example"}`, "https"},
		"server with path": {`{` + oauth + `,"server":"https://youtube.example/v3"}`, "server"},
	} {
		t.Run(name, func(t *testing.T) { opens(t, "youtube", tt.options, tt.want) })
	}
}

// opens requires that options open an account, or that the error is about want.
func opens(t *testing.T, name, options, want string) {
	t.Helper()
	for _, p := range platform.All() {
		if p.Name != name {
			continue
		}
		into := p.Options()
		if err := json.Unmarshal([]byte(options), into); err != nil {
			t.Fatal(err)
		}
		_, err := p.Open(into, platform.Deps{Dir: t.TempDir(), Log: silent(), Vault: platformtest.NewVault()})
		switch {
		case want == "" && err != nil, want != "" && (clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), want)):
			t.Errorf("%v, want %q", err, want)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("shows the secret: %v", err)
		}
		return
	}
	t.Fatalf("no platform %s", name)
}
