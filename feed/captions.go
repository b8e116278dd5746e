package feed

import (
	"strings"

	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// captionReader turns the CEA-608 bytes of one caption channel into cues. A
// pop-on caption is one cue. A rolled-up caption is one cue for each line,
// from its first character until the next line begins, so that no line is
// said twice although it stays on screen while others push it up.
//
// State carries over from segment to segment, as the captions do.
type captionReader struct {
	cueWriter
	channel int // 1 to 4: CC1 and CC2 are in field 1, CC3 and CC4 in field 2
	decoder *ccx.CEA608Decoder
	other   bool // the bytes of its field belong to the other channel now, or to what is no caption
	text    bool // … or to the text service
	mode    byte // the control code that chose the mode: RU2…RU4, RCL or RDC
}

// The control codes of CEA-608 that matter here (ANSI/CTA-608-E table 52),
// without parity and channel.
const (
	resumeLoading  = 0x20 // RCL: pop-on
	backspace      = 0x21
	deleteToEnd    = 0x24
	rollUp2        = 0x25
	rollUp4        = 0x27
	resumeDirect   = 0x29 // RDC: paint-on
	textRestart    = 0x2a
	resumeText     = 0x2b
	eraseDisplayed = 0x2c // EDM
	carriageReturn = 0x2d
	endOfCaption   = 0x2f // EOC
)

// newCaptionReader makes a reader with a blank screen. lang is that of CC1;
// nothing says what the other channels speak.
func newCaptionReader(lang string, channel int) *captionReader {
	r := &captionReader{cueWriter: cueWriter{service: service("cea608", channel)}, channel: channel, decoder: ccx.NewCEA608Decoder()}
	if r.other = channel > 1; !r.other { // the others are heard once they are named
		r.lang = lang
	}
	return r
}

// read takes the pairs of one picture. at is the picture's time in the epoch.
func (r *captionReader) read(at clip.Ticks, pairs []ccx.CCPair) {
	r.expire(at)
	field, second := (r.channel-1)/2, r.channel%2 == 0
	for _, p := range pairs {
		if int(p.Field) != field {
			continue
		}
		switch a, b := p.Data[0], p.Data[1]; {
		case a >= 0x10 && a <= 0x1f:
			// Which channel a control code is for is bit 3; ccx forgets it from
			// one picture to the next (v0.2.0), so it is kept here.
			if r.other = (a&0x08 != 0) != second; !r.other {
				r.control(at, a, b)
			}
		case field == 1 && a > 0 && a < 0x10:
			r.other = true // extended data services (ANSI/CTA-608-E 8.6), until a caption's next code
		case !r.other && !r.text:
			r.characters(at, a, b)
		}
	}
}

// characters takes a pair of printable characters.
func (r *captionReader) characters(at clip.Ticks, a, b byte) {
	r.heard = at
	r.decoder.Decode(a, b)
	r.written(at)
}

// control takes a control code of the channel.
func (r *captionReader) control(at clip.Ticks, a, b byte) {
	r.heard = at
	command := (a&0x07 == 4 || a&0x07 == 5) && b < 0x40 // 5 in field 2
	if command && (b == textRestart || b == resumeText) {
		r.text = true
		return
	}
	if command && (b >= rollUp2 && b <= rollUp4 || b == resumeLoading || b == resumeDirect || b == endOfCaption) {
		r.text = false
		r.choose(b)
	}
	if r.text {
		return
	}
	r.decoder.Decode(a, b)
	painted := r.rolling() || r.mode == resumeDirect
	switch special := a&0x07 >= 1 && a&0x07 <= 3 && b >= 0x20 && b < 0x40; {
	case special:
		r.written(at)
	case command && (b == eraseDisplayed || b == endOfCaption || b >= rollUp2 && b <= rollUp4):
		r.shown(at, false)
	case command && painted && (b == backspace || b == deleteToEnd || b == carriageReturn):
		r.shown(at, b == carriageReturn)
	}
}

func (r *captionReader) choose(mode byte) {
	if mode == endOfCaption {
		mode = resumeLoading
	}
	if mode != r.mode {
		r.typing = false
	}
	r.mode = mode
}

func (r *captionReader) rolling() bool { return r.mode >= rollUp2 && r.mode <= rollUp4 }

// written follows a character: in roll-up the bottom line grew.
func (r *captionReader) written(at clip.Ticks) {
	if !r.rolling() {
		if r.mode == resumeDirect {
			r.shown(at, false)
		}
		return
	}
	lines := r.screen()
	if len(lines) == 0 {
		return // blanks so far
	}
	line := lines[len(lines)-1]
	if r.typing && r.on {
		r.cue.Text = line
		return
	}
	r.end(at)
	r.typing = true
	r.begin(at, line)
}

// shown follows a control code: the screen may have changed as a whole.
func (r *captionReader) shown(at clip.Ticks, newLine bool) {
	lines := r.screen()
	if r.rolling() {
		if newLine || len(lines) == 0 {
			r.typing = false
		}
		if len(lines) == 0 {
			r.end(at)
		}
		return
	}
	text := strings.Join(lines, "\n")
	switch {
	case r.on && text == r.cue.Text:
	case r.on && r.mode == resumeDirect && strings.HasPrefix(text, r.cue.Text):
		r.cue.Text = text // painted on: it grows in place
	default:
		r.end(at)
		if text != "" {
			r.begin(at, text)
		}
	}
}

// screen is the text on screen, a line a row, top to bottom.
func (r *captionReader) screen() []string { return regionLines(r.decoder.StyledRegions()) }

// reset blanks the screen where the feed's clock breaks, and gives what had
// not been taken.
func (r *captionReader) reset(at clip.Ticks) []clip.Cue {
	cues := r.finish(at)
	*r = *newCaptionReader(r.lang, r.channel)
	return cues
}
