package feed

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// rendition is one of the sound tracks that a multivariant playlist offers in
// playlists of their own.
type rendition struct {
	url       *url.URL
	name      string
	lang      string
	isDefault bool
}

// choose finds the sound that a feed wants: a language, a name, or a number
// from 1; where it says nothing, or what is not there, the default one.
func choose(all []rendition, want string) rendition {
	best, score := all[0], -1
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
	return best
}

// soundtrack follows the playlist of a feed's sound beside that of its
// pictures, and puts what belongs together into one piece. Samples are not
// touched.
//
// Which segments of sound go with which of the pictures is told by how long
// they are: it matters only roughly, because sound is found later by its own
// times.
type soundtrack struct {
	list  *HLS // reads the playlist; its Run is never called
	url   *url.URL
	begun bool
	next  uint64        // media sequence number
	ahead time.Duration // how much more sound than pictures was given
	ts    tsMuxer
}

// newSoundtrack makes a follower with the feed's own client.
func (h *HLS) newSoundtrack(r rendition) *soundtrack {
	list := NewHLS(h.feed, h.log)
	list.client, list.variables, list.pace = h.client, h.variables, h.pace
	return &soundtrack{list: list, url: r.url}
}

// join gives a piece its sound: as much as makes up for its length.
func (s *soundtrack) join(ctx context.Context, p *Piece, e entry, behind time.Duration) error {
	s.ahead -= e.duration
	w, err := s.window(ctx)
	if err != nil {
		return err
	}
	if !s.begun {
		s.align(w, e, behind)
	}
	var sound []Piece
	for _, a := range w.entries {
		if a.seq < s.next || s.ahead >= -e.duration/4 && len(sound) > 0 {
			continue
		}
		if s.ahead >= 0 {
			break
		}
		got, err := s.list.fetch(ctx, a)
		if err != nil {
			return err
		}
		sound = append(sound, got)
		s.next, s.ahead = a.seq+1, s.ahead+a.duration
	}
	return s.mux(p, sound)
}

// window loads the playlist.
func (s *soundtrack) window(ctx context.Context) (*window, error) {
	p, _, err := s.list.load(ctx, s.url)
	if err != nil {
		return nil, err
	}
	if p.media == nil {
		return nil, clip.Errorf(clip.Invalid, "read the playlist "+redact(s.url), "%w", ErrNested)
	}
	return p.media, nil
}

// align finds the sound of the first piece: by the programme times where both
// playlists state them, else as far from the end of its playlist as the piece
// is from the end of its own.
func (s *soundtrack) align(w *window, e entry, behind time.Duration) {
	s.begun, s.ahead = true, -e.duration
	if len(w.entries) == 0 {
		return
	}
	i := len(w.entries)
	for reach := time.Duration(0); i > 0 && reach < behind+e.duration; i-- {
		reach += w.entries[i-1].duration
	}
	for j, a := range w.entries {
		middle := a.programTime.Add(a.duration / 2)
		if !e.programTime.IsZero() && !a.programTime.IsZero() && middle.After(e.programTime) {
			i = j
			break
		}
	}
	s.next = w.entries[min(i, len(w.entries)-1)].seq
}

// restart forgets the place: the pictures began anew.
func (s *soundtrack) restart() { s.begun = false }

// mux puts sound into a piece.
func (s *soundtrack) mux(p *Piece, sound []Piece) error {
	if len(sound) == 0 && p.Container == clip.MPEGTS {
		return nil
	}
	var bodies [][]byte
	for _, one := range sound {
		if one.Container != p.Container {
			return clip.Errorf(clip.Invalid, "join sound and pictures", "%w", ErrSeparateAudio)
		}
		bodies = append(bodies, one.Bytes)
	}
	var err error
	if p.Container == clip.MPEGTS {
		p.Bytes, err = s.ts.mux(p.Bytes, bodies)
	} else {
		err = s.muxFMP4(p, sound, bodies)
	}
	if err != nil {
		return clip.Errorf(clip.Invalid, "join sound and pictures", "%w", err)
	}
	return nil
}

func (s *soundtrack) muxFMP4(p *Piece, sound []Piece, bodies [][]byte) error {
	init := s.list.init.bytes
	if len(sound) > 0 {
		init = sound[0].Init
	}
	if init == nil {
		return ErrNoInit
	}
	var id uint32
	var err error
	if p.Init, id, err = muxInit(p.Init, init); err != nil {
		return err
	}
	p.Bytes, err = muxFragments(p.Bytes, bodies, id)
	return err
}
