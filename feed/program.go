package feed

import "slices"

// program is the part of a transport stream that is recorded and indexed: the
// first programme, in the order of the PAT, with a video track that we know.
type program struct {
	number     uint16
	video      uint16 // PID; nullPID: none
	videoCodec string
	sounds     []soundTrack
	texts      []Text
	pages      []teletextTrack
	cue        uint16 // PID of SCTE-35; nullPID: none
	timed      uint16 // PID of ID3; nullPID: none
	sealed     bool   // it has tracks that are encrypted as a whole
}

// soundTrack is an audio track as a programme map lists it.
type soundTrack struct {
	pid         uint16
	codec, lang string
}

// noProgram has no track.
func noProgram() program {
	return program{video: nullPID, cue: nullPID, timed: nullPID}
}

// Equal reports whether two maps list the same tracks.
func (p program) Equal(o program) bool {
	return p.number == o.number && p.video == o.video && p.videoCodec == o.videoCodec && p.cue == o.cue && p.timed == o.timed &&
		slices.Equal(p.sounds, o.sounds) && slices.Equal(p.texts, o.texts) &&
		slices.EqualFunc(p.pages, o.pages, func(a, b teletextTrack) bool { return a.pid == b.pid && slices.Equal(a.pages, b.pages) })
}

// maxPrograms bounds how many programmes of a multiplex are looked at.
const maxPrograms = 64

// directory follows the programme tables (PAT and PMT) of a transport stream
// as its packets pass.
type directory struct {
	pat     sectionReader
	listed  []listing                 // in the PAT's order
	readers map[uint16]*sectionReader // by PID
	maps    map[uint16]program        // by programme number
}

// listing is a programme as the PAT lists it.
type listing struct{ number, pid uint16 }

// packet takes the next packet and reports whether a table was complete in it.
func (d *directory) packet(p packet) (read bool) {
	if !d.reads(p.pid) {
		return false
	}
	if p.pid == patPID {
		d.pat.packet(p, func(s []byte) {
			if listed, ok := readPAT(s); ok {
				d.list(listed)
				read = true
			}
		})
		return read
	}
	d.readers[p.pid].packet(p, func(s []byte) {
		if prog, ok := readMap(s); ok && d.lists(listing{prog.number, p.pid}) {
			d.maps[prog.number] = prog
			read = true
		}
	})
	return read
}

// reads reports whether packets of a PID are looked at.
func (d *directory) reads(pid uint16) bool { return pid == patPID || d.readers[pid] != nil }

// pid is where the map of a programme comes.
func (d *directory) pid(number uint16) uint16 {
	i := slices.IndexFunc(d.listed, func(l listing) bool { return l.number == number })
	if i < 0 {
		return nullPID
	}
	return d.listed[i].pid
}

func (d *directory) lists(l listing) bool { return slices.Contains(d.listed, l) }

// list takes a PAT. What it lists no longer is forgotten.
func (d *directory) list(listed []listing) {
	if slices.Equal(listed, d.listed) {
		return
	}
	readers, maps := map[uint16]*sectionReader{}, map[uint16]program{}
	for _, l := range listed {
		if readers[l.pid] = d.readers[l.pid]; readers[l.pid] == nil {
			readers[l.pid] = &sectionReader{}
		}
		if prog, ok := d.maps[l.number]; ok && d.lists(l) {
			maps[l.number] = prog
		}
	}
	d.listed, d.readers, d.maps = listed, readers, maps
}

// choose gives the programme to record, as far as it is known yet. It is sure
// when no map that is still to come could change the choice.
func (d *directory) choose() (prog program, ok, sure bool) {
	sure = len(d.listed) > 0
	for _, l := range d.listed {
		prog, known := d.maps[l.number]
		if known && prog.video != nullPID {
			return prog, true, sure
		}
		sure = sure && known
	}
	return noProgram(), false, sure
}

