package feed

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// The schemes of the marks that ride in media, as clip.Mark has them.
const (
	schemeSCTE35 = "scte35"
	schemeID3    = "id3"
	schemeEmsg   = "emsg"
)

// message is timed metadata that rides in the media beside the pictures.
type message struct {
	scheme    string // of its marks; empty: SCTE-35
	bytes     []byte
	event     string            // emsg: the box's own words
	fields    map[string]string // likewise
	frame     int               // the frame before it
	at        clip.Ticks        // when it is, or the PTS of that frame
	exact     bool              // at is when it happens, not merely where it lay
	fromStart bool              // at counts from the beginning of the piece, until that is known
}

// splices reports whether a message is SCTE-35.
func (m message) splices() bool { return m.scheme == "" }

// marks are what a message says, in an epoch's ticks. The error is Invalid: it
// cannot be read.
func (m message) marks(epoch clip.EpochID) ([]clip.Mark, error) {
	mark := clip.Mark{Epoch: epoch, PTS: m.at, Scheme: m.scheme, Event: m.event, Fields: map[string]string{}}
	switch m.scheme {
	case schemeID3:
		if err := readID3(m.bytes, mark.Fields); err != nil {
			return nil, clip.Errorf(clip.Invalid, "read an ID3 tag", "%w", err)
		}
		if len(mark.Fields) == 0 {
			return nil, nil
		}
		for name, value := range m.fields {
			mark.Fields[name] = value
		}
	case schemeEmsg:
		mark.Fields = m.fields
	default:
		return m.spliceMarks(epoch)
	}
	return []clip.Mark{mark}, nil
}

// The schemes of event messages whose content we know (ANSI/SCTE 214-3;
// AOMedia "Carriage of ID3 Timed Metadata in CMAF" 1.0 and the one that Apple
// used before it; 2026-11-24).
var emsgSchemes = map[string]string{
	"urn:scte:scte35:2013:bin":                        "",
	"https://aomedia.org/emsg/ID3":                    schemeID3,
	"https://developer.apple.com/streaming/emsg-id3":  schemeID3,
	"https://developer.apple.com/streaming/emsg-id3/": schemeID3,
}

// emsg takes an event message (ISO/IEC 23009-1 5.10.3.3).
func emsg(b *mp4.EmsgBox) message {
	m := message{bytes: b.MessageData, fields: map[string]string{"scheme_id_uri": b.SchemeIDURI}}
	scheme, known := emsgSchemes[b.SchemeIDURI]
	if m.scheme = scheme; !known { // numbers are unique within their scheme only
		m.scheme, m.event = schemeEmsg, fmt.Sprintf("%s#%d", b.SchemeIDURI, b.ID)
		m.fields["message"] = printable(b.MessageData)
	}
	if b.Value != "" {
		m.fields["value"] = b.Value
	}
	const unknown = 0xffffffff
	if b.EventDuration != 0 && b.EventDuration != unknown {
		m.fields["duration"] = clip.Ticks(clip.Rescale(int64(b.EventDuration), clip.TickRate, int64(b.TimeScale))).Duration().String()
	}
	return m
}

// printable is bytes as text if they are some, else in base64.
func printable(b []byte) string {
	s := strings.TrimRight(string(b), "\x00")
	plain := func(r rune) bool { return unicode.IsPrint(r) || r == '\n' || r == '\t' || r == '\r' }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "base64:" + base64.StdEncoding.EncodeToString(b)
}

// pesReader puts the PES packets of one PID together.
type pesReader struct {
	now  pes
	buf  []byte
	open bool
}

// packet adds a packet and gives each complete PES packet to emit, which must
// not keep its payload.
func (r *pesReader) packet(p packet, emit func(pes)) {
	payload := p.payload
	if p.start {
		r.flush(emit)
		h, ok := readPES(p.payload)
		if r.open = ok; !ok {
			return
		}
		r.now, r.buf, payload = h, r.buf[:0], h.payload
	}
	const longest = 1 << 20
	if !r.open || len(r.buf) > longest {
		return
	}
	if r.buf = append(r.buf, payload...); r.now.length > 0 && len(r.buf) >= r.now.length {
		r.buf = r.buf[:r.now.length]
		r.flush(emit)
	}
}

// flush gives what there is of the PES packet that is being read, unless it is
// known to be incomplete.
func (r *pesReader) flush(emit func(pes)) {
	if r.open && len(r.buf) > 0 && len(r.buf) >= r.now.length {
		r.now.payload = r.buf
		emit(r.now)
	}
	r.open = false
}
