package platform_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// xCalls are the calls of the X API that the driver makes.
var xCalls = []platformtest.Call{
	{Name: "upload", Is: at(http.MethodPost, "/2/media/upload/initialize")},
	{Name: "append", Is: at(http.MethodPost, "/2/media/upload/*/append")},
	{Name: "finalize", Is: at(http.MethodPost, "/2/media/upload/*/finalize")},
	{Name: "subtitles", Is: at(http.MethodPost, "/2/media/subtitles")},
	{Name: "alt", Is: at(http.MethodPost, "/2/media/metadata")},
	{Name: "processed", Is: at(http.MethodGet, "/2/media/upload")},
	{Name: "publish", Is: at(http.MethodPost, "/2/tweets")},
	{Name: "find: who", Is: at(http.MethodGet, "/2/users/me")},
	{Name: "find: list", Is: at(http.MethodGet, "/2/users/*/tweets")},
	{Name: "retract", Is: at(http.MethodDelete, "/2/tweets/*")},
}

// newX is the fake with a bench in front of it.
func newX(t testing.TB, more map[string]any) (*platformtest.X, *platformtest.Bench) {
	t.Helper()
	fake := platformtest.NewX(t)
	proxy := platformtest.NewProxy(t, fake.URL, xCalls)
	options := map[string]any{"server": proxy.URL, "allow_private": true, "oauth": fake.Tokens.Options(fake.URL)}
	for k, v := range more {
		options[k] = v
	}
	return fake, &platformtest.Bench{
		Account: open(t, "x", options, proxy.Client), Proxy: proxy, Secrets: fake.Tokens.Secrets(), SameVideo: platformtest.SameBytes,
		Posted: func(_ testing.TB, text string) []platformtest.Posted { return xPosted(fake, text) },
	}
}

func xPosted(fake *platformtest.X, text string) (found []platformtest.Posted) {
	for _, p := range fake.Tweets() {
		if p.Text == text && len(p.Media) == 1 {
			found = append(found, platformtest.Posted{ID: p.ID, Alt: p.Media[0].Alt, Video: p.Media[0].Bytes()})
		}
	}
	return found
}

func xBench(t testing.TB) *platformtest.Bench {
	fake, b := newX(t, nil)
	fake.Slow, fake.Posts, fake.Day = 1, 1<<30, 1<<30
	return b
}

// xDrive is one post on its way to the fake.
func xDrive(t testing.TB, more map[string]any) (*platformtest.X, *platformtest.Drive) {
	t.Helper()
	fake, b := newX(t, more)
	sample := platformtest.NewSample(t)
	return fake, &platformtest.Drive{
		Account: b.Account, Proxy: b.Proxy, Media: sample.Media(), Post: sample.Post("goal-1.x", "Gold! 3:28.32"), Now: time.Now(),
	}
}

// zeroVideo is a file of so many zeros.
func zeroVideo(size int64) platform.Blob {
	return platform.Blob{Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(make([]byte, size))), nil }}
}

// TestXPost: what the conformance suite cannot see.
func TestXPost(t *testing.T) {
	fake, d := xDrive(t, map[string]any{"made_with_ai": true, "paid_partnership": true, "replies": "following"})
	fake.Slow = 3
	d.Media.Video = zeroVideo(9 << 20)
	d.Post.Lang = "no"
	d.Run(t)
	posts := fake.Tweets()
	if len(posts) != 1 || !posts[0].MadeWithAI || !posts[0].Paid || posts[0].ReplyControl != "following" {
		t.Fatalf("posted %+v, %v", posts, d.Errors)
	}
	m := posts[0].Media[0]
	if len(m.Bytes()) != 9<<20 || d.Proxy.Hits("append") != 3+1 || !strings.HasPrefix(m.Captions["no"], "WEBVTT") {
		t.Errorf("%d bytes in %d segments, captions %q", len(m.Bytes()), d.Proxy.Hits("append"), m.Captions)
	}
	if d.Post.Receipt.URL != "https://x.com/i/status/"+posts[0].ID {
		t.Errorf("receipt %+v", d.Post.Receipt)
	}
}

// TestXOnce: the answer is lost, and the account's posts do not show the new
// one in time, so that it is sent again. X refuses the same text: no second
// post, and no false word either.
func TestXOnce(t *testing.T) {
	fake, d := xDrive(t, nil)
	fake.Lag = clip.AbsentReads
	d.Proxy.Break("publish", platformtest.ExecutedTimeout, 1)
	d.Run(t)
	posts := fake.Tweets()
	if len(posts) != 1 || d.Post.State != clip.PostConfirmed || d.Post.Attempt != 2 || d.Post.Receipt.ID != posts[0].ID {
		t.Errorf("%d posts, it is %s after %d attempts: %v %v", len(posts), d.Post.State, d.Post.Attempt, d.Steps, d.Errors)
	}
}

