package platform_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// xLegacyCalls are the calls of the API v1.1 that the driver makes.
var xLegacyCalls = []platformtest.Call{
	{Name: "upload", Is: at(http.MethodPost, "/1.1/media/upload.json")},
	{Name: "alt", Is: at(http.MethodPost, "/1.1/media/metadata/create.json")},
	{Name: "processed", Is: at(http.MethodGet, "/1.1/media/upload.json")},
	{Name: "publish", Is: at(http.MethodPost, "/1.1/statuses/update.json")},
	{Name: "find: list", Is: at(http.MethodGet, "/1.1/statuses/user_timeline.json")},
	{Name: "retract", Is: at(http.MethodPost, "/1.1/statuses/destroy/*")},
}

// newXLegacy is the fake with a bench in front of it.
func newXLegacy(t testing.TB) (*platformtest.XLegacy, *platformtest.Bench) {
	t.Helper()
	fake := platformtest.NewXLegacy(t)
	fake.Posts = 1 << 30
	proxy := platformtest.NewProxy(t, fake.URL, xLegacyCalls)
	fake.Front = proxy.URL
	return fake, &platformtest.Bench{
		Account: open(t, "x-legacy", map[string]any{
			"consumer_key": fake.Consumer, "consumer_secret": fake.ConsumerSecret, "token": fake.Access, "token_secret": fake.AccessSecret,
			"server": proxy.URL, "upload_server": proxy.URL, "allow_private": true,
		}, proxy.Client),
		Proxy: proxy, Secrets: []string{fake.ConsumerSecret, fake.Access, fake.AccessSecret}, SameVideo: platformtest.SameBytes,
		Posted: func(_ testing.TB, text string) []platformtest.Posted { return xPosted(fake.X, text) },
	}
}

func xLegacyBench(t testing.TB) *platformtest.Bench {
	fake, b := newXLegacy(t)
	fake.Slow = 1
	return b
}

// xLegacyDrive is one post on its way to the fake.
func xLegacyDrive(t testing.TB) (*platformtest.XLegacy, *platformtest.Drive) {
	t.Helper()
	fake, b := newXLegacy(t)
	sample := platformtest.NewSample(t)
	return fake, &platformtest.Drive{
		Account: b.Account, Proxy: b.Proxy, Media: sample.Media(), Post: sample.Post("goal-1.x", "Gold! 3:28.32"), Now: time.Now(),
	}
}

// TestXLegacyPost: a video of several segments, checked and taken down by the
// address that a person gave.
func TestXLegacyPost(t *testing.T) {
	fake, d := xLegacyDrive(t)
	fake.Slow = 2
	d.Media.Video = zeroVideo(9 << 20)
	d.Run(t)
	posts := fake.Tweets()
	if len(posts) != 1 || len(posts[0].Media[0].Bytes()) != 9<<20 || d.Proxy.Hits("upload") != 1+3+1 || len(d.Errors) > 0 {
		t.Fatalf("%d posts in %d calls: %v", len(posts), d.Proxy.Hits("upload"), d.Errors)
	}
	if err := d.Account.(platform.Checked).Check(t.Context()); err != nil {
		t.Error(err)
	}
	d.Post.Receipt.ID = "https://x.com/ovation/status/" + posts[0].ID
	if err := d.Account.Retract(t.Context(), d.Post); err != nil || len(fake.Tweets()) > 0 {
		t.Errorf("retracted by its address: %v", err)
	}
}

// TestXLegacyFind: false is a statement.
func TestXLegacyFind(t *testing.T) {
	fake, d := xLegacyDrive(t)
	finds(t, d, fake.Fill, 3200)
}

// TestXLegacyOnce: as TestXOnce.
func TestXLegacyOnce(t *testing.T) {
	fake, d := xLegacyDrive(t)
	fake.Lag = clip.AbsentReads
	d.Proxy.Break("publish", platformtest.ExecutedTimeout, 1)
	d.Run(t)
	if len(fake.Tweets()) != 1 || d.Post.State != clip.PostConfirmed || d.Post.Attempt != 2 {
		t.Errorf("%d posts, it is %s after %d attempts: %v %v", len(fake.Tweets()), d.Post.State, d.Post.Attempt, d.Steps, d.Errors)
	}
}

// TestXLegacyRefusals: the numbers of v1.1 become what we do.
func TestXLegacyRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*platformtest.XLegacy)
		state   clip.PostState
		wait    time.Duration
		word    string
	}{
		"a day's posts":     {func(x *platformtest.XLegacy) { x.Posts = 0 }, clip.PostIntent, 29 * time.Minute, "daily status update limit"},
		"closed":            {func(x *platformtest.XLegacy) { x.Closed = true }, clip.PostIntent, 0, "take the platform x"},
		"processing failed": {func(x *platformtest.XLegacy) { x.Failure = "Unsupported codec" }, clip.PostRejected, 0, "Unsupported codec"},
		"another secret":    {func(x *platformtest.XLegacy) { x.AccessSecret = "other" }, clip.PostIntent, 0, "Could not authenticate"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, d := xLegacyDrive(t)
			tt.prepare(fake)
			d.Run(t)
			if len(d.Errors) == 0 || d.Post.State != tt.state || !strings.Contains(d.Errors[0].Error(), tt.word) || d.Waited < tt.wait || len(fake.Tweets()) > 0 {
				t.Errorf("%s after %s with %d posts: %v", d.Post.State, d.Waited, len(fake.Tweets()), d.Errors)
			}
		})
	}
}

// TestXLegacyOptions: each error names the key and says what to write.
func TestXLegacyOptions(t *testing.T) {
	for name, tt := range map[string]struct{ options, want string }{
		"good":       {`{"consumer_key":"k","consumer_secret":"secret","token":"secret","token_secret":"secret"}`, ""},
		"no token":   {`{"consumer_key":"k","consumer_secret":"secret","token_secret":"secret"}`, "token is missing"},
		"plain http": {`{"consumer_key":"k","consumer_secret":"secret","token":"secret","token_secret":"secret","upload_server":"http://x.example"}`, "upload_server"},
	} {
		t.Run(name, func(t *testing.T) { opens(t, "x-legacy", tt.options, tt.want) })
	}
}
