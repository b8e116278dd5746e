package dvr

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// recording is a feed as it was recorded, with the real catalogue.
type recording struct {
	dir   string
	cat   *store.Catalogue
	tools feed.Tools
	truth []shown // in programme time
}

// shown is a picture that was recorded: when it aired, and its number.
type shown struct {
	at     time.Time
	number int
}

// begin makes a catalogue with a feed that records a URL.
func begin(t *testing.T, url string) *recording {
	t.Helper()
	r := &recording{dir: t.TempDir()}
	var err error
	if r.cat, err = openCatalogue(r.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cat.Close() })
	if err := r.cat.PutFeed(context.Background(), theFeed(url), clip.Actor{Name: "test", Role: clip.Admin}); err != nil {
		t.Fatal(err)
	}
	return r
}

// run records until the source is over.
func (r *recording) run(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := r.recorder(t, url).Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// until records until so many segments are held, and stops.
func (r *recording) until(t *testing.T, url string, segments int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	rec, held := r.recorder(t, url), 0
	rec.OnSegment = func(clip.Segment) {
		if held++; held == segments {
			cancel()
		}
	}
	if err := rec.Run(ctx); held != segments {
		t.Fatalf("%d segments, want %d: %v", held, segments, err)
	}
}

// recorder is one of a URL.
func (r *recording) recorder(t *testing.T, url string) *feed.Recorder {
	t.Helper()
	f := theFeed(url)
	src, err := feed.Open(f, r.tools, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	return &feed.Recorder{Feed: f, Source: src, Dir: filepath.Join(r.dir, "dvr"), Index: r.cat, Log: quietLog()}
}

// index is everything that the catalogue holds.
func (r *recording) index(t *testing.T) clip.Recording {
	t.Helper()
	rec, err := r.cat.Recording(context.Background(), feedID, clip.Span{})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// pair puts the numbers that were recorded beside the times that the index has
// for them: the n-th picture in programme time has the n-th number.
func (r *recording) pair(t *testing.T, numbers []int) {
	t.Helper()
	rec := r.index(t)
	for _, e := range rec.Timeline {
		for _, s := range rec.Segments {
			for _, f := range s.Frames {
				if s.Epoch == e.ID {
					r.truth = append(r.truth, shown{at: e.Time(f.PTS)})
				}
			}
		}
	}
	slices.SortStableFunc(r.truth, func(a, b shown) int { return a.at.Compare(b.at) })
	if len(r.truth) != len(numbers) {
		t.Fatalf("%d pictures are recorded, want %d", len(r.truth), len(numbers))
	}
	for i := range r.truth {
		r.truth[i].number = numbers[i]
	}
}

// cut renders a span through the real plan and the real engine, and gives the
// numbers of its pictures and what the plan says is missing.
func (r *recording) cut(t *testing.T, e *media.Engine, span clip.Span) ([]int, []clip.Span) {
	t.Helper()
	ctx := context.Background()
	rec, err := r.cat.Recording(ctx, feedID, span)
	if err != nil {
		t.Fatal(err)
	}
	recipe := recipeOf(span)
	plan, err := recipe.Plan(rec)
	if err != nil {
		t.Fatalf("%s: %v", span, err)
	}
	if plan.Pending {
		t.Errorf("%s: the plan waits for more", span)
	}
	if plan.Frames() == 0 {
		return nil, plan.Missing
	}
	var chunks []string
	for _, c := range plan.Cells {
		dir := t.TempDir()
		open := func(path string) (io.ReadCloser, error) {
			return os.Open(filepath.Join(r.dir, "dvr", filepath.FromSlash(path)))
		}
		made, err := e.RenderCell(ctx, media.CellWork{Cell: c, Rate: plan.Rate, Encoding: recipe.Encoding, Open: open, Dir: dir}, func() {})
		if err != nil {
			t.Fatalf("%s: %v", span, err)
		}
		chunks = append(chunks, made[clip.Wide])
	}
	out := filepath.Join(t.TempDir(), "clip.mp4")
	if err := media.Join(chunks, plan.Rate, media.Sound{}, out); err != nil {
		t.Fatal(err)
	}
	return read(t, out), plan.Missing
}

// recipeOf is a small, cheap edit of a span.
func recipeOf(span clip.Span) clip.Recipe {
	return clip.Recipe{Version: clip.RecipeVersion, Feed: feedID, Span: span, Shapes: []clip.Shape{clip.Wide},
		Sound: clip.Sound{Target: -16, TruePeak: -1}, Encoding: clip.Encoding{Preset: "ultrafast", CRF: 20, MaxFPS: 30}}
}

// want is what a cut of a span must hold: the pictures that begin in it, and
// the programme time of those that are not there.
func (r *recording) want(span clip.Span) (numbers []int, missing []clip.Span) {
	const one = time.Second / rate
	reached := span.In
	lack := func(until time.Time) {
		if until.Sub(reached) > one*3/4 {
			missing = append(missing, clip.Span{In: reached, Out: until})
		}
	}
	for _, s := range r.truth {
		if !s.at.Before(span.Out) {
			break
		}
		if s.at.Add(one).After(span.In) && s.at.Before(span.In) {
			reached = span.In // the picture before is still on screen
		}
		if s.at.Before(span.In) {
			continue
		}
		if len(numbers) > 0 || s.at.Sub(span.In) > one {
			lack(s.at)
		}
		numbers, reached = append(numbers, s.number), s.at.Add(one)
	}
	lack(span.Out)
	return numbers, missing
}

// check cuts a span and compares.
func (r *recording) check(t *testing.T, e *media.Engine, span clip.Span) {
	t.Helper()
	numbers, missing := r.want(span)
	got, lacks := r.cut(t, e, span)
	if !slices.Equal(got, numbers) {
		t.Errorf("%s: pictures %s, want %s", span, runs(got), runs(numbers))
	}
	if !sameSpans(lacks, missing) {
		t.Errorf("%s: missing %v, want %v", span, lacks, missing)
	}
}

// sameSpans compares what is missing, to a picture: a mark may lie within one,
// and less than one is a matter of opinion.
func sameSpans(a, b []clip.Span) bool {
	const one = time.Second / rate
	same := func(a, b clip.Span) bool { return a.In.Sub(b.In).Abs() <= one && a.Out.Sub(b.Out).Abs() <= one }
	part := func(s clip.Span) bool { return s.Duration() < one }
	return slices.EqualFunc(slices.DeleteFunc(a, part), slices.DeleteFunc(b, part), same)
}
