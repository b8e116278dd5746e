package feed

import (
	"cmp"
	"io"
	"math"
	"time"

	"github.com/datarhei/gosrt/crypto"
	srtpacket "github.com/datarhei/gosrt/packet"

	"github.com/ovation-live/ovation/clip"
)

// srtLink is a connection to an SRT sender, after the handshake. It does what a
// receiver of the live mode does (draft-sharabayko-srt-01, 4): acknowledge what
// came, ask for what did not, and answer. It does not hold packets back until a
// time that the sender set, as a player must: a recorder has no use for that.
type srtLink struct {
	id, peer   uint32 // our socket and the sender's
	began      time.Time
	crypto     crypto.Crypto // nil: nothing is encrypted
	passphrase string
	send       func([]byte) // to the sender

	window srtWindow
	ready  []byte // in order, and not read yet

	heard time.Time // when the sender sent something at last
	spoke time.Time // when we did
	bye   time.Time // when the sender hung up; zero: it did not
	fresh bool      // packets came that were not acknowledged
	acked time.Time
	acks  srtAcks
	over  error // why nothing more comes: all that came is in ready
}

// How an SRT link is kept.
const (
	srtAckEvery   = 10 * time.Millisecond
	srtAliveEvery = time.Second
	srtGoneAfter  = 5 * time.Second        // libsrt's SRTO_PEERIDLETIMEO, 2026-11-24
	srtByeAfter   = 200 * time.Millisecond // for packets that a hang-up overtook
	srtFlow       = 25600                  // packets that may be on the way: libsrt's SRTO_FC, 2026-11-24
)

func newSRTLink(id uint32, hs *srtpacket.CIFHandshake, latency time.Duration, now time.Time) *srtLink {
	l := &srtLink{id: id, peer: hs.SRTSocketId, began: now, heard: now, spoke: now}
	l.window = newSRTWindow(hs.InitialPacketSequenceNumber.Val(), latency, func(p []byte) { l.ready = append(l.ready, p...) })
	return l
}

// take reads a packet of the sender.
func (l *srtLink) take(h srtHeader, body []byte, now time.Time) {
	l.heard = now
	switch {
	case !h.control:
		l.media(h, body, now)
	case h.kind == srtpacket.CTRLTYPE_ACKACK:
		l.acks.answered(h.about, now)
	case h.kind == srtpacket.CTRLTYPE_SHUTDOWN && l.bye.IsZero():
		l.bye = now
	case h.kind == srtpacket.CTRLTYPE_USER && h.sub == srtpacket.EXTTYPE_KMREQ:
		l.rekey(body, now)
	}
}

func (l *srtLink) media(h srtHeader, body []byte, now time.Time) {
	if h.filtered || len(body) == 0 {
		return
	}
	l.fresh = true
	if (h.key != 0) != (l.crypto != nil) {
		return // it is missed
	}
	if l.crypto != nil && l.crypto.EncryptOrDecryptPayload(body, srtpacket.PacketEncryption(h.key), h.number) != nil {
		return
	}
	l.window.add(h.number, body, now)
}

// rekey takes a new key, and says so by saying it again (6.1.6).
func (l *srtLink) rekey(body []byte, now time.Time) {
	km, err := readSRTKey(body)
	if l.crypto == nil || err != nil || l.crypto.UnmarshalKM(km, l.passphrase) != nil {
		return // the sender asks again, and goes on with its old key
	}
	l.control(srtHeader{kind: srtpacket.CTRLTYPE_USER, sub: srtpacket.EXTTYPE_KMRSP}, body, now)
}

// tick does what is due.
func (l *srtLink) tick(now time.Time) {
	if l.over != nil {
		return
	}
	l.window.expire(now)
	if due := l.window.ask(now, l.patience()); len(due) > 0 {
		l.control(srtHeader{kind: srtpacket.CTRLTYPE_NAK}, srtNak(due), now)
	}
	switch {
	case l.fresh && now.Sub(l.acked) >= srtAckEvery, l.acks.open && now.Sub(l.acked) >= l.patience():
		l.fresh, l.acked = false, now
		l.control(srtHeader{kind: srtpacket.CTRLTYPE_ACK, about: l.acks.next(now)}, srtAck(l.window.next, l.acks.trip, srtFlow-len(l.window.held)), now)
	case now.Sub(l.spoke) >= srtAliveEvery:
		l.control(srtHeader{kind: srtpacket.CTRLTYPE_KEEPALIVE}, make([]byte, 4), now)
	}
	switch {
	case !l.bye.IsZero() && now.Sub(l.bye) >= srtByeAfter:
		l.end(io.EOF)
	case now.Sub(l.heard) >= srtGoneAfter:
		l.send(l.goodbye(now))
		l.end(clip.Errorf(clip.Unavailable, "read the feed", "nothing came from the SRT sender for %s", srtGoneAfter))
	}
}

// end gives all that came.
func (l *srtLink) end(why error) {
	l.window.flush()
	l.over = cmp.Or(l.over, why)
}

// goodbye is the packet that hangs up.
func (l *srtLink) goodbye(now time.Time) []byte {
	return srtControl(srtHeader{to: l.peer, kind: srtpacket.CTRLTYPE_SHUTDOWN}, l.stamp(now), make([]byte, 4))
}

// read gives what is in order.
func (l *srtLink) read(b []byte) int {
	n := copy(b, l.ready)
	l.ready = append(l.ready[:0], l.ready[n:]...)
	return n
}

func (l *srtLink) control(h srtHeader, body []byte, now time.Time) {
	h.to, l.spoke = l.peer, now
	l.send(srtControl(h, l.stamp(now), body))
}

// stamp is the time on a packet of ours.
func (l *srtLink) stamp(now time.Time) uint32 { return uint32(now.Sub(l.began).Microseconds()) }

// patience is how long to wait for an answer before asking again: as long as it
// should take (4.8.2), but several times within the latency.
func (l *srtLink) patience() time.Duration {
	trip := (l.acks.trip.mean + 4*l.acks.trip.varies) / 2
	return max(20*time.Millisecond, min(trip, l.window.latency/5))
}

// roundTrip is how long it takes to the sender and back, and by how much that
// varies.
type roundTrip struct{ mean, varies time.Duration }

// with is the estimate after one more measurement (4.10).
func (r roundTrip) with(took time.Duration) roundTrip {
	if r == (roundTrip{}) {
		return roundTrip{took, took / 2}
	}
	mean := (7*r.mean + took) / 8
	return roundTrip{mean, (3*r.varies + (mean - took).Abs()) / 4}
}

// srtAcks are the latest acknowledgements, each of which is to be answered.
type srtAcks struct {
	open   bool      // the latest was not
	trip   roundTrip // zero: not known yet
	number uint32
	sent   [64]time.Time // by number
}

// next is the number of another one, from one on.
func (a *srtAcks) next(now time.Time) uint32 {
	a.number = a.number%math.MaxUint32 + 1
	a.sent[a.number%64], a.open = now, true
	return a.number
}

func (a *srtAcks) answered(number uint32, now time.Time) {
	if ago := a.number - number; ago < 64 && !a.sent[number%64].IsZero() {
		a.trip = a.trip.with(now.Sub(a.sent[number%64]))
		a.sent[number%64] = time.Time{}
		a.open = a.open && ago > 0
	}
}
