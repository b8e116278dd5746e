package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/gotosocial"
)

// hookSecret signs the tests' webhooks.
const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// config is the tests' configuration: one live feed, a folder and, where there
// is one, a Mastodon account.
func config(feedURL string, social *gotosocial.Server, approval clip.Approval) string {
	destinations := "  - {name: folder, platform: folder, options: {dir: posts}}\n"
	names := "folder"
	if social != nil {
		destinations += fmt.Sprintf("  - {name: social, platform: mastodon, options: {server: %q, token: %q, allow_private: true}}\n", social.URL, social.Token)
		names = "folder, social"
	}
	return fmt.Sprintf(`
feeds:
  - {id: live, title: Live, url: %q, allow_private: true, window: 10m}
destinations:
%srules:
  - name: all
    pre_roll: 0s
    post_roll: 0s
    shapes: ["16:9", "9:16"]
    captions: true
    logo: demo
    destinations: [%s]
    text: "{{.Title}} ({{.Key}})"
    alt: "{{.Title}}"
    approval: %s
    patience: 30m
hooks:
  - name: scores
    secrets: [%q]
    map:
      feed: live
      in: "{{.in}}"
      out: "{{.out}}"
      kind: "{{.type}}"
      title: "{{.player}} scores"
      key: "{{.id}}"
`, feedURL, destinations, names, approval, hookSecret)
}

// clock tells where the frame with a number lies on the recording.
type clock struct {
	epoch  int
	offset int // PTS of frame 0
}

// at is the media position of a frame, as the desk's player sends it.
func (c clock) at(frame int) string { return fmt.Sprintf("%d:%d", c.epoch, c.offset+frame*90000/rate) }

