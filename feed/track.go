package feed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/ovation-live/ovation/clip"
)

// scan indexes a piece, with the audio track that the feed wants.
func (r *recording) scan(p Piece) (Content, error) {
	c, err := Scan(p)
	if err != nil {
		return c, err
	}
	if err := c.hear(r.Feed.Audio); err != nil {
		r.note("another audio track is heard", err)
	}
	if c.Damaged > 0 {
		r.note("a segment is damaged", errDamaged)
	}
	if c.Mixed != nil {
		r.note("a segment is not all of one kind", clip.Errorf(clip.Invalid, "index a segment", "%w", c.Mixed))
	}
	return c, nil
}

// hear makes the audio track that a feed wants the one that is heard: want is
// a language, a number from 1, or empty for the first. All tracks are recorded
// whatever is heard. A track that is not there is said; the first is heard
// instead, because silence helps nobody.
func (c *Content) hear(want string) error {
	tracks := c.Format.Tracks
	n, ok := chosen(tracks, want)
	if len(tracks) > 0 && n < len(c.sounds) {
		t := tracks[n]
		c.Format.Track, c.Format.Audio, c.Format.SampleRate, c.Format.Channels = n, t.Codec, t.SampleRate, t.Channels
		c.Sound = c.sounds[n]
	}
	if ok || len(tracks) == 0 {
		return nil
	}
	return clip.Errorf(clip.Invalid, "choose the audio track", "%q is not there, so the first is heard; set the feed's audio to one of: %s", want, listTracks(tracks))
}

// chosen is the track that is wanted; the first where it is not there.
func chosen(tracks []clip.Track, want string) (n int, ok bool) {
	if want == "" {
		return 0, true
	}
	if n, err := strconv.Atoi(want); err == nil {
		if n < 1 || n > len(tracks) {
			return 0, false
		}
		return n - 1, true
	}
	for _, same := range []func(t clip.Track) bool{
		func(t clip.Track) bool { return strings.EqualFold(t.Lang, want) },
		func(t clip.Track) bool { return sameTag(t.Lang, want) },
		func(t clip.Track) bool { return sameLanguage(t.Lang, want) },
	} {
		if n := slices.IndexFunc(tracks, same); n >= 0 {
			return n, true
		}
	}
	return 0, false
}

// sameTag reports whether two texts are the same language tag in different
// words: ISO 639-2 in both its forms (ger, deu) and BCP 47 (de).
func sameTag(a, b string) bool {
	x, err1 := language.Parse(a)
	y, err2 := language.Parse(b)
	return err1 == nil && err2 == nil && x == y && x != language.Und
}

// sameLanguage likewise, whatever its region or script.
func sameLanguage(a, b string) bool {
	x, err1 := language.Parse(a)
	y, err2 := language.Parse(b)
	if err1 != nil || err2 != nil || x == language.Und || y == language.Und {
		return false
	}
	first, _ := x.Base()
	second, _ := y.Base()
	return first == second
}

// listTracks writes tracks for people: 1 (eng aac 2 ch), 2 (…).
func listTracks(tracks []clip.Track) string {
	var all []string
	for i, t := range tracks {
		lang := t.Lang
		if lang == "" {
			lang = "no language"
		}
		all = append(all, fmt.Sprintf("%d (%s, %s, %d ch)", i+1, lang, t.Codec, t.Channels))
	}
	return strings.Join(all, ", ")
}
