package feed

import "bytes"

// program is the part of a transport stream that is recorded and indexed: the
// first programme with a video track that we know.
type program struct {
	video, audio, cue      uint16 // PIDs; nullPID: none
	videoCodec, audioCodec string
}

// findProgram reads the programme tables (PAT and PMT).
func findProgram(b []byte) (program, error) {
	var pat, pmts = sectionReader{}, map[uint16]*sectionReader{}
	found, ok, any, encrypted := program{}, false, false, false
	packets(b, func(p packet) bool {
		if p.pid == patPID {
			pat.packet(p, func(s []byte) {
				for _, pid := range programMaps(s) {
					if pmts[pid] == nil {
						pmts[pid] = &sectionReader{}
					}
				}
			})
		} else if r := pmts[p.pid]; r != nil {
			r.packet(p, func(s []byte) {
				prog, enc := readMap(s)
				any, encrypted = true, encrypted || enc
				if !ok && prog.video != nullPID {
					found, ok = prog, true
				}
			})
		}
		return !ok
	})
	switch {
	case ok:
		return found, nil
	case encrypted:
		return found, ErrEncrypted
	case any:
		return found, ErrNoVideo
	case !looksLikeTS(b):
		return found, ErrNotMedia
	}
	return found, ErrNoProgram
}

// looksLikeTS reports whether at least half of b are packets in step.
func looksLikeTS(b []byte) bool {
	n := 0
	packets(b, func(packet) bool { n++; return true })
	return n > 0 && 2*n >= len(b)/packetSize
}

// programMaps lists the PIDs of the programme maps in a PAT section.
func programMaps(s []byte) []uint16 {
	const maxPrograms = 64
	if s[0] != 0 || len(s) < 12 {
		return nil
	}
	var pids []uint16
	for e := s[8 : len(s)-4]; len(e) >= 4 && len(pids) < maxPrograms; e = e[4:] {
		if number := uint16(e[0])<<8 | uint16(e[1]); number != 0 {
			pids = append(pids, uint16(e[2]&0x1f)<<8|uint16(e[3]))
		}
	}
	return pids
}

// readMap reads a PMT section.
func readMap(s []byte) (p program, encrypted bool) {
	p = program{video: nullPID, audio: nullPID, cue: nullPID}
	if s[0] != 2 || len(s) < 16 {
		return p, false
	}
	e := s[12 : len(s)-4]
	skip := int(s[10]&0x0f)<<8 | int(s[11])
	if skip > len(e) {
		return p, false
	}
	for e = e[skip:]; len(e) >= 5; {
		kind, pid := e[0], uint16(e[1]&0x1f)<<8|uint16(e[2])
		n := int(e[3]&0x0f)<<8 | int(e[4])
		if e = e[5:]; n > len(e) {
			break
		}
		encrypted = p.track(kind, pid, e[:n]) || encrypted
		e = e[n:]
	}
	return p, encrypted
}

// track takes an elementary stream into the programme, if it is the first of
// its kind. Types are those of ISO/IEC 13818-1 table 2-34, ATSC A/52 and
// ANSI/SCTE 35; private tracks are told by their descriptors (ETSI EN 300 468).
func (p *program) track(kind byte, pid uint16, descriptors []byte) (encrypted bool) {
	video, audio := "", ""
	switch kind {
	case 0x1b:
		video = codecH264
	case 0x24:
		video = codecHEVC
	case 0x0f:
		audio = "aac"
	case 0x11:
		audio = "aac_latm"
	case 0x03, 0x04:
		audio = "mp2"
	case 0x81:
		audio = "ac3"
	case 0x87:
		audio = "eac3"
	case 0x86:
		if p.cue == nullPID {
			p.cue = pid
		}
	case 0x06:
		audio = privateAudio(descriptors)
	case 0xdb, 0xcf, 0xc1, 0xc2: // SAMPLE-AES (Apple, MPEG-2 Stream Encryption Format)
		return true
	}
	if video != "" && p.video == nullPID {
		p.video, p.videoCodec = pid, video
	}
	if audio != "" && p.audio == nullPID {
		p.audio, p.audioCodec = pid, audio
	}
	return false
}

func privateAudio(descriptors []byte) string {
	for d := descriptors; len(d) >= 2; {
		n := int(d[1])
		if 2+n > len(d) {
			break
		}
		switch body := d[2 : 2+n]; {
		case d[0] == 0x6a, d[0] == 0x05 && bytes.Equal(body, []byte("AC-3")):
			return "ac3"
		case d[0] == 0x7a, d[0] == 0x05 && bytes.Equal(body, []byte("EAC3")):
			return "eac3"
		}
		d = d[2+n:]
	}
	return ""
}

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
func checksum(b []byte) bool {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	return crc == 0
}
