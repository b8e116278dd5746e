package platform_test

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	yt "google.golang.org/api/youtube/v3"

	"github.com/ovation-live/ovation/platform/platformtest"
)

// TestYouTubeFake proves the fake with Google's own client: it uploads in
// pieces that break, adds captions and a thumbnail, publishes, reads, and
// deletes, and understands the refusals.
func TestYouTubeFake(t *testing.T) {
	fake := platformtest.NewYouTube(t)
	fake.Slow = 1
	service, err := yt.NewService(t.Context(), option.WithEndpoint(fake.URL+"/"), option.WithHTTPClient(&http.Client{Transport: bearer(fake.Tokens.Give())}))
	if err != nil {
		t.Fatal(err)
	}
	video := make([]byte, 700<<10)
	rand.NewChaCha8([32]byte{}).Read(video)
	made, err := service.Videos.Insert([]string{"snippet", "status"}, &yt.Video{
		Snippet: &yt.VideoSnippet{Title: "Gold", Description: "Gold!", CategoryId: "17"}, Status: &yt.VideoStatus{PrivacyStatus: "private"},
	}).Media(bytes.NewReader(video), googleapi.ChunkSize(256<<10), googleapi.ContentType("video/mp4")).Do()
	if err != nil {
		t.Fatal(err)
	}
	if v := fake.Videos(); len(v) != 1 || !bytes.Equal(v[0].Video, video) || v[0].Privacy != "private" || made.Id != v[0].ID {
		t.Fatal("the video did not arrive")
	}
	caption := &yt.Caption{Snippet: &yt.CaptionSnippet{VideoId: made.Id, Language: "en"}}
	if _, err := service.Captions.Insert([]string{"snippet"}, caption).Media(strings.NewReader("WEBVTT\n")).Do(); err != nil {
		t.Error(err)
	}
	_, err = service.Captions.Insert([]string{"snippet"}, caption).Media(strings.NewReader("WEBVTT\n")).Do()
	googleSays(t, err, 409, "captionExists")
	if _, err := service.Thumbnails.Set(made.Id).Media(strings.NewReader("JPEG"), googleapi.ContentType("image/jpeg")).Do(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"processing", "succeeded"} {
		list, err := service.Videos.List([]string{"status", "processingDetails"}).Id(made.Id).Do()
		if err != nil || len(list.Items) != 1 || list.Items[0].ProcessingDetails.ProcessingStatus != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	public := &yt.Video{Id: made.Id, Status: &yt.VideoStatus{PrivacyStatus: "public"}}
	if now, err := service.Videos.Update([]string{"status"}, public).Do(); err != nil || now.Status.PrivacyStatus != "public" {
		t.Error(err)
	}
	if v := fake.Videos()[0]; v.Captions["en"] != "WEBVTT\n" || string(v.Cover) != "JPEG" || v.Privacy != "public" {
		t.Errorf("the fake has %+v", v)
	}
	if list, err := service.Channels.List([]string{"status"}).Mine(true).Do(); err != nil || list.Items[0].Status.LongUploadsStatus != "allowed" {
		t.Error(err)
	}
	if err := service.Videos.Delete(made.Id).Do(); err != nil || len(fake.Videos()) != 0 {
		t.Error(err)
	}
	googleSays(t, service.Videos.Delete(made.Id).Do(), 404, "videoNotFound")
	fake.Units = 0
	googleSays(t, service.Videos.Delete(made.Id).Do(), 403, "quotaExceeded")
	fake.Most = true
	_, err = service.Videos.Insert([]string{"snippet"}, &yt.Video{}).Media(bytes.NewReader(video), googleapi.ChunkSize(256<<10), googleapi.ContentType("video/mp4")).Do()
	googleSays(t, err, 400, "uploadLimitExceeded")
}

// googleSays requires that Google's client reads a refusal as it was meant.
func googleSays(t *testing.T, err error, code int, reason string) {
	t.Helper()
	e, ok := err.(*googleapi.Error)
	if !ok || e.Code != code || len(e.Errors) == 0 || e.Errors[0].Reason != reason {
		t.Errorf("%v, want %d %s", err, code, reason)
	}
}

// bearer sends a token with each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
