package feed

import (
	"fmt"

	"golang.org/x/text/language"

	"github.com/ovation-live/ovation/clip"
)

// captions are all caption services of a feed, side by side: the four channels
// of CEA-608, the services of CEA-708, the subtitle pages of teletext. Which of
// them a clip shows is for its recipe to say.
type captions struct {
	lang   string
	line21 [4]*captionReader // CC1 to CC4
	dtv    *dtvReader
	pages  *teletextReader
}

func newCaptions(lang string) captions {
	c := captions{lang: lang, dtv: newDTVReader(lang), pages: newTeletextReader(lang)}
	for i := range c.line21 {
		c.line21[i] = newCaptionReader(lang, i+1)
	}
	return c
}

// service names a caption service in the words of [clip.CaptionServices].
func service(kind string, number int) string { return fmt.Sprintf("%s:%d", kind, number) }

// tag is a language as BCP 47 has it; what is none stays as it is.
func tag(lang string) string {
	if t, err := language.Parse(lang); err == nil && t != language.Und {
		return t.String()
	}
	return lang
}

// choose takes the languages of what the programme map lists. A first service
// whose language is not said is in that of the feed.
func (c *captions) choose(texts []Text) {
	for _, t := range texts {
		if t.Kind == "cea708" && t.Lang != "" {
			c.dtv.langs[t.Page] = tag(t.Lang)
		}
	}
}

// read takes what one picture says. Its time is one of the epoch.
func (c *captions) read(b captionBytes) {
	for _, r := range c.line21 {
		r.read(b.pts, b.pairs)
	}
	c.dtv.read(b.pts, b.dtvcc)
}

// writers are the services that there are, in a fixed order.
func (c *captions) writers() []captionWriter {
	var all []captionWriter
	for _, r := range c.line21 {
		all = append(all, r)
	}
	return append(append(all, c.dtv), c.pages)
}

// captionWriter makes cues of some services.
type captionWriter interface {
	take(now clip.Ticks) []clip.Cue
	reset(at clip.Ticks) []clip.Cue
}

// take gives the cues that are new at now.
func (c *captions) take(now clip.Ticks) (cues []clip.Cue) {
	for _, w := range c.writers() {
		cues = append(cues, w.take(now)...)
	}
	return cues
}

// reset blanks the screen where the feed's clock breaks, and gives what had
// not been taken.
func (c *captions) reset(at clip.Ticks) (cues []clip.Cue) {
	for _, w := range c.writers() {
		cues = append(cues, w.reset(at)...)
	}
	return cues
}
