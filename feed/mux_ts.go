package feed

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// tsMuxer puts sound that comes in files of its own into a video's transport
// stream. Packets keep their payload; those of the sound get a PID that the
// video does not use, and the programme map names both.
type tsMuxer struct {
	counters map[uint16]byte // of the packets made here
	entries  []byte          // of the sound in the programme map, as it was last
}

// soundPID is the PID of the sound that is put in: high, where encoders put
// nothing.
const soundPID = 0x1e00

// mux puts sound behind the video. A segment without any is silent: the map
// names its track all the same.
func (m *tsMuxer) mux(video []byte, sound [][]byte) ([]byte, error) {
	if m.counters == nil {
		m.counters = map[uint16]byte{}
	}
	entries, packets := m.entries, []byte(nil)
	for i, s := range sound {
		e, p, err := m.track(s)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			entries = e
		}
		packets = append(packets, p...)
	}
	if len(entries) == 0 {
		return video, nil
	}
	m.entries = entries
	out, err := m.remap(video, entries)
	return append(out, packets...), err
}

// remap writes the video's packets with a programme map that names more
// tracks.
func (m *tsMuxer) remap(video, entries []byte) ([]byte, error) {
	var t mapReader
	var out []byte
	mapped := false
	for i := 0; i+packetSize <= len(video); i += packetSize {
		raw := video[i : i+packetSize]
		p, ok := takeApart(raw)
		if !ok {
			out = append(out, raw...)
			continue
		}
		t.packet(p)
		if !t.found || p.pid != t.pid {
			out = append(out, raw...)
			continue
		}
		if len(t.section) > 0 && !mapped {
			out = append(out, m.packets(t.pid, append([]byte{0}, extended(t.section, entries)...))...)
			mapped = true
		}
	}
	if !mapped {
		return nil, ErrNoProgram
	}
	return out, nil
}

// mapReader finds the programme map of a transport stream with one programme.
type mapReader struct {
	directory, table sectionReader
	pid              uint16
	found            bool
	section          []byte
}

func (t *mapReader) packet(p packet) {
	switch {
	case p.pid == patPID:
		t.directory.packet(p, func(s []byte) {
			if listed, _ := readPAT(s); len(listed) > 0 && !t.found {
				t.pid, t.found = listed[0].pid, true
			}
		})
	case t.found && p.pid == t.pid:
		t.table.packet(p, func(s []byte) {
			if _, ok := readMap(s); ok { // a private section may come with it
				t.section = bytes.Clone(s)
			}
		})
	}
}

// extended is a programme map with more tracks.
func extended(section, entries []byte) []byte {
	s := append(bytes.Clone(section[:len(section)-4]), entries...)
	n := len(s) + 4 - 3
	s[1], s[2] = s[1]&0xf0|byte(n>>8), byte(n)
	return binary.BigEndian.AppendUint32(s, crc(s))
}

// track gives the entry of the sound for the programme map, and its packets.
func (m *tsMuxer) track(sound []byte) (entry, body []byte, err error) {
	if bytes.HasPrefix(sound, []byte("ID3")) {
		body, err = m.packed(sound)
		return []byte{0x0f, 0xe0 | soundPID>>8, soundPID & 0xff, 0xf0, 0}, body, err
	}
	var t mapReader
	packets(sound, func(p packet) bool { t.packet(p); return len(t.section) == 0 })
	if len(t.section) == 0 {
		return nil, nil, ErrNoProgram
	}
	prog, _ := readMap(t.section)
	if len(prog.sounds) == 0 {
		return nil, nil, ErrNoSound
	}
	pid := prog.sounds[0].pid
	if entry = entryOf(t.section, pid); entry == nil {
		return nil, nil, ErrNoSound
	}
	for i := 0; i+packetSize <= len(sound); i += packetSize {
		raw := sound[i : i+packetSize]
		if uint16(raw[1]&0x1f)<<8|uint16(raw[2]) == pid {
			raw = bytes.Clone(raw)
			raw[1], raw[2] = raw[1]&0xe0|soundPID>>8, soundPID&0xff
			body = append(body, raw...)
		}
	}
	return entry, body, nil
}

