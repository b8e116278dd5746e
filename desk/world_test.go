package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// world is the desk over a real catalogue and real files; what workflows
// would do, tests do by hand.
type world struct {
	t    *testing.T
	desk *Desk
	cat  *store.Catalogue
	blob *store.Blobs
	url  string
	dvr  string
	poke *pokes
	log  *bytes.Buffer

	mu  sync.Mutex
	now time.Time // zero: the machine's clock
}

// pokes remembers which workflows were told to look.
type pokes struct {
	mu   sync.Mutex
	seen []string
}

func (p *pokes) note(kind, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, kind+" "+id)
	return nil
}
func (p *pokes) StartFeed(_ context.Context, id clip.FeedID) error {
	return p.note("start", string(id))
}
func (p *pokes) StopFeed(_ context.Context, id clip.FeedID) error { return p.note("stop", string(id)) }
func (p *pokes) StartHighlight(_ context.Context, id clip.MomentID) error {
	return p.note("highlight", string(id))
}
func (p *pokes) StartPost(_ context.Context, id clip.PostID) error { return p.note("post", string(id)) }

// everybody is one user of each role; the token is the name.
var everybody = []User{
	{"vera", clip.Viewer, "vera"}, {"max", clip.Machine, "max"}, {"paul", clip.Producer, "paul"},
	{"petra", clip.Publisher, "petra"}, {"anna", clip.Admin, "anna"},
}

var seed = clip.Actor{Name: "seed", Role: clip.Admin}

// hookSecret signs webhooks of the source "scores" (Standard Webhooks).
const hookSecret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dvr: filepath.Join(dir, "dvr"), poke: &pokes{}, log: &bytes.Buffer{}}
	log := logrus.New()
	log.SetOutput(w.log)
	var err error
	w.cat, err = store.Open(t.Context(), filepath.Join(dir, "ovation.db"))
	must(t, err)
	t.Cleanup(func() { _ = w.cat.Close() })
	w.blob, err = store.OpenBlobs(t.Context(), "file://"+filepath.Join(dir, "blobs")+"?create_dir=true", filepath.Join(dir, "scratch"))
	must(t, err)
	count := func(s string) int { return len([]rune(s)) }
	fans := clip.Profile{Platform: "mastodon", Shapes: []clip.Shape{clip.Tall}, MaxText: 60, MaxAlt: 100, Count: count, Budgets: []clip.Budget{{Posts: 1, Per: 24 * time.Hour}}}
	partner := clip.Profile{Platform: "folder", Shapes: []clip.Shape{clip.Wide}, Count: count}
	profiles := activities.NewProfiles(map[string]clip.Profile{"fans": fans, "partner": partner})
	list := []clip.Rule{{Name: "all", When: "true", PreRoll: time.Second, PostRoll: time.Second, Shapes: []clip.Shape{clip.Wide, clip.Tall},
		Destinations: []string{"fans", "partner"}, Text: "{{.Title}} #FINAL", Alt: "A pitch", Approval: clip.ByPerson, Patience: time.Hour}}
	rules, err := activities.NewRules(list)
	must(t, err)
	hook, err := detect.NewHook("scores", []clip.Secret{hookSecret}, detect.Mapping{Feed: "pitch", At: "now", Kind: "goal", Title: "{{.what}}"})
	must(t, err)
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	engine, err := media.New("ffmpeg", "ffprobe", quiet)
	must(t, err)
	proxy := func(ctx context.Context, w ProxyWork) ([]byte, error) { return engine.Proxy(ctx, media.ProxyWork(w)) }
	w.desk, err = New(Config{
		Catalogue: w.cat, Blobs: w.blob, DVR: w.dvr, Workflows: w.poke, Proxy: proxy, Proxies: filepath.Join(dir, "proxies"),
		Flagger:      &activities.Flagger{Catalogue: w.cat, Rules: rules, Profiles: profiles, Start: w.poke, Now: time.Now},
		Decider:      &activities.Decider{Catalogue: w.cat, Profiles: profiles, Start: w.poke},
		Hooks:        map[string]*detect.Hook{"scores": hook},
		Destinations: []Destination{{Name: "fans", Platform: "mastodon", Profile: fans}, {Name: "partner", Platform: "folder", Profile: partner}},
		Rules:        list, Users: everybody, Version: "test", Key: []byte(strings.Repeat("k", 32)), Log: log, Now: w.clock,
		Ready: func(context.Context) error { return nil },
	})
	must(t, err)
	t.Cleanup(func() { _ = w.desk.Close() })
	server := httptest.NewServer(w.desk.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(w.desk.Leave) // before Close, which waits for followers
	w.url = server.URL
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now.IsZero() {
		return time.Now()
	}
	return w.now
}

