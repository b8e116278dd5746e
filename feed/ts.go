package feed

import (
	"bytes"

	"github.com/ovation-live/ovation/clip"
)

// The transport stream's packets (ISO/IEC 13818-1).
const (
	packetSize = 188
	syncByte   = 0x47
	nullPID    = 0x1fff
	patPID     = 0
)

// packet is one transport packet, taken apart.
type packet struct {
	pid       uint16
	start     bool // a PES packet or section begins in it
	access    bool // the encoder marks a random access point
	scrambled bool
	payload   []byte
}

// packets walks the transport packets in b. A damaged packet is skipped; where
// bytes were lost or added it searches for the next two sync bytes in step.
// It stops when visit returns false.
func packets(b []byte, visit func(packet) bool) {
	locked := false
	for i := 0; i+packetSize <= len(b); {
		next := i + packetSize
		follows := next >= len(b) || b[next] == syncByte
		switch {
		case b[i] == syncByte && (locked || follows):
			locked = true
			if p, ok := takeApart(b[i:next]); ok && !visit(p) {
				return
			}
			i = next
		case locked && follows:
			i = next
		default:
			locked = false
			step := bytes.IndexByte(b[i+1:], syncByte)
			if step < 0 {
				return
			}
			i += 1 + step
		}
	}
}

// takeApart reads a packet's header and adaptation field.
func takeApart(b []byte) (packet, bool) {
	p := packet{
		pid:       uint16(b[1]&0x1f)<<8 | uint16(b[2]),
		start:     b[1]&0x40 != 0,
		scrambled: b[3]&0xc0 != 0,
	}
	broken := b[1]&0x80 != 0
	adaptation, payload := b[3]&0x20 != 0, b[3]&0x10 != 0
	if broken || p.pid == nullPID || !payload {
		return p, false
	}
	at := 4
	if adaptation {
		n := int(b[4])
		if at += 1 + n; at > packetSize {
			return p, false
		}
		p.access = n > 0 && b[5]&0x40 != 0
	}
	p.payload = b[at:packetSize]
	return p, true
}

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
	audio   audioScanner
	cue     sectionReader
	pending [][]byte // sections seen before the first frame
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
	s.audio.codec = prog.audioCodec
	s.out.Format.Video, s.out.Format.Audio = prog.videoCodec, prog.audioCodec
	scrambled := false
	packets(b, func(p packet) bool {
		switch p.pid {
		case prog.video:
			if p.scrambled {
				scrambled = true
				return false
			}
			s.videoPacket(p)
		case prog.audio:
			s.audio.packet(p)
		case prog.cue:
			s.cue.packet(p, s.cueSection)
		}
		return true
	})
	if scrambled {
		return Content{}, ErrEncrypted
	}
	s.endPicture()
	return s.result()
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
	if !pic.slice || pic.second {
		return
	}
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
	set := s.pictures.set
	f := &s.out.Format
	f.Width, f.Height, f.Rate = set.width, set.height, set.rate
	if len(s.out.Frames) > 0 {
		s.out.Sound = s.audio.finish(s.out.Frames[0].DTS)
	}
	f.SampleRate, f.Channels = s.audio.rate, s.audio.channels
	return s.out, nil
}

// pes is the header of a packetised elementary stream packet.
type pes struct {
	timed    bool
	pts, dts clip.Ticks
	payload  []byte
}

// readPES reads a PES header (ISO/IEC 13818-1 2.4.3.6).
func readPES(b []byte) (pes, bool) {
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 || b[6]&0xc0 != 0x80 {
		return pes{}, false
	}
	flags, n := b[7]>>6, int(b[8])
	if 9+n > len(b) {
		return pes{}, false
	}
	p := pes{payload: b[9+n:]}
	if flags&2 != 0 && n >= 5 {
		p.timed, p.pts = true, readTime(b[9:14])
		p.dts = p.pts
		if flags&1 != 0 && n >= 10 {
			p.dts = readTime(b[14:19])
		}
	}
	return p, true
}

// readTime reads a 33-bit time from five bytes with marker bits.
func readTime(b []byte) clip.Ticks {
	return clip.Ticks(b[0]>>1&7)<<30 | clip.Ticks(b[1])<<22 | clip.Ticks(b[2]>>1)<<15 |
		clip.Ticks(b[3])<<7 | clip.Ticks(b[4]>>1)
}
