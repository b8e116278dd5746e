package feed

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// rendition is a sound track or subtitles, as a multivariant playlist offers
// them.
type rendition struct {
	url       *url.URL // nil: in the segments of the pictures
	name      string
	lang      string
	isDefault bool
	forced    bool
}

// choose finds the sound that a feed wants: a language, a name, or a number
// from 1; where it says nothing, or what is not there, the default one. It is
// not ok where nothing is offered.
func choose(all []rendition, want string) (best rendition, ok bool) {
	score := -1
	for i, r := range all {
		n := 0
		switch {
		case want != "" && (strconv.Itoa(i+1) == want || strings.EqualFold(r.name, want)):
			n = 3
		case want != "" && sameLanguage(r.lang, want):
			n = 2
		case r.isDefault:
			n = 1
		}
		if n > score {
			best, score = r, n
		}
	}
	return best, score >= 0
}

// soundtrack puts a feed's sound and pictures into one piece. Samples are not
// touched.
type soundtrack struct {
	companion
	ts tsMuxer
}

// maxTrail is how far sound may lag behind its pictures: a cut looks no further
// for it. What comes later is left out.
const maxTrail = 4 * time.Second

// join gives a piece its sound: as much as makes up for its length. Where there
// is an error the piece is silent, but whole.
func (s *soundtrack) join(ctx context.Context, p *Piece, e entry, behind time.Duration) error {
	if s.begun && s.ahead < -maxTrail {
		s.restart()
	}
	sound, err := s.sound(ctx, e, behind)
	if muxErr := s.mux(p, sound); err == nil {
		err = muxErr
	}
	return err
}

// soundTimeout is how long pictures wait for their sound at least; they may wait
// twice their length.
const soundTimeout = 4 * time.Second

// sound fetches what is due.
func (s *soundtrack) sound(ctx context.Context, e entry, behind time.Duration) (sound []Piece, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(soundTimeout, 2*e.duration))
	defer cancel()
	entries, err := s.load(ctx, e, behind)
	for _, a := range entries {
		if s.ahead >= 0 || s.ahead >= -e.duration/4 && len(sound) > 0 {
			break
		}
		got, err := s.list.fetch(ctx, a)
		if err != nil {
			s.leave()
			return sound, err
		}
		sound = append(sound, got)
		s.next, s.ahead = a.seq+1, s.ahead+a.duration
	}
	return sound, err
}

// mux puts sound into a piece.
func (s *soundtrack) mux(p *Piece, sound []Piece) error {
	var bodies [][]byte
	for _, one := range sound {
		if one.Container != p.Container {
			return clip.Errorf(clip.Invalid, "join sound and pictures", "%w", ErrSeparateAudio)
		}
		bodies = append(bodies, one.Bytes)
	}
	var err error
	if p.Container == clip.MPEGTS {
		err = s.muxTS(p, bodies)
	} else {
		err = s.muxFMP4(p, sound, bodies)
	}
	if err != nil {
		return clip.Errorf(clip.Invalid, "join sound and pictures", "%w", err)
	}
	return nil
}

func (s *soundtrack) muxTS(p *Piece, bodies [][]byte) error {
	b, err := s.ts.mux(p.Bytes, bodies)
	if err == nil {
		p.Bytes = b
	}
	return err
}

func (s *soundtrack) muxFMP4(p *Piece, sound []Piece, bodies [][]byte) error {
	theirs := s.list.init.bytes
	if len(sound) > 0 {
		theirs = sound[0].Init
	}
	if theirs == nil {
		return nil // no sound was heard yet
	}
	init, id, err := muxInit(p.Init, theirs)
	if err != nil {
		return err
	}
	b, err := muxFragments(p.Bytes, bodies, id)
	if err == nil {
		p.Init, p.Bytes = init, b
	}
	return err
}
