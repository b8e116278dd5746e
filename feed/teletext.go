package feed

import (
	"errors"
	"math/bits"
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// teletext is what a segment has of teletext (ETSI EN 300 472): the tracks with
// their subtitle pages, and their transport packets, because a PES packet may
// reach into the next segment.
type teletext struct {
	tracks  []teletextTrack
	packets []teletextPacket
}

// teletextPacket is a transport packet of teletext.
type teletextPacket struct {
	packet
	near clip.Ticks // when the picture before it is decoded, on the 33-bit clock
}

// teletextTrack is a teletext track as a programme map lists it.
type teletextTrack struct {
	pid   uint16
	pages []Text
}

// lists reports whether a PID is one of teletext.
func (t teletext) lists(pid uint16) bool {
	return slices.ContainsFunc(t.tracks, func(o teletextTrack) bool { return o.pid == pid })
}

// teletextReader turns the subtitle pages of teletext into cues: a page's text
// from the header that brings it until the header that clears or changes it.
//
// State carries over from segment to segment, as the captions do.
type teletextReader struct {
	lang   string // of the feed
	tracks []*teletextReceiver
}

func newTeletextReader(lang string) *teletextReader { return &teletextReader{lang: lang} }

// read takes what a segment has, whose first picture's time is first; shift
// leads from there to the epoch's clock.
func (r *teletextReader) read(t teletext, first, shift clip.Ticks) {
	for _, track := range t.tracks {
		r.track(track.pid).listed = track.pages
	}
	for _, p := range t.packets {
		track := r.track(p.pid)
		if p.start {
			track.near = p.near
		}
		track.pes.packet(p.packet, func(p pes) {
			track.at = unwrap(momentOf(p, track.near), first) + shift
			track.data(p.payload)
		})
	}
}

// momentOf is the time of a PES packet: its own, or where that is missing or of
// another clock, as in some broadcasts, that of the picture beside it.
func momentOf(p pes, near clip.Ticks) clip.Ticks {
	const far = 5 * clip.TickRate
	if p.timed && abs(unwrap(p.pts, near)-near) <= far {
		return p.pts
	}
	return near
}

func (r *teletextReader) track(pid uint16) *teletextReceiver {
	i := slices.IndexFunc(r.tracks, func(t *teletextReceiver) bool { return t.pid == pid })
	if i < 0 {
		i = len(r.tracks)
		r.tracks = append(r.tracks, &teletextReceiver{pid: pid, lang: r.lang})
	}
	return r.tracks[i]
}

// errLetters is why a page gives no captions.
var errLetters = errors.New("teletext in Arabic or Hebrew letters is recorded but not read: it is sent as it looks and not as it is read")

// unread says why pages give no captions; nil: none are like that.
func (r *teletextReader) unread() error {
	for _, t := range r.tracks {
		for _, p := range t.pages {
			if p.letters() == nil {
				return errLetters
			}
		}
	}
	return nil
}

// take gives the cues that are new at now.
func (r *teletextReader) take(now clip.Ticks) (cues []clip.Cue) {
	for _, t := range r.tracks {
		for _, p := range t.pages {
			const whole = clip.TickRate / 2 // no page takes longer
			if now-p.at >= whole {
				p.settle()
			}
			cues = append(cues, p.take(now)...)
		}
	}
	return cues
}

// reset blanks the screen where the feed's clock breaks, and gives what had
// not been taken.
func (r *teletextReader) reset(at clip.Ticks) (cues []clip.Cue) {
	for _, t := range r.tracks {
		for _, p := range t.pages {
			p.settle()
			cues = append(cues, p.finish(at)...)
		}
	}
	r.tracks = nil
	return cues
}

// teletextReceiver receives one track.
type teletextReceiver struct {
	pid    uint16
	lang   string // of the feed
	listed []Text // its subtitle pages, where the programme map lists them
	pes    pesReader
	near   clip.Ticks // of the picture before the PES packet
	at     clip.Ticks // of the PES packet that is read
	pages  []*teletextPage
	open   [8]*teletextPage // that is received, by magazine
	codes  [8]int           // of the magazines' letters (M/29), plus one; zero: none
}

// data reads the data units of a PES packet (EN 300 472 4.3, EN 301 775 4.4).
func (r *teletextReceiver) data(b []byte) {
	const line, framing = 2 + 42, 0xe4
	if len(b) == 0 || (b[0] < 0x10 || b[0] > 0x1f) && (b[0] < 0x99 || b[0] > 0x9b) {
		return
	}
	for b = b[1:]; len(b) >= 2 && len(b) >= 2+int(b[1]); b = b[2+int(b[1]):] {
		kind, n := b[0], int(b[1])
		if text := kind == 2 || kind == 3; text && n >= line && b[3] == framing {
			var p [42]byte
			for i := range p {
				p[i] = bits.Reverse8(b[4+i]) // they are sent as they are on air
			}
			r.packet(p[:])
		}
	}
	for _, p := range r.pages {
		if p.heard = r.at; !p.touched {
			p.settle() // nothing more came of it
		}
		p.touched = false
	}
}

// packet takes a teletext packet (ETSI EN 300 706 7.1.2).
func (r *teletextReceiver) packet(b []byte) {
	low, high := hamming(b[0]), hamming(b[1])
	if low < 0 || high < 0 {
		return
	}
	magazine, row := low&7, low>>3|high<<1
	page := r.open[magazine]
	switch {
	case row == 0:
		r.header(magazine, b[2:])
	case row == 29:
		if code, ok := designation(b[2:]); ok {
			r.codes[magazine] = code + 1
		}
	case page == nil:
	case row == 26:
		page.enhance(b[2:])
	case row == 28:
		if code, ok := designation(b[2:]); ok {
			page.code, page.touched = code+1, true
		}
	case row < len(page.rows):
		page.line(row, b[2:])
	}
}

// header takes a page's header (9.3.1). It ends the page before it, in all
// magazines where they are sent one after the other.
func (r *teletextReceiver) header(magazine int, b []byte) {
	var h [8]int
	for i := range h {
		if h[i] = hamming(b[i]); h[i] < 0 {
			return
		}
	}
	const serial = 1 // C11
	for m, p := range r.open {
		if p != nil && (m == magazine || h[7]&serial != 0) {
			p.settle()
			r.open[m] = nil
		}
	}
	if h[0] > 9 || h[1] > 9 {
		return // no page that is looked at
	}
	number := 10*h[1] + h[0] + 100*magazine
	if magazine == 0 {
		number += 800
	}
	const newsflash, subtitle = 4, 8 // C5, C6
	boxed := h[5]&(newsflash|subtitle) != 0
	if p := r.page(number, h[5]&subtitle != 0); p != nil {
		p.begins(r.at, boxed, h)
		p.code = r.codes[magazine]
		r.open[magazine] = p
	}
}

// page is the page of a number if it is one with captions: one that the
// programme map lists, or where it lists none, one that says so itself.
func (r *teletextReceiver) page(number int, subtitle bool) *teletextPage {
	if i := slices.IndexFunc(r.pages, func(p *teletextPage) bool { return p.number == number }); i >= 0 {
		return r.pages[i]
	}
	lang := r.lang
	i := slices.IndexFunc(r.listed, func(t Text) bool { return t.Page == number })
	switch none := !slices.ContainsFunc(r.listed, func(t Text) bool { return t.Page > 0 }); {
	case i >= 0 && r.listed[i].Lang != "":
		lang = tag(r.listed[i].Lang)
	case i < 0 && !(none && subtitle):
		return nil
	}
	p := &teletextPage{number: number, cueWriter: cueWriter{service: service("teletext", number), lang: lang}}
	r.pages = append(r.pages, p)
	return p
}

// hamming decodes a byte with Hamming 8/4 (8.2): four bits, with one wrong bit
// put right; -1 where more are wrong.
func hamming(b byte) int { return int(hammings[b]) }

// hammings is the inverse of the code: P1 D1 P2 D2 P3 D3 P4 D4, from the lowest
// bit.
var hammings = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for d := range 16 {
		code := hamming84(d)
		t[code] = int8(d)
		for bit := range 8 {
			t[code^1<<bit] = int8(d)
		}
	}
	return t
}()

