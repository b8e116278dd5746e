package platform_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// The calls that the drivers of Meta's platforms make.
var (
	instagramCalls = []platformtest.Call{
		{Name: "limits", Is: at(http.MethodGet, "/v*/*/content_publishing_limit")},
		{Name: "upload", Is: at(http.MethodPost, "/v*/*/media")},
		{Name: "bytes", Is: at(http.MethodPost, "/ig-api-upload/v*/*")},
		{Name: "processed", Is: at(http.MethodGet, "/v*/*")},
		{Name: "publish", Is: at(http.MethodPost, "/v*/*/media_publish")},
		{Name: "find: list", Is: at(http.MethodGet, "/v*/*/media")},
		{Name: "retract", Is: at(http.MethodDelete, "/v*/*")},
	}
	threadsCalls = []platformtest.Call{
		{Name: "limits", Is: at(http.MethodGet, "/v*/*/threads_publishing_limit")},
		{Name: "upload", Is: at(http.MethodPost, "/v*/*/threads")},
		{Name: "processed", Is: at(http.MethodGet, "/v*/*")},
		{Name: "publish", Is: at(http.MethodPost, "/v*/*/threads_publish")},
		{Name: "find: list", Is: at(http.MethodGet, "/v*/*/threads")},
		{Name: "retract", Is: at(http.MethodDelete, "/v*/*")},
	}
	facebookCalls = []platformtest.Call{
		{Name: "upload", Is: reelPhase("start")},
		{Name: "bytes", Is: at(http.MethodPost, "/video-upload/v*/*")},
		{Name: "processed", Is: at(http.MethodGet, "/v*/*")},
		{Name: "publish", Is: reelPhase("finish")},
		{Name: "retract", Is: at(http.MethodDelete, "/v*/*")},
	}
)

// reelPhase recognises the phases of an upload by the length of the call: only
// the last one has the description with it.
func reelPhase(phase string) func(*http.Request) bool {
	is := at(http.MethodPost, "/v*/*/video_reels")
	return func(r *http.Request) bool {
		const start = int64(len("upload_phase=start"))
		return is(r) && (r.ContentLength == start) == (phase == "start")
	}
}

// graphBench is an account of a platform of Meta's on a fake.
func graphBench(t testing.TB, name string, fake *platformtest.Graph, calls []platformtest.Call, more map[string]any) *platformtest.Bench {
	t.Helper()
	proxy := platformtest.NewProxy(t, fake.URL, calls)
	options := map[string]any{"server": proxy.URL, "token": fake.Token, "account": fake.Account, "allow_private": true}
	for k, v := range more {
		options[k] = v
	}
	if name != "threads" {
		options["upload_server"] = proxy.URL
	}
	if name == "facebook" {
		options["page"] = fake.Account
		delete(options, "account")
	}
	return &platformtest.Bench{
		Account: open(t, name, options, proxy.Client), Proxy: proxy, Secrets: []string{fake.Token}, SameVideo: platformtest.SameBytes,
		Posted: func(_ testing.TB, text string) []platformtest.Posted {
			var found []platformtest.Posted
			for _, v := range fake.Posts() {
				if v.Text == text {
					found = append(found, platformtest.Posted{ID: v.ID, Alt: v.Alt, Video: v.Video})
				}
			}
			return found
		},
	}
}

func instagramBench(t testing.TB) *platformtest.Bench {
	fake := platformtest.NewGraph(t)
	fake.Slow, fake.Used = 1, -10000
	return graphBench(t, "instagram", fake, instagramCalls, nil)
}

func facebookBench(t testing.TB) *platformtest.Bench {
	return graphBench(t, "facebook", platformtest.NewGraph(t), facebookCalls, nil)
}

func threadsBench(t testing.TB) *platformtest.Bench {
	b, _ := threadsAt(t)
	return b
}

// threadsAt is an account on Threads, and where its videos are fetched.
func threadsAt(t testing.TB) (*platformtest.Bench, *platformtest.Graph) {
	fake := platformtest.NewGraph(t)
	fake.Slow, fake.Used = 1, -10000
	video := platformtest.NewSample(t).Video
	videos := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".mp4") || len(r.URL.Path) != len("/")+64+len(".mp4") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(video) // the fake may be gone
	}))
	t.Cleanup(videos.Close)
	return graphBench(t, "threads", fake, threadsCalls, map[string]any{"video_url": videos.URL + "/{digest}.mp4"}), fake
}

