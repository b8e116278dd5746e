package feed

import (
	"errors"

	"github.com/ovation-live/ovation/clip"
)

// errNoTime is why an aside that is given by time of day has no place.
var errNoTime = errors.New("the source states no programme time (EXT-X-PROGRAM-DATE-TIME) that it could be placed by")

// asides places what the source said beside a piece on the feed's timeline,
// and adds it to what the piece brings.
func (r *recording) asides(b *clip.Batch, p Piece, c Content, shift clip.Ticks) {
	for _, a := range p.Asides {
		if !a.At.IsZero() && p.ProgramTime.IsZero() {
			r.note("a date range is left out", errNoTime)
			continue
		}
		switch {
		case a.Mark != nil:
			m := *a.Mark
			m.Epoch, m.PTS = b.Epoch.ID, m.PTS+shift
			if !a.At.IsZero() {
				m.Epoch, m.PTS = r.beside(b.Epoch, p, c.First+shift, a)
			}
			b.Marks = append(b.Marks, m)
		case a.Cue != nil:
			q := *a.Cue
			q.Epoch, q.From, q.To = b.Epoch.ID, q.From+shift, q.To+shift
			if !a.At.IsZero() {
				length := a.To.Sub(a.At)
				q.Epoch, q.From = r.beside(b.Epoch, p, c.First+shift, a)
				q.To = q.From + clip.TicksOf(length)
			}
			if q.Lang == "" {
				q.Lang = r.Feed.Lang
			}
			b.Cues = append(b.Cues, q)
		}
	}
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
