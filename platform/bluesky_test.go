package platform_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/pds"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// blueskyCalls are the calls that the driver makes, with a video service.
var blueskyCalls = []platformtest.Call{
	{Name: "limits", Is: at(http.MethodGet, "/xrpc/app.bsky.video.getUploadLimits")},
	{Name: "service token", Is: at(http.MethodGet, "/xrpc/com.atproto.server.getServiceAuth")},
	{Name: "captions", Is: at(http.MethodPost, "/xrpc/com.atproto.repo.uploadBlob")},
	{Name: "upload", Is: at(http.MethodPost, "/xrpc/app.bsky.video.startUpload")},
	{Name: "part", Is: at(http.MethodPost, "/xrpc/app.bsky.video.uploadPart")},
	{Name: "finish", Is: at(http.MethodPost, "/xrpc/app.bsky.video.finishUpload")},
	{Name: "processed", Is: at(http.MethodGet, "/xrpc/app.bsky.video.getJobStatus")},
	{Name: "publish", Is: at(http.MethodPost, "/xrpc/com.atproto.repo.putRecord")},
	{Name: "find", Is: at(http.MethodGet, "/xrpc/com.atproto.repo.getRecord")},
	{Name: "retract", Is: at(http.MethodPost, "/xrpc/com.atproto.repo.deleteRecord")},
}

// blueskyDirectCalls are those without one.
var blueskyDirectCalls = []platformtest.Call{
	{Name: "upload", Is: at(http.MethodPost, "/xrpc/com.atproto.repo.uploadBlob")},
	{Name: "publish", Is: at(http.MethodPost, "/xrpc/com.atproto.repo.putRecord")},
	{Name: "find", Is: at(http.MethodGet, "/xrpc/com.atproto.repo.getRecord")},
	{Name: "retract", Is: at(http.MethodPost, "/xrpc/com.atproto.repo.deleteRecord")},
}

// blueskyAt is an account on a PDS behind a proxy.
func blueskyAt(t testing.TB, server *pds.Server, proxy *platformtest.Proxy, service string) *platformtest.Bench {
	t.Helper()
	options := map[string]any{
		"server": proxy.URL, "handle": server.Handle, "password": server.Password, "video_service": service, "allow_private": true,
	}
	return &platformtest.Bench{
		Account: open(t, "bluesky", options, proxy.Client), Proxy: proxy, Secrets: []string{server.Password, "eyJ"},
		SameVideo: platformtest.SameBytes,
		Posted: func(t testing.TB, text string) []platformtest.Posted {
			var found []platformtest.Posted
			for _, r := range server.Posted(t, text) {
				found = append(found, platformtest.Posted{ID: r.URI, Alt: r.Value.Embed.Alt, Video: server.Fetch(t, r.Value.Embed.Video)})
			}
			return found
		},
		Left: func(t testing.TB) []string { return slices.DeleteFunc(server.Blobs(t), blueskyUsed(t, server)) },
	}
}

// blueskyUsed reports whether a post refers to a blob.
func blueskyUsed(t testing.TB, server *pds.Server) func(string) bool {
	used := map[string]bool{}
	for _, r := range server.Posts(t) {
		used[r.Value.Embed.Video.Ref.Link] = true
		for _, c := range r.Value.Embed.Captions {
			used[c.File.Ref.Link] = true
		}
	}
	return func(cid string) bool { return used[cid] }
}

func blueskyDirectBench(t testing.TB) *platformtest.Bench {
	server := pds.Start(t)
	return blueskyAt(t, server, platformtest.NewProxy(t, server.URL, blueskyDirectCalls), "none")
}

func blueskyBench(t testing.TB) *platformtest.Bench {
	server := pds.Start(t)
	service := platformtest.NewBlueskyVideo(t, server.URL)
	service.Slow = 1
	proxy := platformtest.NewProxy(t, service.URL, blueskyCalls)
	return blueskyAt(t, server, proxy, proxy.URL)
}

// blueskyDrive is a drive of one post through a video service to a PDS.
func blueskyDrive(t *testing.T, id, text string) (*pds.Server, *platformtest.BlueskyVideo, *platformtest.Drive) {
	t.Helper()
	server := pds.Start(t)
	service := platformtest.NewBlueskyVideo(t, server.URL)
	proxy := platformtest.NewProxy(t, service.URL, blueskyCalls)
	b := blueskyAt(t, server, proxy, proxy.URL)
	sample := platformtest.NewSample(t)
	return server, service, &platformtest.Drive{Account: b.Account, Proxy: proxy, Media: sample.Media(), Post: sample.Post(id, text), Now: time.Now()}
}

