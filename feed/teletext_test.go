package feed

import (
	"bytes"
	"maps"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/ovation-live/ovation/clip"
)

const pagePID = 0x1f2

// listedPages are the subtitles of page 888, those for the hard of hearing of
// page 777, and an index that is none (EN 300 468 6.2.43).
var listedPages = []byte{0x56, 15, 'd', 'e', 'u', 2 << 3, 0x88, 'f', 'r', 'a', 5<<3 | 7, 0x77, 'd', 'e', 'u', 1<<3 | 1, 0x00}

// pagePES is data units in a PES packet, filled up so that it ends with a
// transport packet (EN 300 472 4.2).
func pagePES(at clip.Ticks, units []byte) []byte {
	for units = slices.Clone(units); (len(units)/46+1)%4 != 0; {
		units = append(units, append([]byte{0xff, 44}, bytes.Repeat([]byte{0xff}, 44)...)...)
	}
	n := 45 + 1 + len(units) - 6
	b := append([]byte{0, 0, 1, 0xbd, byte(n >> 8), byte(n), 0x84, 0x80, 36}, timeBytes(2, at)...)
	for len(b) < 45 {
		b = append(b, 0xff)
	}
	return append(append(b, 0x10), units...)
}

// pageUnits are teletext packets as data units.
func pageUnits(packets ...[]byte) (units []byte) {
	for i, p := range packets {
		units = append(units, 3, 44, 0xe7+byte(i), 0xe4)
		for _, c := range p {
			units = append(units, bits.Reverse8(c))
		}
	}
	return units
}

// address is a packet's magazine and row.
func address(magazine, row int) []byte {
	return []byte{hamming84(magazine&7 | row&1<<3), hamming84(row >> 1)}
}

// header control bits.
const (
	eraseC4 = 1 << iota
	subtitleC6
	inhibitC10
	serialC11
)

// pageHeader is packet X/0 of a page given in hexadecimal, 0x888.
func pageHeader(page, option, control int) []byte {
	flag := func(c, value int) int {
		if control&c != 0 {
			return value
		}
		return 0
	}
	b := address(page>>8, 0)
	for _, v := range []int{page & 0xf, page >> 4 & 0xf, 0, flag(eraseC4, 8), 0, flag(subtitleC6, 8), flag(inhibitC10, 8),
		flag(serialC11, 1) | option>>2&1<<1 | option>>1&1<<2 | option&1<<3} {
		b = append(b, hamming84(v))
	}
	return append(b, bytes.Repeat([]byte{' '}, 32)...)
}

// pageRow is a row of text in a box, as subtitles are sent.
func pageRow(magazine, row int, text string) []byte {
	text = "\x0b\x0b" + text + "\x0a\x0a"
	return plainRow(magazine, row, text)
}

func plainRow(magazine, row int, text string) []byte {
	b := address(magazine, row)
	for i := range 40 {
		c := byte(' ')
		if i < len(text) {
			c = text[i]
		}
		b = append(b, odd(c))
	}
	return b
}

// accents is packet X/26: a row, and then columns, modes and letters.
func accents(magazine, row int, placed ...[3]int) []byte {
	b := append(address(magazine, 26), hamming84(0))
	b = append(b, triplet24((row+40)|4<<6)...)
	for _, p := range placed {
		b = append(b, triplet24(p[0]|p[1]<<6|p[2]<<11)...)
	}
	for len(b) < 42 {
		b = append(b, triplet24(0x3f|0x1f<<6|0x7f<<11)...)
	}
	return b
}

// choice is packet X/28 or M/29 that chooses letters.
func choice(magazine, packet, code int) []byte {
	b := append(address(magazine, packet), hamming84(0))
	b = append(b, triplet24(code<<7)...)
	for len(b) < 42 {
		b = append(b, triplet24(0)...)
	}
	return b
}

// triplet24 encodes eighteen bits with Hamming 24/18.
func triplet24(v int) []byte {
	word, n := uint(0), 0
	for i := range 23 {
		if (i+1)&i != 0 {
			word |= uint(v>>n&1) << i
			n++
		}
	}
	for test := range 5 {
		odd := uint(1)
		for i := range 23 {
			if (i+1)>>test&1 == 1 && (i+1)&i != 0 {
				odd ^= word >> i & 1
			}
		}
		word |= odd << (1<<test - 1)
	}
	word |= uint(1^bits.OnesCount(word)&1) << 23
	return []byte{byte(word), byte(word >> 8), byte(word >> 16)}
}

