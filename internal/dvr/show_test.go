package dvr

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// show is a live HLS feed that a test directs: what its playlist lists, how it
// moves on, and what goes wrong.
type show struct {
	*httptest.Server
	mu       sync.Mutex
	entries  []listed
	bodies   map[string][]byte // that no playlist lists
	visible  int               // of entries
	step     int               // how many more each load of the playlist shows
	sequence int               // of the first entry
	left     int               // how many entries left the playlist at its head
	hold     int               // the playlist does not move on behind this entry until told; 0: it does
	over     int               // the broadcast is over behind this entry; 0: behind the last
	old      int               // this load shows only so many entries; 0: all that are visible
	closed   bool              // it is never over
	takes    time.Duration     // how long a segment takes to come
	onLoad   func(n int)       // before the n-th load of the playlist is answered
	returned time.Time         // when a fault was over
	apart    time.Duration     // how far apart a5.ts may be asked for

	faults  map[string][]http.HandlerFunc // by name: each is used once; the last one for ever if forEver
	forEver map[string]bool
	planned map[string]int // faults, by name
	loads   int            // of the playlist
	asks    map[string][]time.Time
	whole   []string // segments that were given without a fault, in order
}

// listed is a segment in the playlist.
type listed struct {
	name   string
	body   []byte
	broken bool // a discontinuity lies before it
	at     time.Time
	gap    bool
}

func newShow(t *testing.T) *show {
	s := &show{step: 8, bodies: map[string][]byte{}, faults: map[string][]http.HandlerFunc{}, forEver: map[string]bool{},
		planned: map[string]int{}, asks: map[string][]time.Time{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return s
}

// add lists the segments of a feed.
func (s *show) add(n numbered, name string) *show {
	for i, b := range n.segments {
		s.entries = append(s.entries, listed{name: fmt.Sprintf("%s%d.ts", name, i), body: b})
	}
	return s
}

// url is the feed's address.
func (s *show) url() string { return s.URL + "/index.m3u8" }

// fail makes requests for a name go wrong, once for each handler.
func (s *show) fail(name string, with ...http.HandlerFunc) {
	s.faults[name], s.planned[name] = with, len(with)
}

// failAlways makes all requests for a name go wrong.
func (s *show) failAlways(name string, with http.HandlerFunc) {
	s.fail(name, with)
	s.forEver[name] = true
}

func (s *show) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *show) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch a := s.answer(name); {
	case a.fault != nil:
		a.fault(w, r)
	case a.text != "":
		fmt.Fprint(w, a.text)
	case a.body != nil:
		if s.takes > 0 {
			slow(a.body, s.takes)(w, r)
		} else {
			_, _ = w.Write(a.body)
		}
		if r.Context().Err() == nil {
			s.change(func() { s.whole = append(s.whole, name) })
		}
	default:
		http.NotFound(w, r)
	}
}

// answered is what a request gets.
type answered struct {
	fault http.HandlerFunc
	text  string
	body  []byte
}

func (s *show) answer(name string) (a answered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks[name] = append(s.asks[name], time.Now())
	if name == "index.m3u8" {
		if s.loads++; s.onLoad != nil {
			s.onLoad(s.loads)
		}
	}
	if f := s.faults[name]; len(f) > 0 {
		if s.planned[name]--; !s.forEver[name] {
			s.faults[name] = f[1:]
		}
		a.fault = f[0]
		return a
	}
	if name == "index.m3u8" {
		a.text = s.playlist()
	}
	a.body = s.bodies[name]
	for _, e := range s.entries {
		if e.name == name {
			a.body = e.body
		}
	}
	return a
}

// asked is how often something was asked for.
func (s *show) asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asks[name])
}

// unused are the names whose faults did not all happen.
func (s *show) unused() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, n := range s.planned {
		if n > 0 {
			names = append(names, name)
		}
	}
	return names
}

// given are the numbers of what was given whole of a feed, added as "a".
func (s *show) given(a numbered) (out []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range a.segments {
		if slices.Contains(s.whole, fmt.Sprintf("a%d.ts", i)) {
			out = append(out, a.numbers(i, i+1)...)
		}
	}
	return out
}

// playlist moves on and writes the playlist.
func (s *show) playlist() string {
	end := len(s.entries)
	if s.over > 0 {
		end = s.over
	}
	limit := end
	if s.hold > 0 {
		limit = min(limit, s.hold)
	}
	s.visible = min(s.visible+s.step, limit)
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", s.sequence+s.left)
	visible := s.visible
	if s.old > 0 {
		visible = s.old
	}
	for _, e := range s.entries[s.left:visible] {
		if e.broken {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		if !e.at.IsZero() {
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", e.at.UTC().Format("2006-01-02T15:04:05.000000Z"))
		}
		if e.gap {
			b.WriteString("#EXT-X-GAP\n")
		}
		fmt.Fprintf(&b, "#EXTINF:2.000,\n%s\n", e.name)
	}
	if visible == end && !s.closed {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	return b.String()
}
