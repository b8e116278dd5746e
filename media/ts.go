package media

import (
	"errors"
	"io"

	"github.com/ovation-live/ovation/clip"
)

// packet is the size of a transport stream packet (ISO/IEC 13818-1, 2.4.3.2).
const packet = 188

// shiftTS passes on a transport stream with all its timestamps moved, modulo
// the 33 bits that they have. Bytes that are no packets pass as they are.
type shiftTS struct {
	r     io.Reader
	by    clip.Ticks
	buf   []byte // read, not yet passed on
	ready int    // bytes of buf that are moved already
	eof   error
}

func newShiftTS(r io.Reader, by clip.Ticks) *shiftTS {
	return &shiftTS{r: r, by: by, buf: make([]byte, 0, 512*packet)}
}

// Read gives moved bytes.
func (s *shiftTS) Read(p []byte) (int, error) {
	for s.ready == 0 {
		if s.eof != nil {
			return 0, s.eof
		}
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf, s.eof = s.buf[:len(s.buf)+n], err
		s.move()
		if errors.Is(err, io.EOF) {
			s.ready = len(s.buf) // a torn last packet
		}
	}
	n := copy(p, s.buf[:s.ready])
	s.ready -= n
	s.buf = s.buf[:copy(s.buf, s.buf[n:])]
	return n, nil
}

// move moves the whole packets in the buffer.
func (s *shiftTS) move() {
	for len(s.buf)-s.ready >= packet {
		if s.buf[s.ready] != 0x47 {
			s.ready++
			continue
		}
		shiftPacket(s.buf[s.ready:s.ready+packet], s.by)
		s.ready += packet
	}
}

// ShiftClock moves every timestamp of whole transport packets, modulo the 33
// bits that they have.
func ShiftClock(ts []byte, by clip.Ticks) {
	for ; len(ts) >= packet; ts = ts[packet:] {
		shiftPacket(ts[:packet], by)
	}
}

// shiftPacket moves the PCR of a packet's adaptation field and the PTS and DTS
// of a PES header that begins in it.
func shiftPacket(p []byte, by clip.Ticks) {
	body := p[4:]
	if p[3]&0x20 != 0 {
		n := int(body[0])
		if n >= len(body) {
			return
		}
		if n >= 7 && body[1]&0x10 != 0 {
			shiftPCR(body[2:7], by)
		}
		body = body[1+n:]
	}
	begins, clear := p[1]&0x40 != 0, p[3]&0xC0 == 0
	if p[3]&0x10 == 0 || !begins || !clear || len(body) < 14 || body[0] != 0 || body[1] != 0 || body[2] != 1 || body[6]&0xC0 != 0x80 {
		return
	}
	if body[7]&0x80 != 0 {
		shiftStamp(body[9:14], by)
	}
	if body[7]&0xC0 == 0xC0 && len(body) >= 19 {
		shiftStamp(body[14:19], by)
	}
}

// stampOf reads a PTS or DTS.
func stampOf(b []byte) clip.Ticks {
	return clip.Ticks(b[0]>>1&7)<<30 | clip.Ticks(b[1])<<22 | clip.Ticks(b[2]>>1)<<15 | clip.Ticks(b[3])<<7 | clip.Ticks(b[4]>>1)
}

// shiftStamp moves a PTS or DTS: 33 bits in five bytes, between marker bits.
func shiftStamp(b []byte, by clip.Ticks) {
	t := (stampOf(b) + by).Raw()
	b[0] = b[0]&0xF1 | byte(t>>29)&0x0E
	b[1] = byte(t >> 22)
	b[2] = b[2]&1 | byte(t>>14)&0xFE
	b[3] = byte(t >> 7)
	b[4] = b[4]&1 | byte(t<<1)&0xFE
}

// shiftPCR moves the 33 bits of a PCR's base.
func shiftPCR(b []byte, by clip.Ticks) {
	t := clip.Ticks(b[0])<<25 | clip.Ticks(b[1])<<17 | clip.Ticks(b[2])<<9 | clip.Ticks(b[3])<<1 | clip.Ticks(b[4]>>7)
	t = (t + by).Raw()
	b[0], b[1], b[2], b[3] = byte(t>>25), byte(t>>17), byte(t>>9), byte(t>>1)
	b[4] = b[4]&0x7F | byte(t&1)<<7
}