// TestTeletext records a feed with teletext and compares the cues.
func TestTeletext(t *testing.T) {
	end := pageHeader(0x8ff, 0, 0) // fills time, and ends the page before
	send := func(page int, rows ...[]byte) []byte {
		return pageUnits(slices.Concat([][]byte{pageHeader(page, 1, eraseC4|subtitleC6)}, rows, [][]byte{end})...)
	}
	damaged := func(b []byte, n int, bit byte) []byte {
		b = bytes.Clone(b)
		b[n] ^= bit
		return b
	}
	m := record(t, map[int]rider{
		0:   {pages: [][]byte{pageUnits(pageHeader(0x100, 1, 0), plainRow(1, 5, "Nachrichten"), pageHeader(0x1ff, 0, 0))}},
		5:   {pages: [][]byte{send(0x888, pageRow(8, 20, "\x07\x0dGr}~e"), plainRow(8, 21, "under the row above"), pageRow(8, 22, "\x03aus M}nchen!"))}},
		20:  {pages: [][]byte{send(0x888, pageRow(8, 20, "\x07\x0dGr}~e"), pageRow(8, 22, "\x03aus M}nchen!"))}}, // once more
		30:  {pages: [][]byte{send(0x888, pageRow(8, 22, "Tor f}r Br\x7cnn!"))}},                                 // replaced
		40:  {pages: [][]byte{send(0x777, accents(7, 22, [3]int{10, 0x1b, 'c'}, [3]int{12, 0x0f, 0x7a}), pageRow(7, 22, "   \x06  Ga con et # "))}},
		60:  {pages: [][]byte{pageUnits(pageHeader(0x888, 1, eraseC4|subtitleC6))}}, // cleared; nothing says that this is all
		80:  {pages: [][]byte{pageUnits(damaged(pageHeader(0x888, 1, eraseC4|subtitleC6), 4, 4), pageRow(8, 20, "First row"))}},
		84:  {pages: [][]byte{pageUnits(damaged(pageRow(8, 22, "second row"), 7, 1)), pageUnits(end)}}, // it goes on in another packet
		98:  {pages: [][]byte{send(0x777)}},                                                            // over a segment's end
		110: {pages: [][]byte{pageUnits(pageHeader(0x888, 1, eraseC4|subtitleC6|inhibitC10), pageRow(8, 22, "not to be shown"), end)}},
		120: {pages: [][]byte{send(0x888, pageRow(8, 22, "\x11mosaic\x07 stands \x18hidden"))}},
	})
	golden(t, "cues-teletext.txt", cueText(m.cues))
}

// TestTextsAreListed: health says which tracks of captions there are, and what
// becomes of pictures.
func TestTextsAreListed(t *testing.T) {
	pieces := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))[:1]
	pieces[0].Bytes = inject(t, pieces[0].Bytes, 0, map[int]rider{0: {pages: [][]byte{pageUnits(pageHeader(0x888, 0, 0))}}})
	m := newMemory()
	stop := startRecorder(t, clip.Feed{ID: "match", Lang: "en"}, &script{pieces: pieces}, t.TempDir(), m)
	defer stop()
	eventually(t, "health lists the tracks", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return slices.Equal(m.health.Texts, []string{"captions (CEA-708 service 1) (eng)", "captions (CEA-708 service 2) (spa)",
			"teletext page 888 (deu)", "teletext page 777 (fra)", "DVB subtitles (fin), recorded as the pictures that they are: they become no captions"})
	})
}

// TestTeletextAcross: a PES packet begins in one segment and ends in the next.
func TestTeletextAcross(t *testing.T) {
	w := tsWriter{}
	w.unit(pagePID, pagePES(9000, pageUnits(pageHeader(0x150, 0, subtitleC6), pageRow(1, 20, "one"), pageRow(1, 21, "two"), pageRow(1, 22, "three"), pageHeader(0x1ff, 0, 0))))
	var all []packet
	packets(w.Bytes(), func(p packet) bool { all = append(all, p); return true })
	tracks := []teletextTrack{{pid: pagePID, pages: []Text{{Kind: "teletext"}}}}
	r := newTeletextReader("en")
	var got []clip.Cue
	for i, p := range all {
		near := clip.Ticks(9000)
		r.read(teletext{tracks, []teletextPacket{{p, near}}}, 0, clip.Wrap)
		got = append(got, r.take(clip.Wrap+clip.Ticks(i)*clip.TickRate)...)
	}
	want := []clip.Cue{{From: clip.Wrap + 9000, Service: "teletext:150", Lang: "en", Text: "one\ntwo\nthree"}}
	if len(all) < 2 || !slices.Equal(got, want) {
		t.Errorf("%d packets give %+v, want %+v", len(all), got, want)
	}
}

