package feed

import (
	"bytes"
	"slices"

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
		bounded  bool   // it states its length
		due      int    // bytes of that length that did not come yet
		stuffed  bool   // its latest packet is one that ends it
		tail     []byte // HEVC: the payload of that packet
		head     []byte // of its payload, up to the first slice
		scanned  int    // bytes of head searched for start codes
		nal      int    // where the NAL unit being read begins; 0: none yet
	}
	sounds        []soundScanner
	tables        directory
	cue           sectionReader
	timed         pesReader // ID3
	clear, sealed int       // packets of the video
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
	s.out.teletext.tracks = prog.pages
	for _, t := range prog.sounds {
		s.sounds = append(s.sounds, soundScanner{track: t})
	}
	cut := packets(b, s.packet)
	if s.sealed > s.clear {
		return Content{}, ErrEncrypted
	}
	if s.complete(cut) {
		s.endPicture()
	}
	return s.result()
}

// packet takes the next packet and reports whether it wants more.
func (s *tsScanner) packet(p packet) bool {
	switch p.pid {
	case s.program.video:
		if p.scrambled { // or damaged
			s.sealed++
			return true
		}
		s.clear++
		s.videoPacket(p)
		return true
	case s.program.cue:
		s.cue.packet(p, s.cueSection)
		return true
	case s.program.timed:
		s.timed.packet(p, s.tag)
		return true
	}
	for i := range s.sounds {
		if s.sounds[i].track.pid == p.pid {
			s.sounds[i].packet(p)
			return true
		}
	}
	if s.out.teletext.lists(p.pid) {
		p.payload = bytes.Clone(p.payload)
		s.out.teletext.packets = append(s.out.teletext.packets, teletextPacket{p, s.video.dts})
		return true
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
		v.bounded, v.due = pes.length > 0, pes.length
		v.head, v.scanned, v.nal = v.head[:0], 0, 0
		s.pictures.begin(p.access)
		payload = pes.payload
	}
	v.stuffed = p.stuffed && !p.start
	if s.pictures.codec == codecHEVC {
		v.tail = payload
	}
	v.due -= len(payload)
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
	s.pictures.end(v.tail)
	if !pic.slice || pic.second || pic.hidden {
		return
	}
	s.pictures.shown()
	s.out.caption(pic)
	s.out.Frames = append(s.out.Frames, clip.Frame{PTS: v.pts, DTS: v.dts, Kind: pic.kind})
}

// complete reports whether the last picture is there to its end, as far as
// that can be seen. Where neither its length is stated nor a packet was cut,
// nothing tells.
func (s *tsScanner) complete(cut bool) bool {
	v := &s.video
	if v.bounded {
		return v.due <= 0 || v.stuffed
	}
	return !cut || v.stuffed
}

// cueSection notes a SCTE-35 section at the frame before it, or at the first.
func (s *tsScanner) cueSection(b []byte) {
	s.out.messages = append(s.out.messages, message{bytes: bytes.Clone(b), frame: max(0, len(s.out.Frames)-1)})
}

// span is when nearly all pictures are decoded, without what damage may have
// done to the times of some.
func (s *tsScanner) span(base clip.Ticks) clip.Span90 {
	times := []clip.Ticks{base}
	for _, f := range s.out.Frames {
		times = append(times, f.DTS)
	}
	slices.Sort(times)
	some := len(times) / strayShare
	return clip.Span90{From: times[some], To: times[len(times)-1-some]}
}

// tag notes an ID3 tag. Its time is counted on once the frames' are.
func (s *tsScanner) tag(p pes) {
	m := message{scheme: schemeID3, bytes: bytes.Clone(p.payload), frame: max(0, len(s.out.Frames)-1)}
	if p.timed {
		m.at, m.exact = p.pts, true
	}
	s.out.messages = append(s.out.messages, m)
}

// count counts the frames' 33-bit times on past their wrap, both ways from a
// frame that agrees with the next: damaged times must not carry others along.
func (s *tsScanner) count() (base clip.Ticks) {
	frames := s.out.Frames
	if len(frames) == 0 {
		return 0
	}
	from := 0
	for from+1 < len(frames) && abs(unwrap(frames[from+1].DTS, frames[from].DTS)-frames[from].DTS) > jumpAhead {
		from++
	}
	if from+1 == len(frames) {
		from = 0 // none agree
	}
	base = frames[from].DTS
	walk := func(f *clip.Frame, at *clip.Ticks) {
		f.DTS = unwrap(f.DTS, *at)
		f.PTS = unwrap(f.PTS, f.DTS)
		if abs(f.DTS-*at) < jumpAhead {
			*at = f.DTS
		}
	}
	ahead, back := base, base
	for i := from; i < len(frames); i++ {
		walk(&frames[i], &ahead)
	}
	for i := from - 1; i >= 0; i-- {
		walk(&frames[i], &back)
	}
	return base
}

func (s *tsScanner) result() (Content, error) {
	f := &s.out.Format
	f.Video = s.program.videoCodec
	s.out.Texts = s.program.texts
	if err := s.pictures.describe(&s.out); err != nil {
		return s.out, err
	}
	s.timed.flush(s.tag)
	base := s.count()
	for i := range s.out.messages {
		s.out.messages[i].at = unwrap(s.out.messages[i].at, base)
	}
	pictures := s.span(base)
	for i := range s.sounds {
		track, covers := s.sounds[i].finish(pictures)
		f.Tracks = append(f.Tracks, track)
		s.out.sounds = append(s.out.sounds, covers)
	}
	return s.out, nil
}
