package feed

import (
	"slices"
	"strings"

	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// serviceReader turns one caption service of CEA-708 (ANSI/CTA-708-E) into
// cues. What matters is the text in its windows after each picture: a line that
// grows is the same cue, lines that only moved up or stayed are not said again,
// and new lines are a cue of their own.
//
// State carries over from segment to segment, as the captions do.
type serviceReader struct {
	cueWriter
	decoder *ccx.CEA708Service
	lines   []string // on screen
	spoke   bool     // there was something for it in this picture
	swapped bool     // windows were shown, hidden or cleared in this picture
}

func newServiceReader(number int) *serviceReader {
	return &serviceReader{cueWriter: cueWriter{service: service("cea708", number)}, decoder: ccx.NewCEA708Service()}
}

// beginPicture comes before the blocks of a picture.
func (r *serviceReader) beginPicture(at clip.Ticks) {
	r.expire(at)
	r.swapped, r.spoke = false, false
}

// endPicture comes after them.
func (r *serviceReader) endPicture(at clip.Ticks) {
	if r.spoke {
		r.heard = at
		r.shown(at, regionLines(r.decoder.StyledRegions()))
	}
}

// decode gives a block to the decoder. One that makes it fail costs what is on
// screen.
func (r *serviceReader) decode(block []byte) {
	r.spoke = true
	defer func() {
		if recover() != nil { // ccx trusts what windows define (v0.2.0)
			r.decoder = ccx.NewCEA708Service()
		}
	}()
	r.swapped = r.swapped || swaps(block)
	r.decoder.ProcessBlock(block)
}

// swaps reports whether a block shows, hides or clears windows: what is on
// screen then is another caption, not the same one growing.
func swaps(block []byte) bool {
	const formFeed, clear, deletes, reset = 0x0c, 0x88, 0x8c, 0x8f
	for len(block) > 0 {
		c := block[0]
		if c == formFeed || c >= clear && c <= deletes || c == reset {
			return true
		}
		block = block[min(codeLength(block), len(block)):]
	}
	return false
}

// codeLength is the length of a code with its parameters (ANSI/CTA-708-E 7.1).
func codeLength(b []byte) int {
	switch c := b[0]; {
	case c == 0x10 && len(b) > 1: // EXT1
		return 1 + extendedLength(b[1])
	case c >= 0x11 && c <= 0x17:
		return 2
	case c >= 0x18 && c <= 0x1f:
		return 3
	case c >= 0x88 && c <= 0x8d: // CLW to DLY
		return 2
	case c == 0x90 || c == 0x92: // SPA, SPL
		return 3
	case c == 0x91: // SPC
		return 4
	case c == 0x97: // SWA
		return 5
	case c >= 0x98 && c <= 0x9f: // DF0 to DF7
		return 7
	}
	return 1
}

// extendedLength is the length of a code of the sets C2, C3, G2 and G3.
func extendedLength(c byte) int {
	switch {
	case c <= 0x1f:
		return 1 + int(c>>3)
	case c >= 0x80 && c <= 0x87:
		return 5
	case c >= 0x88 && c <= 0x8f:
		return 6
	}
	return 1
}

// shown follows what is on screen after a picture.
func (r *serviceReader) shown(at clip.Ticks, lines []string) {
	before := r.lines
	r.lines = lines
	if len(lines) == 0 {
		r.end(at)
		return
	}
	fresh, grown := compare(before, lines, !r.swapped)
	if grown != nil && r.on {
		r.cue.Text = replaceLine(r.cue.Text, grown.from, grown.to)
	}
	switch {
	case len(fresh) > 0:
		r.end(at)
		r.begin(at, strings.Join(fresh, "\n"))
	case r.on && !slices.ContainsFunc(strings.Split(r.cue.Text, "\n"), func(l string) bool { return slices.Contains(lines, l) }):
		r.end(at)
	}
}

// growth is a line that is still being written, or corrected at its end.
type growth struct{ from, to string }

// compare finds the lines that were not on screen before, and the last one of
// those that grew, if lines can.
func compare(before, now []string, grow bool) (fresh []string, grown *growth) {
	left := slices.Clone(before)
	var other []string
	for _, line := range now {
		if i := slices.Index(left, line); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		other = append(other, line)
	}
	for _, line := range other {
		i := slices.IndexFunc(left, func(l string) bool { return strings.HasPrefix(line, l) || strings.HasPrefix(l, line) })
		if i < 0 || !grow {
			fresh = append(fresh, line)
			continue
		}
		grown = &growth{left[i], line}
		left = slices.Delete(left, i, i+1)
	}
	return fresh, grown
}

// replaceLine replaces the last line of text that is from.
func replaceLine(text, from, to string) string {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i] == from {
			lines[i] = to
			break
		}
	}
	return strings.Join(lines, "\n")
}