func (w *world) at(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = t
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask calls the API with a user's token; "" is nobody. Extra are header pairs.
func (w *world) ask(user, method, path, body string, extra ...string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	must(w.t, err)
	if user != "" {
		r.Header.Set("Authorization", "Bearer "+user)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := stay.Do(r)
	must(w.t, err)
	w.t.Cleanup(func() { _ = a.Body.Close() })
	return a
}

// get calls the API, wants a status, and reads the answer into v.
func (w *world) get(want int, v any, user, method, path, body string, extra ...string) *http.Response {
	w.t.Helper()
	a := w.ask(user, method, path, body, extra...)
	text, err := io.ReadAll(a.Body)
	must(w.t, err)
	if a.StatusCode != want {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.StatusCode, want, text)
	}
	if v != nil {
		if err := json.Unmarshal(text, v); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return a
}

// flagged makes a moment over the feed's recording.
func (w *world) flagged(title string) clip.MomentID {
	w.t.Helper()
	var made momentBody
	w.get(201, &made, "paul", "POST", "/api/v1/moments", fmt.Sprintf(`{"feed":"pitch","in":"-12s","out":"-8s","kind":"goal","title":%q,"key":%q}`, title, title))
	return made.Moment.ID
}

// reviewed brings a moment's highlight to review, with real files.
func (w *world) reviewed(title string) clip.Highlight {
	w.t.Helper()
	ctx := w.t.Context()
	id := w.flagged(title)
	var rs []clip.Rendition
	for _, s := range []struct {
		shape clip.Shape
		w, h  int
	}{{clip.Wide, 320, 180}, {clip.Tall, 102, 180}} {
		file, cover := sample(w.t, s.w, s.h)
		digest, size, err := w.blob.PutFile(ctx, file)
		must(w.t, err)
		still, _, err := w.blob.PutFile(ctx, cover)
		must(w.t, err)
		cues, _, err := w.blob.Put(ctx, strings.NewReader("WEBVTT\n\n00:01.000 --> 00:03.000\nWhat a goal!\n"))
		must(w.t, err)
		rs = append(rs, clip.Rendition{Shape: s.shape, Digest: digest, Size: size, Width: s.w, Height: s.h, Rate: clip.Rate{Num: 25, Den: 1}, Frames: 150,
			Duration: 6 * time.Second, Loudness: -14, Cover: still, Captions: cues})
	}
	h, err := w.cat.EditHighlight(ctx, id, seed, "seed", func(h *clip.Highlight) error {
		h.State, h.Renditions, h.Deadline = clip.HighlightReview, rs, time.Now().Add(time.Hour)
		return nil
	})
	must(w.t, err)
	return h
}

// captioned gives a highlight in review a build with captions: three seconds
// from the place 1:900000 on, in two cells.
func (w *world) captioned(h clip.Highlight, texts ...string) clip.Highlight {
	w.t.Helper()
	plan := clip.Plan{Rate: clip.Rate{Num: 25, Den: 1}, Cells: []clip.Cell{
		{Epoch: 1, Grid: 5, From: 900000, To: 1080000, Frames: 50}, {Epoch: 1, Grid: 6, From: 1080000, To: 1170000, Frames: 25}}}
	for i, text := range texts { // a second each
		at := clip.Ticks(i) * clip.TickRate
		c := &plan.Cells[at/clip.CellTicks]
		from := at % clip.CellTicks
		c.Cues = append(c.Cues, clip.Cue{From: from, To: from + clip.TickRate, Lang: "en", Text: text})
	}
	build, err := w.blob.PutJSON(w.t.Context(), clip.Build{Highlight: h.ID, Revision: h.Revision, Recipe: h.Recipe, Plan: plan})
	must(w.t, err)
	h, err = w.cat.EditHighlight(w.t.Context(), h.ID, seed, "seed", func(n *clip.Highlight) error {
		n.Builds = []clip.Built{{Revision: n.Revision, Build: build}}
		return nil
	})
	must(w.t, err)
	return h
}

// approved brings a moment's highlight past approval.
func (w *world) approved(title string) clip.Highlight {
	w.t.Helper()
	h := w.reviewed(title)
	w.get(200, &h, "petra", "POST", "/api/v1/highlights/"+string(h.ID)+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"approve"}`, h.Revision))
	return h
}
