package feed

import (
	"bytes"

	"github.com/ovation-live/ovation/clip"
)

// The transport stream's packets (ISO/IEC 13818-1).
const (
	packetSize = 188
	syncByte   = 0x47
	nullPID    = 0x1fff
	patPID     = 0
)

// packet is one transport packet, taken apart.
type packet struct {
	pid       uint16
	start     bool // a PES packet or section begins in it
	access    bool // the encoder marks a random access point
	scrambled bool
	stuffed   bool // it holds less than fits, as the last packet of a PES packet does
	payload   []byte
}

// packets walks the transport packets in b. A damaged packet is skipped; where
// bytes were lost or added it searches for the next two sync bytes in step.
// It stops when visit returns false. cut says that b ends in the middle of a
// packet.
func packets(b []byte, visit func(packet) bool) (cut bool) {
	locked, i := false, 0
	for i+packetSize <= len(b) {
		next := i + packetSize
		follows := next >= len(b) || b[next] == syncByte
		switch {
		case b[i] == syncByte && (locked || follows):
			locked = true
			if p, ok := takeApart(b[i:next]); ok && !visit(p) {
				return false
			}
			i = next
		case locked && follows:
			i = next
		default:
			locked = false
			step := bytes.IndexByte(b[i+1:], syncByte)
			if step < 0 {
				return false
			}
			i += 1 + step
		}
	}
	return i < len(b) && b[i] == syncByte
}

// takeApart reads a packet's header and adaptation field.
func takeApart(b []byte) (packet, bool) {
	p := packet{
		pid:       uint16(b[1]&0x1f)<<8 | uint16(b[2]),
		start:     b[1]&0x40 != 0,
		scrambled: b[3]&0xc0 != 0,
	}
	broken := b[1]&0x80 != 0
	adaptation, payload := b[3]&0x20 != 0, b[3]&0x10 != 0
	if broken || p.pid == nullPID || !payload {
		return p, false
	}
	at := 4
	if adaptation {
		n := int(b[4])
		if at += 1 + n; at > packetSize {
			return p, false
		}
		p.access = n > 0 && b[5]&0x40 != 0
		p.stuffed = n == 0 || b[5] == 0 || b[at-1] == 0xff
	}
	p.payload = b[at:packetSize]
	return p, true
}

// pes is the header of a packetised elementary stream packet.
type pes struct {
	timed    bool
	pts, dts clip.Ticks
	payload  []byte // as far as this packet has it
	length   int    // of the whole payload; zero: not stated
}

// readPES reads a PES header (ISO/IEC 13818-1 2.4.3.6).
func readPES(b []byte) (pes, bool) {
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 || b[6]&0xc0 != 0x80 {
		return pes{}, false
	}
	flags, n := b[7]>>6, int(b[8])
	if 9+n > len(b) {
		return pes{}, false
	}
	p := pes{payload: b[9+n:], length: max(0, (int(b[4])<<8|int(b[5]))-3-n)}
	if flags&2 != 0 && n >= 5 {
		p.timed, p.pts = true, readTime(b[9:14])
		p.dts = p.pts
		if flags&1 != 0 && n >= 10 {
			p.dts = readTime(b[14:19])
		}
	}
	return p, true
}

// readTime reads a 33-bit time from five bytes with marker bits.
func readTime(b []byte) clip.Ticks {
	return clip.Ticks(b[0]>>1&7)<<30 | clip.Ticks(b[1])<<22 | clip.Ticks(b[2]>>1)<<15 |
		clip.Ticks(b[3])<<7 | clip.Ticks(b[4]>>1)
}
