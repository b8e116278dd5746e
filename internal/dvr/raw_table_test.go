package dvr

import (
	"testing"
	"time"
)

// rawFaults is the table. A programme is at least eight seconds long, with a key
// frame every two; what goes wrong does so in its middle.
func rawFaults(t *testing.T) []rawFault {
	a := spec{segments: 10, start: 100 * time.Second}.make(t)
	b := spec{from: 5000, segments: 5, start: 10 * time.Second}.make(t)
	b.segments = b.segments[:3]
	short := numbered{from: a.from, segments: a.segments[:4]}
	long := numbered{from: a.from, segments: a.segments[:8]}
	once, twice := []numbered{short}, []numbered{short, b}
	bad := network{lost: .05, twice: .05, late: .1}
	return []rawFault{
		{name: "udp", way: overUDP, programmes: once, epochs: 1},
		{name: "udp: silence", way: overUDP, programmes: []numbered{long}, network: network{from: silentFrom, long: 7 * time.Second}, epochs: 1, gone: untilKey, stalled: true, back: true},
		{name: "udp: packets lost", way: overUDP, programmes: once, network: network{lost: .01}, epochs: 1, gone: everything, said: "were lost", damaged: true},
		{name: "udp: packets come twice", way: overUDP, programmes: once, network: network{twice: .05}, epochs: 1},
		{name: "udp: the encoder restarts", way: overUDP, programmes: twice, killed: true, between: time.Second, epochs: 2, gone: restOfFirst, back: true},
		{name: "rtp: packets come twice and in disorder", way: overRTP, programmes: once, network: network{twice: .1, late: .1}, epochs: 1},
		{name: "rtp: packets lost", way: overRTP, programmes: once, network: network{lost: .01}, epochs: 1, gone: everything, said: "were lost", damaged: true},
		{name: "srt", way: overSRT, programmes: once, epochs: 1, last: true},
		{name: "srt: a bad network", way: overSRT, programmes: once, network: bad, epochs: 1},
		{name: "srt: silence", way: overSRT, programmes: []numbered{long, b}, network: network{from: silentFrom, long: 7 * time.Second}, epochs: 2, gone: restOfFirst, stalled: true, back: true, last: true},
		{name: "srt: the encoder restarts", way: overSRT, programmes: twice, killed: true, between: time.Second, epochs: 2, gone: restOfFirst, back: true, last: true},
		{name: "srt called", way: overSRTCalled, programmes: once, epochs: 1, last: true},
		{name: "srt called: a bad network", way: overSRTCalled, programmes: once, network: bad, epochs: 1},
		{name: "srt called: the encoder restarts", way: overSRTCalled, programmes: twice, killed: true, between: time.Second, epochs: 2, gone: restOfFirst, back: true, last: true},
		{name: "rtmp", way: overRTMP, programmes: once, epochs: 1, last: true},
		{name: "rtmp: silence", way: overRTMP, programmes: once, network: network{from: silentFrom, long: 5 * time.Second}, epochs: 1, last: true},
		{name: "rtmp: the connection breaks", way: overRTMP, programmes: twice, network: network{breaks: true}, epochs: 2, gone: restOfFirst, back: true, last: true},
		{name: "rtmp pulled: the server restarts", way: overRTMPPull, programmes: twice, killed: true, between: time.Second, epochs: 2, gone: restOfFirst, back: true, last: true},
	}
}

// silentFrom is the picture with which the network falls silent.
const silentFrom = 100

// untilKey is what a silence costs: until the first key frame after it.
func untilKey(b badness) (from, to int) {
	return silentFrom - 3, (b.resumedAt()/inSegment + 1) * inSegment
}

// restOfFirst is the rest of the first programme, from where it broke off.
func restOfFirst(badness) (from, to int) { return silentFrom - 3, 4000 }

// everything is anything: what is there is compared all the same.
func everything(badness) (from, to int) { return 0, 4000 }
