package activities

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.temporal.io/sdk/testsuite"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
	"github.com/ovation-live/ovation/store"
)

// world is a catalogue with one recorded feed, rules and a folder to post to:
// all real but for Temporal, whose part is to start what starts lists.
type world struct {
	*Activities
	env    *testsuite.TestActivityEnvironment
	now    time.Time
	posts  string // the folder
	starts []string
}

var admin = clip.Actor{Name: "kim", Role: clip.Admin}

// began is when the recording of the feed begins; a minute is recorded.
var began = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	c, err := store.Open(ctx, filepath.Join(dir, "catalogue.db"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := store.OpenBlobs(ctx, "file://"+filepath.Join(dir, "blobs")+"?create_dir=true", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), b.Close() })
	w := &world{now: began.Add(time.Minute), posts: filepath.Join(dir, "posts")}
	folder, profile := openFolder(t, w.posts)
	profiles := NewProfiles(map[string]clip.Profile{"folder": profile, "short": {Platform: "short", Shapes: clip.Shapes(), MaxText: 20,
		Count: func(s string) int { return len(s) }}})
	rules, err := NewRules([]clip.Rule{
		{Name: "goals", When: `moment.kind == "goal"`, PreRoll: 4 * time.Second, PostRoll: 2 * time.Second, Shapes: []clip.Shape{clip.Wide, clip.Tall},
			Destinations: []string{"folder"}, Text: "{{.Title}}", Alt: "{{.Kind}}", Approval: clip.ByPerson, Patience: time.Hour},
		{Name: "rest", Shapes: []clip.Shape{clip.Wide}, Destinations: []string{"short"}, Text: "{{.Title}}", Approval: clip.ByRule, Patience: time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	now := func() time.Time { return w.now }
	w.Activities = &Activities{
		Catalogue: c, Blobs: b, Accounts: map[string]platform.Account{"folder": folder}, Start: w, Now: now, Log: log,
		Flagger: &Flagger{Catalogue: c, Rules: rules, Profiles: profiles, Start: w, Now: now},
		Decider: &Decider{Catalogue: c, Profiles: profiles, Start: w},
	}
	var suite testsuite.WorkflowTestSuite
	w.env = suite.NewTestActivityEnvironment()
	w.env.RegisterActivity(w.Activities)
	w.record(t)
	return w
}

func openFolder(t *testing.T, dir string) (platform.Account, clip.Profile) {
	t.Helper()
	for _, p := range platform.All() {
		if p.Name != "folder" {
			continue
		}
		options := p.Options()
		setDir(t, options, dir)
		a, err := p.Open(options, platform.Deps{Log: logrus.New(), Dir: "/", Vault: platformtest.NewVault()})
		if err != nil {
			t.Fatal(err)
		}
		return a, p.Profile
	}
	t.Fatal("there is no folder platform")
	return nil, clip.Profile{}
}

// record enters a minute of recording, in segments of two seconds.
func (w *world) record(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	if err := w.Catalogue.PutFeed(ctx, clip.Feed{ID: "final", Title: "Final", URL: "https://example.org/f.m3u8", Window: time.Hour, Lang: "en"}, admin); err != nil {
		t.Fatal(err)
	}
	format := clip.Format{Container: clip.MPEGTS, Video: "h264", Width: 1280, Height: 720, Rate: clip.Rate{Num: 25, Den: 1}}
	for i := range 30 {
		first := clip.Ticks(i) * clip.CellTicks
		s := clip.Segment{Feed: "final", Seq: int64(i + 1), Epoch: 1, First: first, End: first + clip.CellTicks,
			Start: began.Add(first.Duration()), Size: 1000, Digest: clip.DigestOf([]byte{byte(i)}), Path: "final/1.ts"}
		for f := range 50 {
			kind := clip.Inter
			if f == 0 {
				kind = clip.IDR
			}
			at := first + clip.Ticks(f)*3600
			s.Frames = append(s.Frames, clip.Frame{PTS: at, DTS: at, Kind: kind})
		}
		e := clip.Epoch{ID: 1, End: s.End, Start: began, Format: format, Reason: "the recording began"}
		if err := w.Catalogue.Append(ctx, "final", clip.Batch{Epoch: e, Segment: s}); err != nil {
			t.Fatal(err)
		}
	}
}

// The world starts workflows by writing down what it was asked for.

func (w *world) StartFeed(_ context.Context, id clip.FeedID) error {
	return w.start("feed " + string(id))
}
func (w *world) StopFeed(_ context.Context, id clip.FeedID) error {
	return w.start("stop " + string(id))
}
func (w *world) StartHighlight(_ context.Context, id clip.MomentID) error {
	return w.start("highlight " + string(id))
}
func (w *world) StartPost(_ context.Context, id clip.PostID) error {
	return w.start("post " + string(id))
}

func (w *world) start(what string) error {
	w.starts = append(w.starts, what)
	return nil
}

// flag flags a goal in the middle of the recording.
func (w *world) flag(t *testing.T, kind, title string) clip.Highlight {
	t.Helper()
	_, h, created, err := w.Flagger.Flag(context.Background(), clip.Flag{Feed: "final", In: "1:900000", Out: "1:1800000", Kind: kind, Title: title, Source: "api"}, admin)
	if err != nil || !created {
		t.Fatalf("flag: created %t, %v", created, err)
	}
	return h
}

// rendered puts a highlight up for review, as Assemble does, over real blobs.
func (w *world) rendered(t *testing.T, h clip.Highlight) clip.Highlight {
	t.Helper()
	ctx := context.Background()
	h, err := w.Catalogue.EditHighlight(ctx, h.ID, admin, "highlight.rendered", func(h *clip.Highlight) error {
		h.Renditions = nil
		for _, s := range h.Recipe.Shapes {
			video, size, err := w.Blobs.Put(ctx, bytes.NewReader([]byte("video "+string(s))))
			if err != nil {
				return err
			}
			cover, _, err := w.Blobs.Put(ctx, bytes.NewReader([]byte("cover "+string(s))))
			if err != nil {
				return err
			}
			h.Renditions = append(h.Renditions, clip.Rendition{Shape: s, Digest: video, Size: size, Cover: cover, Duration: 10 * time.Second, Frames: 250})
		}
		h.State, h.Deadline = clip.HighlightReview, w.now.Add(h.Patience)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (w *world) approve(t *testing.T, h clip.Highlight) clip.Post {
	t.Helper()
	if _, err := w.Decider.Decide(context.Background(), clip.Decision{Highlight: h.ID, Revision: h.Revision, Verdict: clip.Approve}, admin); err != nil {
		t.Fatal(err)
	}
	p, err := w.Catalogue.Post(context.Background(), clip.NewPostID(h.ID, "folder"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// do runs an activity as a worker would.
func (w *world) do(t *testing.T, activity, in any) {
	t.Helper()
	if _, err := w.env.ExecuteActivity(activity, in); err != nil {
		t.Fatal(err)
	}
}

func (w *world) post(t *testing.T, id clip.PostID) clip.Post {
	t.Helper()
	p, err := w.Catalogue.Post(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// posted lists the folder.
func (w *world) posted(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(w.posts)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".mp4" {
			names = append(names, e.Name())
		}
	}
	return names
}
