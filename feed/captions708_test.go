package feed

import (
	"slices"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// Codes of CEA-708 (ANSI/CTA-708-E 7.1 and 8.10).
var (
	define  = []byte{0x98, 0x38, 0x4a, 0x20, 0x72, 0x1f, 0x09} // window 0: visible, 3 rows of 32
	hidden0 = []byte{0x98, 0x18, 0x4a, 0x20, 0x72, 0x1f, 0x09} // the same, not shown yet
	hidden1 = []byte{0x99, 0x18, 0x40, 0x20, 0x72, 0x1f, 0x09} // window 1 likewise
	display = func(windows byte) []byte { return []byte{0x89, windows} }
	hide    = func(windows byte) []byte { return []byte{0x8a, windows} }
	remove  = func(windows byte) []byte { return []byte{0x8c, windows} }
	row     = func(n byte) []byte { return []byte{0x92, n, 0} }
	newLine = []byte{0x0d}
)

// dtv is a caption channel packet with codes for one service.
func dtv(service byte, codes ...[]byte) []byte {
	var all []byte
	for _, c := range codes {
		all = append(all, c...)
	}
	b := []byte{0}
	for len(all) > 0 {
		n := min(len(all), 31)
		if service < 7 {
			b = append(b, service<<5|byte(n))
		} else {
			b = append(b, 7<<5|byte(n), service)
		}
		b = append(b, all[:n]...)
		all = all[n:]
	}
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	b[0] = byte(len(b)/2) & 0x3f
	return b
}

// letters types a text, a letter a picture.
func letters(riders map[int]rider, from int, service byte, text string) {
	for i, c := range []byte(text) {
		r := riders[from+i]
		r.dtvcc = append(r.dtvcc, dtv(service, []byte{c}))
		riders[from+i] = r
	}
}

// TestServiceCaptions records captions of CEA-708 and compares the cues.
func TestServiceCaptions(t *testing.T) {
	say := func(text string) []byte { return []byte(text) }
	one := func(packets ...[]byte) rider { return rider{dtvcc: packets} }
	popon := map[int]rider{
		0:   one(dtv(1, hidden0, row(0), say("KICK-OFF"), newLine, say("AT LAST!"))),
		25:  one(dtv(1, display(1))),
		30:  one(dtv(1, hidden1, say("NO"))),
		60:  one(dtv(1, hide(1), display(2))), // replaces
		70:  one(dtv(1, remove(1), hidden0, say("NO, WAIT"))),
		80:  one(dtv(1, hide(2), display(1))), // begins with the same letters, and is another one
		110: one(dtv(1, remove(0xff))),
	}
	rollup := map[int]rider{
		5:   one(dtv(1, define, row(2))),
		45:  one(dtv(1, newLine)),
		80:  one(dtv(1, newLine, say("THIRD "), say("AT ONCE"))),
		100: one(dtv(1, newLine, say("FOURTH"))),
		120: one(dtv(1, remove(1))),
	}
	letters(rollup, 6, 1, "FIRST LINE")
	letters(rollup, 46, 1, "SECOND LINE")
	services := map[int]rider{
		5:  one(dtv(1, define, say("HELLO")), dtv(2, define, say("HOLA")), dtv(9, define, say("NINTH"))),
		60: one(dtv(1, remove(1)), dtv(2, remove(1))),
	}
	both := map[int]rider{20: one(dtv(1, define, say("the same in 708")))}
	for i, p := range join(control(rollUp2, carriageReturn), row15(), typed("IN 608")) {
		r := both[10+i]
		r.pairs = [][2]byte{p}
		both[10+i] = r
	}
	lost := map[int]rider{
		5:  one(dtv(1, define, say("WHOLE"))),
		40: one(dtv(1, say("LOST ON THE WAY"))[:6]), // its end is lost
		50: one(dtv(1, newLine, say("WHOLE AGAIN"))),
		90: one(dtv(1, remove(1))),
	}
	for _, c := range []struct {
		name, lang string
		riders     map[int]rider
	}{
		{"popon", "en", popon}, {"rollup", "en", rollup}, {"services", "en", services}, {"both", "en", both}, {"lost", "en", lost},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := recordIn(t, c.lang, c.riders)
			golden(t, "cues708-"+c.name+".txt", cueText(m.cues))
		})
	}
}

// TestServiceCodes walks every code: none is longer or shorter than the
// decoder takes it.
func TestServiceCodes(t *testing.T) {
	for c := range 256 {
		r := newDTVReader("en")
		codes := append([]byte{byte(c)}, make([]byte, 8)...)
		if c == 0x10 {
			codes[1] = 0x30 // a character of G2
		}
		n := codeLength(codes)
		r.read(0, dtvPairs(dtv(1, define, codes[:n], []byte("A"))))
		want := "A"
		switch {
		case c == 0x8c || c == 0x8f || c >= 0x80 && c <= 0x87 || c >= 0x98 && c <= 0x9f:
			continue // the window is gone, or another one
		case r.service(1).cue.Text == "":
			t.Errorf("code %#02x of %d bytes swallows the letter after it", c, n)
			continue
		}
		if got := r.service(1).cue.Text; got[len(got)-1] != want[0] {
			t.Errorf("after code %#02x of %d bytes: %q", c, n, got)
		}
	}
}

// TestServicesBeside: captions of CEA-608 and CEA-708 with the same words are
// both there, told apart by their service.
func TestServicesBeside(t *testing.T) {
	c := newCaptions("en")
	c.choose([]Text{{Kind: "cea708", Page: 2, Lang: "spa"}})
	for i, p := range join(control(rollUp2, carriageReturn), row15(), typed("HELLO")) {
		b := captionBytes{pts: clip.Ticks(i * 3600), pairs: ccPairs(p)}
		if i == 0 {
			b.dtvcc = append(dtvPairs(dtv(1, define, []byte("HELLO"))), dtvPairs(dtv(2, define, []byte("HOLA")))...)
		}
		c.read(b)
	}
	var got []string
	for _, q := range c.take(clip.TickRate) {
		got = append(got, q.Service+" "+q.Lang+" "+q.Text)
	}
	if want := []string{"cea608:1 en HELLO", "cea708:1 en HELLO", "cea708:2 es HOLA"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
