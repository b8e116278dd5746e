package dvr

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// fault is a way in which a feed goes wrong, and what must be recorded of it.
type fault struct {
	name    string
	direct  func(s *show)
	numbers []int // of the pictures that are recorded, in programme time
	epochs  int
	lost    int    // segments that could not be had
	said    string // in the feed's health, at some time
	unlike  bool   // pictures change their format: no cut may hold both
	damaged bool   // pictures are damaged: a cut has the right number of them
}

// TestFaults records feeds through every fault, and cuts across it: the cut is
// exact, or the plan names exactly the range that is missing.
func TestFaults(t *testing.T) {
	t.Parallel()
	engine, err := media.New("ffmpeg", "ffprobe", quietLog())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults(t) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := newShow(t)
			f.direct(s)
			r := begin(t, s.url())
			heard := r.listen(t)
			r.run(t, s.url())
			rec := r.index(t)
			if len(rec.Timeline) != f.epochs {
				for _, e := range rec.Timeline {
					t.Log(e.ID, e.Start, e.Reason)
				}
				t.Errorf("%d epochs, want %d", len(rec.Timeline), f.epochs)
			}
			health, said := heard()
			if health.Lost != f.lost || !strings.Contains(said, f.said) {
				t.Errorf("%d segments lost, want %d; health said %q", health.Lost, f.lost, said)
			}
			r.pair(t, f.numbers)
			window := rec.Timeline.Window()
			middle := window.In.Add(window.Duration() / 2)
			switch span := (clip.Span{In: middle.Add(-4500 * time.Millisecond), Out: middle.Add(4510 * time.Millisecond)}); {
			case f.unlike:
				r.refuse(t, span)
			case f.damaged:
				numbers, _ := r.want(span)
				if got, _ := r.cut(t, engine, span); len(got) != len(numbers) {
					t.Errorf("%d pictures, want %d", len(got), len(numbers))
				}
			default:
				r.check(t, engine, span)
			}
		})
	}
}

// faults is the table. The feed is ten segments of two seconds; what goes wrong
// does so in its middle.
func faults(t *testing.T) []fault {
	a := spec{segments: 10, start: 100 * time.Second}.make(t)
	all := a.numbers(0, 10)
	without := func(segments ...int) []int { return a.numbers(0, 10, segments...) }
	wrong := func(always bool, with func(body []byte) http.HandlerFunc) func(s *show) {
		return func(s *show) {
			s.add(a, "a")
			if h := with(a.segments[5]); always {
				s.failAlways("a5.ts", h)
			} else {
				s.fail("a5.ts", h)
			}
		}
	}
	plain := func(h http.HandlerFunc) func([]byte) http.HandlerFunc {
		return func([]byte) http.HandlerFunc { return h }
	}
	then := func(b numbered) func(s *show) { return func(s *show) { s.add(half(a), "a").add(b, "b") } }

	back := spec{from: 5000, segments: 5, start: 10 * time.Second}.make(t)
	ahead := spec{from: 6000, segments: 5, start: 50100 * time.Second}.make(t)
	mute := spec{from: 4000, segments: 5, start: 110 * time.Second, mute: true}.make(t)
	small := spec{from: 7000, segments: 5, start: 110 * time.Second, size: "256x144"}.make(t)
	first := a.numbers(0, 5)
	return []fault{
		{name: "nothing", direct: func(s *show) { s.add(a, "a") }, numbers: all, epochs: 1},
		{name: "404 once", direct: wrong(false, plain(code(404))), numbers: all, epochs: 1},
		{name: "404 always", direct: wrong(true, plain(code(404))), numbers: without(5), epochs: 1, lost: 1, said: "404"},
		{name: "403 always", direct: wrong(true, plain(code(403))), numbers: without(5), epochs: 1, lost: 1, said: "credentials"},
		{name: "500 twice", direct: func(s *show) { s.add(a, "a").fail("a5.ts", code(500), code(500)) }, numbers: all, epochs: 1},
		{name: "503 with a page", direct: wrong(false, plain(code(503))), numbers: all, epochs: 1},
		{name: "an error page that claims to be media", direct: wrong(true, plain(page)), numbers: without(5), epochs: 1, lost: 1, said: "web page"},
		{name: "reset in the middle, once", direct: wrong(false, reset), numbers: all, epochs: 1},
		{name: "reset in the middle, always", direct: wrong(true, reset), numbers: without(5), epochs: 1, lost: 1},
		{name: "stall, once", direct: wrong(false, plain(stall)), numbers: all, epochs: 1},
		{name: "drip, once", direct: wrong(false, drip), numbers: all, epochs: 1},
		{name: "marked as missing", direct: func(s *show) { s.add(a, "a"); s.entries[5].gap = true }, numbers: without(5), epochs: 1, lost: 1, said: "EXT-X-GAP"},
		{name: "left the playlist too early", direct: func(s *show) { s.add(a, "a"); s.jump(4, 6) }, numbers: without(4, 5), epochs: 1, lost: 1, said: "left it before"},
		{name: "a segment comes twice", direct: func(s *show) { s.add(a, "a"); s.entries, s.step = slices.Insert(s.entries, 6, s.entries[5]), 4 }, numbers: all, epochs: 1},
		{name: "the playlist is an error page for a while", direct: func(s *show) { s.add(a, "a").fail("index.m3u8", page, code(502)); s.step = 5 }, numbers: all, epochs: 1},
		{name: "the playlist stands still", direct: func(s *show) { s.add(a, "a"); s.freeze(5, 8*time.Second) }, numbers: all, epochs: 1, said: "nothing new"},
		{name: "the server goes and returns", direct: func(s *show) { s.add(a, "a"); s.away(5, 4*time.Second) }, numbers: all, epochs: 1},
		{name: "encoder restart: the clock goes back", direct: then(back), numbers: slices.Concat(first, back.numbers(0, 5)), epochs: 2},
		{name: "the clock jumps ahead by 50,000 s", direct: then(ahead), numbers: slices.Concat(first, ahead.numbers(0, 5)), epochs: 2},
		{name: "a discontinuity that is none", direct: func(s *show) { s.add(a, "a"); s.entries[5].broken = true }, numbers: all, epochs: 2},
		{name: "sound is missing in the second half", direct: then(mute), numbers: slices.Concat(first, mute.numbers(0, 5)), epochs: 2},
		{name: "the pictures change their size", direct: then(small), numbers: slices.Concat(first, small.numbers(0, 5)), epochs: 2, unlike: true},
		{name: "one packet in a hundred is garbage", direct: func(s *show) { s.add(a, "a"); s.entries[5].body = garbage(a.segments[5]) }, numbers: all, epochs: 1, damaged: true},
	}
}

