package feed

// bitReader reads the fields of a bitstream. Reading past the end gives zeros
// and sets bad, so that a caller checks once.
type bitReader struct {
	b   []byte
	pos int // in bits
	bad bool
}

func (r *bitReader) bits(n int) uint64 {
	var v uint64
	for ; n > 0; n-- {
		v = v<<1 | uint64(r.bit())
	}
	return v
}

func (r *bitReader) bit() byte {
	i := r.pos >> 3
	if i >= len(r.b) {
		r.bad = true
		return 0
	}
	v := r.b[i] >> (7 - r.pos&7) & 1
	r.pos++
	return v
}

func (r *bitReader) flag() bool { return r.bit() == 1 }

// golomb reads ue(v), the unsigned Exp-Golomb code of H.264 and HEVC.
func (r *bitReader) golomb() uint64 {
	zeros := 0
	for !r.flag() {
		if zeros++; r.bad || zeros > 32 {
			r.bad = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// unescape removes the emulation prevention bytes (00 00 03 → 00 00) from at
// most limit bytes of a NAL unit.
func unescape(b []byte, limit int) []byte {
	b = b[:min(len(b), limit)]
	out := make([]byte, 0, len(b))
	zeros := 0
	for _, c := range b {
		if zeros >= 2 && c == 3 {
			zeros = 0
			continue
		}
		if zeros++; c != 0 {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}
