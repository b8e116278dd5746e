package match

import (
	"strings"
	"testing"
	"time"

	"github.com/zsiec/ccx"
)

// TestCaptionsReadBack decodes the captions of many cycles and finds every
// line of the script, on screen from the frame that it is said in until the
// frame that it ends in.
func TestCaptionsReadBack(t *testing.T) {
	for _, rate := range rates {
		slots := slotRate(rate)
		for index := range int64(24) {
			p := simulate(cycleOf(uint64(rate), 5000+index))
			checkCaptions(t, p, slots)
		}
	}
}

func checkCaptions(t *testing.T, p *play, slots int) {
	t.Helper()
	d := ccx.NewCEA608Decoder()
	at := map[string][2]int{}
	last := ""
	for i, pair := range p.captions(slots) {
		d.Decode(pair[0]&0x7F, pair[1]&0x7F)
		text := shownText(d)
		if text != last {
			if last != "" {
				at[last] = [2]int{at[last][0], i}
			}
			if text != "" {
				at[text] = [2]int{i, 0}
			}
			last = text
		}
	}
	for _, l := range p.script {
		from, to := int(l.from*time.Duration(slots)/time.Second), int(l.to*time.Duration(slots)/time.Second)
		got := at[strings.Join(wrap(l.text), " ")]
		if got != [2]int{from, to} {
			t.Errorf("%d slots a second: %q stands from slot %d to %d, not %d to %d", slots, l.text, got[0], got[1], from, to)
		}
	}
	if len(at) != len(p.script) {
		t.Errorf("%d captions for %d lines", len(at), len(p.script))
	}
}

func shownText(d *ccx.CEA608Decoder) string {
	var rows []string
	for _, region := range d.StyledRegions() {
		for _, row := range region.Rows {
			text := ""
			for _, s := range row.Spans {
				text += s.Text
			}
			if text = strings.TrimSpace(text); text != "" {
				rows = append(rows, text)
			}
		}
	}
	return strings.ReplaceAll(strings.Join(rows, " "), "\u2019", "'") // the code of an apostrophe shows a curly one
}

// TestCaptionBytes checks what decoders are strict about: odd parity, control
// codes twice, and rows of at most 32 columns.
func TestCaptionBytes(t *testing.T) {
	p := simulate(cycleOf(1, 77))
	pairs := p.captions(25)
	for i := 0; i < len(pairs); i++ {
		for _, b := range pairs[i] {
			if odd(b) != b {
				t.Fatalf("slot %d: % x has even parity", i, pairs[i])
			}
		}
		if first := pairs[i][0] & 0x7F; first >= 0x10 && first < 0x20 {
			if pairs[i+1] != pairs[i] {
				t.Errorf("slot %d: control code % x is not repeated", i, pairs[i])
			}
			i++
		}
	}
	for _, seed := range []uint64{1, 2, 3, 4, 5} {
		for index := range int64(30) {
			for _, l := range simulate(cycleOf(seed, index)).script {
				for _, row := range wrap(l.text) {
					if len(row) > captionColumns {
						t.Errorf("%q is longer than a row", row)
					}
				}
				if strings.ContainsFunc(l.text, func(r rune) bool { return r < ' ' || r > 'z' || strings.ContainsRune("*\\^_`", r) }) {
					t.Errorf("%q has characters that CEA-608 has not", l.text)
				}
			}
		}
	}
}

// TestCaptionSEI finds the pair again in the SEI, for every byte there is.
func TestCaptionSEI(t *testing.T) {
	for a := range 256 {
		for _, b := range []byte{0x00, 0x01, 0x03, 0x80, 0xFF} {
			want := pair{odd(byte(a)), odd(b)}
			nal := captionSEI(want, true)[4:]
			if want == padding {
				continue
			}
			var got []pair
			for _, p := range ccx.ExtractCaptions(nal).CC608Pairs {
				if p.Field == 0 {
					got = append(got, pair{odd(p.Data[0]), odd(p.Data[1])})
				}
			}
			if len(got) == 0 || got[0] != want {
				t.Fatalf("% x reads back as % x", want, got)
			}
		}
	}
	if got := escape([]byte{0, 0, 0, 0, 1, 0, 0, 3}); string(got) != "\x00\x00\x03\x00\x00\x03\x01\x00\x00\x03\x03" {
		t.Errorf("escaped: % x", got)
	}
}