// TestXDuplicate: the same text as an older post is somebody else's: no machine
// can tell, so a person must look.
func TestXDuplicate(t *testing.T) {
	fake, d := xDrive(t, nil)
	d.Run(t)
	other := *d
	other.Post = clip.Post{
		ID: "goal-2.x", Text: d.Post.Text, Alt: d.Post.Alt, Media: d.Post.Media, Duration: d.Post.Duration, Shape: d.Post.Shape, State: clip.PostPlanned,
	}
	other.Run(t)
	if other.Post.State != clip.PostNeedsPerson || len(fake.Tweets()) != 1 {
		t.Errorf("it is %s with %d posts: %s", other.Post.State, len(fake.Tweets()), other.Post.Reason)
	}
}

// TestXFind: false is a statement.
func TestXFind(t *testing.T) {
	fake, d := xDrive(t, nil)
	finds(t, d, fake.Fill, 3200)
}

// TestXRefusals: what X says becomes what we do.
func TestXRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*platformtest.X)
		state   clip.PostState
		wait    time.Duration
		word    string
	}{
		"a quarter of an hour's posts": {func(x *platformtest.X) { x.Posts = 0 }, clip.PostIntent, 10 * time.Minute, "Too Many Requests"},
		"a day's posts":                {func(x *platformtest.X) { x.Day = 0 }, clip.PostIntent, 19 * time.Hour, "Too Many Requests"},
		"nothing paid":                 {func(x *platformtest.X) { x.Credits = 0 }, clip.PostIntent, 0, "buy credits"},
		"longer than the account may":  {func(x *platformtest.X) { x.Short = true }, clip.PostRejected, 0, "longer than 2 minutes"},
		"processing failed":            {func(x *platformtest.X) { x.Failure = "Unsupported codec" }, clip.PostRejected, 0, "Unsupported codec"},
		"access was revoked":           {func(x *platformtest.X) { x.Tokens.Revoke() }, clip.PostIntent, 0, "connect the account again"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, d := xDrive(t, nil)
			tt.prepare(fake)
			d.Run(t)
			if len(d.Errors) == 0 || d.Post.State != tt.state || !strings.Contains(d.Errors[0].Error(), tt.word) || d.Waited < tt.wait || len(fake.Tweets()) > 0 {
				t.Errorf("%s after %s with %d posts: %v", d.Post.State, d.Waited, len(fake.Tweets()), d.Errors)
			}
		})
	}
}

// TestXAfter: counted, checked, and found by the address that a person gave.
func TestXAfter(t *testing.T) {
	fake, d := xDrive(t, nil)
	d.Run(t)
	n, err := d.Account.(platform.Counted).Numbers(t.Context(), d.Post)
	if err != nil || *n.Views != 12345 || *n.Likes != 67 || *n.Comments != 8 || *n.Shares != 10 {
		t.Errorf("numbers %+v, %v", n, err)
	}
	if err := d.Account.(platform.Checked).Check(t.Context()); err != nil {
		t.Error(err)
	}
	fake.Tokens.Scope = "tweet.read users.read media.write"
	lacking := open(t, "x", map[string]any{"server": fake.URL, "allow_private": true, "oauth": fake.Tokens.Options(fake.URL)}, nil)
	if err := lacking.(platform.Checked).Check(t.Context()); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "lacks ") || !strings.Contains(err.Error(), "tweet.write") {
		t.Errorf("without a permission: %v", err)
	}
	gone := d.Post
	gone.Receipt.ID = "1"
	if _, err := d.Account.(platform.Counted).Numbers(t.Context(), gone); clip.KindOf(err) != clip.NotFound {
		t.Errorf("counted what is gone: %v", err)
	}
	for _, id := range []string{"", "https://x.com/ovation"} {
		gone.Receipt.ID = id
		if err := d.Account.Retract(t.Context(), gone); clip.KindOf(err) != clip.Invalid {
			t.Errorf("retracted %q: %v", id, err)
		}
	}
	d.Post.Receipt.ID = "https://x.com/ovation/status/" + d.Post.Receipt.ID + "/"
	if err := d.Account.Retract(t.Context(), d.Post); err != nil || len(fake.Tweets()) > 0 {
		t.Errorf("retracted by its address: %v", err)
	}
}

// TestXOptions: each error names the key and says what to write.
func TestXOptions(t *testing.T) {
	const oauth = `"oauth":{"client_id":"c","refresh_token":"secret"}`
	for name, tt := range map[string]struct{ options, want string }{
		"good":            {`{` + oauth + `}`, ""},
		"replies":         {`{` + oauth + `,"replies":"verified"}`, ""},
		"unknown replies": {`{` + oauth + `,"replies":"nobody"}`, "replies"},
		"no access":       {`{}`, "oauth.client_id"},
		"plain http":      {`{` + oauth + `,"server":"http://x.example"}`, "https"},
	} {
		t.Run(name, func(t *testing.T) { opens(t, "x", tt.options, tt.want) })
	}
}