// half is the first half of a feed.
func half(n numbered) numbered { return numbered{from: n.from, segments: n.segments[:5]} }

// garbage overwrites the payload of every hundredth packet of the video that
// begins no picture.
func garbage(ts []byte) []byte {
	ts = bytes.Clone(ts)
	r := rand.New(rand.NewPCG(1, 1))
	for n := 50; (n+1)*packetSize <= len(ts); n += 100 {
		p := ts[n*packetSize : (n+1)*packetSize]
		for p[1]&0x40 != 0 || int(p[1]&0x1f)<<8|int(p[2]) != videoPID {
			n++
			if (n+1)*packetSize > len(ts) {
				return ts
			}
			p = ts[n*packetSize : (n+1)*packetSize]
		}
		for i := 20; i < packetSize; i++ {
			p[i] = byte(r.IntN(256))
		}
	}
	return ts
}

// jump lets entries from to before to leave the playlist before they are seen.
func (s *show) jump(from, to int) {
	s.step, s.hold = from, from
	s.onLoad = func(n int) {
		if n == 2 {
			s.left, s.visible, s.hold, s.step = to, to, 0, 8
		}
	}
}

// freeze shows nothing new for a while.
func (s *show) freeze(at int, length time.Duration) {
	s.hold = at
	time.AfterFunc(length, func() { s.change(func() { s.hold = 0 }) })
}

// away closes every connection and answers none for a while.
func (s *show) away(at int, length time.Duration) {
	s.step = at
	var until time.Time
	hang := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	s.onLoad = func(n int) {
		if n == 2 {
			until = time.Now().Add(length)
			s.failAlways("index.m3u8", hang)
			time.AfterFunc(time.Until(until), func() { s.change(func() { s.forEver, s.faults = map[string]bool{}, map[string][]http.HandlerFunc{} }) })
		}
	}
}

// listen collects what the feed's health says while it is recorded.
func (r *recording) listen(t *testing.T) func() (clip.Health, string) {
	t.Helper()
	stop := make(chan struct{})
	var all sync.WaitGroup
	said := map[string]bool{}
	all.Go(func() {
		for {
			h, err := r.cat.Health(t.Context(), feedID)
			if err == nil && h.Detail != "" {
				said[h.Detail] = true
			}
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return func() (clip.Health, string) {
		close(stop)
		all.Wait()
		h, err := r.cat.Health(t.Context(), feedID)
		if err != nil {
			t.Fatal(err)
		}
		said[h.Detail] = true
		var texts []string
		for text := range said {
			texts = append(texts, text)
		}
		return h, strings.Join(texts, " | ")
	}
}

// refuse plans a cut over pictures that do not fit into one file.
func (r *recording) refuse(t *testing.T, span clip.Span) {
	t.Helper()
	rec, err := r.cat.Recording(t.Context(), feedID, span)
	if err != nil {
		t.Fatal(err)
	}
	recipe := clip.Recipe{Version: clip.RecipeVersion, Feed: feedID, Span: span, Shapes: []clip.Shape{clip.Wide},
		Sound: clip.Sound{Target: -16, TruePeak: -1}, Encoding: clip.Encoding{Preset: "ultrafast", CRF: 20, MaxFPS: 30}}
	if _, err := recipe.Plan(rec); clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), "trim it") {
		t.Errorf("a cut over two sizes: %v", err)
	}
}
