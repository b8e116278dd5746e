package feed

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// Excerpt is a source of which only a span is wanted. It gives what a cut needs,
// leaves out what lies before, and is over once it has given all. Of a playlist
// nothing is fetched for nothing; a file is read from its beginning, because
// only that tells where in it a place is.
//
// Of an input that has an end, programme time is Outline.Window.In and the media
// before a place, to the tick, through breaks of its clock.
type Excerpt struct {
	source Source
	choose func(Outline) (clip.Span, error)
	passed func(at time.Time)

	outline  Outline
	span     clip.Span
	chosen   bool
	tries    int
	problem  error // the first thing that was lost
	fault    error // why there is nothing to give
	position position

	held     []Piece // before the span, back to where decoding begins
	heldSize int
	flowing  bool
}

// Outline is what is known of an input before it is cut.
type Outline struct {
	Live   bool      // it goes on, and programme time is its own
	Window clip.Span // what is there now; Out is zero where only reading to the end tells
	Rate   clip.Rate // zero while no picture came
}

// How far around a span an excerpt reaches: for captions that stand on screen
// already, and for sound that lies behind the pictures.
const (
	excerptLead     = 10 * time.Second
	excerptTrail    = 2 * time.Second
	excerptTries    = 3
	excerptPatience = time.Minute
	excerptHeld     = 1 << 30 // bytes that are kept from the last key frame on
)

// fileStart is the programme time of an input's beginning where it states none.
var fileStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// errStalled is why an input is not waited for any longer.
var errStalled = clip.Errorf(clip.Unavailable, "read the input", "nothing came for %s", excerptPatience)

// errGiven ends a source of which all was given that is wanted.
var errGiven = errors.New("all was given")

// NewExcerpt makes an excerpt of a feed's URL: a file (import:) or an HLS
// playlist. choose is asked once which span is wanted; passed, which may be nil,
// is told how far the input was read.
func NewExcerpt(f clip.Feed, tools Tools, choose func(Outline) (clip.Span, error), passed func(at time.Time), log logrus.FieldLogger) (*Excerpt, error) {
	f.Window = 0 // a playlist is looked at from its beginning
	x := &Excerpt{choose: choose, passed: passed}
	u, err := url.Parse(f.URL)
	if err != nil || u.Scheme != "import" && u.Scheme != "http" && u.Scheme != "https" {
		return nil, clip.Errorf(clip.Invalid, "open the input", "it is neither a file nor the URL of an HLS playlist")
	}
	if x.source, err = Open(f, tools, log); err != nil {
		return nil, err
	}
	if h, ok := x.source.(*HLS); ok {
		h.leave = x.leave
	}
	return x, nil
}

// Span is what was chosen; the error says why the excerpt is not whole.
func (x *Excerpt) Span() (clip.Span, error) {
	if x.fault == nil && !x.flowing {
		return clip.Span{}, clip.Errorf(clip.Unavailable, "read the input", "it holds nothing that can be cut")
	}
	return x.span, x.fault
}

// Lost is the first thing that could not be had, nil if there was none.
func (x *Excerpt) Lost() error { return x.problem }

// Run implements [Source].
func (x *Excerpt) Run(ctx context.Context, emit func(Piece) error) error {
	patient, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(excerptPatience, func() { cancel(errStalled) })
	defer stalled.Stop()
	err := x.source.Run(patient, func(p Piece) error {
		stalled.Reset(excerptPatience)
		return x.take(p, emit)
	})
	switch kind := clip.KindOf(err); {
	case ctx.Err() != nil:
		return ctx.Err()
	case context.Cause(patient) == errStalled:
		x.fault = errStalled
		return nil
	case errors.Is(err, errGiven) || x.fault != nil:
		return nil
	case err == nil:
		return x.ended()
	case kind.Retry() && x.tries+1 < excerptTries:
		x.tries++
		return err // and is run again
	default:
		x.fault = err
		return nil
	}
}

// ended says what is missing of an input that is over.
func (x *Excerpt) ended() error {
	const op = "cut the input"
	const shortest = time.Second / 120 // half a picture at 60 a second
	end := x.position.time(x.position.next)
	switch length := clip.FormatPlace(x.position.next); {
	case !x.chosen:
		x.fault = x.problem
	case !x.flowing:
		x.fault = clip.Errorf(clip.Invalid, op, "it ends at %s, before the mark-in", length)
	case end.Before(x.span.Out.Add(-shortest)):
		x.fault = clip.Errorf(clip.Invalid, op, "it ends at %s, before the mark-out", length)
	}
	return nil
}

