package feed

import (
	"slices"
	"time"
)

// srtWindow puts the packets of an SRT sender in order. What is missing is
// waited for as long as the latency, by our own clock: nothing here depends on
// the sender's, which may run faster or slower for weeks.
type srtWindow struct {
	latency time.Duration
	give    func(payload []byte) // what is in order; valid until it returns

	next   uint32            // the first packet that was not given
	top    uint32            // behind the latest that came
	gaps   []srtGap          // between them
	held   map[uint32][]byte // behind the first gap
	missed int               // packets that were given up; the owner resets it
}

// srtGap are the packets from one to before another, which did not come.
type srtGap struct {
	from, to uint32
	since    time.Time // when it was noticed
	asked    time.Time // when they were last asked for; zero: never
}

// srtNumbers is how many numbers there are: they have 31 bits.
const srtNumbers = 1 << 31

// srtAhead is how far b is ahead of a.
func srtAhead(a, b uint32) int { return int(int32((b-a)<<1) >> 1) }

func srtAdd(a uint32, n int) uint32 { return (a + uint32(n)) % srtNumbers }

// srtMost is a step that no loss explains: what a sender of 100 Mb/s sends
// within the time after which both sides give up.
const srtMost = 1 << 17

func newSRTWindow(first uint32, latency time.Duration, give func([]byte)) srtWindow {
	return srtWindow{latency: latency, give: give, next: first, top: first, held: map[uint32][]byte{}}
}

// add takes a packet. One that came before, that was given up, or that cannot
// be of this sender is not used.
func (w *srtWindow) add(number uint32, payload []byte, now time.Time) {
	ahead := srtAhead(w.top, number)
	switch {
	case ahead > srtMost || ahead < 0 && !w.fill(number):
		return
	case ahead > 0:
		w.gaps = append(w.gaps, srtGap{from: w.top, to: number, since: now})
	}
	if ahead >= 0 {
		w.top = srtAdd(number, 1)
	}
	if number == w.next {
		w.give(payload)
		w.next = srtAdd(w.next, 1)
	} else {
		w.held[number] = slices.Clone(payload)
	}
	w.drain()
}

// fill takes a packet out of the gap it was missing in.
func (w *srtWindow) fill(number uint32) bool {
	i := slices.IndexFunc(w.gaps, func(g srtGap) bool {
		return srtAhead(g.from, number) >= 0 && srtAhead(number, g.to) > 0
	})
	if i < 0 {
		return false
	}
	before, after := w.gaps[i], w.gaps[i]
	before.to, after.from = number, srtAdd(number, 1)
	left := slices.DeleteFunc([]srtGap{before, after}, func(g srtGap) bool { return g.from == g.to })
	w.gaps = slices.Replace(w.gaps, i, i+1, left...)
	return true
}

// drain gives what is there up to the first gap.
func (w *srtWindow) drain() {
	end := w.top
	if len(w.gaps) > 0 {
		end = w.gaps[0].from
	}
	for ; w.next != end; w.next = srtAdd(w.next, 1) {
		w.give(w.held[w.next])
		delete(w.held, w.next)
	}
}

// expire gives up what is missing for too long.
func (w *srtWindow) expire(now time.Time) {
	for len(w.gaps) > 0 && now.Sub(w.gaps[0].since) >= w.latency {
		w.skip()
	}
}

// skip gives up the first gap.
func (w *srtWindow) skip() {
	g := w.gaps[0]
	w.missed += srtAhead(g.from, g.to)
	w.gaps, w.next = w.gaps[1:], g.to
	w.drain()
}

// flush gives all that is there: nothing more comes.
func (w *srtWindow) flush() {
	for len(w.gaps) > 0 {
		w.skip()
	}
}

// ask is what to ask the sender for now: what was not asked for within an
// interval, and no more than fits into a packet.
func (w *srtWindow) ask(now time.Time, interval time.Duration) (due []srtGap) {
	const most = 150
	for i := range w.gaps {
		if g := &w.gaps[i]; now.Sub(g.asked) >= interval && len(due) < most {
			g.asked = now
			due = append(due, *g)
		}
	}
	return due
}
