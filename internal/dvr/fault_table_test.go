package dvr

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// faults is the table. The feed is ten segments of two seconds; what goes wrong
// does so in its middle.
func faults(t *testing.T) []fault {
	a := spec{segments: 10, start: 100 * time.Second}.make(t)
	return slices.Concat(answers(a), playlists(t, a), clocks(t, a), contents(t, a))
}

// wrong lets the sixth segment be answered wrongly, once or always.
func wrong(a numbered, always bool, h http.HandlerFunc) func(s *show) {
	return func(s *show) {
		s.add(a, "a")
		if always {
			s.failAlways("a5.ts", h)
		} else {
			s.fail("a5.ts", h)
		}
	}
}

// answers are faults of single answers.
func answers(a numbered) []fault {
	all, without := a.numbers(0, 10), a.numbers(0, 10, 5)
	body := a.segments[5]
	return []fault{
		{name: "nothing", direct: func(s *show) { s.add(a, "a") }, numbers: all, epochs: 1, asked: 1},
		{name: "404 once", direct: wrong(a, false, code(404)), numbers: all, epochs: 1, asked: 2},
		{name: "404 for more than a second, at the live edge", direct: func(s *show) {
			s.add(a, "a").fail("a5.ts", code(404), code(404), code(404), code(404))
			s.step = 6
		}, numbers: all, epochs: 1, asked: 5},
		{name: "404 always", direct: wrong(a, true, code(404)), numbers: without, epochs: 1, lost: 1, said: "404", asked: 3},
		{name: "403 always", direct: wrong(a, true, code(403)), numbers: without, epochs: 1, lost: 1, said: "credentials", asked: 1},
		{name: "500 twice", direct: func(s *show) { s.add(a, "a").fail("a5.ts", code(500), code(500)) }, numbers: all, epochs: 1, asked: 3},
		{name: "503 once", direct: wrong(a, false, code(503)), numbers: all, epochs: 1, asked: 2},
		{name: "503 with Retry-After", direct: func(s *show) { s.add(a, "a").fail("a5.ts", later); s.apart = 2 * time.Second }, numbers: all, epochs: 1, asked: 2},
		{name: "an error page that claims to be media", direct: wrong(a, true, page), numbers: without, epochs: 1, lost: 1, said: "web page", asked: 1},
		{name: "reset in the middle, once", direct: wrong(a, false, reset(body)), numbers: all, epochs: 1, asked: 2},
		{name: "reset in the middle, always", direct: wrong(a, true, reset(body)), numbers: without, epochs: 1, lost: 1, asked: 3},
		{name: "stall, once", direct: wrong(a, false, stall), numbers: all, epochs: 1, asked: 2},
		{name: "stall in the middle, once", direct: wrong(a, false, halfway(body)), numbers: all, epochs: 1, asked: 2, stalled: true},
		{name: "drip, once", direct: wrong(a, false, drip(body)), numbers: all, epochs: 1, asked: 2, stalled: true},
		{name: "slow", direct: wrong(a, false, slow(body, 7*time.Second)), numbers: all, epochs: 1, asked: 1, stalled: true},
		{name: "a redirect that goes in circles", direct: wrong(a, true, circle), numbers: without, epochs: 1, lost: 1, said: "redirects", asked: 3},
		{name: "a redirect to a file", direct: wrong(a, true, elsewhere("file:///etc/passwd")), numbers: without, epochs: 1, lost: 1, said: "not http or https", asked: 1},
		{name: "a redirect to where it is", direct: func(s *show) {
			s.add(a, "a").fail("a5.ts", elsewhere("/other/a5.ts"))
			s.bodies["other/a5.ts"] = body
		}, numbers: all, epochs: 1, asked: 1},
	}
}

