package feed

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"time"

	srtpacket "github.com/datarhei/gosrt/packet"
)

// srtHeader is the head of an SRT packet (draft-sharabayko-srt-01, 3). Of the
// fields only those are filled in that a packet of its kind has.
type srtHeader struct {
	to uint32 // whom it is for; zero: a listener

	number   uint32 // of a data packet
	key      byte   // that it is encrypted with; zero: it is not
	filtered bool   // it carries no media, but what a filter adds

	control bool
	kind    srtpacket.CtrlType
	sub     srtpacket.CtrlSubType
	about   uint32
}

const srtHeaderSize = 16

func readSRT(b []byte) (h srtHeader, body []byte, ok bool) {
	if len(b) < srtHeaderSize {
		return h, nil, false
	}
	first, second := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	h.to = binary.BigEndian.Uint32(b[12:])
	if h.control = first&(1<<31) != 0; h.control {
		h.kind, h.sub, h.about = srtpacket.CtrlType(first>>16&0x7fff), srtpacket.CtrlSubType(first), second
	} else {
		h.number, h.key, h.filtered = first, byte(second>>27&3), second&(1<<26-1) == 0
	}
	return h, b[srtHeaderSize:], true
}

// srtControl writes a control packet.
func srtControl(h srtHeader, sent uint32, body []byte) []byte {
	b := make([]byte, 0, srtHeaderSize+len(body))
	b = binary.BigEndian.AppendUint32(b, 1<<31|uint32(h.kind)<<16|uint32(h.sub))
	b = binary.BigEndian.AppendUint32(b, h.about)
	b = binary.BigEndian.AppendUint32(b, sent)
	b = binary.BigEndian.AppendUint32(b, h.to)
	return append(b, body...)
}

// srtHandshake writes a handshake to a socket, or to a listener.
func srtHandshake(to, sent uint32, hs *srtpacket.CIFHandshake) []byte {
	var body bytes.Buffer
	_ = hs.Marshal(&body) // into memory
	return srtControl(srtHeader{to: to, kind: srtpacket.CTRLTYPE_HANDSHAKE}, sent, body.Bytes())
}

// readSRTHandshake takes one apart. The library panics where it is cut short
// (gosrt 0.11.0, 2026-11-24).
func readSRTHandshake(b []byte) (hs *srtpacket.CIFHandshake, err error) {
	defer survive(&err)
	hs = &srtpacket.CIFHandshake{}
	return hs, hs.Unmarshal(b)
}

// readSRTKey takes key material apart.
func readSRTKey(b []byte) (km *srtpacket.CIFKeyMaterialExtension, err error) {
	defer survive(&err)
	km = &srtpacket.CIFKeyMaterialExtension{}
	return km, km.Unmarshal(b)
}

// srtAck acknowledges what came before a packet.
func srtAck(next uint32, trip roundTrip, room int) []byte {
	trip = cmp.Or(trip, roundTrip{100 * time.Millisecond, 50 * time.Millisecond}) // 4.10
	b := binary.BigEndian.AppendUint32(nil, next)
	b = binary.BigEndian.AppendUint32(b, uint32(trip.mean.Microseconds()))
	b = binary.BigEndian.AppendUint32(b, uint32(trip.varies.Microseconds()))
	return binary.BigEndian.AppendUint32(b, uint32(max(2, room)))
}

// srtNak asks for packets (appendix A: a number alone, or a first one with the
// highest bit set and a last one).
func srtNak(gaps []srtGap) (b []byte) {
	for _, g := range gaps {
		last := srtAdd(g.to, -1)
		if last != g.from {
			b = binary.BigEndian.AppendUint32(b, g.from|1<<31)
		}
		b = binary.BigEndian.AppendUint32(b, last)
	}
	return b
}
