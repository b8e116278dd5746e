package feed

import (
	"errors"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// errNoTime is why an aside that is given by time of day has no place.
var errNoTime = errors.New("the source states no programme time (EXT-X-PROGRAM-DATE-TIME) that it could be placed by")

// errOtherClock is why captions are left out.
var errOtherClock = errors.New("their times lie far from the pictures that they came with: the X-TIMESTAMP-MAP is missing or of another clock")

// maxBeside is how far from the piece that it came with a caption may lie.
const maxBeside = 10 * time.Minute

// asides places what the source said beside a piece on the feed's timeline,
// and adds it to what the piece brings.
func (r *recording) asides(b *clip.Batch, p Piece, c Content, shift clip.Ticks) {
	r.kept = nil
	for _, a := range p.Asides {
		switch {
		case a.Lost != nil:
			r.note("something beside the pictures is left out", a.Lost)
		case !a.At.IsZero() && p.ProgramTime.IsZero():
			r.note("a date range is left out", errNoTime)
		case a.Mark != nil:
			m := *a.Mark
			m.Epoch, m.PTS = b.Epoch.ID, m.PTS+shift
			if !a.At.IsZero() {
				m.Epoch, m.PTS = r.beside(b.Epoch, p, c.First+shift, a)
			}
			b.Marks = append(b.Marks, m)
		case a.Cue != nil:
			if q, ok := r.captionOf(b.Epoch, p, a, c.First, shift); ok {
				b.Cues = append(b.Cues, q)
			} else {
				r.note("captions are left out", errOtherClock)
			}
		}
	}
}

// keepAsides gives a piece what came with those before it that were not stored,
// because they are recorded already or cannot be.
func (r *recording) keepAsides(p *Piece) {
	const most = 5000
	p.Asides = append(r.kept, p.Asides...)
	if n := len(p.Asides) - most; n > 0 {
		r.note("what came beside the pictures is left out", clip.Errorf(clip.Unavailable, "record", "no picture came for %d of them", n))
		p.Asides = p.Asides[n:]
	}
	r.kept = p.Asides
}

// captionOf places a caption. Its clock may show 33 bits only.
func (r *recording) captionOf(e clip.Epoch, p Piece, a Aside, first, shift clip.Ticks) (clip.Cue, bool) {
	q := *a.Cue
	length := q.To - q.From
	if q.Lang == "" {
		q.Lang = r.Feed.Lang
	}
	if !a.At.IsZero() {
		length = clip.TicksOf(a.To.Sub(a.At))
		q.Epoch, q.From = r.beside(e, p, first+shift, a)
	} else {
		q.Epoch, q.From = e.ID, unwrap(q.From, first)+shift
	}
	q.To = q.From + length
	return q, abs(q.From-first-shift) <= clip.TicksOf(maxBeside) || !a.At.IsZero()
}

// beside is the place of a source's programme time: as far from the piece as
// the source says, in the epoch that covers it.
func (r *recording) beside(e clip.Epoch, p Piece, first clip.Ticks, a Aside) (clip.EpochID, clip.Ticks) {
	at := e.Time(first).Add(a.At.Sub(p.ProgramTime))
	if at.Before(e.Start) {
		if pos, err := r.timeline.At(at); err == nil {
			return pos.Epoch, pos.PTS
		}
	}
	return e.ID, e.Ticks(at)
}
