package desk

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestFlagIsIdempotent(t *testing.T) {
	w := newWorld(t)
	w.record()
	var one, two, three momentBody
	w.get(201, &one, "max", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-9s","out":"-5s","key":"k1"}`)
	w.get(200, &two, "max", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-9s","out":"-5s"}`, "Idempotency-Key", "k1")
	w.get(201, &three, "max", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-9s","out":"-5s","key":"k2"}`)
	if one.Moment.ID != two.Moment.ID || one.Moment.ID == three.Moment.ID || one.Moment.Source != "api" || one.Highlight.ID != one.Moment.ID {
		t.Errorf("%v %v %v", one.Moment, two.Moment.ID, three.Moment.ID)
	}
	if !slices.Contains(w.poke.seen, "highlight "+string(one.Moment.ID)) {
		t.Errorf("its workflow was not started: %v", w.poke.seen)
	}
}

func TestOpenMoment(t *testing.T) {
	w := newWorld(t)
	w.record()
	var m momentBody
	w.get(201, &m, "paul", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-9s","kind":"goal"}`)
	if !m.Moment.Span.Open() {
		t.Fatalf("it is closed: %s", m.Moment.Span)
	}
	id := "/api/v1/moments/" + string(m.Moment.ID)
	w.get(200, &m, "paul", "POST", id+"/close", `{"out":"-4s"}`)
	if m.Moment.Span.Duration() != 5*time.Second {
		t.Errorf("closed: %s", m.Moment.Span)
	}
	w.get(200, &m, "paul", "PATCH", id, `{"title":"Own goal"}`)
	if m.Moment.Title != "Own goal" || m.Moment.Kind != "goal" {
		t.Errorf("amended: %+v", m.Moment)
	}
	w.get(200, &m, "paul", "POST", id+"/withdraw", ``)
	if m.Moment.Status != clip.Withdrawn {
		t.Errorf("withdrawn: %s", m.Moment.Status)
	}
}

func TestDecision(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.reviewed("A goal")
	path := "/api/v1/highlights/" + string(h.ID)
	var edited clip.Highlight
	w.get(200, &edited, "paul", "PATCH", path+"/drafts/fans", fmt.Sprintf(`{"revision":%d,"text":"What a goal","not_before":"2030-01-01T12:00:00Z"}`, h.Revision))
	if edited.Revision <= h.Revision || edited.State != clip.HighlightReview {
		t.Fatalf("after the edit: revision %d, %s", edited.Revision, edited.State)
	}
	w.get(409, nil, "petra", "POST", path+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"approve"}`, h.Revision))
	w.get(403, nil, "paul", "POST", path+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"approve"}`, edited.Revision))
	w.get(200, nil, "petra", "POST", path+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"approve"}`, edited.Revision))
	var v highlightView
	w.get(200, &v, "vera", "GET", path, "")
	if v.Highlight.State != clip.HighlightApproved || len(v.Posts) != 2 || len(v.Decisions) != 1 || v.Decisions[0].By != "petra" {
		t.Fatalf("%+v", v)
	}
	for _, p := range v.Posts {
		if p.Destination == "fans" && (p.Text != "What a goal" || p.NotBefore.Year() != 2030) {
			t.Errorf("the post is not what was approved: %+v", p)
		}
	}
	var posts struct{ Posts []clip.Post }
	w.get(200, &posts, "petra", "POST", path+"/retract", "")
	if len(posts.Posts) != 2 || !posts.Posts[0].Retract || !posts.Posts[1].Retract {
		t.Errorf("retracted: %+v", posts)
	}
}

// TestDraftTooLong: a rule may write more than fits; nobody can approve that.
func TestDraftTooLong(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.reviewed(strings.Repeat("long ", 13))
	var p struct{ Detail string }
	w.get(422, &p, "petra", "POST", "/api/v1/highlights/"+string(h.ID)+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"approve"}`, h.Revision))
	if !strings.Contains(p.Detail, "shorten it by") {
		t.Error(p.Detail)
	}
	var c countBody
	w.get(200, &c, "paul", "POST", "/api/v1/destinations/fans/count", `{"text":"Tor! 🇧🇷","alt":"x"}`)
	if c.Text != len([]rune("Tor! 🇧🇷")) || c.MaxText != 60 || !c.Fits {
		t.Errorf("%+v", c)
	}
}

