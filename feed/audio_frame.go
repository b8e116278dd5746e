package feed

// audioFrame is one compressed audio frame's header.
type audioFrame struct {
	size     int    // in bytes, header included
	samples  int    // of each channel, at rate; zero: it adds no time
	rate     int    // samples a second; zero: not said in this frame
	channels int    // zero: not said
	codec    string // where it is not the one that the programme map names
}

// frameReaders read the header of an audio frame at the beginning of b.
var frameReaders = map[string]func(b []byte) (audioFrame, bool){
	"aac":      readAAC,
	"aac_latm": readAAC,
	"ac3":      readAC3,
	"eac3":     readAC3,
	"mp2":      readMPA,
}

// readAC3 reads an AC-3 or E-AC-3 frame header (ETSI TS 102 366).
func readAC3(b []byte) (audioFrame, bool) {
	if len(b) < 7 || b[0] != 0x0b || b[1] != 0x77 {
		return audioFrame{}, false
	}
	const lastAC3 = 10 // bsid; 11 to 16 are E-AC-3
	if bsid := b[5] >> 3; bsid > lastAC3 {
		return readEAC3(b, bsid)
	}
	code := b[4] >> 6
	size, ok := ac3Size(code, b[4]&0x3f)
	if !ok {
		return audioFrame{}, false
	}
	r := bitReader{b: b, pos: 48}
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
	return audioFrame{size: size, samples: 1536, rate: ac3Rates[code], channels: ac3Channels[mode] + int(r.bit())}, true
}

var (
	ac3Rates    = [...]int{48000, 44100, 32000}
	ac3Channels = [...]int{2, 1, 2, 3, 3, 4, 4, 5}
)

// readEAC3 reads the header of an E-AC-3 frame. Frames of other substreams
// than the first independent one cover the same time again.
func readEAC3(b []byte, bsid byte) (audioFrame, bool) {
	blocks := [...]int{1, 2, 3, 6}
	code, more := b[4]>>6, b[4]>>4&3
	if bsid > 16 || code == 3 && more == 3 {
		return audioFrame{}, false
	}
	f := audioFrame{
		size:     2 * ((int(b[2]&7)<<8 | int(b[3])) + 1),
		samples:  256 * blocks[more],
		channels: ac3Channels[b[4]>>1&7] + int(b[4]&1),
		codec:    "eac3",
	}
	if code == 3 {
		f.rate, f.samples = ac3Rates[more]/2, 256*6
	} else {
		f.rate = ac3Rates[code]
	}
	if kind, substream := b[2]>>6, b[2]>>3&7; kind == 1 || kind == 3 || substream > 0 {
		f.samples = 0
	}
	return f, f.size >= 7
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
	if len(b) < 4 || b[0] != 0xff || b[1]&0xf0 != 0xf0 {
		return audioFrame{}, false
	}
	const layer3, layer2 = 1, 2
	version, layer := b[1]>>3&1, b[1]>>1&3 // version 1: MPEG-1; 0: MPEG-2, half the rate
	kbit, rate := b[2]>>4, b[2]>>2&3
	if layer != layer2 && layer != layer3 || kbit == 0 || kbit == 15 || rate == 3 {
		return audioFrame{}, false
	}
	f := audioFrame{samples: 1152, channels: 2, rate: [...]int{44100, 48000, 32000}[rate]}
	table := mpaBitrates[version][layer-1]
	if version == 0 {
		f.rate /= 2
	}
	if layer == layer3 {
		if f.codec = "mp3"; version == 0 {
			f.samples = 576
		}
	}
	if b[3]>>6 == 3 {
		f.channels = 1
	}
	f.size = f.samples/8*1000*table[kbit]/f.rate + int(b[2]>>1&1)
	return f, true
}

// mpaBitrates are kbit/s by version, layer (III, II) and index.
var mpaBitrates = [2][2][15]int{
	{
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	},
	{
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
		{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
	},
}
