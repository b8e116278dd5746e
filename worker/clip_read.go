package worker

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// inputFeed is a file or playlist as a feed. Who names it on the command line
// may read it, wherever it lies.
func inputFeed(input string, serve func(path string) (string, error)) (clip.Feed, error) {
	f := clip.Feed{ID: "input", Title: input, URL: input, AllowPrivate: true, Window: clip.MaxWindow}
	if scheme, _, ok := strings.Cut(input, "://"); ok {
		if scheme != "http" && scheme != "https" {
			return f, clip.Errorf(clip.Invalid, "open the input", "%q is neither a file nor the URL (http, https) of an HLS playlist", scheme+"://…")
		}
		return f, nil
	}
	path, err := filepath.Abs(input)
	if err != nil {
		return f, clip.Errorf(clip.Invalid, "open the input", "%w", err)
	}
	if ext := filepath.Ext(path); ext == ".m3u8" || ext == ".m3u" {
		f.URL, err = serve(path)
		return f, err
	}
	f.URL = (&url.URL{Scheme: "import", Path: filepath.ToSlash(path)}).String()
	return f, nil
}

// serve gives a playlist on this machine a URL. The directory around it is
// served to this process only, under a name that no other knows.
func (c *closers) serve(path string) (string, error) {
	const op = "open the input"
	if _, err := os.Stat(path); err != nil {
		return "", clip.Errorf(clip.NotFound, op, "%w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	name := "/" + rand.Text()
	s := &http.Server{Handler: http.StripPrefix(name, http.FileServer(http.Dir(filepath.Dir(path)))), ReadHeaderTimeout: time.Second}
	c.add(s.Close)
	go func() { _ = s.Serve(l) }() // until it is closed
	return (&url.URL{Scheme: "http", Host: l.Addr().String(), Path: name + "/" + filepath.Base(path)}).String(), nil
}

// read records what the cut needs of the input, and plans the cut.
func (c *cutting) read(ctx context.Context) error {
	if err := c.catalogue.PutFeed(ctx, c.feed, clip.Actor{Name: "clip", Role: clip.Machine}); err != nil {
		return err
	}
	passed := func(at time.Time) { c.say(ClipProgress{Doing: "read", At: at.Sub(c.beginning)}) }
	x, err := feed.NewExcerpt(c.feed, activities.Tools(c.builder.Media), c.choose, passed, c.Log)
	if err != nil {
		return err
	}
	r := feed.Recorder{Feed: c.feed, Source: x, Dir: c.dir, Index: c.catalogue, Log: c.Log}
	if err := r.Run(ctx); err != nil {
		return err
	}
	if c.result.Span, err = x.Span(); err != nil {
		return err
	}
	if c.recording, err = c.catalogue.Recording(ctx, c.feed.ID, c.result.Span); err != nil {
		return err
	}
	c.recording.Live = false // nothing more is read
	if err := c.captions(); err != nil {
		return err
	}
	return c.decide(x.Lost())
}

// choose says which span is wanted, now that it is known what the input is.
func (c *cutting) choose(o feed.Outline) (s clip.Span, err error) {
	c.beginning, c.live = o.Window.In, o.Live
	at := func(text string) (time.Time, error) {
		t, err := clip.ParsePlace(text, o.Rate)
		return o.Window.In.Add(t.Duration()), err
	}
	if o.Live {
		now := clip.Timeline{{ID: 1, End: clip.TicksOf(o.Window.Duration()), Start: o.Window.In}}
		at = func(text string) (time.Time, error) { return clip.ResolveWhen(text, now) }
	}
	if s.In, err = at(c.In); err != nil {
		return s, err
	}
	if after, ok := strings.CutPrefix(c.Out, "+"); ok {
		length, err := clip.ParsePlace(after, o.Rate)
		if strings.HasSuffix(after, "f") {
			length += o.Rate.Ticks(1) / 2 // a number of pictures, not one of them
		}
		s.Out = s.In.Add(length.Duration())
		return s, err
	}
	if s.Out, err = at(c.Out); err != nil {
		return s, err
	}
	const op = "choose the span"
	switch {
	case !s.Out.After(s.In):
		return s, clip.Errorf(clip.Invalid, op, "the mark-out %s does not lie behind the mark-in %s", c.Out, c.In)
	case o.Live && s.In.Before(o.Window.In):
		return s, clip.Errorf(clip.Expired, op, "the mark-in lies %s before the beginning of the playlist, %s", o.Window.In.Sub(s.In).Round(time.Millisecond), o.Window.In.UTC().Format(time.RFC3339))
	}
	return s, nil
}

// captions takes those that are wanted.
func (c *cutting) captions() error {
	switch c.Captions {
	case OwnCaptions:
		return nil
	case NoCaptions, "":
		c.recording.Cues = nil
		return nil
	}
	if c.live {
		return clip.Errorf(clip.Invalid, "read the captions", "a playlist that goes on has no beginning that the times in %s could count from", c.Captions)
	}
	text, err := os.ReadFile(c.Captions)
	if err != nil {
		return clip.Errorf(clip.NotFound, "read the captions", "%w", err)
	}
	cues, err := feed.ReadCaptions(text)
	if err != nil {
		return clip.Errorf(clip.KindOf(err), "read "+c.Captions, "%w", err)
	}
	c.recording.Cues = nil
	for _, e := range c.recording.Timeline {
		for _, q := range cues {
			from, to := c.beginning.Add(q.From.Duration()), c.beginning.Add(q.To.Duration())
			q.Epoch, q.From, q.To = e.ID, e.Ticks(from), e.Ticks(to)
			c.recording.Cues = append(c.recording.Cues, q)
		}
	}
	return nil
}

// decide makes recipe and plan.
func (c *cutting) decide(lost error) (err error) {
	c.recipe = clip.Recipe{Version: clip.RecipeVersion, Feed: c.feed.ID, Span: c.result.Span, Shapes: c.Shapes,
		Captions: clip.Captions{BurnIn: c.BurnIn}, Sound: clip.DefaultSound(), Encoding: clip.DefaultEncoding()}
	c.recipe.Encoding.MaxFPS = c.MaxFPS
	if c.plan, err = c.recipe.Plan(c.recording); err != nil {
		return err
	}
	c.result.Missing = append(c.result.Missing, c.plan.Missing...)
	const op = "cut the input"
	switch {
	case len(c.plan.Cells) == 0:
		return clip.Errorf(clip.Invalid, op, "no picture lies in the span%s", because(lost))
	case len(c.plan.Missing) > 0 && !c.Gaps:
		return clip.Errorf(clip.Invalid, op, "from %s to %s there are no pictures%s; with --gaps they are left out",
			c.place(c.plan.Missing[0].In), c.place(c.plan.Missing[0].Out), because(lost))
	}
	c.result.Format = c.plan.Cells[0].Format
	return nil
}

func because(lost error) string {
	if lost == nil {
		return ""
	}
	return ": " + lost.Error()
}

// place writes an instant as people gave it.
func (c *cutting) place(t time.Time) string {
	return clip.FormatPlace(clip.TicksOf(t.Sub(c.beginning)))
}
