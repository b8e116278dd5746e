package feed

import (
	"math/bits"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// teletextPage is a page as it is received, and the caption that it shows.
type teletextPage struct {
	cueWriter
	number int

	at      clip.Ticks // of its latest header
	pending bool       // what came since the header is not shown yet
	touched bool       // something came in the PES packet that is read
	boxed   bool       // only what stands in boxes is shown: a subtitle or a newsflash
	hidden  bool       // nothing of it is
	option  int        // which national letters its header chooses
	code    int        // which letters a packet X/28 or M/29 chooses, plus one; zero: none
	round   int        // counts headers
	rows    [24]teletextRow
}

// teletextRow is a row of a page.
type teletextRow struct {
	round    int // of the header that it came after
	text     [40]byte
	enhanced int          // likewise, of what follows
	accents  map[int]rune // letters that the set lacks, by column
}

// begins takes a header's eight control values (ETSI EN 300 706 9.3.1.2).
func (p *teletextPage) begins(at clip.Ticks, boxed bool, h [8]int) {
	const erase, inhibit = 8, 8 // C4, C10
	p.at, p.boxed, p.pending, p.touched = at, boxed, true, true
	p.hidden = h[6]&inhibit != 0
	p.option = h[7]>>3&1 | h[7]>>1&2 | h[7]<<1&4 // C14, C13, C12
	p.round++
	if h[3]&erase != 0 {
		p.rows = [24]teletextRow{}
	}
}

// line takes a row's text, of odd parity; a letter that is damaged stays what
// it was.
func (p *teletextPage) line(n int, b []byte) {
	row := &p.rows[n]
	if row.round == 0 {
		for i := range row.text {
			row.text[i] = ' '
		}
	}
	row.round, p.touched, p.pending = p.round, true, true
	for i, c := range b {
		if bits.OnesCount8(c)%2 == 1 {
			row.text[i] = c & 0x7f
		}
	}
}

// enhance takes a packet X/26 with letters that the set lacks (12.3): a row's
// address, and then columns in it.
func (p *teletextPage) enhance(b []byte) {
	const active, supplement, plain, last = 0x04, 0x0f, 0x09, 0x10
	row := 0
	p.touched, p.pending = true, true
	for b = b[1:]; len(b) >= 3; b = b[3:] {
		v, ok := triplet(b)
		if !ok {
			continue
		}
		address, mode, c := v&0x3f, v>>6&0x1f, byte(v>>11)
		switch {
		case address >= 40 && mode == active:
			row = address - 40
		case address >= 40 || row == 0 || row >= len(p.rows) || c < 0x20:
		case mode == supplement:
			p.accent(row, address, supplementary(c))
		case mode == plain || mode >= last:
			p.accent(row, address, accented(p.letters().letter(c), mode-last))
		}
	}
}

func (p *teletextPage) accent(n, column int, r rune) {
	row := &p.rows[n]
	if row.enhanced != p.round {
		row.enhanced, row.accents = p.round, map[int]rune{}
	}
	row.accents[column] = r
}

// settle shows what has come of a page. Its time is that of its header.
func (p *teletextPage) settle() {
	if !p.pending {
		return
	}
	p.pending = false
	text := p.text()
	if p.on && text == p.cue.Text {
		return
	}
	if p.on && p.cue.From == p.at && text != "" {
		p.cue.Text = text // it came in parts
		return
	}
	p.end(p.at)
	if text != "" {
		p.begin(p.at, text)
	}
}

// text is what is on screen, a line a row.
func (p *teletextPage) text() string {
	if p.letters() == nil {
		return ""
	}
	var lines []string
	covered := false // by the row above, which is of double height
	for n := 1; n < len(p.rows) && !p.hidden; n++ {
		row := &p.rows[n]
		if covered || row.round == 0 {
			covered = false
			continue
		}
		line, double := p.show(row)
		covered = double
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// show reads a row with its spacing attributes (12.2).
func (p *teletextPage) show(row *teletextRow) (line string, double bool) {
	var b strings.Builder
	letters := p.letters()
	shown, mosaic, concealed := !p.boxed, false, false
	for column, c := range row.text {
		r, here := ' ', shown // boxes begin and end behind their codes
		switch {
		case c <= 0x07:
			mosaic, concealed = false, false
		case c == 0x0a:
			shown = !p.boxed
		case c == 0x0b:
			shown = true
		case c == 0x0d || c == 0x0f:
			double = true
		case c >= 0x10 && c <= 0x17:
			mosaic, concealed = true, false
		case c == 0x18:
			concealed = true
		case c >= 0x20 && !(mosaic && c&0x20 != 0):
			r = letters.letter(c)
		}
		if a, ok := row.accents[column]; ok && row.enhanced >= row.round {
			r = a
		}
		if !here || concealed {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String(), double
}

// letters are those that the page is written in.
func (p *teletextPage) letters() charset { return lettersOf(p.code, p.option, p.lang) }