// graphDrive is a drive of one post to a bench.
func graphDrive(t *testing.T, b *platformtest.Bench, text string) *platformtest.Drive {
	t.Helper()
	sample := platformtest.NewSample(t)
	p := sample.Post("goal-1.meta", text)
	p.Shape, p.Duration = clip.Tall, 3*time.Second
	return &platformtest.Drive{Account: b.Account, Proxy: b.Proxy, Media: sample.Media(), Post: p, Now: time.Now()}
}

// TestInstagramResumes: an upload that broke goes on where it stopped, in the
// container that was made; one that expired begins anew.
func TestInstagramResumes(t *testing.T) {
	for name, tt := range map[string]struct {
		between    func(*platformtest.Graph)
		containers int
	}{
		"goes on": {func(*platformtest.Graph) {}, 1},
		"expired": {(*platformtest.Graph).Expire, 2},
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.NewGraph(t)
			b := graphBench(t, "instagram", fake, instagramCalls, nil)
			d := graphDrive(t, b, "Resumed")
			b.Proxy.Break("bytes", platformtest.Reset, 1)
			d.Step(t)
			d.Step(t)
			if d.Post.Session == "" || d.Post.Handle != "" {
				t.Fatalf("the upload was not stopped: %+v", d.Post)
			}
			tt.between(fake)
			d.Run(t)
			if posts := fake.Posts(); len(posts) != 1 || d.Post.State != clip.PostConfirmed || b.Proxy.Hits("upload") != tt.containers {
				t.Errorf("%d posts, %s, %d containers: %v", len(posts), d.Post.State, b.Proxy.Hits("upload"), d.Errors)
			}
		})
	}
}

// TestInstagramFind: that a post is public the container says; which one it is,
// its words and its time do, where that is clear.
func TestInstagramFind(t *testing.T) {
	fake := platformtest.NewGraph(t)
	b := graphBench(t, "instagram", fake, instagramCalls, nil)
	first, second := graphDrive(t, b, "The same words\n"), graphDrive(t, b, "The same words\n")
	first.Run(t)
	if r, found, err := b.Account.Find(t.Context(), first.Post); !found || err != nil || r.ID != first.Post.Receipt.ID {
		t.Errorf("found %+v, %t, %v", r, found, err)
	}
	second.Run(t)
	if _, found, err := b.Account.Find(t.Context(), first.Post); found || clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "2 posts") {
		t.Errorf("two that look alike: %t, %v", found, err)
	}
	unsent := first.Post
	unsent.Sent = time.Time{}
	if _, _, err := b.Account.Find(t.Context(), unsent); clip.KindOf(err) != clip.Invalid {
		t.Errorf("a post that was never sent: %v", err)
	}
	n, err := b.Account.(platform.Counted).Numbers(t.Context(), first.Post)
	if err != nil || *n.Views != 1000 || *n.Likes != 1001 || *n.Comments != 1002 || *n.Shares != 1003 {
		t.Errorf("counted %+v, %v", n, err)
	}
}

// TestInstagramProcessing: a video that fails, one whose day is over, a day that
// is full, and a token that may not delete.
func TestInstagramProcessing(t *testing.T) {
	fake := platformtest.NewGraph(t)
	b := graphBench(t, "instagram", fake, instagramCalls, nil)
	fake.Broken = "2207026"
	d := graphDrive(t, b, "Broken")
	d.Run(t)
	if d.Post.State != clip.PostRejected || len(fake.Posts()) > 0 {
		t.Errorf("failed processing: %s, %s", d.Post.State, d.Post.Reason)
	}
	fake.Broken = ""
	d = graphDrive(t, b, "Too late")
	d.Step(t)
	d.Step(t)
	fake.Expire()
	d.Run(t)
	if d.Post.State != clip.PostRejected || !strings.Contains(d.Post.Reason, "within a day") {
		t.Errorf("an expired container: %s, %s", d.Post.State, d.Post.Reason)
	}
	d = graphDrive(t, b, "By hand")
	d.Run(t)
	fake.NoRight = true
	if err := b.Account.Retract(t.Context(), d.Post); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "permission") {
		t.Errorf("a token that may not delete: %v", err)
	}
	fake.Used = 100
	if _, err := b.Account.Limits(t.Context()); clip.KindOf(err) != clip.Throttled || time.Until(clip.UntilOf(err)) < 50*time.Minute {
		t.Errorf("a full day: %v", err)
	}
	fake.Token = "another"
	if err := b.Account.(platform.Checked).Check(t.Context()); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "connect the account again") {
		t.Errorf("a dead token: %v", err)
	}
}