// findProgram reads the programme tables of a whole segment.
func findProgram(b []byte) (program, error) {
	var d directory
	packets(b, func(p packet) bool {
		if !d.packet(p) {
			return true
		}
		_, ok, sure := d.choose()
		return !ok || !sure
	})
	if prog, ok, _ := d.choose(); ok {
		return prog, nil
	}
	for _, prog := range d.maps {
		if prog.sealed {
			return prog, ErrEncrypted
		}
	}
	switch {
	case len(d.maps) > 0:
		return noProgram(), ErrNoVideo
	case !looksLikeTS(b):
		return noProgram(), ErrNotMedia
	}
	return noProgram(), ErrNoProgram
}

// looksLikeTS reports whether b is packets in step for the greater part.
func looksLikeTS(b []byte) bool {
	synced := 0
	for from := range min(packetSize, len(b)) {
		n := 0
		for i := from; i < len(b); i += packetSize {
			if b[i] == syncByte {
				n++
			}
		}
		synced = max(synced, n)
	}
	return len(b) >= packetSize && 2*synced > len(b)/packetSize
}

// inForce reports whether a table applies now (current_next_indicator) and is
// long enough to have its head and its checksum.
func inForce(s []byte, table byte, least int) bool {
	return len(s) >= least && s[0] == table && s[5]&1 == 1
}

// readPAT lists the programmes in a PAT section.
func readPAT(s []byte) (listed []listing, ok bool) {
	if !inForce(s, 0, 12) {
		return nil, false
	}
	for e := s[8 : len(s)-4]; len(e) >= 4 && len(listed) < maxPrograms; e = e[4:] {
		if l := (listing{uint16(e[0])<<8 | uint16(e[1]), uint16(e[2]&0x1f)<<8 | uint16(e[3])}); l.number != 0 {
			listed = append(listed, l)
		}
	}
	return listed, true
}

// readMap reads a PMT section.
func readMap(s []byte) (p program, ok bool) {
	p = noProgram()
	if !inForce(s, 2, 16) {
		return p, false
	}
	p.number = uint16(s[3])<<8 | uint16(s[4])
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
		p.track(kind, pid, e[:n])
		e = e[n:]
	}
	return p, true
}

// The codecs by the type of an elementary stream (ISO/IEC 13818-1 table 2-34,
// ATSC A/52 annex A).
var (
	videoTypes = map[byte]string{0x1b: codecH264, 0x24: codecHEVC}
	soundTypes = map[byte]string{0x03: "mp2", 0x04: "mp2", 0x0f: "aac", 0x11: "aac_latm", 0x81: "ac3", 0x87: "eac3", 0x8a: "dts"}
)

// track takes an elementary stream into the programme. Private ones are told by
// their descriptors (ETSI EN 300 468), SCTE-35 by its type. Every audio track
// is listed, also of codecs that we know nothing of, because ffmpeg counts them
// too.
func (p *program) track(kind byte, pid uint16, descriptors []byte) {
	d := readDescriptors(descriptors)
	video, sound := videoTypes[kind], soundTypes[kind]
	switch kind {
	case 0x86:
		if p.cue == nullPID {
			p.cue = pid
		}
	case 0x15: // metadata in PES packets
		if d.id3 && p.timed == nullPID {
			p.timed = pid
		}
	case 0x06:
		sound = d.sound
		p.texts = append(p.texts, d.texts...)
		if pages := slices.DeleteFunc(slices.Clone(d.texts), func(t Text) bool { return t.Kind != "teletext" }); len(pages) > 0 {
			p.pages = append(p.pages, teletextTrack{pid, pages})
		}
	case 0xdb, 0xcf, 0xc1, 0xc2: // SAMPLE-AES (Apple, MPEG-2 Stream Encryption Format)
		p.sealed = true
	}
	if video != "" && p.video == nullPID {
		p.video, p.videoCodec = pid, video
		p.texts = append(p.texts, d.texts...) // CEA-708 services are listed here
	}
	if sound != "" {
		p.sounds = append(p.sounds, soundTrack{pid: pid, codec: sound, lang: d.lang})
	}
}