func TestResolve(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.approved("A goal")
	for _, c := range []struct{ dest, body, state string }{
		{"fans", `{"there":true,"url":"https://social.example/@us/1"}`, "confirmed"},
		{"partner", `{"there":false}`, "intent"},
	} {
		id := clip.NewPostID(h.ID, c.dest)
		_, err := w.cat.EditPost(t.Context(), id, seed, "seed", func(p *clip.Post) error { p.State = clip.PostNeedsPerson; return nil })
		must(t, err)
		var p clip.Post
		w.get(200, &p, "petra", "POST", "/api/v1/posts/"+string(id)+"/resolve", c.body)
		if string(p.State) != c.state || c.state == "confirmed" && p.Receipt.URL == "" {
			t.Errorf("%s: %+v", c.dest, p)
		}
	}
}

func TestStopSending(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.approved("A goal")
	var held struct{ Holds []clip.Hold }
	w.get(200, &held, "petra", "POST", "/api/v1/sending/stop", "")
	w.get(200, &held, "petra", "POST", "/api/v1/sending/stop", `{"destination":"fans","reason":"wrong logo"}`)
	w.get(404, nil, "petra", "POST", "/api/v1/sending/stop", `{"destination":"nobody"}`)
	w.get(403, nil, "paul", "POST", "/api/v1/sending/resume", "")
	if len(held.Holds) != 2 || held.Holds[0].By != "petra" || held.Holds[1].Reason != "wrong logo" {
		t.Fatalf("%+v", held)
	}
	page, err := io.ReadAll(w.ask("petra", "GET", "/posts", "").Body)
	must(t, err)
	body := string(page)
	for _, want := range []string{"Nothing is sent.", "All sending is stopped by petra", "Send again", "1 of 1 posts in 24h left"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	w.poke.seen = nil
	w.get(200, &held, "petra", "POST", "/api/v1/sending/resume", `{"destination":"fans"}`)
	if want := []string{"post " + string(h.ID) + ".fans"}; !slices.Equal(w.poke.seen, want) {
		t.Errorf("woke %v, want %v", w.poke.seen, want)
	}
	w.get(200, &held, "petra", "POST", "/api/v1/sending/resume", "")
	w.get(200, &held, "vera", "GET", "/api/v1/sending", "")
	if len(held.Holds) != 0 {
		t.Errorf("still %+v", held)
	}
}

// TestSessionIsNotShown: the note of an upload under way can open the account.
func TestSessionIsNotShown(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.approved("A goal")
	id := clip.NewPostID(h.ID, "fans")
	const session = "https://upload.example/?upload_id=key-to-the-account"
	_, err := w.cat.EditPost(t.Context(), id, seed, "seed", func(p *clip.Post) error { p.Session = session; return nil })
	must(t, err)
	for _, path := range []string{"/api/v1/posts", "/api/v1/posts/" + string(id), "/api/v1/highlights/" + string(h.ID)} {
		var text any
		w.get(200, &text, "petra", "GET", path, "")
		if s := fmt.Sprint(text); !strings.Contains(s, string(id)) || strings.Contains(s, session) {
			t.Errorf("%s shows %s", path, s)
		}
	}
}

func TestFeeds(t *testing.T) {
	w := newWorld(t)
	var v feedView
	w.get(201, &v, "anna", "POST", "/api/v1/feeds", `{"id":"final-100m","url":"https://feeds.example/index.m3u8"}`)
	if v.Feed.Title != "final-100m" || v.Feed.Window != 4*time.Hour || v.Health.State != clip.FeedStarting {
		t.Errorf("%+v", v)
	}
	w.get(204, nil, "anna", "DELETE", "/api/v1/feeds/final-100m", "")
	w.get(404, nil, "anna", "GET", "/api/v1/feeds/final-100m", "")
	if !slices.Equal(w.poke.seen, []string{"start final-100m", "stop final-100m"}) {
		t.Errorf("workflows were told %v", w.poke.seen)
	}
}

func TestHook(t *testing.T) {
	w := newWorld(t)
	w.record()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	must(t, err)
	send := func(id string, at time.Time, body string, status int) momentBody {
		t.Helper()
		stamp := strconv.FormatInt(at.Unix(), 10)
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id + "." + stamp + "." + body))
		var out momentBody
		into := any(&out)
		if status != 202 {
			into = nil
		}
		w.get(status, into, "", "POST", "/api/v1/hooks/scores", body, "webhook-id", id, "webhook-timestamp", stamp,
			"webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
		return out
	}
	one := send("msg_1", time.Now(), `{"what":"Goal Silva"}`, 202)
	two := send("msg_1", time.Now(), `{"what":"Goal Silva"}`, 202)
	if one.Moment.ID == "" || one.Moment.ID != two.Moment.ID || one.Moment.Title != "Goal Silva" || one.Moment.Source != "scores" {
		t.Errorf("%+v then %s", one.Moment, two.Moment.ID)
	}
	send("msg_2", time.Now().Add(-301*time.Second), `{"what":"Goal"}`, 403)
	send("msg_3", time.Now().Add(301*time.Second), `{"what":"Goal"}`, 403)
	w.get(403, nil, "", "POST", "/api/v1/hooks/scores", `{}`)
	w.get(403, nil, "anna", "POST", "/api/v1/hooks/scores", `{}`) // a token is no signature
	w.get(404, nil, "", "POST", "/api/v1/hooks/none", `{}`)
	w.get(413, nil, "", "POST", "/api/v1/hooks/scores", strings.Repeat("x", maxBody+1))
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	w.record()
	h, err := w.cat.Health(t.Context(), "pitch")
	must(t, err)
	h.Lost, h.Drift, h.ClockOff, h.Window = 3, 41_500, -120*time.Millisecond, 40*time.Minute
	h.ShrinksAt, h.ShrinksTo = time.Unix(1_795_000_000, 0), 30*time.Minute
	must(t, w.cat.SetHealth(t.Context(), h))
	w.reviewed("A goal")
	a := w.ask("", "GET", "/metrics", "")
	var text bytes.Buffer
	_, _ = text.ReadFrom(a.Body)
	for _, line := range []string{
		`ovation_feed_state{feed="pitch",state="recording"} 1`, `ovation_feed_gaps{feed="pitch"} 1`, `ovation_feed_last_segment_age_seconds{feed="pitch"} `,
		`ovation_feed_lost_segments_total{feed="pitch"} 3`, `ovation_feed_drift_ppm{feed="pitch"} 41.5`, `ovation_feed_clock_offset_seconds{feed="pitch"} -0.12`,
		`ovation_feed_window_seconds{feed="pitch"} 43`, `ovation_feed_window_limit_seconds{feed="pitch"} 2400`, `ovation_feed_window_configured_seconds{feed="pitch"} 3600`,
		`ovation_feed_window_shrinks_timestamp_seconds{feed="pitch"} 1.795e+09`, `ovation_feed_window_shrinks_to_seconds{feed="pitch"} 1800`,
		`ovation_feed_bitrate_bits{feed="pitch"} 400000`, `ovation_highlights{state="review"} 1`, `ovation_posts{state="unknown"} 0`,
		`ovation_http_seconds_count{method="POST",route="/api/v1/moments",status="2xx"} 1`,
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("no %s", line)
		}
	}
}

// TestOpenAPI keeps the published description true.
func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	var doc any
	w.get(200, &doc, "", "GET", "/api/openapi.json", "")
	text, err := json.MarshalIndent(doc, "", "  ")
	must(t, err)
	if strings.Contains(string(text), `"format": "uri"`) {
		t.Error("problem types are references, not absolute URIs")
	}
	golden(t, "../docs/api/openapi.json", append(text, '\n'))
}

// TestVendor: what is vendored is what VERSIONS says, and nothing else.
func TestVendor(t *testing.T) {
	list, err := os.ReadFile("static/vendor/VERSIONS")
	must(t, err)
	files, err := fs.Glob(os.DirFS("static/vendor"), "*")
	must(t, err)
	for _, f := range files {
		if f == "VERSIONS" {
			continue
		}
		b, err := os.ReadFile("static/vendor/" + f)
		must(t, err)
		sum := sha512.Sum384(b)
		if !strings.Contains(string(list), base64.StdEncoding.EncodeToString(sum[:])+" "+f+"\n") {
			t.Errorf("%s is not as VERSIONS says; run static/vendor.sh", f)
		}
	}
}