// take decides what becomes of a piece.
func (x *Excerpt) take(p Piece, emit func(Piece) error) error {
	if p.Part {
		return nil
	}
	if err := errors.Join(p.Lost, p.remark); err != nil {
		x.lose(err)
		return nil
	}
	c, err := Scan(p)
	if err != nil {
		x.lose(err)
		return nil
	}
	p.asParts = 0
	begins, ends := x.place(&p, c)
	if !x.chosen {
		x.outline.Rate = c.Format.Rate
		if err := x.ask(); err != nil {
			return err
		}
	}
	if x.passed != nil {
		x.passed(ends)
	}
	if err := x.give(p, c, begins, ends, emit); err != nil {
		return err
	}
	if !ends.Before(x.span.Out.Add(excerptTrail)) {
		return errGiven
	}
	return nil
}

func (x *Excerpt) lose(err error) {
	if x.problem == nil {
		x.problem = err
	}
}

// ask asks which span is wanted.
func (x *Excerpt) ask() error {
	x.span, x.fault = x.choose(x.outline)
	x.chosen = x.fault == nil
	return x.fault
}

// give hands a piece on, or holds it back while it may not be needed.
func (x *Excerpt) give(p Piece, c Content, begins, ends time.Time, emit func(Piece) error) error {
	if x.flowing {
		return emit(p)
	}
	kind := c.Frames[0].Kind
	if key := kind == clip.IDR || kind == clip.Recovery; key && !begins.After(x.span.In.Add(-excerptLead)) {
		x.held, x.heldSize = x.held[:0], 0
	}
	x.held, x.heldSize = append(x.held, p), x.heldSize+len(p.Bytes)
	if x.heldSize > excerptHeld {
		x.fault = clip.Errorf(clip.Invalid, "cut the input", "there is no key frame in the last %d MB before the mark-in", excerptHeld>>20)
		return x.fault
	}
	if !ends.After(x.span.In) {
		return nil
	}
	x.flowing = true
	for _, h := range x.held {
		if err := emit(h); err != nil {
			return err
		}
	}
	x.held = nil
	return nil
}

// place says when a piece is on air.
func (x *Excerpt) place(p *Piece, c Content) (begins, ends time.Time) {
	length := (c.End - c.First).Duration()
	if x.outline.Live {
		begins = p.Arrived.Add(-length)
		if p.states() {
			begins = p.ProgramTime
		}
		return begins, begins.Add(length)
	}
	if !x.position.begun {
		x.position.start = fileStart
		if _, file := x.source.(*recordedFile); !file && !p.ProgramTime.IsZero() {
			x.position.start = p.ProgramTime
		}
		x.outline.Window.In = x.position.start
	}
	at := x.position.take(c, p.Discontinuity)
	begins = x.position.time(at)
	p.ProgramTime, p.Arrived, p.filed = begins, begins.Add(length), true
	return begins, p.Arrived
}

// leave decides whether nobody wants a segment of a playlist.
func (x *Excerpt) leave(w *window, i int, loaded time.Time) (bool, error) {
	e := w.entries[i]
	if !x.chosen && !w.ended {
		x.outline = Outline{Live: true, Window: clip.Span{In: w.begins(0, loaded), Out: w.begins(len(w.entries), loaded)}}
		if err := x.ask(); err != nil {
			return false, err
		}
	}
	if !x.chosen {
		return false, nil
	}
	begins := w.begins(i, loaded)
	if !x.outline.Live {
		begins = x.position.time(x.position.next)
	}
	leave := begins.Add(e.duration).Before(x.span.In.Add(-excerptLead - e.duration))
	if leave {
		x.position.skip(clip.TicksOf(e.duration), e.discontinuity)
	}
	return leave, nil
}

// begins is the programme time of a window's i-th segment, or of its end.
func (w *window) begins(i int, loaded time.Time) time.Time {
	if i < len(w.entries) && !w.entries[i].programTime.IsZero() {
		return w.entries[i].programTime
	}
	if n := len(w.entries); i == n && n > 0 && !w.entries[n-1].programTime.IsZero() {
		return w.entries[n-1].programTime.Add(w.entries[n-1].duration)
	}
	at := loaded
	for _, e := range w.entries[i:] {
		at = at.Add(-e.duration)
	}
	return at
}
