package match

// H.264 as bytes (ITU-T H.264 Annex B): finding access units' parts and adding
// captions to them.

// The kinds of NAL units that matter here (H.264 table 7-1).
const (
	nalSlice = 1
	nalIDR   = 5
	nalSEI   = 6
)

// nextStart finds the start code at or after from: where it begins and where
// its unit does; len(b) for both where there is none.
func nextStart(b []byte, from int) (code, unit int) {
	for i := from; i+3 <= len(b); i++ {
		if b[i] == 0 && b[i+1] == 0 && b[i+2] == 1 {
			if i > from && b[i-1] == 0 {
				return i - 1, i + 3
			}
			return i, i + 3
		}
	}
	return len(b), len(b)
}

// firstSlice is where the start code of an access unit's first slice begins,
// and whether it is a key frame that decodes alone.
func firstSlice(au []byte) (at int, idr, ok bool) {
	for code, unit := nextStart(au, 0); unit < len(au); code, unit = nextStart(au, unit) {
		switch au[unit] & 0x1F {
		case nalIDR:
			return code, true, true
		case nalSlice:
			return code, false, true
		}
	}
	return 0, false, false
}

// captionSEI is a SEI message with the caption bytes of one frame: registered
// user data (ITU-T T.35) of ATSC A/53 part 4 section 6.2.3. Field 2 is padded;
// field 1 is left out where the frame carries none.
func captionSEI(p pair, carries bool) []byte {
	triplets := []byte{0xFD, 0x80, 0x80}
	if carries {
		triplets = append([]byte{0xFC, p[0], p[1]}, triplets...)
	}
	user := []byte{0xB5, 0x00, 0x31, 'G', 'A', '9', '4', 0x03, 0xC0 | byte(len(triplets)/3), 0xFF}
	user = append(append(user, triplets...), 0xFF)
	nal := append([]byte{nalSEI, 0x04, byte(len(user))}, user...)
	return append([]byte{0, 0, 0, 1}, escape(append(nal, 0x80))...)
}

// escape adds emulation prevention, so that no start code appears inside.
func escape(nal []byte) []byte {
	out := make([]byte, 0, len(nal)+4)
	zeros := 0
	for _, b := range nal {
		if zeros >= 2 && b <= 3 {
			out = append(out, 3)
			zeros = 0
		}
		out = append(out, b)
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return out
}
