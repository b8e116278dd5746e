package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/desk"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
)

const token = "token-of-the-first-administrator"

// world is the real API over a real catalogue, without Temporal: what
// workflows would do, tests do by hand.
type world struct {
	t    *testing.T
	c    *store.Catalogue
	url  string
	live time.Time // where the recording of the feed match ends
	dead error     // what the destination's account says when it is asked
}

// idle stands where Temporal would be; it never has anything to do.
type idle struct{}

func (idle) StartFeed(context.Context, clip.FeedID) error        { return nil }
func (idle) StopFeed(context.Context, clip.FeedID) error         { return nil }
func (idle) StartHighlight(context.Context, clip.MomentID) error { return nil }
func (idle) StartPost(context.Context, clip.PostID) error        { return nil }

// newWorld starts the API with one minute of a feed recorded.
func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	log := logrus.New()
	log.SetOutput(io.Discard)
	cat, err := store.Open(ctx, ":memory:")
	must(t, err)
	t.Cleanup(func() { _ = cat.Close() })
	blobs, err := store.OpenBlobs(ctx, "file://"+filepath.Join(dir, "blobs")+"?create_dir=true", filepath.Join(dir, "scratch"))
	must(t, err)
	w := &world{t: t, c: cat, live: time.Now().UTC().Truncate(time.Millisecond)}

	config, err := configs.Parse("demo.yaml", configs.Demo)
	must(t, err)
	rules, err := activities.NewRules(config.Rules)
	must(t, err)
	all := platform.All()
	folder := all[slices.IndexFunc(all, func(p platform.Platform) bool { return p.Name == "folder" })]
	documented, destinations := map[string]clip.Profile{}, []desk.Destination(nil)
	for _, d := range config.Destinations {
		p := folder.Profile
		if len(d.Shapes) > 0 {
			p.Shapes = d.Shapes
		}
		documented[d.Name] = p
		destinations = append(destinations, desk.Destination{Name: d.Name, Platform: d.Platform, Profile: p, Check: func(context.Context) error { return w.dead }})
	}
	profiles := activities.NewProfiles(documented)
	d, err := desk.New(desk.Config{
		Catalogue: cat, Blobs: blobs, DVR: filepath.Join(dir, "dvr"),
		Flagger: &activities.Flagger{Catalogue: cat, Rules: rules, Profiles: profiles, Start: idle{}, Now: time.Now},
		Decider: &activities.Decider{Catalogue: cat, Profiles: profiles, Start: idle{}}, Workflows: idle{},
		Destinations: destinations, Rules: config.Rules,
		Users:   []desk.User{{Name: "admin", Role: clip.Admin, Token: token}, {Name: "looker", Role: clip.Viewer, Token: "token-of-one-who-only-looks"}},
		Ready:   func(context.Context) error { return nil },
		Version: "test", Log: log, Key: []byte(strings.Repeat("k", 32)),
	})
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	server := httptest.NewServer(d.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	must(t, cat.PutFeed(ctx, config.Feeds[0], clip.Actor{Name: "admin", Role: clip.Admin}))
	w.record()
	return w
}

// record stores a minute in segments of two seconds.
func (w *world) record() {
	w.t.Helper()
	format := clip.Format{Container: clip.MPEGTS, Video: "h264", Width: 1280, Height: 720, Rate: clip.Rate{Num: 25, Den: 1}, Audio: "aac", SampleRate: 48000, Channels: 2}
	for i := range int64(30) {
		first := clip.Ticks(i) * clip.CellTicks
		epoch := clip.Epoch{ID: 1, Start: w.live.Add(-time.Minute), End: first + clip.CellTicks, Format: format}
		segment := clip.Segment{
			Feed: "match", Seq: i + 1, Epoch: 1, First: first, End: first + clip.CellTicks, Start: epoch.Time(first),
			Size: 1000, Digest: clip.DigestOf([]byte{byte(i)}), Path: "match/x.ts",
		}
		must(w.t, w.c.Append(w.t.Context(), "match", clip.Batch{Epoch: epoch, Segment: segment}))
	}
	must(w.t, w.c.SetHealth(w.t.Context(), clip.Health{Feed: "match", State: clip.FeedRecording, LastSegment: w.live, Live: w.live, Segments: 30, Format: format}))
}

// ready does what rendering does to a highlight.
func (w *world) ready(id string) {
	w.t.Helper()
	_, err := w.c.EditHighlight(w.t.Context(), clip.MomentID(id), clip.Actor{Name: "render", Role: clip.Machine}, "highlight.render", func(h *clip.Highlight) error {
		h.State = clip.HighlightReview
		for _, s := range h.Recipe.Shapes {
			h.Renditions = append(h.Renditions, clip.Rendition{
				Shape: s, Digest: clip.DigestOf([]byte(s)), Size: 1 << 20, Width: 1280, Height: 720, Rate: clip.Rate{Num: 25, Den: 1},
				Frames: 350, Duration: 14 * time.Second, Loudness: -14.1, Cover: clip.DigestOf([]byte("cover")),
			})
		}
		return nil
	})
	must(w.t, err)
}

// post does what posting does to a post.
func (w *world) post(id string, edit func(*clip.Post)) {
	w.t.Helper()
	_, err := w.c.EditPost(w.t.Context(), clip.PostID(id), clip.Actor{Name: "post", Role: clip.Machine}, "post.test", func(p *clip.Post) error {
		edit(p)
		return nil
	})
	must(w.t, err)
}

// run executes a command line as the first administrator.
func (w *world) run(args ...string) (out, err string, code int) {
	return run(w.t, map[string]string{"OVATION_URL": w.url, "OVATION_TOKEN": token}, args...)
}

// json executes a command line that must succeed, and decodes its answer.
func (w *world) json(into any, args ...string) {
	w.t.Helper()
	out, stderr, code := w.run(append(args, "-o", "json")...)
	if code != exitDone {
		w.t.Fatalf("ovation %s: exit code %d: %s", strings.Join(args, " "), code, stderr)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		w.t.Fatalf("ovation %s: %v in %s", strings.Join(args, " "), err, out)
	}
}

// flag flags a moment and gives its id.
func (w *world) flag(args ...string) string {
	w.t.Helper()
	var v momentView
	w.json(&v, append([]string{"moment", "flag", "match"}, args...)...)
	return string(v.Moment.ID)
}

func run(t *testing.T, env map[string]string, args ...string) (out, stderr string, code int) {
	t.Helper()
	var o, e strings.Builder
	a := &app{out: &o, err: &e, version: "v1.2.3", env: func(k string) string { return env[k] },
		up: func(context.Context, options) error { t.Error("up was called"); return nil }}
	code = a.run(t.Context(), args)
	return o.String(), e.String(), code
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
