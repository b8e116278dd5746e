package feed

import (
	"sort"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Listing is a feed's playlist as it is served: it grows at its end and
// shrinks at its front, and a segment is written into it once, however many
// watch and however often they ask. See [Playlist] for what stands in it. It
// holds one run of numbers without a hole. The zero Listing is empty.
type Listing struct {
	segs    []clip.Segment
	text    []byte
	at      []int // where in text the lines of each segment begin
	longest time.Duration
	fmp4    int // how many segments have an init segment
}

// Add appends segments. Where numbers are missing before one, only it and what
// follows is listed from now on.
func (l *Listing) Add(segs ...clip.Segment) {
	for _, s := range segs {
		if n := len(l.segs); n > 0 && s.Seq != l.segs[n-1].Seq+1 {
			l.Drop(s.Seq)
		}
		before := clip.Segment{Epoch: s.Epoch}
		if n := len(l.segs); n > 0 {
			before = l.segs[n-1]
		}
		l.at = append(l.at, len(l.text))
		l.text = appendSegment(l.text, before, s)
		l.segs = append(l.segs, s)
		if s.Init != "" {
			l.fmp4++
		}
		l.Longest(s.Duration())
	}
}

// Longest says how long a segment of the feed can be. A player is told so once
// and for all (RFC 8216, 6.2.1): it never gets less.
func (l *Listing) Longest(d time.Duration) { l.longest = max(l.longest, d) }

// Drop takes the segments numbered below seq off.
func (l *Listing) Drop(seq int64) {
	n := sort.Search(len(l.segs), func(i int) bool { return l.segs[i].Seq >= seq })
	for _, s := range l.segs[:n] {
		if s.Init != "" {
			l.fmp4--
		}
	}
	cut := len(l.text)
	if n < len(l.segs) {
		cut = l.at[n]
	}
	// What is kept moves to the front once it is less than what is not.
	if cut > len(l.text)/2 {
		l.text = append([]byte(nil), l.text[cut:]...)
		l.at = append([]int(nil), l.at[n:]...)
		for i := range l.at {
			l.at[i] -= cut
		}
		l.segs = append([]clip.Segment(nil), l.segs[n:]...)
		return
	}
	l.segs, l.at = l.segs[n:], l.at[n:]
}

// Len is how many segments are listed.
func (l *Listing) Len() int { return len(l.segs) }

// First and Last are the numbers of the first and the last segment, 0 when
// there is none.
func (l *Listing) First() int64 { return l.number(0) }

// Last is the number of the last segment.
func (l *Listing) Last() int64 { return l.number(len(l.segs) - 1) }

func (l *Listing) number(i int) int64 {
	if i < 0 || i >= len(l.segs) {
		return 0
	}
	return l.segs[i].Seq
}

// Within is the number of the first segment of the last d of the recording;
// d of zero is all of it.
func (l *Listing) Within(d time.Duration) int64 {
	n := len(l.segs)
	if n == 0 || d == 0 {
		return l.First()
	}
	from := l.segs[n-1].Start.Add(l.segs[n-1].Duration() - d)
	i := sort.Search(n-1, func(i int) bool { return !l.segs[i].Start.Before(from) })
	return l.segs[i].Seq
}

// Text is the playlist from the segment numbered seq on.
func (l *Listing) Text(seq int64, ended bool) []byte {
	i := sort.Search(len(l.segs), func(i int) bool { return l.segs[i].Seq >= seq })
	h := head{fmp4: l.fmp4 > 0, target: l.longest}
	var rest []byte
	if i < len(l.segs) {
		h.first = l.segs[i]
	}
	if i+1 < len(l.segs) {
		rest = l.text[l.at[i+1]:]
	}
	b := make([]byte, 0, 256+2*perSegment+len(rest))
	b = h.append(b)
	if i < len(l.segs) {
		b = appendSegment(b, clip.Segment{Epoch: h.first.Epoch}, h.first) // no break before it, and its init segment named
	}
	b = append(b, rest...)
	if ended {
		b = append(b, "#EXT-X-ENDLIST\n"...)
	}
	return b
}