// TestBlueskyRecord: what a post looks like on the server beside its text and
// video.
func TestBlueskyRecord(t *testing.T) {
	server, _, d := blueskyDrive(t, "goal-1.bluesky", "Gøld for @ovation.test and @nobody.test! example.com #Athletics")
	d.Run(t)
	posted := server.Posted(t, d.Post.Text)
	if len(posted) != 1 {
		t.Fatalf("%d posts: %s %v", len(posted), d.Post.Reason, d.Errors)
	}
	v := posted[0].Value
	if len(v.Langs) != 1 || v.Langs[0] != "en" || v.Embed.Type != "app.bsky.embed.video" || v.Embed.AspectRatio.Width != 16 || time.Since(v.Created).Abs() > time.Minute {
		t.Errorf("posted %+v", v)
	}
	if c := v.Embed.Captions; len(c) != 1 || c[0].Lang != "en" || !strings.HasPrefix(string(server.Fetch(t, c[0].File)), "WEBVTT") {
		t.Errorf("captions %+v", c)
	}
	var facets []struct {
		Index    struct{ ByteStart, ByteEnd int }
		Features []struct{ DID, URI, Tag string }
	}
	if err := json.Unmarshal(v.Facets, &facets); err != nil || len(facets) != 3 {
		t.Fatalf("facets %s, %v", v.Facets, err)
	}
	for i, want := range []struct{ shown, leads string }{{"@ovation.test", server.DID}, {"example.com", "https://example.com"}, {"#Athletics", "Athletics"}} {
		f := facets[i]
		if shown := v.Text[f.Index.ByteStart:f.Index.ByteEnd]; shown != want.shown || f.Features[0].DID+f.Features[0].URI+f.Features[0].Tag != want.leads {
			t.Errorf("%q leads to %+v, want %+v", shown, f.Features, want)
		}
	}
	d.Post.Retract = true
	d.Run(t)
}

// TestBlueskyOnce: whoever comes late with the same intent writes nothing.
func TestBlueskyOnce(t *testing.T) {
	server, _, d := blueskyDrive(t, "goal-2.bluesky", "Once")
	d.Proxy.Break("publish", platformtest.ExecutedTimeout, 1)
	d.Run(t)
	before := server.Posted(t, "Once")
	twin := d.Post
	twin.Text, twin.Sent = "Twice", twin.Sent.Add(time.Minute)
	if _, err := d.Account.Publish(t.Context(), twin); clip.KindOf(err) != clip.Ambiguous || !strings.Contains(err.Error(), "an earlier attempt posted it") {
		t.Errorf("a twin gives %v", err)
	}
	if after := server.Posted(t, "Once"); len(after) != 1 || after[0].CID != before[0].CID || d.Post.Receipt.ID != after[0].URI {
		t.Errorf("before the twin %+v, after it %+v, the receipt %+v", before, after, d.Post.Receipt)
	}
	d.Post.Receipt.ID = d.Post.Receipt.URL // as a person gives it
	d.Post.Retract = true
	d.Run(t)
	if left := server.Posted(t, "Once"); len(left) > 0 || d.Post.State != clip.PostRetracted {
		t.Errorf("after the retraction by address: %+v, %s", left, d.Post.State)
	}
	if _, found, err := d.Account.Find(t.Context(), d.Post); found || err != nil {
		t.Errorf("after the retraction it is found: %t, %v", found, err)
	}
	if _, _, err := d.Account.Find(t.Context(), clip.Post{ID: "x"}); clip.KindOf(err) != clip.Invalid {
		t.Errorf("a post that was never sent: %v", err)
	}
}