// playlists are faults of the playlist and of the server as a whole.
func playlists(t *testing.T, a numbered) []fault {
	all, first := a.numbers(0, 10), a.numbers(0, 5)
	anew := spec{from: 5000, segments: 5, start: 10 * time.Second}.make(t)
	return []fault{
		{name: "marked as missing", direct: func(s *show) { s.add(a, "a"); s.entries[5].gap = true }, numbers: a.numbers(0, 10, 5), epochs: 1, lost: 1, said: "EXT-X-GAP"},
		{name: "left the playlist too early", direct: func(s *show) { s.add(a, "a"); s.jump(4, 6) }, numbers: a.numbers(0, 10, 4, 5), epochs: 1, lost: 1, said: "left it before"},
		{name: "a segment comes twice", direct: func(s *show) { s.add(a, "a"); s.entries, s.step = slices.Insert(s.entries, 6, s.entries[5]), 4 }, numbers: all, epochs: 1, asked: 2},
		{name: "the playlist is an error page for a while", direct: func(s *show) { s.add(a, "a").fail("index.m3u8", page, code(502)); s.step = 5 }, numbers: all, epochs: 1},
		{name: "the playlist stands still", direct: func(s *show) { s.add(a, "a"); s.freeze(5, 8*time.Second) }, numbers: all, epochs: 1, said: "nothing new", stalled: true, back: true},
		{name: "an old playlist comes again", direct: func(s *show) { s.add(a, "a"); s.step = 5; s.stale(2, 3) }, numbers: all, epochs: 1},
		{name: "the server goes and returns", direct: func(s *show) { s.add(a, "a"); s.away(5, 8*time.Second, hang) }, numbers: all, epochs: 1, stalled: true, back: true},
		{name: "the server answers 503 for a while", direct: func(s *show) { s.add(a, "a"); s.away(5, 8*time.Second, code(503)) }, numbers: all, epochs: 1, said: "503", stalled: true, back: true},
		{name: "the numbering begins anew, the media goes on", direct: func(s *show) { s.add(a, "a"); s.renumber(5, 3) }, numbers: all, epochs: 1},
		{name: "numbering and media begin anew, and reach the old numbers", direct: func(s *show) { s.add(half(a), "a").add(anew, "b"); s.renumber(5, 5); s.sequence = 0 }, numbers: slices.Concat(first, anew.numbers(0, 5)), epochs: 2},
		{name: "numbering and media begin anew", direct: func(s *show) { s.add(half(a), "a").add(anew, "b"); s.renumber(5, 5) }, numbers: slices.Concat(first, anew.numbers(0, 5)), epochs: 2},
		{name: "the broadcast is over, and goes on after all", direct: func(s *show) { s.add(a, "a"); s.over = 5 }, again: func(s *show) { s.over = 0 }, numbers: all, epochs: 1},
		{name: "the broadcast is over, and another one begins", direct: func(s *show) { s.add(half(a), "a") },
			again: func(s *show) { s.left, s.sequence = 5, -5; s.add(anew, "b") }, numbers: slices.Concat(first, anew.numbers(0, 5)), epochs: 2},
		{name: "a connection slower than the feed", direct: func(s *show) { s.add(a, "a"); s.live(3, 2*time.Second, 3*time.Second) }, served: func(s *show) []int { return s.given(a) }, epochs: 1, lost: -1, said: "left it before"},
	}
}

// clocks are faults of the media's clock.
func clocks(t *testing.T, a numbered) []fault {
	all, first := a.numbers(0, 10), a.numbers(0, 5)
	then := func(b numbered) func(s *show) { return func(s *show) { s.add(half(a), "a").add(b, "b") } }
	back := spec{from: 5000, segments: 5, start: 10 * time.Second}.make(t)
	ahead := spec{from: 6000, segments: 5, start: 50100 * time.Second}.make(t)
	little := spec{from: 6900, segments: 5, start: 109500 * time.Millisecond}.make(t)
	hole := spec{from: 6500, segments: 5, start: 210 * time.Second}.make(t)
	wrap := spec{segments: 10, start: clip.Wrap.Duration() - 9*time.Second}.make(t)
	now := time.Now()
	return []fault{
		{name: "the clock wraps", direct: func(s *show) { s.add(wrap, "a") }, numbers: wrap.numbers(0, 10), epochs: 1},
		{name: "encoder restart: the clock goes back", direct: then(back), numbers: slices.Concat(first, back.numbers(0, 5)), epochs: 2},
		{name: "the clock jumps ahead by 50,000 s", direct: then(ahead), numbers: slices.Concat(first, ahead.numbers(0, 5)), epochs: 2},
		{name: "numbers and clock jump ahead by 100 s", direct: func(s *show) {
			s.add(half(a), "a").add(hole, "b")
			for i := range s.entries {
				if s.entries[i].at = now.Add(time.Duration(2*i-140) * time.Second); i >= 5 {
					s.entries[i].at = s.entries[i].at.Add(100 * time.Second)
				}
			}
			s.skip(5, 50)
		}, numbers: slices.Concat(first, hole.numbers(0, 5)), epochs: 2, lost: 1, said: "50 segments left it before"},
		{name: "the clock goes back by half a second", direct: then(little), numbers: slices.Concat(first, little.numbers(0, 5)), epochs: 1},
		{name: "a discontinuity that is none", direct: func(s *show) { s.add(a, "a"); s.entries[5].broken = true }, numbers: all, epochs: 2},
		{name: "a discontinuity that is gone from the next playlist", direct: func(s *show) { s.add(a, "a"); s.step = 7; s.entries[5].broken = true; s.forget(2, 5) }, numbers: all, epochs: 2},
		{name: "the stated time of day is set back by a second", direct: func(s *show) { s.add(a, "a"); s.state(now, 5, -time.Second) }, numbers: all, epochs: 1},
		{name: "the stated time of day is set ahead by a second", direct: func(s *show) { s.add(a, "a"); s.state(now, 5, time.Second) }, numbers: all, epochs: 1},
	}
}