// entryOf is the part of a programme map that describes a track, under the
// sound's PID.
func entryOf(section []byte, pid uint16) []byte {
	if pid == nullPID {
		return nil
	}
	e := section[12 : len(section)-4]
	skip := int(section[10]&0x0f)<<8 | int(section[11])
	for e = e[min(skip, len(e)):]; len(e) >= 5; {
		n := min(5+(int(e[3]&0x0f)<<8|int(e[4])), len(e))
		if uint16(e[1]&0x1f)<<8|uint16(e[2]) == pid {
			out := bytes.Clone(e[:n])
			out[1], out[2] = 0xe0|soundPID>>8, soundPID&0xff
			return out
		}
		e = e[n:]
	}
	return nil
}

// packed wraps packed audio (RFC 8216 3.4: ADTS frames behind an ID3 tag with
// the time of the first) into a transport stream's packets.
func (m *tsMuxer) packed(b []byte) ([]byte, error) {
	at, frames, ok := readPackedTime(b)
	if !ok {
		return nil, ErrPackedTime
	}
	const inPES = 8 // frames in a PES packet, about 170 ms
	var out, group []byte
	first, n, in := at, 0, 0
	flush := func() {
		if in > 0 {
			out = append(out, m.packets(soundPID, pesOf(first, group))...)
		}
		group, in = group[:0], 0
	}
	samples, rate := 0, 0
	for len(frames) > 0 {
		f, ok := readADTS(frames)
		if !ok || f.size > len(frames) {
			break
		}
		if rate = f.rate; in == 0 {
			first = at + clip.Ticks(clip.Rescale(int64(samples), clip.TickRate, int64(rate)))
		}
		group, in = append(group, frames[:f.size]...), in+1
		samples, n, frames = samples+f.samples, n+1, frames[f.size:]
		if in == inPES {
			flush()
		}
	}
	flush()
	if n == 0 {
		return nil, ErrNoSound
	}
	return out, nil
}

// readPackedTime reads the ID3 tag of packed audio; rest is what follows it.
func readPackedTime(b []byte) (at clip.Ticks, rest []byte, ok bool) {
	const owner = "com.apple.streaming.transportStreamTimestamp\x00"
	for len(b) >= 10 && bytes.HasPrefix(b, []byte("ID3")) {
		size := 10 + (int(b[6]&0x7f)<<21 | int(b[7]&0x7f)<<14 | int(b[8]&0x7f)<<7 | int(b[9]&0x7f))
		if size > len(b) {
			return 0, nil, false
		}
		if i := bytes.Index(b[:size], []byte(owner)); i >= 0 && i+len(owner)+8 <= size {
			at, ok = clip.Ticks(binary.BigEndian.Uint64(b[i+len(owner):]))&(clip.Wrap-1), true
		}
		b = b[size:]
	}
	return at, b, ok
}

// pesOf is a PES packet of sound.
func pesOf(pts clip.Ticks, payload []byte) []byte {
	n := len(payload) + 8
	if n > 0xffff {
		n = 0
	}
	t := pts.Raw()
	head := []byte{0, 0, 1, 0xc0, byte(n >> 8), byte(n), 0x80, 0x80, 5,
		0x21 | byte(t>>29)&0x0e, byte(t >> 22), byte(t>>14) | 1, byte(t >> 7), byte(t<<1) | 1}
	return slices.Concat(head, payload)
}

// packets cuts a section (behind its pointer) or a PES packet into transport
// packets, the last one stuffed by its adaptation field.
func (m *tsMuxer) packets(pid uint16, b []byte) (out []byte) {
	for start := true; len(b) > 0; start = false {
		p := make([]byte, 4, packetSize)
		p[0], p[1], p[2] = syncByte, byte(pid>>8), byte(pid)
		if start {
			p[1] |= 0x40
		}
		p[3] = 0x10 | m.counters[pid]
		m.counters[pid] = (m.counters[pid] + 1) & 0x0f
		if room := packetSize - 4 - len(b); room > 0 {
			p[3] |= 0x20
			if p = append(p, byte(room-1)); room > 1 {
				p = append(p, 0)
				p = append(p, bytes.Repeat([]byte{0xff}, room-2)...)
			}
		}
		n := packetSize - len(p)
		out = append(append(out, p...), b[:n]...)
		b = b[n:]
	}
	return out
}
