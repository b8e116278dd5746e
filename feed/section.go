package feed

// sectionReader puts the sections of one PID together (ISO/IEC 13818-1
// 2.4.4). Sections with a wrong checksum are dropped.
type sectionReader struct {
	buf  []byte
	open bool
}

// packet adds a packet and gives each complete section to emit. emit must not
// keep it.
func (r *sectionReader) packet(p packet, emit func([]byte)) {
	b := p.payload
	if p.start {
		if len(b) == 0 || 1+int(b[0]) > len(b) {
			r.open = false
			return
		}
		pointer := int(b[0])
		if r.open {
			r.buf = append(r.buf, b[1:1+pointer]...)
			r.drain(emit)
		}
		r.buf, r.open = r.buf[:0], true
		b = b[1+pointer:]
	}
	if r.open {
		r.buf = append(r.buf, b...)
		r.drain(emit)
	}
}

// drain takes complete sections out of buf.
func (r *sectionReader) drain(emit func([]byte)) {
	for len(r.buf) >= 3 {
		if r.buf[0] == 0xff { // stuffing until the next packet
			r.open = false
			return
		}
		n := 3 + (int(r.buf[1]&0x0f)<<8 | int(r.buf[2]))
		if len(r.buf) < n {
			return
		}
		if n >= 7 && checksum(r.buf[:n]) {
			emit(r.buf[:n])
		}
		r.buf = append(r.buf[:0], r.buf[n:]...)
	}
}

// checksum reports whether a section ends in its own CRC-32/MPEG-2 (ISO/IEC
// 13818-1 annex A).
func checksum(b []byte) bool { return crc(b) == 0 }

// crc is the CRC-32/MPEG-2 of a section without it; over a whole section it is
// zero.
func crc(b []byte) uint32 {
	sum := ^uint32(0)
	for _, c := range b {
		sum ^= uint32(c) << 24
		for range 8 {
			if sum&(1<<31) != 0 {
				sum = sum<<1 ^ 0x04c11db7
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}
