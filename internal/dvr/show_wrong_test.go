package dvr

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// What can go wrong with the answer to one request.

func code(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
}

// later asks for two seconds of patience.
func later(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "2")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// page answers with an error page that claims to be fine.
func page(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "<html><body>Please sign in</body></html>")
}

// elsewhere redirects.
func elsewhere(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// circle redirects to itself.
func circle(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Path, http.StatusFound)
}

// hang closes the connection without an answer.
func hang(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// stall answers nothing.
func stall(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// reset cuts the connection after half of what was announced.
func reset(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		hang(w, r)
	}
}

// halfway stalls after half of what was announced.
func halfway(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		stall(w, r)
	}
}

// drip gives a byte a second.
func drip(body []byte) http.HandlerFunc { return slow(body, time.Duration(len(body))*time.Second) }

// slow gives the body bit by bit over a while.
func slow(body []byte, length time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		steps := min(len(body), int(max(length/time.Second, 20)))
		for n := range steps {
			_, _ = w.Write(body[n*len(body)/steps : (n+1)*len(body)/steps])
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(length / time.Duration(steps)):
			}
		}
	}
}

// What can go wrong with the playlist. Those who direct hold no lock: nobody
// watches yet.

// jump lets entries from to before to leave the playlist before they are seen.
func (s *show) jump(from, to int) {
	s.step, s.hold = from, from
	s.onLoad = func(n int) {
		if n == 2 {
			s.left, s.visible, s.hold, s.step = to, to, 0, 8
		}
	}
}

// skip shows so many entries, and then the others under numbers that are ahead.
func (s *show) skip(at, ahead int) {
	s.step, s.hold = at, at
	s.onLoad = func(n int) {
		if n == 2 {
			s.left, s.sequence, s.hold = at, s.sequence+ahead, 0
		}
	}
}

// renumber shows so many entries under numbers from 1000, and then those from
// left on under numbers from 0.
func (s *show) renumber(at, left int) {
	s.sequence, s.step, s.hold = 1000, at, at
	s.onLoad = func(n int) {
		if n == 2 {
			s.left, s.sequence, s.hold = left, -left, 0
		}
	}
}

// stale shows on one load what was there before.
func (s *show) stale(load, visible int) {
	s.onLoad = func(n int) {
		if s.old = 0; n == load {
			s.old = visible
		}
	}
}

// forget lets the mark of a discontinuity vanish.
func (s *show) forget(load, entry int) {
	s.onLoad = func(n int) {
		if n == load {
			s.entries[entry].broken = false
		}
	}
}

// state gives all entries times of day, from one entry on with an error.
func (s *show) state(now time.Time, from int, wrong time.Duration) {
	for i := range s.entries {
		if s.entries[i].at = now.Add(time.Duration(2*(i-len(s.entries))) * time.Second); i >= from {
			s.entries[i].at = s.entries[i].at.Add(wrong)
		}
	}
}

// freeze shows nothing new for a while, after so many entries.
func (s *show) freeze(at int, length time.Duration) {
	s.hold = at
	s.onLoad = func(n int) {
		if n == 1 {
			s.after(length, func() { s.hold = 0 })
		}
	}
}

// away answers nothing right for a while, after so many entries.
func (s *show) away(at int, length time.Duration, h http.HandlerFunc) {
	s.step = at
	s.onLoad = func(n int) {
		if n == 2 {
			s.failAlways("index.m3u8", h)
			s.after(length, func() { delete(s.faults, "index.m3u8") })
		}
	}
}

// after ends a fault.
func (s *show) after(length time.Duration, end func()) {
	time.AfterFunc(length, func() {
		s.change(func() {
			end()
			s.returned = time.Now()
		})
	})
}

// live shows a new entry every while, and only the latest few; each takes its
// time to come.
func (s *show) live(window int, every, takes time.Duration) {
	var began time.Time
	s.step, s.takes = 0, takes
	s.onLoad = func(n int) {
		if n == 1 {
			began = time.Now()
		}
		s.visible = min(window+int(time.Since(began)/every), len(s.entries))
		s.left = s.visible - window
	}
}

// What can go wrong within a segment.

// garbage overwrites the payload of every hundredth packet, if it is of the
// video and begins no picture: else of the next one that is.
func garbage(ts []byte) []byte {
	ts = bytes.Clone(ts)
	r := rand.New(rand.NewPCG(1, 1))
	for _, at := range hundredths(ts) {
		for i := at + 20; i < at+packetSize; i++ {
			ts[i] = byte(r.IntN(256))
		}
	}
	return ts
}

// dropped leaves the same packets out.
func dropped(ts []byte) []byte {
	ts = bytes.Clone(ts)
	for _, at := range slices.Backward(hundredths(ts)) {
		ts = slices.Delete(ts, at, at+packetSize)
	}
	return ts
}

func hundredths(ts []byte) (at []int) {
	wanted := 50
	for n := 0; (n+1)*packetSize <= len(ts); n++ {
		p := ts[n*packetSize:]
		if n >= wanted && p[1]&0x40 == 0 && int(p[1]&0x1f)<<8|int(p[2]) == videoPID {
			at, wanted = append(at, n*packetSize), n+100
		}
	}
	return at
}

// endOf is where the n-th picture of a segment ends, as it is sent.
func endOf(ts []byte, n int) int { return pictures(ts)[n-1].end }

// cut gives the numbers of a feed whose segment is cut off behind a picture.
func (n numbered) cut(segment, at int) (out []int) {
	all := pictures(n.segments[segment])
	first := all[0].pts
	for _, f := range all {
		first = min(first, f.pts)
	}
	lacks := map[int]bool{}
	for _, f := range all {
		if f.end > at {
			lacks[n.from+segment*inSegment+int((f.pts-first)/(90000/rate))] = true
		}
	}
	for _, number := range n.numbers(0, len(n.segments)) {
		if !lacks[number] {
			out = append(out, number)
		}
	}
	return out
}
