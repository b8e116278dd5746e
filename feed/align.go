package feed

import "bytes"

// aligner finds the transport packets in bytes as a network gives them: in
// step or not, cut anywhere, with bytes lost or added in between. Damaged
// packets that are in step pass: what aired is recorded as it came.
type aligner struct {
	rest    []byte // not a whole packet yet
	locked  bool   // in step
	skipped int64  // bytes that belonged to no packet
}

// add takes the next bytes and gives the whole packets that are complete now,
// one after the other. They are valid until the next call.
func (a *aligner) add(b []byte) []byte {
	a.rest = append(a.rest, b...)
	var out []byte
	from, i := 0, 0
	for i+packetSize <= len(a.rest) {
		next := i + packetSize
		if a.rest[i] == syncByte && (a.locked || next == len(a.rest) || a.rest[next] == syncByte) {
			a.locked = true
			i = next
			continue
		}
		if a.locked && next < len(a.rest) && a.rest[next] == syncByte { // one damaged sync byte
			i = next
			continue
		}
		out = append(out, a.rest[from:i]...)
		a.locked = false
		step := bytes.IndexByte(a.rest[i+1:], syncByte)
		if step < 0 {
			step = len(a.rest) - i - 1
		}
		a.skipped += int64(step + 1)
		i += 1 + step
		from = i
	}
	out = append(out, a.rest[from:i]...)
	a.rest = append(a.rest[:0], a.rest[i:]...)
	return out
}
