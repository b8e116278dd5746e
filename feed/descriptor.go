package feed

import (
	"fmt"
	"strings"
)

// Text is a track of captions or subtitles that rides in the media. What is
// shown in it is another matter: the track may be silent for hours.
type Text struct {
	Kind string `json:"kind"`           // "cea608", "cea708", "dvb" (subtitles as bitmaps), "teletext"
	Lang string `json:"lang,omitempty"` // ISO 639-2; empty: not said
	Page int    `json:"page,omitempty"` // of teletext, 100 to 899; of CEA-708 the service, from 1; zero: not said
}

// String is the track as people call it: teletext page 150 (deu).
func (t Text) String() string {
	text := map[string]string{"cea608": "captions (CEA-608)", "cea708": "captions (CEA-708)", "dvb": "DVB subtitles"}[t.Kind]
	switch {
	case t.Kind == "teletext" && t.Page > 0:
		text = fmt.Sprintf("teletext page %d", t.Page)
	case text == "":
		text = t.Kind
	case t.Kind == "cea708" && t.Page > 0:
		text = fmt.Sprintf("captions (CEA-708 service %d)", t.Page)
	}
	if t.Lang != "" {
		text += " (" + t.Lang + ")"
	}
	if t.Kind == "dvb" {
		text += ", recorded as the pictures that they are: they become no captions"
	}
	return text
}

// descriptors is what the descriptors of a track in a PMT say, as far as it is
// needed (ISO/IEC 13818-1 2.6, ETSI EN 300 468 6.2, ATSC A/65 6.9.2).
type descriptors struct {
	lang  string
	sound string // the codec of a private audio track
	id3   bool   // timed metadata in ID3
	texts []Text
}

func readDescriptors(b []byte) (d descriptors) {
	for len(b) >= 2 && 2+int(b[1]) <= len(b) {
		tag, body := b[0], b[2:2+int(b[1])]
		b = b[2+len(body):]
		switch tag {
		case 0x05: // registration
			d.registered(string(body[:min(4, len(body))]))
		case 0x0a: // ISO 639 language: of a dual mono track that of its first channel
			if len(body) >= 3 && d.lang == "" {
				d.lang = language3(body)
			}
		case 0x26: // metadata: application format, its identifier, format, its identifier
			d.id3 = d.id3 || strings.Contains(string(body), "ID3 ")
		case 0x46, 0x56: // the same, of teletext in the blanking interval and of a track of its own
			d.texts = append(d.texts, teletextPages(body)...)
		case 0x59:
			d.texts = append(d.texts, subtitlePages(body)...)
		case 0x6a:
			d.sound = "ac3"
		case 0x7a:
			d.sound = "eac3"
		case 0x7b:
			d.sound = "dts"
		case 0x86:
			d.texts = append(d.texts, captionServices(body)...)
		}
	}
	return d
}

// registered takes a registration descriptor's identifier (SMPTE-RA).
func (d *descriptors) registered(id string) {
	switch id {
	case "AC-3":
		d.sound = "ac3"
	case "EAC3":
		d.sound = "eac3"
	case "DTS1", "DTS2", "DTS3":
		d.sound = "dts"
	case "BSSD":
		d.sound = "s302m"
	case "Opus":
		d.sound = "opus"
	}
}

// language3 is an ISO 639-2 code; empty where there is none.
func language3(b []byte) string {
	code := strings.ToLower(string(b[:3]))
	for _, c := range []byte(code) {
		if c < 'a' || c > 'z' {
			return ""
		}
	}
	if code == "und" {
		return ""
	}
	return code
}

// teletextPages lists the subtitle pages of a teletext track; without any, the
// track as such.
func teletextPages(b []byte) (texts []Text) {
	const subtitles, hardOfHearing = 2, 5
	for ; len(b) >= 5; b = b[5:] {
		magazine := int(b[3] & 7)
		if magazine == 0 {
			magazine = 8
		}
		page := 100*magazine + 10*int(b[4]>>4) + int(b[4]&0x0f)
		if kind := b[3] >> 3; kind == subtitles || kind == hardOfHearing {
			texts = append(texts, Text{Kind: "teletext", Lang: language3(b), Page: page})
		}
	}
	if texts == nil {
		return []Text{{Kind: "teletext"}}
	}
	return texts
}

func subtitlePages(b []byte) (texts []Text) {
	for ; len(b) >= 8; b = b[8:] {
		texts = append(texts, Text{Kind: "dvb", Lang: language3(b)})
	}
	return texts
}

// captionServices lists the services of CEA-708; those of CEA-608 are found
// where they are.
func captionServices(b []byte) (texts []Text) {
	if len(b) == 0 {
		return nil
	}
	for b = b[1:]; len(b) >= 6; b = b[6:] {
		if digital, service := b[3]&0x80 != 0, int(b[3]&0x3f); digital && service > 0 {
			texts = append(texts, Text{Kind: "cea708", Lang: language3(b), Page: service})
		}
	}
	return texts
}
