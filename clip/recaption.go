package clip

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what captions by hand may be.
const (
	maxCues    = 2000
	maxCueText = 500 // characters
)

// Rewording is captions that a person wrote, or corrected: within Span they
// stand instead of the feed's.
type Rewording struct {
	Span Span  `json:"span"`
	Cues []Cue `json:"cues"` // on the feed's timeline, in order
}

// check refuses captions that could not be shown as they are.
func (w Rewording) check() error {
	const op = "write captions"
	if len(w.Cues) > maxCues {
		return Errorf(Invalid, op, "%d are too many; %d is the limit", len(w.Cues), maxCues)
	}
	for i, q := range w.Cues {
		n := utf8.RuneCountInString(q.Text)
		switch {
		case q.Epoch == 0 || q.From >= q.To:
			return Errorf(Invalid, op, "caption %d (%q) does not end after it begins", i+1, q.Text)
		case strings.TrimSpace(q.Text) == "":
			return Errorf(Invalid, op, "caption %d has no text; leave it out", i+1)
		case n > maxCueText:
			return Errorf(Invalid, op, "caption %d has %d characters, %d is the limit; make two of it", i+1, n, maxCueText)
		}
	}
	return nil
}

// over gives the captions with those that were written by hand in place of the
// feed's. A caption of the feed that reaches out of the span keeps what is
// outside.
func (w *Rewording) over(tl Timeline, cues []Cue) []Cue {
	if w == nil {
		return cues
	}
	out := slices.Clone(w.Cues)
	for _, q := range cues {
		e, ok := tl.Epoch(q.Epoch)
		if !ok {
			continue
		}
		if q.To == 0 {
			q.To = max(q.From, e.End) // it still stands
		}
		before, after := q, q
		before.To = min(q.To, e.Ticks(w.Span.In))
		after.From = max(q.From, e.Ticks(w.Span.Out))
		for _, part := range []Cue{before, after} {
			if part.From < part.To {
				out = append(out, part)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Cue) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.From, b.From))
	})
	return out
}

// Recaption replaces the feed's captions, over the whole of the highlight's
// span, by others; nil gives the feed's own back. Only chunks that show
// another text are rendered again.
func (h *Highlight) Recaption(cues []Cue) error {
	const verb = "caption"
	if err := h.editable(verb); err != nil {
		return err
	}
	if h.Recipe.Span.Open() {
		return Errorf(Conflict, verb+" highlight "+string(h.ID), "its moment still goes on; close it first")
	}
	r := h.Recipe
	r.Captions.Reworded = nil
	if cues != nil {
		r.Captions.Reworded = &Rewording{Span: r.Span, Cues: cues}
		if err := r.Captions.Reworded.check(); err != nil {
			return err
		}
	}
	h.Recipe, h.Renditions, h.Missing = r, nil, nil
	h.State, h.Reason, h.Unspoken = HighlightRendering, "", ""
	h.revise()
	return nil
}

// Captions are the cues of the whole clip on the feed's timeline. A caption
// that reaches over a cell's border is one cue again.
func (p Plan) Captions() []Cue {
	var out []Cue
	for _, c := range p.Cells {
		for _, q := range c.Cues {
			begins := q.From == 0
			q.Epoch, q.From, q.To = c.Epoch, q.From+c.From, q.To+c.From
			i := slices.IndexFunc(out, func(o Cue) bool {
				gap := q.From - o.To
				return o.Epoch == q.Epoch && o.Text == q.Text && o.Lang == q.Lang && max(gap, -gap) <= jitter
			})
			if begins && i >= 0 {
				out[i].To = q.To
				continue
			}
			out = append(out, q)
		}
	}
	return out
}

// OnFeed puts a caption that counts from the clip's start onto the feed's
// timeline. Where the clip jumps over a gap, one caption becomes several.
func (p Plan) OnFeed(q Cue) []Cue {
	var out []Cue
	frames := 0
	for _, c := range p.Cells {
		start := p.Rate.Ticks(frames)
		frames += c.Frames
		part := q
		part.Epoch, part.From, part.To = c.Epoch, max(q.From-start, 0)+c.From, min(q.To-start+c.From, c.To)
		if part.From >= part.To {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Epoch == c.Epoch && c.From-out[n-1].To <= jitter {
			out[n-1].To = part.To
			continue
		}
		out = append(out, part)
	}
	return out
}
