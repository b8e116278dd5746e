package platform_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/gotosocial"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// harnesses are the servers that each platform is run against.
func harnesses() []platformtest.Harness {
	return []platformtest.Harness{
		{Platform: "bluesky", Server: "a PDS and our fake of the video service", New: blueskyBench, Calls: blueskyCalls, Thorough: true},
		{Platform: "bluesky", Server: "a PDS", New: blueskyDirectBench, Calls: blueskyDirectCalls},
		{Platform: "facebook", Server: "our fake", New: facebookBench, Calls: facebookCalls, Thorough: true},
		{Platform: "folder", Server: "a directory", New: folderBench},
		{Platform: "ftp", Server: "ftpserverlib", New: func(t testing.TB) *platformtest.Bench { return ftpBench(t).Bench }},
		{Platform: "gcs", Server: "fake-gcs-server", New: gcsBench, Calls: gcsCalls, Thorough: true},
		{Platform: "instagram", Server: "our fake", New: instagramBench, Calls: instagramCalls, Thorough: true},
		{Platform: "linkedin", Server: "our fake", New: linkedinBench, Calls: linkedinCalls, Thorough: true},
		{Platform: "mastodon", Server: "our fake", New: fakeBench, Calls: mastodonCalls, Thorough: true},
		{Platform: "mastodon", Server: "GoToSocial", New: realBench, Calls: mastodonCalls},
		{Platform: "s3", Server: "versitygw", New: s3Bench, Calls: objectCalls, Thorough: true},
		{Platform: "sftp", Server: "pkg/sftp", New: func(t testing.TB) *platformtest.Bench { return sftpBench(t).Bench }},
		{Platform: "telegram", Server: "our fake", New: telegramBench, Calls: telegramCalls, Thorough: true},
		{Platform: "threads", Server: "our fake", New: threadsBench, Calls: threadsCalls, Thorough: true},
		{Platform: "webhook", Server: "our receiver", New: webhookBench, Calls: webhookCalls, Thorough: true},
		{Platform: "x", Server: "our fake", New: xBench, Calls: xCalls, Thorough: true},
		{Platform: "x-legacy", Server: "our fake", New: xLegacyBench, Calls: xLegacyCalls, Thorough: true},
		{Platform: "youtube", Server: "our fake", New: youtubeBench, Calls: youtubeCalls, Thorough: true},
	}
}

// TestPlatforms runs the one suite over every platform and server.
func TestPlatforms(t *testing.T) {
	for _, p := range platform.All() {
		if !slices.ContainsFunc(harnesses(), func(h platformtest.Harness) bool { return h.Platform == p.Name }) {
			t.Errorf("%s has no harness", p.Name)
		}
	}
	for _, h := range harnesses() {
		t.Run(h.Platform+"/"+h.Server, func(t *testing.T) { platformtest.Run(t, h) })
	}
}

