package clip

import (
	"fmt"
	"slices"
	"strings"
)

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
var codecs = map[string]string{"hevc": "HEVC", "h264": "H.264", "mpeg2video": "MPEG-2", "aac": "AAC", "aac_latm": "AAC-LATM", "ac3": "AC-3", "eac3": "E-AC-3", "mp2": "MP2", "mp3": "MP3", "dts": "DTS", "opus": "Opus", "s302m": "SMPTE 302M", "": "this"}

// CodecName is how people write the name of a codec of [Format] or [Track].
func CodecName(codec string) string {
	if name, ok := codecs[codec]; ok {
		return name
	}
	return codec
}

// VideoWords are what a format's pictures are, as an engineer writes it.
func (f Format) VideoWords() string {
	if f.Width == 0 {
		return "format not known yet"
	}
	text := fmt.Sprintf("%s %d×%d", CodecName(f.Video), f.Width, f.Height)
	if f.Interlaced {
		text += " interlaced"
	}
	if !f.Aspect.Zero() && f.Aspect.Num != f.Aspect.Den {
		text += fmt.Sprintf(", pixels %d:%d", f.Aspect.Num, f.Aspect.Den)
	}
	return text + ", " + f.Rate.String() + " fps"
}

// layouts are the names of how many channels there usually are.
var layouts = map[int]string{1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}

// String is a track with its language, codec and channels: eng AC-3 5.1.
func (t Track) String() string {
	words := []string{t.Lang, CodecName(t.Codec), layouts[t.Channels]}
	if words[2] == "" && t.Channels > 0 {
		words[2] = fmt.Sprintf("%d channels", t.Channels)
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// SoundWords are what a format's sound tracks are, in one line, with the one that
// is heard.
func (f Format) SoundWords() string {
	switch {
	case f.Audio == "":
		return "no sound"
	case len(f.Tracks) < 2:
		return Track{Codec: f.Audio, Channels: f.Channels}.String()
	}
	var all []string
	for i, t := range f.Tracks {
		text := t.String()
		if i == f.Track {
			text += " (heard)"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}