// TestTeletextAsFFmpeg compares the letters of all national sets, of packets
// that choose them, and of enhancements with what ffmpeg's libzvbi reads.
func TestTeletextAsFFmpeg(t *testing.T) {
	if out, err := exec.Command("ffmpeg", "-hide_banner", "-decoders").Output(); err != nil || !strings.Contains(string(out), "libzvbi_teletextdec") {
		t.Skip("this ffmpeg has no libzvbi to compare with")
	}
	var pages [][]byte // as PES packets
	line := func(row, from, to int) []byte {
		text := ""
		for c := from; c < to; c++ {
			text += string(rune(c))
		}
		return pageRow(1, row, text)
	}
	page := func(option int, more ...[]byte) {
		p := slices.Concat([][]byte{pageHeader(0x150, option, eraseC4|subtitleC6)}, more,
			[][]byte{line(18, 0x21, 0x40), line(20, 0x40, 0x60), line(22, 0x60, 0x7f), pageHeader(0x1ff, 0, 0)})
		pages = append(pages, pageUnits(p...))
	}
	for option := range 7 {
		page(option)
	}
	for _, code := range slices.Sorted(maps.Keys(designations)) {
		if designations[code] != nil {
			page(code&7, choice(1, 28, code))
		}
	}
	for c := 0x21; c < 0x7f; c += 10 { // the supplement
		var placed [][3]int
		for i := range 10 {
			placed = append(placed, [3]int{3 + i, 0x0f, min(c+i, 0x7e)})
		}
		page(0, accents(1, 16, placed...), pageRow(1, 16, "          "))
	}
	marked := map[int]string{1: "AEIOUaeiou", 2: "AEIOUYaeiouy", 3: "AEIOUaeiou", 4: "ANOano", 5: "AEIUaeiu", 6: "AGUagu",
		7: "CEGZcegz", 8: "AEIOUaeiou", 10: "AUau", 11: "CSTcst", 13: "OUou", 14: "AEIUaeiu", 15: "CDENSZcdensz"}
	for _, mark := range slices.Sorted(maps.Keys(marked)) {
		var placed [][3]int
		for i, c := range marked[mark] {
			placed = append(placed, [3]int{3 + i, 0x10 + mark, int(c)})
		}
		page(0, accents(1, 16, placed...), pageRow(1, 16, "            "))
	}
	// Where libzvbi 0.2.41 has look-alikes, and marks without a letter.
	replacer := strings.NewReplacer("Đ", "Ð", "đ", "ð", "Ƶ", "Ż", "Ǎ", "Ă", "ǎ", "ă", "Í", "Î", "ȩ", "ę", "Ѝ", "Й", "ѝ", "й", "ï", "ї", "\ue800", "₺",
		"ˋ", "`", "ˊ", "´", "ˉ", "¯", "ˏ", "¸", "ˍ", "_", "ɑ", "α", "—", "―")
	known := func(line string) string {
		return replacer.Replace(norm.NFC.String(strings.Join(strings.Fields(line), " ")))
	}
	page(0) // ffmpeg keeps the last one
	ours, theirs := readPages(pages), ffmpegPages(t, pages)
	if len(ours) != len(pages) || len(theirs) != len(pages)-1 {
		t.Fatalf("of %d pages %d are read, and %d by ffmpeg", len(pages), len(ours), len(theirs))
	}
	for i := range theirs {
		for j, line := range strings.Split(ours[i], "\n") {
			other := strings.Split(theirs[i], "\n")
			if j >= len(other) || known(other[j]) != known(line) {
				t.Errorf("page %d, line %d is %q; ffmpeg reads %+q", i, j, line, other[min(j, len(other)-1)])
			}
		}
	}
}

// pageTS is pages in a transport stream, a second apart.
func pageTS(pages [][]byte) []byte {
	w := tsWriter{}
	w.section(patPID, pat(listing{1, mapPID}))
	w.section(mapPID, pmt(1, mapEntry{0x06, pagePID, []byte{0x56, 5, 'e', 'n', 'g', 2<<3 | 1, 0x50}}))
	for i, p := range pages {
		w.unit(pagePID, pagePES(clip.Ticks(1+i)*clip.TickRate, p))
	}
	return w.Bytes()
}

func readPages(pages [][]byte) (texts []string) {
	r := newTeletextReader("en")
	tracks := []teletextTrack{{pid: pagePID, pages: []Text{{Kind: "teletext", Page: 150}}}}
	near := clip.Ticks(0)
	packets(pageTS(pages), func(p packet) bool {
		if p.start && p.pid == pagePID {
			near += clip.TickRate
		}
		r.read(teletext{tracks, []teletextPacket{{p, near}}}, 0, 0)
		return true
	})
	for _, q := range r.reset(1 << 40) {
		texts = append(texts, q.Text)
	}
	return texts
}

// ffmpegPages are the texts as ffmpeg reads them.
func ffmpegPages(t *testing.T, pages [][]byte) (texts []string) {
	in := filepath.Join(t.TempDir(), "pages.ts")
	if err := os.WriteFile(in, pageTS(pages), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-fix_teletext_pts", "0", "-fix_sub_duration", "-txt_format", "text", "-txt_default_region", "0",
		"-i", in, "-c:s", "text", "-f", "srt", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(out), "\n\n") {
		if lines := strings.Split(strings.Trim(block, "\n"), "\n"); len(lines) > 2 {
			texts = append(texts, strings.TrimSpace(strings.Join(lines[2:], "\n")))
		}
	}
	return texts
}
