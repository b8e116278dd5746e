package feed

import (
	"encoding/binary"
	"sync/atomic"
)

// rtp are datagrams of RTP (RFC 3550) that carry transport packets (RFC 2250,
// payload type 33). They are put in order; what does not come within the
// window is counted as lost.
type rtp struct {
	*datagrams
	order  rtpOrder
	missed atomic.Int64
}

// Read gives whole payloads in order; b must hold readSize.
func (r *rtp) Read(b []byte) (n int, err error) {
	err = r.next(func(d []byte) {
		if h, payload, ok := readRTP(d); ok {
			r.order.add(h, payload, func(p []byte) { n += copy(b[n:], p) })
		}
	})
	r.missed.Add(int64(r.order.missed))
	r.order.missed = 0
	return n, err
}

// lost implements [witness].
func (r *rtp) lost() (packets int, other string) {
	_, other = r.datagrams.lost()
	return int(r.missed.Swap(0)), other
}

// rtpHeader is what of an RTP packet's header matters here.
type rtpHeader struct {
	seq  uint16
	ssrc uint32 // who sends; a sender that begins anew has another one
}

// readRTP takes an RTP packet apart.
func readRTP(b []byte) (h rtpHeader, payload []byte, ok bool) {
	const typeMP2T = 33 // RFC 3551, table 5
	if len(b) < 12 || b[0]>>6 != 2 || b[1]&0x7f != typeMP2T {
		return h, nil, false
	}
	h = rtpHeader{binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])}
	at, end := 12+4*int(b[0]&0x0f), len(b)
	if b[0]&0x10 != 0 { // header extension
		if at+4 > len(b) {
			return h, nil, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	if b[0]&0x20 != 0 { // padding, whose length counts itself
		if end -= int(b[len(b)-1]); end == len(b) {
			return h, nil, false
		}
	}
	if at > end {
		return h, nil, false
	}
	return h, b[at:end], true
}

// reorderWindow is how many later packets may overtake one before it counts as
// lost: a tenth of a second at 6 Mb/s.
const reorderWindow = 64

// resetFrom is a step of the sequence number that no loss explains.
const resetFrom = 4096

// rtpOrder puts packets in order of their sequence numbers.
type rtpOrder struct {
	next   uint16
	ssrc   uint32
	begun  bool
	early  map[uint16][]byte
	missed int // packets that never came; the owner resets it
}

// add takes a packet and gives those that are in order now. Their bytes are
// valid until the next call.
func (o *rtpOrder) add(h rtpHeader, payload []byte, give func([]byte)) {
	ahead := int16(h.seq - o.next)
	if !o.begun || h.ssrc != o.ssrc || ahead > resetFrom || ahead < -resetFrom {
		o.flush(give)
		o.next, o.ssrc, o.begun, o.early = h.seq, h.ssrc, true, map[uint16][]byte{}
		ahead = 0
	}
	switch {
	case ahead < 0:
		return // it comes twice, or too late
	case ahead == 0:
		give(payload)
		o.next++
		o.drain(give)
		return
	}
	if _, twice := o.early[h.seq]; !twice {
		o.early[h.seq] = append([]byte(nil), payload...)
	}
	for len(o.early) > reorderWindow {
		o.skip(give)
	}
}

// drain gives the packets that follow without a hole.
func (o *rtpOrder) drain(give func([]byte)) {
	for p, ok := o.early[o.next]; ok; p, ok = o.early[o.next] {
		delete(o.early, o.next)
		o.next++
		give(p)
	}
}

// skip gives up the packets before the first that is there.
func (o *rtpOrder) skip(give func([]byte)) {
	for len(o.early) > 0 {
		if _, ok := o.early[o.next]; ok {
			break
		}
		o.missed++
		o.next++
	}
	o.drain(give)
}

func (o *rtpOrder) flush(give func([]byte)) {
	for len(o.early) > 0 {
		o.skip(give)
	}
}