// readClock decodes the first segment of the recording that the desk serves.
func readClock(t *testing.T, o *ovation) (c clock, first int) {
	t.Helper()
	var playlist, segment []byte
	o.must("GET", "/live/live/index.m3u8", nil, &playlist)
	uri := regexp.MustCompile(`(?m)^[^#\s]+$`).FindString(string(playlist))
	if uri == "" {
		t.Fatalf("no segment in the playlist:\n%s", playlist)
	}
	o.must("GET", "/live/live/"+uri, nil, &segment)
	path := filepath.Join(t.TempDir(), "first.ts")
	if err := os.WriteFile(path, segment, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	pts, err := strconv.Atoi(strings.Trim(strings.SplitN(string(out), "\n", 2)[0], ", \r"))
	if err != nil {
		t.Fatalf("ffprobe says %q", out)
	}
	first = numbers(t, path)[0]
	return clock{epoch: 1, offset: pts - first*90000/rate}, first
}

// TestMainJob is the whole job with nothing faked: a live feed is recorded, a
// moment is flagged, rendered in two shapes, approved by a person in a
// browser, and posted once to a real Mastodon-compatible server and a folder.
// The posts are read back: exactly the frames that were asked for.
func TestMainJob(t *testing.T) {
	social := gotosocial.Start(t)
	o := up(t, config(broadcast(t), social, clip.ByPerson))
	o.recorded("live", 12*time.Second)
	clock, first := readClock(t, o)
	in, out := first+33, first+33+187 // mid-GOP at both ends
	flagged, err := o.flag(clip.Flag{Feed: "live", In: clock.at(in), Out: clock.at(out), Kind: "goal", Title: "Goal by Okafor", Key: "goal-1"})
	if err != nil {
		t.Fatal(err)
	}
	id := flagged.Moment.ID
	again, err := o.flag(clip.Flag{Feed: "live", In: clock.at(in), Out: clock.at(out), Key: "goal-1"})
	if err != nil || again.Moment.ID != id {
		t.Fatalf("the same key flagged %s (%v), not %s again", again.Moment.ID, err, id)
	}
	waiting := o.wait(id, clip.HighlightReview, 90*time.Second)
	for _, r := range waiting.Highlight.Renditions {
		var file []byte
		o.must("GET", "/media/"+string(r.Digest), nil, &file)
		sameFrames(t, "rendition "+string(r.Shape), numbersOf(t, file), in, out-1)
	}
	in += 13 // half a second less: the first cell's chunks, one for each shape
	o.must("POST", "/api/v1/highlights/"+string(id)+"/trim", map[string]any{"in": clock.at(in), "revision": waiting.Highlight.Revision}, nil)
	o.wait(id, clip.HighlightReview, 90*time.Second)
	renderedAnew(t, o, id, 0)
	approveInBrowser(t, o, id)
	settled := o.wait(id, clip.HighlightSettled, 2*time.Minute)
	if len(settled.Posts) != 2 {
		t.Fatalf("%d posts, want 2: %s", len(settled.Posts), states(settled.Posts))
	}
	content, err := os.ReadFile(filepath.Join(o.data, "posts", id2file(id, "folder")+".mp4"))
	if err != nil {
		t.Fatal(err)
	}
	sameFrames(t, "the folder's post", numbersOf(t, content), in, out-1)
	posted := social.Posted(t, "Goal by Okafor (goal-1)")
	if len(posted) != 1 || len(posted[0].Media) != 1 {
		t.Fatalf("%d posts on the server, want 1 with 1 video: %+v", len(posted), posted)
	}
	sameFrames(t, "the social post", numbersOf(t, social.FetchMedia(t, posted[0].Media[0])), in, out-1)
	o.workflows = []string{"feed/live", "highlight/" + string(id), "post/" + string(id) + "/folder", "post/" + string(id) + "/social"}
	saveHistories(t, o, "by-person")
	retract(t, o, id, social)
	o.workflows = o.workflows[2:]
	saveHistories(t, o, "retracted")
}

// renderedAnew checks that the highlight's files were made by rendering the
// chunks of one cell, and joining them with those that were there.
func renderedAnew(t *testing.T, o *ovation, id clip.MomentID, cell int) {
	t.Helper()
	var build struct {
		Parts []struct {
			Cell  int
			Shape clip.Shape
			State string
			Why   []string
		}
	}
	o.must("GET", "/api/v1/highlights/"+string(id)+"/build", nil, &build)
	for _, p := range build.Parts {
		want := "reused"
		if p.Cell == cell {
			want = "rendered"
		}
		if p.State != want {
			t.Errorf("the %s chunk of cell %d was %s: %s", p.Shape, p.Cell, p.State, strings.Join(p.Why, ", "))
		}
	}
	if len(build.Parts) < 6 {
		t.Errorf("%d chunks are too few to say anything", len(build.Parts))
	}
}

func id2file(id clip.MomentID, destination string) string {
	return string(clip.NewPostID(id, destination))
}

// retract takes everything down and looks.
func retract(t *testing.T, o *ovation, id clip.MomentID, social *gotosocial.Server) {
	t.Helper()
	o.must("POST", "/api/v1/highlights/"+string(id)+"/retract", nil, nil)
	o.eventually(time.Minute, "every post is retracted", func() error {
		s, err := o.highlight(id)
		if err != nil {
			return err
		}
		for _, p := range s.Posts {
			if p.State != clip.PostRetracted {
				return fmt.Errorf("%s", states(s.Posts))
			}
		}
		return nil
	})
	if left := social.Posted(t, "Goal by Okafor (goal-1)"); len(left) != 0 {
		t.Errorf("%d posts are still there", len(left))
	}
	if left, err := os.ReadDir(filepath.Join(o.data, "posts")); err != nil || len(left) != 0 {
		t.Errorf("the folder still holds %v (%v)", left, err)
	}
}

// TestWebhookAndRule is the job without a person: a signed webhook flags, a
// service writes the captions, a rule approves.
func TestWebhookAndRule(t *testing.T) {
	o := up(t, captioned(t, config(broadcast(t), nil, clip.ByRule)))
	o.recorded("live", 8*time.Second)
	clock, first := readClock(t, o)
	in, out := first+60, first+160
	body, _ := json.Marshal(map[string]string{"type": "goal", "player": "Reyes", "id": "event-77", "in": clock.at(in), "out": clock.at(out)})
	first1 := o.webhook(t, "scores", "msg-1", body, http.StatusAccepted)
	second := o.webhook(t, "scores", "msg-2", body, http.StatusAccepted)
	if first1.Moment.ID != second.Moment.ID {
		t.Errorf("one event made two moments: %s and %s", first1.Moment.ID, second.Moment.ID)
	}
	o.wait(first1.Moment.ID, clip.HighlightSettled, 90*time.Second)
	content, err := os.ReadFile(filepath.Join(o.data, "posts", id2file(first1.Moment.ID, "folder")+".mp4"))
	if err != nil {
		t.Fatal(err)
	}
	sameFrames(t, "the post", numbersOf(t, content), in, out-1)
	sidecar, err := os.ReadFile(filepath.Join(o.data, "posts", id2file(first1.Moment.ID, "folder")+".vtt"))
	if err != nil || !strings.Contains(string(sidecar), "00:00:01.000 --> 00:00:02.500\nWhat a goal!") {
		t.Errorf("the captions are %q, %v", sidecar, err)
	}
	o.workflows = []string{"highlight/" + string(first1.Moment.ID), "post/" + string(first1.Moment.ID) + "/folder"}
	saveHistories(t, o, "by-rule")
}

// captioned has captions made of speech, by a service that always hears the
// same.
func captioned(t *testing.T, config string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := r.FormFile("file"); err != nil || r.URL.Path != "/v1/audio/transcriptions" {
			t.Errorf("it was asked %s, %v", r.URL.Path, err)
		}
		_, _ = io.WriteString(w, `{"segments":[{"start":1,"end":2.5,"text":"What a goal!"}]}`)
	}))
	t.Cleanup(s.Close)
	config = strings.Replace(config, "    captions: true\n", "    captions: true\n    speech: true\n", 1)
	return config + fmt.Sprintf("speech: {url: %q}\n", s.URL+"/v1")
}

// webhook sends a Standard Webhook.
func (o *ovation) webhook(t *testing.T, source, id string, body []byte, want int) shown {
	t.Helper()
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	request, err := http.NewRequest("POST", o.url+"/api/v1/hooks/"+source, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", stamp)
	request.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want {
		t.Fatalf("webhook: %s %s (%v)", response.Status, text, err)
	}
	var s shown
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatalf("webhook answered %q: %v", text, err)
	}
	return s
}
