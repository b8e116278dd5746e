package worker

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/store"
)

// ClipOptions say what is cut out of what, and where it goes.
type ClipOptions struct {
	Input    string // a file, or the URL of an HLS playlist
	In, Out  string // see [clip.ParsePlace], [clip.ResolveWhen]; an Out that begins with + counts from In
	Shapes   []clip.Shape
	Captions string // a WebVTT or SubRip file; [OwnCaptions]; or [NoCaptions]
	BurnIn   bool   // captions are drawn into the pictures too
	Gaps     bool   // what is missing inside the span is no error
	Dir      string // of the files
	Cache    string // directory in which chunks are kept; "": none are
	MaxFPS   int    // 0: as the input
	Render   bool   // nothing is copied
	Workers  int    // chunks that are rendered at once
	FFmpeg   string
	FFprobe  string
	Log      logrus.FieldLogger
	Progress func(ClipProgress)
}

// Captions that are no file.
const (
	OwnCaptions = "auto" // those of the input
	NoCaptions  = "none"
)

// ClipProgress says what is being done, and how much of it is.
type ClipProgress struct {
	Doing string // "read", "render", "join"
	Done  int
	Total int           // 0: nobody knows
	At    time.Duration // how far the input was read
}

// ClipResult is what was made.
type ClipResult struct {
	Input    string      `json:"input"`
	Span     clip.Span   `json:"span"`    // programme time; that of a file begins at its first picture
	Missing  []clip.Span `json:"missing"` // inside the span, but not in the input
	Files    []ClipFile  `json:"files"`
	Captions []string    `json:"captions"` // the files beside
	Rendered int         `json:"rendered"` // chunks
	Copied   int         `json:"copied"`   // pictures of the 16:9 file that are the input's own
	Why      string      `json:"why"`      // pictures, or sound, were not copied
	Reused   int         `json:"reused"`   // chunks that were there
	Took     ClipTimes   `json:"took"`
	Format   clip.Format `json:"format"` // of the input
}

// ClipFile is one finished file.
type ClipFile struct {
	Path string `json:"path"`
	clip.Rendition
}

// ClipTimes are how long the steps took.
type ClipTimes struct {
	Read   time.Duration `json:"read_ns"`
	Splice time.Duration `json:"splice_ns"`
	Render time.Duration `json:"render_ns"`
	Join   time.Duration `json:"join_ns"`
}

// Clip cuts an input here and now: the engine without a server. The input is
// recorded as a feed is, only no more of it than the cut needs; the rest is what
// the steps of a highlight do.
func Clip(ctx context.Context, o ClipOptions) (ClipResult, error) {
	c, err := newCutting(ctx, o)
	if err != nil {
		return ClipResult{}, err
	}
	defer c.close()
	err = c.run(ctx)
	return c.result, err
}

// cutting is one run of [Clip].
type cutting struct {
	ClipOptions
	feed      clip.Feed
	dir       string // of the recording, until the cut is made
	catalogue *store.Catalogue
	builder   activities.Builder
	open      closers

	live      bool      // the input goes on
	beginning time.Time // programme time of its first picture
	recording clip.Recording
	recipe    clip.Recipe
	plan      clip.Plan
	result    ClipResult
}

// newCutting opens what a cut needs.
func newCutting(ctx context.Context, o ClipOptions) (_ *cutting, err error) {
	c := &cutting{ClipOptions: o, result: ClipResult{Input: o.Input, Missing: []clip.Span{}, Captions: []string{}}}
	defer func() {
		if err != nil {
			c.close() // the first error is the one to tell
		}
	}()
	if c.feed, err = inputFeed(o.Input, c.open.serve); err != nil {
		return nil, err
	}
	engine, err := media.New(o.FFmpeg, o.FFprobe, o.Log)
	if err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "ovation-clip-"); err != nil {
		return nil, clip.Errorf(clip.Unavailable, "make a temporary directory", "%w", err)
	}
	if c.catalogue, err = store.Open(ctx, filepath.Join(c.dir, "catalogue.db")); err != nil {
		return nil, err
	}
	c.open.add(c.catalogue.Close)
	blobs := o.Cache
	if blobs == "" {
		blobs = filepath.Join(c.dir, "blobs")
	}
	if blobs, err = filepath.Abs(blobs); err != nil {
		return nil, clip.Errorf(clip.Invalid, "find the cache", "%w", err)
	}
	kept, err := store.OpenBlobs(ctx, "file://"+filepath.ToSlash(blobs), c.dir)
	if err != nil {
		return nil, err
	}
	c.open.add(kept.Close)
	c.builder = activities.Builder{Blobs: kept, Media: engine, Scratch: c.dir,
		Open: func(path string) (io.ReadCloser, error) {
			return os.Open(filepath.Join(c.dir, filepath.FromSlash(path)))
		}}
	return c, nil
}

// close removes the recording.
func (c *cutting) close() {
	_ = c.open.close()      // it is thrown away
	_ = os.RemoveAll(c.dir) // what stays, stays in the system's temporary directory
}

func (c *cutting) run(ctx context.Context) error {
	began := time.Now()
	for _, step := range []struct {
		do   func(context.Context) error
		took *time.Duration
	}{{c.read, &c.result.Took.Read}, {c.copy, &c.result.Took.Splice}, {c.render, &c.result.Took.Render}, {c.join, &c.result.Took.Join}} {
		if err := step.do(ctx); err != nil {
			return err
		}
		*step.took, began = time.Since(began), time.Now()
	}
	return nil
}

func (c *cutting) say(p ClipProgress) {
	if c.Progress != nil {
		c.Progress(p)
	}
}