// TestBlueskyResumes: an upload goes on where it stopped; one that the service
// forgot begins anew.
func TestBlueskyResumes(t *testing.T) {
	for name, tt := range map[string]struct {
		between func(*platformtest.BlueskyVideo)
		anew    int
	}{
		"goes on":   {func(*platformtest.BlueskyVideo) {}, 0},
		"forgotten": {(*platformtest.BlueskyVideo).Expire, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, service, d := blueskyDrive(t, "goal-3.bluesky", "Resumed "+name)
			service.PartSize = 16 << 10
			parts := int((d.Media.Video.Size + service.PartSize - 1) / service.PartSize)
			if parts < 3 {
				t.Fatalf("a video of %d parts cannot be resumed", parts)
			}
			d.Step(t)
			d.Proxy.BreakAfter("part", 2, platformtest.Reset)
			d.Step(t)
			if d.Post.Handle != "" || d.Post.Session == "" {
				t.Fatalf("the upload was not stopped: %+v %v", d.Post, d.Errors)
			}
			tt.between(service)
			d.Run(t)
			if d.Post.State != clip.PostConfirmed {
				t.Fatalf("%s: %s %v", d.Post.State, d.Post.Reason, d.Errors)
			}
			if sent := d.Proxy.Hits("part"); sent != parts+1+2*tt.anew || d.Proxy.Hits("upload") != 1+tt.anew {
				t.Errorf("%d parts were sent for %d, after %d starts", sent, parts, d.Proxy.Hits("upload"))
			}
			d.Post.Retract = true
			d.Run(t)
		})
	}
}

// TestBlueskyWhole: where uploads in parts are switched off a video is brought as
// a whole, and one that the service has already is not processed again.
func TestBlueskyWhole(t *testing.T) {
	server, service, d := blueskyDrive(t, "goal-7.bluesky", "Whole")
	service.Whole = true
	again := *d
	again.Post.ID, again.Post.Text = "goal-8.bluesky", "Whole again"
	for _, d := range []*platformtest.Drive{d, &again} {
		d.Run(t)
		posted := server.Posted(t, d.Post.Text)
		if len(posted) != 1 || len(d.Errors) > 0 {
			t.Fatalf("%d posts, %s: %v", len(posted), d.Post.Reason, d.Errors)
		}
		platformtest.SameBytes(t, platformtest.NewSample(t).Video, server.Fetch(t, posted[0].Value.Embed.Video))
	}
	if d.Post.Handle != again.Post.Handle {
		t.Errorf("the same video is %s and %s", d.Post.Handle, again.Post.Handle)
	}
	for _, d := range []*platformtest.Drive{d, &again} {
		d.Post.Retract = true
		d.Run(t)
	}
}

// TestBlueskyProcessing: a video that takes its time, one that fails, and a day
// that is used up.
func TestBlueskyProcessing(t *testing.T) {
	server, service, d := blueskyDrive(t, "goal-4.bluesky", "Slow")
	service.Slow = 3
	d.Run(t)
	if d.Post.State != clip.PostConfirmed || d.Proxy.Hits("processed") != 3+1+1 {
		t.Errorf("%s after asking %d times for a video that took 3, then once more before publishing", d.Post.State, d.Proxy.Hits("processed"))
	}
	d.Post.Retract = true
	d.Run(t)
	_, service, d = blueskyDrive(t, "goal-5.bluesky", "Broken")
	service.Broken = "no video track"
	d.Run(t)
	if d.Post.State != clip.PostRejected || !strings.Contains(d.Post.Reason, "no video track") || len(server.Posted(t, "Broken")) > 0 {
		t.Errorf("failed processing: %s, %s", d.Post.State, d.Post.Reason)
	}
	_, service, d = blueskyDrive(t, "goal-6.bluesky", "Tomorrow")
	service.Full = true
	_, err := d.Account.Limits(t.Context())
	if clip.KindOf(err) != clip.Throttled || time.Until(clip.UntilOf(err)) < 50*time.Minute || !strings.Contains(err.Error(), "any more videos today") {
		t.Errorf("a day that is used up: %v", err)
	}
	m := d.Media
	m.Keep = func(string) error { return nil }
	if _, err := d.Account.Upload(t.Context(), d.Post, m); clip.KindOf(err) != clip.Throttled {
		t.Errorf("an upload on such a day: %v", err)
	}
	m.Captions = platform.Blob{Open: m.Captions.Open, Size: 20_001}
	if _, err := d.Account.Upload(t.Context(), d.Post, m); clip.KindOf(err) != clip.Rejected || !strings.Contains(err.Error(), "20000") {
		t.Errorf("captions that are too long: %v", err)
	}
}
