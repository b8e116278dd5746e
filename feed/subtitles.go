package feed

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// subtitles reads the captions of a feed that come in a playlist of their own.
// One language is read, that of the feed: a caption is known by when it begins,
// and a viewer sees one at a time.
type subtitles struct {
	companion
	lang  string
	tries int // that failed for the segment that comes next
}

// Pictures wait for captions no longer than subtitleTimeout, and a segment that
// cannot be had is passed over after subtitleTries, one that is not there or
// cannot be read at once.
const (
	subtitleTimeout = 2 * time.Second
	subtitleTries   = 3
)

// newSubtitles makes a follower.
func (h *HLS) newSubtitles(r rendition) *subtitles {
	return &subtitles{companion: h.newCompanion(r), lang: r.lang}
}

// wanted is the subtitle playlist in the feed's language, or the default one
// where the feed has none. Forced ones translate what is foreign in the
// programme: they are not its captions.
func wanted(all []rendition, lang string) (best rendition, ok bool) {
	for _, r := range all {
		if r.forced || lang != "" && !sameLanguage(r.lang, lang) {
			continue
		}
		if !ok || r.isDefault && !best.isDefault {
			best, ok = r, true
		}
	}
	return best, ok
}

// read gives the captions that are due with a segment of the pictures. They
// may come later than it; they are placed by their own times.
func (s *subtitles) read(ctx context.Context, e entry, behind time.Duration) (out []Aside) {
	ctx, cancel := context.WithTimeout(ctx, subtitleTimeout)
	defer cancel()
	entries, err := s.load(ctx, e, behind)
	if err != nil {
		return []Aside{{Lost: err}}
	}
	for _, a := range entries {
		if s.ahead >= 0 {
			break
		}
		cues, err := s.cues(ctx, a)
		if err != nil {
			out = append(out, Aside{Lost: err})
			if s.again(err) {
				s.leave()
				break
			}
		}
		s.next, s.ahead, s.tries = a.seq+1, s.ahead+a.duration, 0
		for _, c := range cues {
			c.Service, c.Lang = service("webvtt", 1), tag(s.lang)
			out = append(out, Aside{Cue: &c})
		}
	}
	return out
}

// again reports whether a segment is worth another try later.
func (s *subtitles) again(err error) bool {
	s.tries++
	kind := clip.KindOf(err)
	return s.tries < subtitleTries && kind != clip.Invalid && kind != clip.NotFound
}

// cues fetches and reads one segment.
func (s *subtitles) cues(ctx context.Context, a entry) ([]clip.Cue, error) {
	if a.gap {
		return nil, nil
	}
	r := request{url: a.url, from: a.from, n: a.n, limit: maxVTT, timeout: subtitleTimeout}
	b, err := s.list.fetchMedia(ctx, r, a)
	if err != nil {
		return nil, err
	}
	cues, err := readVTT(b)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, "read the subtitles "+redact(a.url), "%w", err)
	}
	return cues, nil
}
