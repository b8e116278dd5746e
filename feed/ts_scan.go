package feed

import (
	"bytes"

	"github.com/ovation-live/ovation/clip"
)

// tsScanner indexes one MPEG-TS segment.
type tsScanner struct {
	program  program
	pictures pictureReader
	out      Content

	video struct {
		open     bool // a PES packet is being read
		done     bool // its picture is classified
		pts, dts clip.Ticks
		head     []byte // of its payload, up to the first slice
		scanned  int    // bytes of head searched for start codes
		nal      int    // where the NAL unit being read begins; 0: none yet
	}
	base    clip.Ticks // time that the next one is unwrapped against
	based   bool
	sounds  []soundScanner
	tables  directory
	cue     sectionReader
	pending [][]byte // sections seen before the first frame
	sealed  bool     // packets of the video are scrambled
}

// scanTS indexes a segment. The programme table is looked for first, so that
// frames before it count as well.
func scanTS(b []byte) (Content, error) {
	prog, err := findProgram(b)
	if err != nil {
		return Content{}, err
	}
	s := tsScanner{program: prog}
	s.pictures.codec = prog.videoCodec
	for _, t := range prog.sounds {
		s.sounds = append(s.sounds, soundScanner{track: t})
	}
	packets(b, s.packet)
	if s.sealed {
		return Content{}, ErrEncrypted
	}
	s.endPicture()
	return s.result()
}

// packet takes the next packet and reports whether it wants more.
func (s *tsScanner) packet(p packet) bool {
	switch p.pid {
	case s.program.video:
		if p.scrambled {
			s.sealed = true
			return false
		}
		s.videoPacket(p)
		return true
	case s.program.cue:
		s.cue.packet(p, s.cueSection)
		return true
	}
	for i := range s.sounds {
		if s.sounds[i].track.pid == p.pid {
			s.sounds[i].packet(p)
			return true
		}
	}
	if s.tables.packet(p) {
		return s.follow()
	}
	return true
}

// follow takes a programme map. Where it moves the pictures to another PID
// they are read from there on; where it changes what they are, the segment is
// indexed up to here.
func (s *tsScanner) follow() bool {
	now, known := s.tables.maps[s.program.number]
	if !known || now.video == s.program.video && now.videoCodec == s.program.videoCodec {
		return true
	}
	s.endPicture()
	if now.videoCodec != s.program.videoCodec {
		s.out.Mixed = errTracks
		return false
	}
	s.program.video = now.video
	return true
}

// videoPacket collects the head of each access unit, which is one PES packet.
func (s *tsScanner) videoPacket(p packet) {
	v := &s.video
	payload := p.payload
	if p.start {
		s.endPicture()
		pes, ok := readPES(p.payload)
		if !ok || !pes.timed {
			return // the second field of a frame has no time of its own
		}
		v.open, v.done, v.pts, v.dts = true, false, pes.pts, pes.dts
		v.head, v.scanned, v.nal = v.head[:0], 0, 0
		s.pictures.begin(p.access)
		payload = pes.payload
	}
	if !v.open || v.done {
		return
	}
	const maxHead = 256 << 10 // parameter sets, SEI and filler before the first slice
	if v.head = append(v.head, payload...); len(v.head) > maxHead {
		v.done = true
		return
	}
	s.readHead(false)
}

// sliceHead is how much of a slice is needed to classify it.
const sliceHead = 32

// readHead splits head into NAL units (Annex B of H.264) until the picture is
// classified. At the end of the access unit the last NAL unit is complete.
func (s *tsScanner) readHead(end bool) {
	v := &s.video
	for !v.done {
		i := bytes.Index(v.head[v.scanned:], []byte{0, 0, 1})
		if i < 0 {
			tail := len(v.head) - v.nal
			v.scanned = max(v.scanned, len(v.head)-2)
			if v.nal > 0 && (end || tail >= sliceHead && s.isSlice(v.head[v.nal])) {
				v.done = s.pictures.add(v.head[v.nal:]) || end
			}
			return
		}
		at := v.scanned + i
		if v.nal > 0 && s.pictures.add(bytes.TrimRight(v.head[v.nal:at], "\x00")) {
			v.done = true
			return
		}
		v.nal, v.scanned = at+3, at+3
	}
}

// isSlice reports whether a NAL unit with this first byte is a coded slice.
func (s *tsScanner) isSlice(b byte) bool {
	if s.pictures.codec == codecHEVC {
		return b>>1&0x3f < 32
	}
	kind := b & 0x1f
	return kind >= 1 && kind <= 5
}

// endPicture closes the access unit and notes its frame.
func (s *tsScanner) endPicture() {
	v := &s.video
	if !v.open {
		return
	}
	s.readHead(true)
	v.open = false
	pic := s.pictures.now
	if !pic.slice || pic.second || pic.hidden {
		return
	}
	s.pictures.shown()
	if !s.based {
		s.base, s.based = v.dts, true
	}
	dts := unwrap(v.dts, s.base)
	pts := unwrap(v.pts, dts)
	if abs(dts-s.base) < jumpAhead {
		s.base = dts // a damaged time must not carry the next ones with it
	}
	s.out.Frames = append(s.out.Frames, clip.Frame{PTS: pts, DTS: dts, Kind: pic.kind})
	if len(pic.captions) > 0 {
		s.out.captions = append(s.out.captions, captionBytes{pts, pic.captions})
	}
	s.placePending(pts)
}

// cueSection notes a SCTE-35 section at the frame before it.
func (s *tsScanner) cueSection(b []byte) {
	s.pending = append(s.pending, bytes.Clone(b))
	if n := len(s.out.Frames); n > 0 {
		s.placePending(s.out.Frames[n-1].PTS)
	}
}

func (s *tsScanner) placePending(at clip.Ticks) {
	for _, b := range s.pending {
		s.out.sections = append(s.out.sections, section{bytes: b, at: at})
	}
	s.pending = s.pending[:0]
}

func (s *tsScanner) result() (Content, error) {
	f := &s.out.Format
	f.Video = s.program.videoCodec
	s.out.Texts = s.program.texts
	if err := s.pictures.describe(&s.out); err != nil {
		return s.out, err
	}
	base := clip.Ticks(0)
	if n := len(s.out.Frames); n > 0 {
		base = s.out.Frames[n/2].DTS
	}
	for i := range s.sounds {
		track, covers := s.sounds[i].finish(base)
		f.Tracks = append(f.Tracks, track)
		s.out.sounds = append(s.out.sounds, covers)
	}
	return s.out, nil
}
