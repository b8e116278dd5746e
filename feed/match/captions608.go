package match

import (
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Captions are pop-on captions of channel CC1 (ANSI/CTA-608-E): each is sent
// in pairs of bytes before it is due, shows all at once, and is erased when its
// line has been said.

// pair is two bytes of line 21 with parity; the zero pair is padding.
type pair [2]byte

// The control codes of CC1.
var (
	resumeLoading  = pair{0x14, 0x20} // RCL: what follows is for the hidden memory
	eraseDisplayed = pair{0x14, 0x2C} // EDM
	eraseHidden    = pair{0x14, 0x2E} // ENM
	endOfCaption   = pair{0x14, 0x2F} // EOC: swap the memories
	padding        = pair{0x80, 0x80}
)

const (
	captionColumns = 32
	preamble       = 0x14 // first byte of the preambles of rows 14 and 15
	rowFourteen    = 0x50 // second byte: white, with the indent in bits 1 to 3
	rowFifteen     = 0x70
	tabOffset      = 0x17
	mostSlots      = 30 // a second, in field 1
)

// slotRate is how many pairs a second a feed carries in field 1: one a frame,
// or one every other frame where there are more than 30.
func slotRate(rate int) int {
	if rate > mostSlots {
		return rate / 2
	}
	return rate
}

// odd gives a byte its parity.
func odd(b byte) byte {
	if bits.OnesCount8(b&0x7F)%2 == 0 {
		return b | 0x80
	}
	return b & 0x7F
}

// captionsOf lays the captions of a script into the slots of a cycle.
func captionsOf(script []line, rate int) []pair {
	out := make([]pair, int(cycleLength/time.Second)*rate)
	slot := func(t time.Duration) int { return int(t * time.Duration(rate) / time.Second) }
	for _, l := range script {
		put(out, slot(l.from), endOfCaption, endOfCaption)
		put(out, slot(l.to), eraseDisplayed, eraseDisplayed)
	}
	for _, l := range script {
		load := loadOf(l.text)
		at := slot(l.from)
		for k := len(load) - 1; k >= 0; k-- {
			for at -= len(load[k]); !free(out[at : at+len(load[k])]); at-- {
			}
			copy(out[at:], load[k])
		}
	}
	for i, p := range out {
		out[i] = pair{odd(p[0]), odd(p[1])}
	}
	return out
}

func put(out []pair, at int, pairs ...pair) {
	for i, p := range pairs {
		if at+i < len(out) {
			out[at+i] = p
		}
	}
}

// free reports whether nothing is in some slots yet.
func free(slots []pair) bool {
	return !slices.ContainsFunc(slots, func(p pair) bool { return p != pair{} })
}

// loadOf is what fills the hidden memory with a text: pairs of characters, and
// control codes, which are sent twice in a row.
func loadOf(text string) [][]pair {
	out := [][]pair{{resumeLoading, resumeLoading}, {eraseHidden, eraseHidden}}
	rows := wrap(text)
	codes := []byte{rowFourteen, rowFifteen}[2-len(rows):]
	for i, row := range rows {
		column := (captionColumns - len(row)) / 2
		place := pair{preamble, codes[i] | byte(column/4)<<1}
		out = append(out, []pair{place, place})
		if tab := byte(column % 4); tab > 0 {
			shift := pair{tabOffset, 0x20 + tab}
			out = append(out, []pair{shift, shift})
		}
		for k := 0; k < len(row); k += 2 {
			p := pair{row[k], 0}
			if k+1 < len(row) {
				p[1] = row[k+1]
			}
			out = append(out, []pair{p})
		}
	}
	return out
}

// wrap breaks a text into one or two rows, balanced.
func wrap(text string) []string {
	if len(text) <= captionColumns {
		return []string{text}
	}
	best, gap := 0, len(text)
	for i := range text {
		first, second := i, len(text)-i-1
		if text[i] != ' ' || first > captionColumns || second > captionColumns {
			continue
		}
		if d := max(first-second, second-first); d < gap {
			best, gap = i, d
		}
	}
	if best == 0 { // the script's tests see to it that this does not happen
		best = strings.LastIndexByte(text[:captionColumns+1], ' ')
	}
	return []string{text[:best], text[best+1:]}
}

// captionAt is the pair of frame n, and whether the frame carries one.
func (m *Match) captionAt(n int64) (pair, bool) {
	rate := slotRate(m.set.rate)
	per := int64(m.set.rate / rate)
	if n%per != 0 {
		return padding, false
	}
	index, _ := m.clock().place(n)
	slots := m.stage.play(index).captions(rate)
	return slots[n/per%int64(len(slots))], true
}
