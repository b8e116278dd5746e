package feed

// aacRates and aacChannels are the tables of ISO/IEC 14496-3 1.6.3.4 and
// 1.6.3.5. Configuration 0 is told elsewhere and counts as not said.
var (
	aacRates    = [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}
	aacChannels = [...]int{0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0}
)

// readAAC reads a frame in either packaging: programme maps confuse them
// (ffmpeg 5.1 with mpegts_flags=latm does).
func readAAC(b []byte) (audioFrame, bool) {
	if f, ok := readADTS(b); ok {
		f.codec = "aac"
		return f, true
	}
	f, ok := readLOAS(b)
	f.codec = "aac_latm"
	return f, ok
}

// readADTS reads an AAC frame header (ISO/IEC 14496-3 1.A.2.2). What SBR and
// parametric stereo add to it (HE-AAC) is not said there.
func readADTS(b []byte) (audioFrame, bool) {
	if len(b) < 7 || b[0] != 0xff || b[1]&0xf6 != 0xf0 {
		return audioFrame{}, false
	}
	rate := int(b[2] >> 2 & 0x0f)
	f := audioFrame{
		size:     int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5),
		samples:  1024 * (1 + int(b[6]&3)),
		channels: aacChannels[b[2]&1<<2|b[3]>>6],
	}
	if rate >= len(aacRates) || f.size < 7 {
		return audioFrame{}, false
	}
	f.rate = aacRates[rate]
	return f, true
}

// readLOAS reads a frame of AAC in LATM (ISO/IEC 14496-3 1.7.2 and 1.7.3, the
// AudioSyncStream). Frames between two configurations have no rate of their
// own; nothing broadcast puts more than one programme or layer into it.
func readLOAS(b []byte) (audioFrame, bool) {
	const head = 3
	if len(b) < head+1 || b[0] != 0x56 || b[1]&0xe0 != 0xe0 {
		return audioFrame{}, false
	}
	f := audioFrame{samples: 1024}
	if f.size = head + (int(b[1]&0x1f)<<8 | int(b[2])); f.size < head+2 {
		return audioFrame{}, false
	}
	r := bitReader{b: b[head:min(f.size, len(b))]}
	if same := r.flag(); same {
		return f, true
	}
	version := r.bit()
	if version == 1 && r.flag() {
		return audioFrame{}, false // a version that is not defined
	}
	if version == 1 {
		latmValue(&r)
	}
	r.bit() // allStreamsSameTimeFraming
	f.samples *= 1 + int(r.bits(6))
	r.bits(4 + 3) // numProgram, numLayer
	if version == 1 {
		latmValue(&r)
	}
	config := readAudioConfig(&r)
	if r.bad || config.rate == 0 {
		return audioFrame{}, false
	}
	f.rate, f.channels = config.rate, config.channels
	if config.doubled {
		f.samples *= 2
	}
	return f, true
}

// latmValue skips a LatmGetValue.
func latmValue(r *bitReader) { r.bits(8 * (1 + int(r.bits(2)))) }

// audioConfig is an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1).
type audioConfig struct {
	rate, channels int
	doubled        bool // SBR: a frame has twice the samples
}

func readAudioConfig(r *bitReader) (c audioConfig) {
	const sbr, ps = 5, 29
	kind := aacObject(r)
	c.rate = aacRate(r)
	c.channels = aacChannels[r.bits(4)]
	if kind == sbr || kind == ps {
		c.rate, c.doubled = aacRate(r), true
		if kind == ps && c.channels == 1 {
			c.channels = 2
		}
	}
	return c
}

func aacObject(r *bitReader) int {
	kind := int(r.bits(5))
	if kind == 31 {
		kind = 32 + int(r.bits(6))
	}
	return kind
}

// aacRate reads a rate; zero: none that exists.
func aacRate(r *bitReader) int {
	switch i := int(r.bits(4)); {
	case i < len(aacRates):
		return aacRates[i]
	case i == 15:
		if rate := int(r.bits(24)); rate <= 192000 {
			return rate
		}
	}
	return 0
}