// hamming84 encodes four bits.
func hamming84(d int) byte {
	bit := func(n int) int { return d >> n & 1 }
	p1, p2, p3 := 1^bit(0)^bit(2)^bit(3), 1^bit(0)^bit(1)^bit(3), 1^bit(0)^bit(1)^bit(2)
	b := p1 | bit(0)<<1 | p2<<2 | bit(1)<<3 | p3<<4 | bit(2)<<5 | bit(3)<<7
	return byte(b | (1^bits.OnesCount(uint(b))&1)<<6)
}

// triplet decodes three bytes with Hamming 24/18 (8.3): eighteen bits, with one
// wrong bit put right.
func triplet(b []byte) (v int, ok bool) {
	word := uint(b[0]) | uint(b[1])<<8 | uint(b[2])<<16
	wrong := 0 // the number of the wrong bit, from one
	for i := range 23 {
		if word>>i&1 == 1 {
			wrong ^= i + 1
		}
	}
	wrong ^= 0x1f // each of the five tests is of odd parity
	even := bits.OnesCount(word)%2 == 0
	switch {
	case wrong == 0:
	case !even || wrong > 23:
		return 0, false // two bits
	default:
		word ^= 1 << (wrong - 1)
	}
	at := 0
	for i := range 23 {
		if (i+1)&i != 0 { // the others are parity
			v |= int(word>>i&1) << at
			at++
		}
	}
	return v, true
}

// designation is which letters a packet X/28 or M/29 chooses (9.4.2.2): the
// first seven bits behind its function and coding.
func designation(b []byte) (code int, ok bool) {
	format := hamming(b[0])
	v, ok := triplet(b[1:])
	return v >> 7 & 0x7f, ok && (format == 0 || format == 4) && v&0xf == 0
}
