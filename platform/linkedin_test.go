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

// linkedinCalls are the calls that the driver makes.
var linkedinCalls = []platformtest.Call{
	{Name: "upload", Is: linkedinAction("initializeUpload")},
	{Name: "part", Is: at(http.MethodPut, "/dms-uploads/*/*")},
	{Name: "finalize", Is: linkedinAction("finalizeUpload")},
	{Name: "processed", Is: at(http.MethodGet, "/rest/videos/*")},
	{Name: "publish", Is: at(http.MethodPost, "/rest/posts")},
	{Name: "find: list", Is: at(http.MethodGet, "/rest/posts")},
	{Name: "retract", Is: at(http.MethodDelete, "/rest/posts/*")},
}

func linkedinAction(name string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Get("action") == name }
}

func linkedinAt(t testing.TB, fake *platformtest.LinkedIn) *platformtest.Bench {
	t.Helper()
	proxy := platformtest.NewProxy(t, fake.URL, linkedinCalls)
	fake.Front = proxy.URL
	options := map[string]any{"server": proxy.URL, "token": fake.Token, "author": fake.Author, "allow_private": true}
	return &platformtest.Bench{
		Account: open(t, "linkedin", options, proxy.Client), Proxy: proxy, Secrets: []string{fake.Token}, SameVideo: platformtest.SameBytes,
		Posted: func(_ testing.TB, text string) []platformtest.Posted {
			var found []platformtest.Posted
			for _, p := range fake.Posts() {
				if p.Text == text {
					found = append(found, platformtest.Posted{ID: p.ID, Video: p.Video})
				}
			}
			return found
		},
	}
}

func linkedinBench(t testing.TB) *platformtest.Bench {
	fake := platformtest.NewLinkedIn(t)
	fake.Slow = 1
	return linkedinAt(t, fake)
}

// TestLinkedInOnce: the read before the post is enough where LinkedIn does not
// refuse the same content, and its refusal is enough where the list lags.
func TestLinkedInOnce(t *testing.T) {
	for name, prepare := range map[string]func(*platformtest.LinkedIn){
		"nothing is refused": func(l *platformtest.LinkedIn) { l.NoGuard = true },
		"the list lags":      func(l *platformtest.LinkedIn) { l.Lag = 1 + clip.AbsentReads },
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.NewLinkedIn(t)
			prepare(fake)
			d := graphDrive(t, linkedinAt(t, fake), "Once (really) @home #gold")
			d.Proxy.Break("publish", platformtest.ExecutedTimeout, 1)
			d.Run(t)
			if posts := fake.Posts(); len(posts) != 1 || d.Post.State != clip.PostConfirmed || posts[0].Text != d.Post.Text || posts[0].ID != d.Post.Receipt.ID {
				t.Errorf("%d posts, %s: %v", len(posts), d.Post.State, d.Errors)
			}
		})
	}
}

// TestLinkedInRefusals: a video that fails, a version that is over, a day that is
// full, and what the API says of a post by its address.
func TestLinkedInRefusals(t *testing.T) {
	fake := platformtest.NewLinkedIn(t)
	b := linkedinAt(t, fake)
	fake.Broken = "MALFORMED_VIDEO"
	d := graphDrive(t, b, "Broken")
	d.Run(t)
	if d.Post.State != clip.PostRejected || !strings.Contains(d.Post.Reason, "MALFORMED_VIDEO") {
		t.Errorf("failed processing: %s, %s", d.Post.State, d.Post.Reason)
	}
	fake.Front = "https://elsewhere.example"
	if _, err := b.Account.Upload(t.Context(), d.Post, d.Media); clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "not its own") {
		t.Errorf("an address for parts that is not LinkedIn's: %v", err)
	}
	check := b.Account.(platform.Checked).Check
	if err := check(t.Context()); err != nil {
		t.Error(err)
	}
	fake.Version = "202701"
	if err := check(t.Context()); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("a version that is over: %v", err)
	}
	options := map[string]any{"server": answering(t, http.StatusTooManyRequests, `{"status":429,"message":"Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."}`),
		"token": "secret", "author": fake.Author, "allow_private": true}
	err := open(t, "linkedin", options, nil).(platform.Checked).Check(t.Context())
	if until := clip.UntilOf(err); clip.KindOf(err) != clip.Throttled || until.Hour() != 0 || until.Minute() != 0 || time.Until(until) > 24*time.Hour {
		t.Errorf("a day that is full: %v until %s", err, until)
	}
	gone := clip.Post{ID: "x", Receipt: clip.Receipt{ID: "https://www.linkedin.com/posts/ovation", URL: "https://www.linkedin.com/posts/ovation"}}
	if err := b.Account.Retract(t.Context(), gone); clip.KindOf(err) != clip.Rejected || !strings.Contains(err.Error(), "by hand at https://") {
		t.Errorf("an address without a URN: %v", err)
	}
}

// TestLinkedInOptions: each error names the key and says what to write.
func TestLinkedInOptions(t *testing.T) {
	optionsFail(t, "linkedin", map[string]string{
		`{"author":"urn:li:organization:1","token":"secret"}`:                                        "",
		`{"author":"urn:li:person:Ab-1","oauth":{"client_id":"c","refresh_token":"secret"}}`:         "",
		`{"author":"ovation","token":"secret"}`:                                                      "author",
		`{"author":"urn:li:organization:1"}`:                                                         "token",
		`{"author":"urn:li:organization:1","token":"secret","version":"latest"}`:                     "version",
		`{"author":"urn:li:organization:1","oauth":{"refresh_token":"secret"}}`:                      "client_id",
		`{"author":"urn:li:organization:1","token":"secret","server":"http://api.linkedin.example"}`: "server",
	})
}
