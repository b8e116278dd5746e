package match

import (
	"encoding/binary"

	"github.com/ovation-live/ovation/clip"
)

// The transport's layout (ISO/IEC 13818-1).
const (
	packetSize = 188
	pidPAT     = 0
	pidPMT     = 0x1000
	pidVideo   = 0x100
	pidAudio   = 0x101
	pidMarks   = 0x102

	streamVideo, streamAudio, streamMarks = 0x1B, 0x0F, 0x86 // H.264, ADTS AAC, SCTE-35
	peVideo, peAudio                      = 0xE0, 0xC0

	// pcrLead is how far the clock runs ahead of decoding: what a receiver
	// buffers.
	pcrLead = 27000
)

// muxer writes a transport stream packet by packet.
type muxer struct {
	out     []byte
	counter map[int]byte
	broken  bool // the next clock does not continue the one before
}

func newMuxer() *muxer { return &muxer{counter: map[int]byte{}, broken: true} }

// take gives what was written.
func (x *muxer) take() []byte {
	b := x.out
	x.out = make([]byte, 0, len(b)+len(b)/4)
	return b
}

// tables writes what tells a receiver what there is.
func (x *muxer) tables() {
	x.section(pidPAT, table(0x00, []byte{0x00, 0x01, 0xE0 | pidPMT>>8, pidPMT & 0xFF}))
	const programInfo = "\x05\x04CUEI" // registration descriptor: SCTE-35 is carried (ANSI/SCTE 35 section 8.1)
	body := []byte{0xE0 | pidVideo>>8, pidVideo & 0xFF, 0xF0, byte(len(programInfo))}
	body = append(body, programInfo...)
	track := func(kind byte, pid int, info string) {
		body = append(body, kind, 0xE0|byte(pid>>8), byte(pid), 0xF0, byte(len(info)))
		body = append(body, info...)
	}
	track(streamVideo, pidVideo, "")
	track(streamAudio, pidAudio, "\x0A\x04eng\x00") // language
	track(streamMarks, pidMarks, "")
	x.section(pidPMT, table(0x02, body))
}

// table frames the body of a PAT or PMT of program 1.
func table(id byte, body []byte) []byte {
	n := len(body) + 9
	t := []byte{id, 0xB0 | byte(n>>8), byte(n), 0x00, 0x01, 0xC1, 0x00, 0x00}
	t = append(t, body...)
	return binary.BigEndian.AppendUint32(t, crc32(t))
}

// crc32 is that of ISO/IEC 13818-1 annex A, which counts from the other end
// than the common one.
func crc32(b []byte) uint32 {
	c := ^uint32(0)
	for _, v := range b {
		c ^= uint32(v) << 24
		for range 8 {
			if c&(1<<31) != 0 {
				c = c<<1 ^ 0x04C11DB7
			} else {
				c <<= 1
			}
		}
	}
	return c
}

// section writes a section into packets of its own.
func (x *muxer) section(pid int, s []byte) {
	s = append([]byte{0}, s...)
	for first := true; len(s) > 0; first = false {
		n := min(len(s), packetSize-4)
		x.header(pid, first, 0x10)
		x.out = append(x.out, s[:n]...)
		for range packetSize - 4 - n {
			x.out = append(x.out, 0xFF)
		}
		s = s[n:]
	}
}

func (x *muxer) header(pid int, first bool, control byte) {
	b := byte(pid >> 8)
	if first {
		b |= 0x40
	}
	x.out = append(x.out, 0x47, b, byte(pid), control|x.counter[pid])
	x.counter[pid] = (x.counter[pid] + 1) & 0xF
}

// video writes an access unit.
func (x *muxer) video(au []byte, pts, dts clip.Ticks, key bool) {
	pcr := (dts - pcrLead).Raw()
	flags := byte(0x10)
	if key {
		flags |= 0x40
	}
	if x.broken {
		flags |= 0x80
		x.broken = false
	}
	field := []byte{flags, byte(pcr >> 25), byte(pcr >> 17), byte(pcr >> 9), byte(pcr >> 1), byte(pcr<<7) | 0x7E, 0}
	head := []byte{0, 0, 1, peVideo, 0, 0, 0x80, 0xC0, 10}
	head = appendStamp(head, 3, pts)
	head = appendStamp(head, 1, dts)
	x.pes(pidVideo, append(head, au...), field)
}

// audio writes whole ADTS frames.
func (x *muxer) audio(frames []byte, pts clip.Ticks) {
	n := len(frames) + 8
	head := []byte{0, 0, 1, peAudio, byte(n >> 8), byte(n), 0x80, 0x80, 5}
	x.pes(pidAudio, append(appendStamp(head, 2, pts), frames...), nil)
}

// appendStamp writes a time stamp with its prefix.
func appendStamp(b []byte, prefix byte, t clip.Ticks) []byte {
	t = t.Raw()
	return append(b, prefix<<4|byte(t>>29)&0x0E|1, byte(t>>22), byte(t>>14)|1, byte(t>>7), byte(t<<1)|1)
}

// pes cuts a packet of a track into packets of the transport; field is the
// adaptation field of the first.
func (x *muxer) pes(pid int, b []byte, field []byte) {
	for first := true; len(b) > 0; first = false {
		room := packetSize - 4
		adapt := field
		if len(adapt) > 0 {
			room -= len(adapt) + 1
		}
		if len(b) < room { // fill up with an adaptation field
			spare := room - len(b)
			if adapt == nil {
				spare--
				if spare > 0 {
					adapt = []byte{0}
					spare--
				} else {
					adapt = []byte{}
				}
			}
			for range spare {
				adapt = append(adapt, 0xFF)
			}
			room = len(b)
		}
		control := byte(0x10)
		if adapt != nil {
			control = 0x30
		}
		x.header(pid, first, control)
		if adapt != nil {
			x.out = append(append(x.out, byte(len(adapt))), adapt...)
		}
		x.out = append(x.out, b[:room]...)
		b, field = b[room:], nil
	}
}
