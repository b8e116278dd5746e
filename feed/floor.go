package feed

import (
	"net/netip"
	"sync/atomic"
	"time"
)

// floorHolder lets one sender of datagrams speak at a time. Two encoders that
// send to one address, a main and its spare, would be cut into one another and
// be of no use, either of them; so who speaks goes on until it falls silent.
type floorHolder struct {
	holder netip.AddrPort
	heard  time.Time
	other  atomic.Pointer[netip.AddrPort] // one that was not let in, lately
}

// silentFrom is when another sender may speak: an encoder sends some packets
// every few milliseconds, and one that was started anew, from another port,
// takes longer than this.
const silentFrom = 250 * time.Millisecond

// takes reports whether a datagram counts.
func (f *floorHolder) takes(from netip.AddrPort, now time.Time) bool {
	if from != f.holder && now.Sub(f.heard) < silentFrom {
		f.other.Store(&from)
		return false
	}
	f.holder, f.heard = from, now
	return true
}

// interrupted is who was not let in since it was last asked, if anybody.
func (f *floorHolder) interrupted() string {
	if p := f.other.Swap(nil); p != nil {
		return p.Addr().Unmap().String()
	}
	return ""
}