// TestAll checks what the documentation and the configuration take from each
// platform.
func TestAll(t *testing.T) {
	var names []string
	for _, p := range platform.All() {
		names = append(names, p.Name)
		if !strings.HasSuffix(p.About, ".") || !strings.HasSuffix(p.Proof, ".") || p.Profile.Takedown == "" || p.Profile.Platform != p.Name || p.Profile.Count == nil || len(p.Profile.Shapes) == 0 {
			t.Errorf("%s is not described: %+v", p.Name, p)
		}
		if p.Options() == p.Options() {
			t.Errorf("%s gives the same options twice", p.Name)
		}
		if _, err := p.Open(p.Options(), platform.Deps{Dir: t.TempDir(), Log: silent(), Vault: platformtest.NewVault()}); err == nil {
			t.Errorf("%s opens without any option", p.Name)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("%v is not in alphabetical order", names)
	}
}

func silent() logrus.FieldLogger {
	l := logrus.New()
	l.SetOutput(io.Discard)
	return l
}

// open opens an account from options as they stand in a configuration.
func open(t testing.TB, name string, options map[string]any, client *http.Client) platform.Account {
	t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	account, err := openJSON(name, string(text), platform.Deps{Client: client, Log: silent(), Dir: t.TempDir(), Vault: platformtest.NewVault()})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// openJSON opens an account of the platform of that name.
func openJSON(name, options string, d platform.Deps) (platform.Account, error) {
	all := platform.All()
	p := all[slices.IndexFunc(all, func(p platform.Platform) bool { return p.Name == name })]
	into := p.Options()
	if err := json.Unmarshal([]byte(options), into); err != nil {
		return nil, err
	}
	return p.Open(into, d)
}

func folderBench(t testing.TB) *platformtest.Bench {
	dir := t.TempDir()
	b := deliveredTo(dir)
	b.Account = open(t, "folder", map[string]any{"dir": dir}, nil)
	return b
}

// mastodonCalls are the calls of the Mastodon API that the driver makes.
var mastodonCalls = []platformtest.Call{
	{Name: "limits", Is: at(http.MethodGet, "/api/v2/instance")},
	{Name: "upload", Is: at(http.MethodPost, "/api/v2/media")},
	{Name: "processed", Is: at(http.MethodGet, "/api/v1/media/*")},
	{Name: "publish", Is: at(http.MethodPost, "/api/v1/statuses")},
	{Name: "find: who", Is: at(http.MethodGet, "/api/v1/accounts/verify_credentials")},
	{Name: "find: list", Is: at(http.MethodGet, "/api/v1/accounts/*/statuses")},
	{Name: "retract", Is: at(http.MethodDelete, "/api/v1/statuses/*")},
}

// at recognises calls by method and path.
func at(method, pattern string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		match, err := filepath.Match(pattern, r.URL.Path)
		return err == nil && match && r.Method == method
	}
}

func mastodonBench(t testing.TB, server, token string) *platformtest.Bench {
	proxy := platformtest.NewProxy(t, server, mastodonCalls)
	options := map[string]any{"server": proxy.URL, "token": token, "allow_private": true}
	return &platformtest.Bench{Account: open(t, "mastodon", options, proxy.Client), Proxy: proxy, Secrets: []string{token}}
}

func fakeBench(t testing.TB) *platformtest.Bench {
	fake := platformtest.NewMastodon(t)
	fake.Slow = 1
	b := mastodonBench(t, fake.URL, fake.Token)
	b.SameVideo = platformtest.SameBytes
	b.Posted = func(_ testing.TB, text string) []platformtest.Posted {
		var found []platformtest.Posted
		for _, s := range fake.Statuses() {
			if s.Text == text && len(s.Media) == 1 {
				found = append(found, platformtest.Posted{ID: s.ID, Alt: s.Media[0].Alt, Video: s.Media[0].Video})
			}
		}
		return found
	}
	return b
}

func realBench(t testing.TB) *platformtest.Bench {
	server := gotosocial.Start(t)
	b := mastodonBench(t, server.URL, server.Token)
	b.SameVideo = platformtest.SameCoded
	b.Posted = func(t testing.TB, text string) []platformtest.Posted {
		var found []platformtest.Posted
		for _, s := range server.Posted(t, text) {
			if len(s.Media) != 1 {
				t.Fatalf("the post has %d attachments", len(s.Media))
			}
			found = append(found, platformtest.Posted{ID: s.ID, Alt: s.Media[0].Description, Video: server.FetchMedia(t, s.Media[0])})
		}
		return found
	}
	return b
}

// finds requires of a read of the account's own posts that what it finds is
// there and what it does not find is not. fill makes so many other posts, and
// most are more than it may read.
func finds(t *testing.T, d *platformtest.Drive, fill func(int), most int) {
	t.Helper()
	d.Run(t)
	p := d.Post
	fill(250)
	if r, found, err := d.Account.Find(t.Context(), p); !found || r.ID != p.Receipt.ID || r.At.IsZero() {
		t.Errorf("on a later page: %v %t %v", r, found, err)
	}
	p.Handle = "9"
	if _, found, err := d.Account.Find(t.Context(), p); found || err != nil {
		t.Errorf("what is not there: %t, %v", found, err)
	}
	before := d.Proxy.Hits("find: list")
	p.Sent = p.Sent.Add(2 * time.Hour)
	if _, found, err := d.Account.Find(t.Context(), p); found || err != nil || d.Proxy.Hits("find: list") != before+1 {
		t.Errorf("it read on beyond what can be: %t, %v", found, err)
	}
	p.Sent = d.Post.Sent
	fill(most)
	if _, found, err := d.Account.Find(t.Context(), p); found || clip.KindOf(err) != clip.Unavailable {
		t.Errorf("a read that did not reach back far enough: %t, %v", found, err)
	}
	if _, _, err := d.Account.Find(t.Context(), clip.Post{ID: "x"}); clip.KindOf(err) != clip.Invalid {
		t.Errorf("a post that was never sent: %v", err)
	}
}