// TestFacebookProcessing: a reel that is accepted is not public yet, and may
// never be.
func TestFacebookProcessing(t *testing.T) {
	fake := platformtest.NewGraph(t)
	b := graphBench(t, "facebook", fake, facebookCalls, nil)
	fake.Slow = 8
	d := graphDrive(t, b, "Slow")
	d.Run(t)
	posts := fake.Posts()
	if len(posts) != 1 || d.Post.State != clip.PostConfirmed || d.Post.Receipt.URL != "https://www.facebook.com/reel/"+posts[0].ID+"/" {
		t.Errorf("slow: %d posts, %s %+v, %v", len(posts), d.Post.State, d.Post.Receipt, d.Errors)
	}
	fake.Slow, fake.Broken = 0, "the video has no picture"
	d = graphDrive(t, b, "Broken")
	d.Run(t)
	if d.Post.State == clip.PostConfirmed || d.Post.Reason == "" || len(fake.Posts()) != 1 {
		t.Errorf("broken: %s, %s", d.Post.State, d.Post.Reason)
	}
	if err := b.Account.(platform.Checked).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestThreadsFetches: the video that Threads cannot fetch is refused, and the
// text counts emoji in bytes.
func TestThreadsFetches(t *testing.T) {
	b, fake := threadsAt(t)
	d := graphDrive(t, b, "Gone")
	d.Post.Media = "not-there"
	d.Run(t)
	if d.Post.State != clip.PostRejected || len(fake.Posts()) > 0 {
		t.Errorf("%s: %s", d.Post.State, d.Post.Reason)
	}
	limits, err := b.Account.Limits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"Gold": 4, "Zürich": 6, "金": 1, "🏅": 4, "👨‍👩‍👧": 18, "🇳🇴!": 9, "™": 3, "“”": 2} {
		if n := limits.Count(text); n != want {
			t.Errorf("%q counts %d, want %d", text, n, want)
		}
	}
}

// TestGraphRefusals: the codes say more than the status.
func TestGraphRefusals(t *testing.T) {
	for text, want := range map[string]clip.Kind{
		`{"error":{"message":"x","code":190}}`:                                 clip.Denied,
		`{"error":{"message":"x","code":10}}`:                                  clip.Denied,
		`{"error":{"message":"x","code":200}}`:                                 clip.Denied,
		`{"error":{"message":"x","code":4}}`:                                   clip.Throttled,
		`{"error":{"message":"x","code":9,"error_subcode":2207042}}`:           clip.Throttled,
		`{"error":{"message":"x","code":80002}}`:                               clip.Throttled,
		`{"error":{"message":"x","code":2,"is_transient":true}}`:               clip.Unavailable,
		`{"error":{"message":"x","code":100,"error_subcode":33}}`:              clip.NotFound,
		`{"error":{"message":"x","code":36003,"error_user_msg":"too narrow"}}`: clip.Rejected,
		`no JSON`: clip.Rejected,
	} {
		options := map[string]any{"server": answering(t, http.StatusBadRequest, text), "token": "secret", "account": "1", "allow_private": true}
		_, err := open(t, "instagram", options, nil).Limits(t.Context())
		if clip.KindOf(err) != want {
			t.Errorf("%s is %s: %v; want %s", text, clip.KindOf(err), err, want)
		}
	}
}

// TestMetaOptions: each error names the key and says what to write.
func TestMetaOptions(t *testing.T) {
	optionsFail(t, "instagram", map[string]string{
		`{"account":"1784","token":"secret"}`:                           "",
		`{"account":"@ovation","token":"secret"}`:                       "account",
		`{"account":"1784"}`:                                            "token",
		`{"account":"1784","token":"secret","server":"http://a.org"}`:   "server",
		`{"account":"1784","token":"secret","upload_server":"a.org/x"}`: "upload_server",
	})
	optionsFail(t, "facebook", map[string]string{
		`{"page":"1000","token":"secret"}`:    "",
		`{"page":"Ovation","token":"secret"}`: "page",
		`{"page":"1000"}`:                     "token",
	})
	optionsFail(t, "threads", map[string]string{
		`{"account":"1784","token":"secret","video_url":"https://a.org/{digest}"}`: "",
		`{"token":"secret","video_url":"https://a.org/{digest}"}`:                  "account",
		`{"account":"1784","token":"secret"}`:                                      "video_url",
		`{"account":"1784","token":"secret","video_url":"https://a.org/video"}`:    "{digest}",
		`{"account":"1784","token":"secret","video_url":"http://a.org/{digest}"}`:  "video_url",
		`{"account":"1784","video_url":"https://a.org/{digest}"}`:                  "token",
	})
}
