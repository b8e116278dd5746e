package feed

import (
	"time"

	"github.com/ovation-live/ovation/clip"
)

// position counts the media of an input that has an end, from its first
// picture: by its clock while that goes on, and past where it does not.
type position struct {
	start time.Time // programme time of the first picture
	begun bool
	next  clip.Ticks // how much media lies before what comes next

	end     clip.Ticks // by the input's clock: of the last piece
	skipped clip.Ticks // left out since, as the playlist says it
	broken  bool       // its clock broke since
}

// time is the programme time of a place.
func (p *position) time(at clip.Ticks) time.Time { return p.start.Add(at.Duration()) }

// take gives the place where content begins.
func (p *position) take(c Content, broken bool) (at clip.Ticks) {
	expected := p.end + p.skipped
	off := unwrap(c.First, expected) - expected
	at = p.next
	if p.begun && !broken && !p.broken && abs(off) <= jumpAhead {
		at += off
	}
	p.next, p.end = at+c.End-c.First, c.End
	p.begun, p.skipped, p.broken = true, 0, false
	return at
}

// skip passes over media that is not read.
func (p *position) skip(length clip.Ticks, broken bool) {
	p.next, p.skipped = p.next+length, p.skipped+length
	p.broken = p.broken || broken
}
