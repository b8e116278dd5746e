package clip

// Unplayable says why browsers cannot play media of a format as it was
// recorded, one reason a line; empty: they can. H.264
// with AAC is what all of them decode
// (https://developer.mozilla.org/en-US/docs/Web/Media/Guides/Formats,
// 2026-11-24).
func (f Format) Unplayable() []string {
	var why []string
	switch {
	case f.Video != "h264":
		why = append(why, "browsers do not play "+CodecName(f.Video))
	case f.Interlaced:
		why = append(why, "its pictures are interlaced")
	}
	switch {
	case f.Audio != "" && f.Audio != "aac":
		why = append(why, "browsers do not play "+CodecName(f.Audio)+" sound")
	case f.Audio != "" && f.Track > 0:
		why = append(why, "browsers play the first sound track, and another one is chosen")
	}
	return why
}

// codecs are the names that people write.
var codecs = map[string]string{"hevc": "HEVC", "h264": "H.264", "mpeg2video": "MPEG-2", "aac": "AAC", "aac_latm": "AAC-LATM", "ac3": "AC-3", "eac3": "E-AC-3", "mp2": "MP2", "": "this"}

// CodecName is how people write the name of a codec of [Format] or [Track].
func CodecName(codec string) string {
	if name, ok := codecs[codec]; ok {
		return name
	}
	return codec
}
