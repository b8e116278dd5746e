package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// The cast of the tests.
var (
	ctx    = context.Background()
	start  = time.Date(2026, 7, 1, 19, 0, 0, 0, time.UTC)
	maria  = clip.Actor{Name: "maria", Role: clip.Publisher}
	theo   = clip.Actor{Name: "theo", Role: clip.Publisher}
	format = clip.Format{Container: clip.MPEGTS, Video: "h264", Width: 1280, Height: 720, Rate: clip.Rate{Num: 25, Den: 1}, Audio: "aac", SampleRate: 48000, Channels: 2}
)

// at is a programme time, seconds after the start of the tests' feed.
func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

// span is a closed stretch of programme time.
func span(in, out float64) clip.Span { return clip.Span{In: at(in), Out: at(out)} }

// newCatalogue is an empty catalogue in a file.
func newCatalogue(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Open(ctx, filepath.Join(t.TempDir(), "catalogue.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// batch is the n-th (from 1) two-second segment of an epoch that begins at
// start, with ticks from 90000.
func batch(n int64) clip.Batch {
	e := clip.Epoch{ID: 1, First: 90000, Start: start, Format: format, Reason: "first"}
	return batchIn(e, n, n)
}

// batchIn is segment seq, the n-th of epoch e.
func batchIn(e clip.Epoch, n, seq int64) clip.Batch {
	first := e.First + clip.Ticks(n-1)*2*clip.TickRate
	s := clip.Segment{
		Seq: seq, Epoch: e.ID, First: first, End: first + 2*clip.TickRate, Start: e.Time(first),
		Size: 1000, Digest: clip.DigestOf(fmt.Appendf(nil, "segment %d", seq)), Path: fmt.Sprintf("match/%d.ts", seq),
		Sound: clip.Span90{From: first - 1000, To: first + 2*clip.TickRate},
	}
	for i := range 50 {
		f := clip.Frame{DTS: first + clip.Ticks(i)*3600 - 7200, PTS: first + clip.Ticks(i)*3600, Kind: clip.Inter}
		if i == 0 {
			f.Kind = clip.IDR
		}
		s.Frames = append(s.Frames, f)
	}
	e.End = s.End
	return clip.Batch{Epoch: e, Segment: s}
}

// record appends segments 1 to n.
func record(t testing.TB, c *Catalogue, n int64) {
	t.Helper()
	for i := int64(1); i <= n; i++ {
		if err := c.Append(ctx, "match", batch(i)); err != nil {
			t.Fatal(err)
		}
	}
}

// goal is a moment and its highlight, over a span and with two drafts.
func goal(key string, s clip.Span) (clip.Moment, clip.Highlight) {
	m := clip.Moment{Feed: "match", Span: s, Kind: "goal", Title: "1:0 " + key, Source: "test", Key: key}
	return m, clip.Highlight{
		Feed: "match", Rule: "goals", Approval: clip.ByPerson, Patience: time.Hour,
		Recipe: clip.Recipe{Version: clip.RecipeVersion, Feed: "match", Span: s, Shapes: []clip.Shape{clip.Wide, clip.Tall}},
		Drafts: []clip.Draft{
			{Destination: "folder", Shape: clip.Wide, Text: "Goal!"},
			{Destination: "mastodon", Shape: clip.Tall, Text: "Goal! #match"},
		},
	}
}

// flag flags a goal.
func flag(t testing.TB, c *Catalogue, key string, s clip.Span) clip.MomentID {
	t.Helper()
	m, h := goal(key, s)
	m, _, _, err := c.Flag(ctx, m, h, maria)
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// rendered gives a highlight finished renditions and lets it wait for review.
func rendered(h *clip.Highlight) error {
	h.State = clip.HighlightReview
	h.Renditions = nil
	for _, s := range h.Recipe.Shapes {
		d := clip.DigestOf(fmt.Appendf(nil, "%s %s %d", h.ID, s, h.Revision))
		h.Renditions = append(h.Renditions, clip.Rendition{Shape: s, Digest: d, Cover: d, Duration: 4 * time.Second})
	}
	return nil
}

// review brings a flagged highlight to review.
func review(t testing.TB, c *Catalogue, id clip.MomentID) clip.Highlight {
	t.Helper()
	return must(c.EditHighlight(ctx, id, maria, "highlight.ready", rendered))(t)
}

// approve approves the present revision.
func approve(t testing.TB, c *Catalogue, h clip.Highlight) clip.Highlight {
	t.Helper()
	return must(c.Decide(ctx, clip.Decision{Highlight: h.ID, Revision: h.Revision, Verdict: clip.Approve}, maria))(t)
}

// intend writes down the next attempt of a post.
func intend(p *clip.Post) error {
	p.State, p.Marker, p.Handle = clip.PostIntent, "marker", "handle"
	p.Attempt++
	return nil
}

// must unwraps what cannot fail in the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantKind fails unless err has the kind and says every one of words.
func wantKind(t testing.TB, err error, kind clip.Kind, words ...string) {
	t.Helper()
	if err == nil || clip.KindOf(err) != kind {
		t.Fatalf("got %v (%s), want %s", err, clip.KindOf(err), kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// wantSame fails unless two values are equal.
func wantSame(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want −, got +:\n%s", d)
	}
}

// events counts the events and audit entries so far.
func counts(t testing.TB, c *Catalogue) (events, audit int64) {
	t.Helper()
	events = must(c.LastEvent(ctx))(t)
	head := must(c.Audit(ctx, 0, 1<<30))(t)
	return events, int64(len(head))
}

func TestOpen(t *testing.T) {
	t.Run("odd names", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a b?c=d#e%20f;ü.db")
		for range 2 {
			c := must(Open(ctx, path))(t)
			if err := c.PutFeed(ctx, clip.Feed{ID: "match"}, maria); err != nil {
				t.Fatal(err)
			}
			wantSame(t, len(must(c.Feeds(ctx))(t)), 1)
			if err := errors.Join(c.Ping(ctx), c.Close()); err != nil {
				t.Fatal(err)
			}
		}
		found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.db"))
		if err != nil || len(found) != 1 || found[0] != path {
			t.Errorf("the file is %q, not %q (%v)", found, path, err)
		}
	})
	t.Run("memory", func(t *testing.T) {
		a, b := must(Open(ctx, ":memory:"))(t), must(Open(ctx, ":memory:"))(t)
		defer func() { wantSame(t, errors.Join(a.Close(), b.Close()), nil) }()
		record(t, a, 3)
		wantSame(t, must(a.NextSeq(ctx, "match"))(t), int64(4))
		wantSame(t, must(b.NextSeq(ctx, "match"))(t), int64(1))
	})
	t.Run("no directory", func(t *testing.T) {
		_, err := Open(ctx, filepath.Join(t.TempDir(), "missing", "x.db"))
		wantKind(t, err, clip.Unavailable, "open the catalogue")
	})
	t.Run("settings", func(t *testing.T) {
		c := newCatalogue(t)
		record(t, c, 1)
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			wantSame(t, must2(first(ctx, c.writer, text, "PRAGMA "+pragma))(t), want)
		}
		_, err := c.reader.ExecContext(ctx, "DELETE FROM feeds")
		wantKind(t, err, clip.Internal, "readonly")
	})
}

// must2 is must for what is found or not.
func must2[T any](v T, found bool, err error) func(testing.TB) T {
	if err == nil && !found {
		err = errors.New("not found")
	}
	return must(v, err)
}

func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	c := must(Open(ctx, path))(t)
	steps := append(migrations[:len(migrations):len(migrations)], "CREATE TABLE later (x BIGINT)", "broken", "CREATE TABLE never (x BIGINT)")
	if err := migrate(ctx, c.writer, steps); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migration %d", len(migrations)+2)) {
		t.Fatalf("a broken migration: %v", err)
	}
	version := must2(first(ctx, c.reader, number, "SELECT version FROM schema_version"))(t)
	wantSame(t, version, int64(len(migrations)+1)) // the good step stayed
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(ctx, path)
	wantKind(t, err, clip.Conflict, "newer ovation")
}

// TestMigrateCues: captions of before services were told apart keep all they
// had.
func TestMigrateCues(t *testing.T) {
	const before = 8
	path := filepath.Join(t.TempDir(), "x.db")
	db := must(sql.Open("sqlite", path))(t)
	if err := migrate(ctx, db, migrations[:before]); err != nil {
		t.Fatal(err)
	}
	must(db.ExecContext(ctx, `INSERT INTO cues (feed, epoch, from_pts, to_pts, lang, text) VALUES ('match', 1, 90000, 0, 'en', 'Goal!')`))(t)
	if err := migrate(ctx, db, migrations); err != nil {
		t.Fatal(err)
	}
	got := must(collect(ctx, db, scanCue, `SELECT epoch, from_pts, to_pts, service, lang, text FROM cues WHERE to_pts = 0`))(t)
	wantSame(t, got, []clip.Cue{{Epoch: 1, From: 90000, Lang: "en", Text: "Goal!"}})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
