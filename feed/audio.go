package feed

import "github.com/ovation-live/ovation/clip"

// audioScanner learns what the first audio track of a transport stream is and
// which time it covers.
type audioScanner struct {
	codec    string
	rate     int // samples a second
	channels int

	first, last clip.Ticks // raw PTS of the first and the last PES packet
	any         bool
	samples     int // in the last PES packet
	buf         []byte
	open        bool
}

// packet takes a transport packet of the audio track.
func (a *audioScanner) packet(p packet) {
	payload := p.payload
	if p.start {
		a.flush()
		h, ok := readPES(p.payload)
		if a.open = ok && h.timed; !a.open {
			return
		}
		if !a.any {
			a.first, a.any = h.pts, true
		}
		a.last, a.buf, payload = h.pts, a.buf[:0], h.payload
	}
	const maxPES = 1 << 20
	if a.open && len(a.buf) < maxPES {
		a.buf = append(a.buf, payload...)
	}
}

// flush counts the audio frames of the PES packet that is complete now.
func (a *audioScanner) flush() {
	if !a.open {
		return
	}
	a.samples = 0
	read := frameReaders[a.codec]
	for b := a.buf; read != nil && len(b) > 0; {
		f, ok := read(b)
		if !ok {
			b = b[1:] // out of step: a damaged packet
			continue
		}
		a.rate, a.channels = f.rate, f.channels
		a.samples += f.samples
		b = b[min(f.size, len(b)):]
	}
}

// finish is the time covered, unwrapped beside base.
func (a *audioScanner) finish(base clip.Ticks) clip.Span90 {
	a.flush()
	if !a.any {
		return clip.Span90{}
	}
	s := clip.Span90{From: unwrap(a.first, base)}
	s.To = unwrap(a.last, s.From)
	if a.rate > 0 {
		s.To += clip.Ticks(clip.Rescale(int64(a.samples), clip.TickRate, int64(a.rate)))
	}
	if s.To <= s.From || !near(s.From, base) || !near(s.To, base) {
		return clip.Span90{}
	}
	return s
}

// audioFrame is one compressed audio frame's header.
type audioFrame struct {
	size, samples, rate, channels int
}

// frameReaders read the header of an audio frame at the beginning of b.
var frameReaders = map[string]func(b []byte) (audioFrame, bool){
	"aac":  readADTS,
	"ac3":  readAC3,
	"eac3": readAC3,
	"mp2":  readMPA,
}

// readADTS reads an AAC frame header (ISO/IEC 14496-3 1.A.2.2).
func readADTS(b []byte) (audioFrame, bool) {
	rates := [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}
	channels := [...]int{0, 1, 2, 3, 4, 5, 6, 8}
	if len(b) < 7 || b[0] != 0xff || b[1]&0xf6 != 0xf0 {
		return audioFrame{}, false
	}
	rate := int(b[2] >> 2 & 0x0f)
	f := audioFrame{
		size:     int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5),
		samples:  1024 * (1 + int(b[6]&3)),
		channels: channels[b[2]&1<<2|b[3]>>6],
	}
	if rate >= len(rates) || f.size < 7 {
		return audioFrame{}, false
	}
	f.rate = rates[rate]
	return f, true
}

// readAC3 reads an AC-3 or E-AC-3 frame header (ETSI TS 102 366).
func readAC3(b []byte) (audioFrame, bool) {
	if len(b) < 7 || b[0] != 0x0b || b[1] != 0x77 {
		return audioFrame{}, false
	}
	rates := [...]int{48000, 44100, 32000}
	channels := [...]int{2, 1, 2, 3, 3, 4, 4, 5}
	code := b[4] >> 6
	r := bitReader{b: b, pos: 48}
	if bsid := b[5] >> 3; bsid > 10 { // E-AC-3
		blocks := [...]int{1, 2, 3, 6}
		f := audioFrame{size: 2 * ((int(b[2]&7)<<8 | int(b[3])) + 1), samples: 256 * 6}
		mode, lfe := b[4]>>1&7, int(b[4]&1)
		if f.channels = channels[mode] + lfe; code == 3 {
			f.rate = rates[min(int(b[4]>>4&3), 2)] / 2
			return f, true
		}
		f.rate, f.samples = rates[code], 256*blocks[b[4]>>4&3]
		if b[2]>>6 == 1 {
			f.samples = 0 // a dependent substream covers the same time again
		}
		return f, true
	}
	size, ok := ac3Size(code, b[4]&0x3f)
	if !ok {
		return audioFrame{}, false
	}
	mode := r.bits(3)
	if mode&1 != 0 && mode != 1 {
		r.bits(2)
	}
	if mode&4 != 0 {
		r.bits(2)
	}
	if mode == 2 {
		r.bits(2)
	}
	return audioFrame{size: size, samples: 1536, rate: rates[code], channels: channels[mode] + int(r.bit())}, true
}

// ac3Size is the frame's size in bytes (ETSI TS 102 366 table 4.13).
func ac3Size(code, index byte) (int, bool) {
	kbit := [...]int{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640}
	if code > 2 || int(index/2) >= len(kbit) {
		return 0, false
	}
	k := kbit[index/2]
	switch code {
	case 0:
		return 4 * k, true
	case 1:
		return 2 * (k*320/147 + int(index&1)), true
	}
	return 6 * k, true
}

// readMPA reads an MPEG audio frame header of layer II or III (ISO/IEC
// 11172-3 2.4.1.3 and 13818-3).
func readMPA(b []byte) (audioFrame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return audioFrame{}, false
	}
	rates := [...]int{44100, 48000, 32000}
	layer2 := [2][15]int{
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},      // MPEG-2
		{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384}, // MPEG-1
	}
	one := b[1] >> 3 & 1
	layer, kbit, rate := b[1]>>1&3, b[2]>>4, b[2]>>2&3
	if layer != 2 || b[1]>>4&1 == 0 || kbit == 0 || kbit == 15 || rate == 3 {
		return audioFrame{}, false
	}
	f := audioFrame{samples: 1152, channels: 2, rate: rates[rate]}
	if one == 0 {
		f.rate /= 2
	}
	if b[3]>>6 == 3 {
		f.channels = 1
	}
	f.size = 144*1000*layer2[one][kbit]/f.rate + int(b[2]>>1&1)
	return f, true
}
