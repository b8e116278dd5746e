package feed

import (
	"bytes"
	"maps"
	"math/bits"
	"slices"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// rider is what a test puts into one picture of a transport stream.
type rider struct {
	pairs   [][2]byte // CEA-608, field 1, without parity
	dtvcc   [][]byte  // CEA-708 caption channel packets
	section []byte    // SCTE-35, before the picture
	tag     []byte    // ID3, likewise
	pages   [][]byte  // teletext, likewise: what pageUnits gives
}

// inject writes an MPEG-TS segment anew with riders by the picture's number in
// display order.
func inject(t testing.TB, ts []byte, first int, riders map[int]rider) []byte {
	t.Helper()
	const cue, timed = 0x1f0, 0x1f1
	prog, err := findProgram(ts)
	if err != nil {
		t.Fatal(err)
	}
	w := tsWriter{}
	services := []byte{0x86, 13, 0xe2, 'e', 'n', 'g', 0xc1, 0x7f, 0xff, 's', 'p', 'a', 0xc2, 0x7f, 0xff}
	id3 := []byte("\x26\x0d\xff\xffID3 \xffID3 \x00\x0f")
	w.section(patPID, pat(listing{1, mapPID}))
	entries := []mapEntry{{0x1b, prog.video, services}, {0x86, cue, nil}, {0x15, timed, id3}}
	for _, s := range prog.sounds {
		entries = append(entries, mapEntry{0x0f, s.pid, inLang(s.lang)})
	}
	if slices.ContainsFunc(slices.Collect(maps.Values(riders)), func(r rider) bool { return r.pages != nil }) {
		entries = append(entries, mapEntry{0x06, pagePID, listedPages}, mapEntry{0x06, pagePID + 1, []byte("\x59\x08fin\x10\x00\x01\x00\x01")})
	}
	w.section(mapPID, pmt(1, entries...))
	units := unitsOf(ts, prog.video)
	order := slices.SortedFunc(slices.Values(units), func(a, b unit) int { return int(a.pts - b.pts) })
	next := 0
	packets(ts, func(p packet) bool {
		switch {
		case slices.ContainsFunc(prog.sounds, func(s soundTrack) bool { return s.pid == p.pid }):
			w.payload(p.pid, p.start, p.payload)
		case p.pid == prog.video && p.start:
			u := units[next]
			next++
			r := riders[first+slices.IndexFunc(order, func(o unit) bool { return o.pts == u.pts })]
			if r.section != nil {
				w.payload(cue, true, append([]byte{0}, r.section...))
			}
			for _, unit := range r.pages {
				w.unit(pagePID, pagePES(u.pts, unit))
			}
			if r.tag != nil {
				w.unit(timed, tagPES(u.pts, r.tag))
			}
			w.unit(prog.video, u.with(r.triplets()))
		}
		return true
	})
	return w.Bytes()
}

// inLang says a track's language (ISO/IEC 13818-1, 2.6.18).
func inLang(lang string) []byte {
	if lang == "" {
		return nil
	}
	return append([]byte{0x0a, 4}, lang+"\x00"...)
}

// unit is one access unit in its PES packet.
type unit struct {
	pts   clip.Ticks
	bytes []byte // with the PES header
	head  int    // length of the header
}

func unitsOf(ts []byte, pid uint16) (units []unit) {
	packets(ts, func(p packet) bool {
		if p.pid != pid {
			return true
		}
		if p.start {
			h, _ := readPES(p.payload)
			units = append(units, unit{pts: h.pts, head: 9 + int(p.payload[8])})
		}
		if n := len(units); n > 0 {
			units[n-1].bytes = append(units[n-1].bytes, p.payload...)
		}
		return true
	})
	return units
}

// tagPES is an ID3 tag in a PES packet (Apple, Timed Metadata for HTTP Live
// Streaming).
func tagPES(at clip.Ticks, tag []byte) []byte {
	n := len(tag) + 8
	b := append([]byte{0, 0, 1, 0xbd, byte(n >> 8), byte(n), 0x84, 0x80, 5}, timeBytes(2, at)...)
	return append(b, tag...)
}

// triplets are the caption bytes as they go into the picture.
func (r rider) triplets() (out [][3]byte) {
	for _, p := range r.pairs {
		out = append(out, [3]byte{0xfc, odd(p[0]), odd(p[1])})
	}
	for _, b := range r.dtvcc {
		for kind := byte(0xff); len(b) >= 2; b, kind = b[2:], 0xfe {
			out = append(out, [3]byte{kind, b[0], b[1]})
		}
	}
	return out
}

// with puts a caption message (ATSC A/53 part 4) before the first slice.
func (u unit) with(triplets [][3]byte) []byte {
	if len(triplets) == 0 {
		return u.bytes
	}
	user := []byte{0xb5, 0, 0x31, 'G', 'A', '9', '4', 3, 0xc0 | byte(len(triplets)), 0xff}
	for _, p := range triplets {
		user = append(user, p[:]...)
	}
	user = append(user, 0xff)
	sei := append([]byte{0, 0, 1}, escape(append([]byte{6, 4, byte(len(user))}, append(user, 0x80)...))...)
	for i := u.head; i+4 < len(u.bytes); i++ {
		if kind := u.bytes[i+3] & 0x1f; bytes.Equal(u.bytes[i:i+3], []byte{0, 0, 1}) && (kind == 1 || kind == 5) {
			out := slices.Concat(u.bytes[:i], sei, u.bytes[i:])
			out[4], out[5] = 0, 0 // length: unbounded
			return out
		}
	}
	return u.bytes
}

// odd gives a byte odd parity.
func odd(b byte) byte {
	if bits.OnesCount8(b)%2 == 0 {
		return b | 0x80
	}
	return b
}

// tsWriter writes transport packets.
type tsWriter struct {
	bytes.Buffer
	counters [0x2000]byte
}

func (w *tsWriter) unit(pid uint16, b []byte) {
	for start := true; len(b) > 0; start = false {
		n := min(len(b), packetSize-4)
		w.payload(pid, start, b[:n])
		b = b[n:]
	}
}

// payload writes one packet, padded by an adaptation field.
func (w *tsWriter) payload(pid uint16, start bool, b []byte) {
	head := []byte{syncByte, byte(pid >> 8), byte(pid), 0x10 | w.counters[pid]}
	w.counters[pid] = (w.counters[pid] + 1) & 0x0f
	if start {
		head[1] |= 0x40
	}
	if pad := packetSize - 4 - len(b); pad > 0 {
		head[3] |= 0x20
		head = append(head, byte(pad-1))
		if pad > 1 {
			head = append(append(head, 0), bytes.Repeat([]byte{0xff}, pad-2)...)
		}
	}
	w.Write(append(head, b...))
}

// section writes a section with its checksum.
func (w *tsWriter) section(pid uint16, b []byte) {
	crc := crc32(b)
	b = append(b, byte(crc>>24), byte(crc>>16), byte(crc>>8), byte(crc))
	w.unit(pid, append([]byte{0}, b...))
}

func crc32(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		for i := 7; i >= 0; i-- {
			top := crc>>31 ^ uint32(c>>i&1)
			crc = crc<<1 ^ top*0x04c11db7
		}
	}
	return crc
}
