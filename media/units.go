package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// unit is a coded picture, or some frames of sound, as the recording has it.
type unit struct {
	sound bool
	pts   clip.Ticks   // as ffmpeg would see it, see [zero]
	data  []byte       // pictures: Annex B; sound: ADTS; valid until the next unit
	trak  *mp4.TrakBox // of fragments, whose pictures are length-prefixed and whose sound is bare
}

// eachUnit gives the pictures and the sound of whole segments, whose time zero
// is z, in the order in which they lie there.
func eachUnit(open Open, f clip.Format, sources []clip.Source, z zero, give func(unit) error) error {
	if f.Container == clip.FMP4 {
		return eachFragment(open, f, sources, z, give)
	}
	in := newSegments(open, f, sources, z)
	defer in.Close()
	u := &tsUnits{give: give}
	if _, err := io.Copy(u, in); err != nil {
		return err
	}
	return u.Close()
}

// eachFragment does so for fragments, a segment at a time.
func eachFragment(open Open, f clip.Format, sources []clip.Source, z zero, give func(unit) error) error {
	for _, src := range sources {
		in := newSegments(open, f, []clip.Source{src}, z)
		file, err := mp4.DecodeFile(in)
		_ = in.Close() // it was only read
		if err != nil {
			return err
		}
		for _, s := range file.Segments {
			for _, frag := range s.Fragments {
				if err := fragmentUnits(file.Init, frag, give); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fragmentUnits gives the units of one fragment: of its first video track, and
// of the sound where there is one track of it.
func fragmentUnits(init *mp4.InitSegment, frag *mp4.Fragment, give func(unit) error) error {
	var video, sound *mp4.TrakBox
	for _, t := range init.Moov.Traks {
		switch kind := t.Mdia.Hdlr.HandlerType; {
		case kind == "vide" && video == nil:
			video = t
		case kind == "soun" && sound == nil:
			sound = t
		case kind == "soun":
			return errSounds
		}
	}
	for _, t := range []*mp4.TrakBox{video, sound} {
		if t == nil {
			continue
		}
		trex, ok := init.Moov.Mvex.GetTrex(t.Tkhd.TrackID)
		if !ok {
			return errTables
		}
		samples, err := frag.GetFullSamples(trex)
		if err != nil {
			return err
		}
		for _, s := range samples {
			at := clip.Rescale(int64(s.DecodeTime)+int64(s.CompositionTimeOffset), clip.TickRate, int64(t.Mdia.Mdhd.Timescale))
			if err := give(unit{sound: t == sound, pts: clip.Ticks(at), data: s.Data, trak: t}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tsUnits takes a transport stream apart into the units of its H.264 track and
// its AAC track. It is written to, and closed when all has come.
type tsUnits struct {
	give func(unit) error

	rest    []byte // of a packet
	tables  map[uint16][]byte
	program uint16 // PID of the first programme's map; 0: not known yet
	video   pes
	sound   pes
}

// pes is a track, and the packet of it that is being collected.
type pes struct {
	pid     uint16 // 0: not known, or there is none
	open    bool
	counter byte
	data    []byte
}

// Why a recording's own pictures or sound cannot be taken as they are.
var (
	errTrack  = errors.New("the first programme of the transport stream has no track of H.264")
	errLost   = errors.New("a packet is missing in the middle of a picture, or of sound")
	errSounds = errors.New("there are several tracks of sound")
	errTables = errors.New("its programme tables are damaged")
)

// Write takes transport packets.
func (u *tsUnits) Write(b []byte) (int, error) {
	n := len(b)
	if len(u.rest) > 0 {
		need := min(packet-len(u.rest), len(b))
		u.rest, b = append(u.rest, b[:need]...), b[need:]
		if len(u.rest) < packet {
			return n, nil
		}
		if err := u.packet(u.rest); err != nil {
			return 0, err
		}
		u.rest = u.rest[:0]
	}
	for len(b) > 0 {
		if b[0] != 0x47 {
			b = b[1:]
			continue
		}
		if len(b) < packet {
			u.rest = append(u.rest, b...)
			break
		}
		if err := u.packet(b[:packet]); err != nil {
			return 0, err
		}
		b = b[packet:]
	}
	return n, nil
}

// Close gives the last units.
func (u *tsUnits) Close() error {
	return errors.Join(u.end(&u.video), u.end(&u.sound))
}

// packet takes one packet.
func (u *tsUnits) packet(p []byte) error {
	pid, starts := uint16(p[1]&0x1f)<<8|uint16(p[2]), p[1]&0x40 != 0
	body := p[4:]
	if p[3]&0x20 != 0 {
		if int(body[0]) >= len(body) {
			return nil
		}
		body = body[1+body[0]:]
	}
	if p[3]&0x10 == 0 || p[1]&0x80 != 0 || p[3]&0xc0 != 0 {
		return nil
	}
	switch pid {
	case 0, u.program:
		return u.table(pid, starts, body)
	case u.video.pid:
		return u.carry(&u.video, starts, p[3]&0x0f, body)
	case u.sound.pid:
		return u.carry(&u.sound, starts, p[3]&0x0f, body)
	}
	return nil
}

// table collects a table, of which only the first that says something counts.
func (u *tsUnits) table(pid uint16, starts bool, body []byte) error {
	if u.video.pid != 0 || pid == 0 && u.program != 0 {
		return nil
	}
	if u.tables == nil {
		u.tables = map[uint16][]byte{}
	}
	if starts {
		if len(body) < 1 || int(body[0]) >= len(body) {
			return errTables
		}
		u.tables[pid], body = nil, body[1+body[0]:]
	}
	t := append(u.tables[pid], body...)
	u.tables[pid] = t
	if len(t) < 3 {
		return nil
	}
	length := int(t[1]&0x0f)<<8 | int(t[2])
	if len(t) < 3+length {
		return nil
	}
	if length < 9 {
		return errTables
	}
	if pid == 0 {
		u.directory(t[8 : 3+length-4])
		return nil
	}
	return u.layout(t[3 : 3+length-4])
}

// directory reads which map the first programme has.
func (u *tsUnits) directory(entries []byte) {
	for ; len(entries) >= 4 && u.program == 0; entries = entries[4:] {
		if number := uint16(entries[0])<<8 | uint16(entries[1]); number != 0 {
			u.program = uint16(entries[2]&0x1f)<<8 | uint16(entries[3])
		}
	}
}

// layout finds the tracks in a programme's map (ISO/IEC 13818-1, 2.4.4.9). Of
// several sound tracks none is taken: which is heard is not said here.
func (u *tsUnits) layout(t []byte) error {
	const h264, adts = 0x1b, 0x0f
	if len(t) < 9 {
		return errTables
	}
	skip := 9 + int(t[7]&0x0f)<<8 + int(t[8])
	sounds := 0
	for skip+5 <= len(t) {
		kind, pid := t[skip], uint16(t[skip+1]&0x1f)<<8|uint16(t[skip+2])
		switch {
		case kind == h264 && u.video.pid == 0:
			u.video.pid = pid
		case kind == adts:
			sounds++
			u.sound.pid = pid
		}
		skip += 5 + int(t[skip+3]&0x0f)<<8 + int(t[skip+4])
	}
	if sounds != 1 {
		u.sound.pid = 0
	}
	if u.video.pid == 0 {
		return errTrack
	}
	return nil
}

// carry takes a part of a track's packet.
func (u *tsUnits) carry(p *pes, starts bool, counter byte, body []byte) error {
	if starts {
		if err := u.end(p); err != nil {
			return err
		}
		p.open, p.counter, p.data = true, counter, append(p.data[:0], body...)
		return nil
	}
	if !p.open || counter == p.counter { // before the first one begins; or sent twice
		return nil
	}
	if counter != (p.counter+1)&0x0f {
		p.open = false
		return fmt.Errorf("%w", errLost)
	}
	p.counter, p.data = counter, append(p.data, body...)
	return nil
}

// end gives a packet that is whole (ISO/IEC 13818-1, 2.4.3.6).
func (u *tsUnits) end(p *pes) error {
	if !p.open {
		return nil
	}
	p.open = false
	d := p.data
	if len(d) < 14 || !bytes.HasPrefix(d, []byte{0, 0, 1}) || d[7]&0x80 == 0 || len(d) < 9+int(d[8]) {
		return nil // no picture begins here
	}
	return u.give(unit{sound: p == &u.sound, pts: stampOf(d[9:14]), data: d[9+int(d[8]):]})
}
