package dvr

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

const defaultSpans = 200

// TestSpans cuts random spans out of a recording with everything in it: a
// clock that wraps and drifts, lost segments, an encoder restart, a marked
// discontinuity, a clock that jumps ahead, and a restart of the recorder. The
// pictures of each cut are those asked for, each once, in order, and the plan
// says exactly what is missing.
func TestSpans(t *testing.T) {
	t.Parallel()
	engine, err := media.New("ffmpeg", "ffprobe", quietLog())
	if err != nil {
		t.Fatal(err)
	}
	rec := eventful(t)
	live := rec.index(t)
	if n := len(live.Timeline); n != 4 { // the restart is none: the source still had what came next
		for _, e := range live.Timeline {
			t.Log(e.ID, e.Start, e.Reason)
		}
		t.Fatalf("%d epochs, want 4", n)
	}
	bends := 0
	for _, e := range live.Timeline {
		bends += len(e.Bends)
	}
	if bends == 0 {
		t.Error("the drifting clock bent nothing")
	}
	spans := make(chan clip.Span)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for s := range spans {
				rec.check(t, engine, s)
			}
		})
	}
	window := live.Timeline.Window()
	r := rand.New(rand.NewPCG(2026, 7))
	n := spansWanted()
	for range n {
		in := window.In.Add(time.Duration(r.Int64N(int64(window.Duration()))))
		length := 40*time.Millisecond + time.Duration(r.Int64N(int64(3*time.Second)))
		spans <- clip.Span{In: rec.clear(in), Out: rec.clear(in.Add(length))}
	}
	close(spans)
	all.Wait()
	t.Logf("%d spans over %s", n, window.Duration().Round(time.Second))
}

// clear puts a mark that lies within two ticks of a picture's beginning exactly
// there: that is what such a mark means (see clip's plan, and its tests).
func (r *recording) clear(mark time.Time) time.Time {
	const near = 50 * time.Microsecond
	for _, s := range r.truth {
		if s.at.Sub(mark).Abs() < near {
			return s.at
		}
	}
	return mark
}

func spansWanted() int {
	if n, err := strconv.Atoi(os.Getenv("OVATION_SPANS")); err == nil && n > 0 {
		return n
	}
	return defaultSpans
}

// eventful records the feed of TestSpans.
func eventful(t *testing.T) *recording {
	t.Helper()
	// 26.5 h is where the 33-bit clock wraps: 50 s into the first part.
	wrap := clip.Wrap.Duration()
	first := spec{from: 0, segments: 50, start: wrap - 50*time.Second}.make(t)
	second := spec{from: 10000, segments: 6, start: 10 * time.Second}.make(t)
	third := spec{from: 20000, segments: 6, start: 4000 * time.Second}.make(t)
	fourth := spec{from: 30000, segments: 5, start: 9000 * time.Second}.make(t)

	s := newShow(t)
	began := time.Now().Add(-110 * time.Second)
	s.add(first, "a")
	for i := range s.entries { // the source's time of day runs 300 ppm faster than its clock
		s.entries[i].at = began.Add(time.Duration(i) * 2 * time.Second * 1000300 / 1000000)
	}
	s.failAlways("a20.ts", code(404))
	s.failAlways("a45.ts", code(500))
	s.add(second, "b") // the encoder began anew: nobody says so
	s.add(third, "c")
	s.entries[56].broken = true
	s.add(fourth, "d")
	s.hold = 59 // in the middle of c the recorder is started again
	s.change(func() { s.closed = true })

	rec := begin(t, s.url())
	rec.until(t, s.url(), 57) // 59 without two
	s.change(func() { s.hold, s.closed = 0, false })
	rec.run(t, s.url())
	rec.pair(t, slices.Concat(first.numbers(0, 50, 20, 45), second.numbers(0, 6), third.numbers(0, 6), fourth.numbers(0, 5)))
	return rec
}
