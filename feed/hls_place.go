package feed

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// given is the segment that was given last.
type given struct {
	entry
	arrived time.Time // when its end was there to be had
}

// end is its end in the source's programme time; zero: not known.
func (g given) end() time.Time {
	if g.programTime.IsZero() {
		return time.Time{}
	}
	return g.programTime.Add(g.duration)
}

// How far a playlist that is found instead of the one before may lag behind it
// and be the same programme still.
const maxLag = time.Minute

// from is where in the window to go on: behind what was given, or, at the
// beginning and after the source began anew, at the place to resume or as far
// back as the feed's DVR reaches.
func (h *HLS) from(ctx context.Context, w *window) (int, error) {
	if len(w.entries) == 0 {
		return 0, nil
	}
	if h.begun {
		i, ok, err := h.goOn(ctx, w)
		if err != nil || ok {
			return i, err
		}
		h.log.Warn("the source began its numbering anew")
		clear(h.seen)
	}
	h.moved = false
	h.rewound, h.init.key = true, ""
	return h.start(w), nil
}

// goOn is where in the window the place is; it is not ok when the source began
// anew.
func (h *HLS) goOn(ctx context.Context, w *window) (int, bool, error) {
	if h.moved {
		i, ok, err := h.recognise(ctx, w)
		if ok {
			h.moved = false
		}
		return i, ok, err
	}
	anew, err := h.anew(ctx, w)
	if err != nil || anew {
		return 0, false, err
	}
	first := w.entries[0].seq
	if h.next < first {
		return 0, true, nil
	}
	return int(min(h.next-first, uint64(len(w.entries)))), true, nil
}

// recognise finds the place in another playlist of the same programme: another
// variant, or the same one under another address. Numbers and names may differ
// (RFC 8216 6.2.4), so the stated times decide; where there are none, a segment
// that is the same byte for byte; else what arrived since, as a new run of the
// clock. It is not ok when the stated times went back.
func (h *HLS) recognise(ctx context.Context, w *window) (int, bool, error) {
	if !h.last.end().IsZero() && !w.entries[0].programTime.IsZero() {
		i, ok := h.byTime(w, h.last.end())
		return i, ok, nil
	}
	for i, e := range w.entries {
		if e.seq != h.last.seq || path.Base(e.url.Path) != path.Base(h.last.url.Path) || e.from != h.last.from {
			continue
		}
		same, err := h.same(ctx, e)
		if err != nil || same {
			return i + 1, same, err
		}
	}
	i, behind := len(w.entries), time.Duration(0)
	for i > 0 && time.Since(h.last.arrived) > behind+w.entries[i-1].duration/2 {
		i--
		behind += w.entries[i].duration
	}
	h.take(w, i)
	h.broken = true
	return i, true, nil
}

// take adopts a window's numbering: its i-th segment comes next.
func (h *HLS) take(w *window, i int) {
	h.next = w.entries[0].seq + uint64(i)
	if i > 0 {
		h.last.entry = w.entries[i-1]
	}
}

// byTime finds what follows an instant. The numbering is taken over: what is
// missing before it counts as missed.
func (h *HLS) byTime(w *window, end time.Time) (int, bool) {
	n := len(w.entries)
	if newest := (given{entry: w.entries[n-1]}).end(); newest.Before(end.Add(-maxLag)) {
		return 0, false
	}
	i := 0
	for i < n && w.entries[i].programTime.Add(w.entries[i].duration/2).Before(end) {
		i++
	}
	h.take(w, i)
	if hole := w.entries[0].programTime.Sub(end); i == 0 && w.target > 0 && hole > 0 {
		h.next -= min(h.next, uint64((hole+w.target/2)/w.target))
	}
	return i, true
}

// same reports whether a segment has the bytes that were given under its
// number.
func (h *HLS) same(ctx context.Context, e entry) (bool, error) {
	p, err := h.fetch(ctx, e)
	if err != nil {
		return false, ctx.Err()
	}
	return clip.DigestOf(p.Bytes) == h.seen[e.seq], nil
}

// anew reports whether the numbering began again (an encoder or packager
// restart), which a playlist from a lagging cache only looks like: that one
// ends in a segment whose bytes are known.
func (h *HLS) anew(ctx context.Context, w *window) (bool, error) {
	last := w.entries[len(w.entries)-1]
	if last.seq+1 >= h.next {
		i := int64(h.next) - 1 - int64(w.entries[0].seq)
		if i < 0 {
			return false, nil
		}
		if h.last.programTime.IsZero() || w.entries[i].programTime.IsZero() {
			return h.other(ctx, w.entries[i])
		}
		const step = 2 * time.Second
		d := w.entries[i].programTime.Sub(h.last.programTime)
		return d > step || d < -step, nil
	}
	if _, ok := h.seen[last.seq]; !ok {
		return true, nil
	}
	p, err := h.fetch(ctx, last)
	if err != nil {
		return false, ctx.Err() // ask again with the next playlist
	}
	return clip.DigestOf(p.Bytes) != h.seen[last.seq], nil
}

// other reports whether a segment that has the number of the last one has
// another name and other bytes: numbers that began anew reach the old ones
// within a window, when the source had only just begun.
func (h *HLS) other(ctx context.Context, e entry) (bool, error) {
	if e.seq != h.last.seq || path.Base(e.url.Path) == path.Base(h.last.url.Path) {
		return false, nil
	}
	p, err := h.fetch(ctx, e)
	if err != nil {
		return false, ctx.Err() // ask again with the next playlist
	}
	if clip.DigestOf(p.Bytes) != h.seen[e.seq] {
		return true, nil
	}
	h.last.entry = e // it has a new name
	return false, nil
}

// placeOf names a segment for [Resumer].
func placeOf(e entry) string {
	place := fmt.Sprintf("%d %s", e.seq, redact(e.url))
	if end := (given{entry: e}).end(); !end.IsZero() {
		place += " " + end.UTC().Format(time.RFC3339Nano)
	}
	return place
}

// start is the first entry to fetch when beginning.
func (h *HLS) start(w *window) int {
	place := strings.Fields(h.resume)
	h.resume = ""
	if i, ok := h.resumed(w, place); ok {
		return i
	}
	if h.feed.Window <= 0 {
		return 0
	}
	i, reach := len(w.entries), time.Duration(0)
	for i > 0 && reach < h.feed.Window {
		i--
		reach += w.entries[i].duration
	}
	return i
}

// resumed finds a place: the segment itself, which is told by its digest and
// not recorded twice, or what follows it.
func (h *HLS) resumed(w *window, place []string) (int, bool) {
	if len(place) < 2 {
		return 0, false
	}
	seq, err := strconv.ParseUint(place[0], 10, 64)
	first := w.entries[0].seq
	if err == nil && seq >= first && seq-first < uint64(len(w.entries)) && redact(w.entries[seq-first].url) == place[1] {
		i := int(seq - first)
		if h.sound != nil { // what was put together has another digest each time
			i++
		}
		return i, true
	}
	if len(place) < 3 || w.entries[0].programTime.IsZero() {
		return 0, false
	}
	end, err := time.Parse(time.RFC3339Nano, place[2])
	if err != nil || end.Before(w.entries[0].programTime) {
		return 0, false
	}
	return h.byTime(w, end)
}