// contents are faults of what is in the segments.
func contents(t *testing.T, a numbered) []fault {
	all, first := a.numbers(0, 10), a.numbers(0, 5)
	then := func(b numbered) func(s *show) { return func(s *show) { s.add(half(a), "a").add(b, "b") } }
	both := func(b numbered) []int { return slices.Concat(first, b.numbers(0, 5)) }
	with := func(change func([]byte) []byte) func(s *show) {
		body := change(a.segments[5])
		if bytes.Equal(body, a.segments[5]) {
			t.Fatal("nothing was changed")
		}
		return func(s *show) { s.add(a, "a"); s.entries[5].body = body }
	}
	mute := spec{from: 4000, segments: 5, start: 110 * time.Second, mute: true}.make(t)
	silent := spec{from: 0, segments: 5, start: 100 * time.Second, mute: true}.make(t)
	loud := spec{from: 250, segments: 5, start: 110 * time.Second}.make(t)
	late := spec{segments: 10, start: 100 * time.Second, late: 2 * time.Second}.make(t)
	small := spec{from: 7000, segments: 5, start: 110 * time.Second, size: "256x144"}.make(t)
	hevc := spec{from: 8000, segments: 5, start: 110 * time.Second, codec: "libx265"}.make(t)
	fast := spec{from: 9000, segments: 5, start: 110 * time.Second, fast: true}.make(t)
	whole := endOf(a.segments[5], 30)
	return []fault{
		{name: "sound is missing in the second half", direct: then(mute), numbers: both(mute), epochs: 2},
		{name: "sound is missing in the first half", direct: func(s *show) { s.add(silent, "a").add(loud, "b") }, numbers: slices.Concat(silent.numbers(0, 5), loud.numbers(0, 5)), epochs: 2},
		{name: "sound is two seconds late", direct: func(s *show) { s.add(late, "a") }, numbers: late.numbers(0, 10), epochs: 1},
		{name: "the pictures change their size", direct: then(small), numbers: both(small), epochs: 2, unlike: true},
		{name: "25 pictures a second become 50", direct: then(fast), numbers: both(fast), epochs: 2, halved: 9000},
		{name: "H.264 becomes HEVC", direct: then(hevc), numbers: both(hevc), epochs: 2},
		{name: "one packet in a hundred is garbage", direct: with(garbage), numbers: all, epochs: 1, damaged: true},
		{name: "one packet in a hundred is missing", direct: with(dropped), numbers: all, epochs: 1, damaged: true},
		{name: "a segment begins in the middle of a packet", direct: with(func(b []byte) []byte { return slices.Concat(bytes.Repeat([]byte{7}, 100), b) }), numbers: all, epochs: 1},
		{name: "a segment's last packet is cut off", direct: with(func(b []byte) []byte { return b[:len(b)-100] }), numbers: all, epochs: 1},
		{name: "a run of zeros between packets", direct: with(func(b []byte) []byte { return slices.Insert(bytes.Clone(b), 40*packetSize, make([]byte, 1000)...) }), numbers: all, epochs: 1},
		{name: "a segment ends early, and its length says so", direct: with(func(b []byte) []byte { return b[:whole] }), numbers: a.cut(5, whole), epochs: 1},
	}
}

// half is the first half of a feed.
func half(n numbered) numbered { return numbered{from: n.from, segments: n.segments[:5]} }
