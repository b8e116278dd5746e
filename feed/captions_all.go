package feed

import (
	"golang.org/x/text/language"

	"github.com/ovation-live/ovation/clip"
)

// captions are the closed captions of a feed: CEA-608 channel CC1, or where a
// feed has none, one service of CEA-708. Broadcasters in North America send
// both with the same words; a feed has one caption at a time.
type captions struct {
	lang   string
	line21 *captionReader
	dtv    *serviceReader
	heard  clip.Ticks // when CC1 said something last
	spoke  bool       // it ever did, since the clock began
}

func newCaptions(lang string) captions {
	return captions{lang: lang, line21: newCaptionReader(lang), dtv: newServiceReader(lang, 1)}
}

// choose takes the service of CEA-708 that is in the feed's language; the
// first, the primary one, where none is or the feed does not say.
func (c *captions) choose(texts []Text) {
	service, lang := 1, c.lang
	found := false
	for _, t := range texts {
		if t.Kind == "cea708" && !found && sameLanguage(t.Lang, c.lang) {
			service, found = t.Page, true
		}
	}
	for _, t := range texts {
		if t.Kind == "cea708" && t.Page == service && !found && t.Lang != "" {
			lang = t.Lang
			if tag, err := language.Parse(t.Lang); err == nil {
				lang = tag.String()
			}
		}
	}
	if service != c.dtv.service {
		c.dtv = newServiceReader(lang, service)
	}
	c.dtv.lang = lang
}

// read takes what one picture says. Its time is one of the epoch.
func (c *captions) read(b captionBytes) {
	c.line21.read(b.pts, b.pairs)
	if c.line21.heard == b.pts && len(b.pairs) > 0 {
		c.heard, c.spoke = b.pts, true
	}
	c.dtv.read(b.pts, b.dtvcc)
}

// take gives the cues that are new at now.
func (c *captions) take(now clip.Ticks) []clip.Cue {
	cues, other := c.line21.take(now), c.dtv.take(now)
	return c.either(now, cues, other)
}

// reset blanks the screen where the feed's clock breaks, and gives what had
// not been taken.
func (c *captions) reset(at clip.Ticks) []clip.Cue {
	cues := c.either(at, c.line21.reset(at), c.dtv.reset(at))
	c.heard, c.spoke = 0, false
	return cues
}

// either are the cues of CEA-608, and those of CEA-708 where that has been
// silent for long.
func (c *captions) either(now clip.Ticks, line21, dtv []clip.Cue) []clip.Cue {
	const gone = 60 * clip.TickRate
	if len(line21) > 0 || c.spoke && now-c.heard < gone {
		return line21
	}
	return dtv
}
