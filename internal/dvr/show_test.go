package dvr

import (
	"fmt"
	"net/http"
	"net/http/httptest"
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
	visible  int // of entries
	step     int // how many more each load of the playlist shows
	sequence int // of the first entry
	left     int // how many entries left the playlist at its head
	hold     int // the playlist does not move on behind this entry until told; 0: it does
	closed   bool
	loads    int                           // of the playlist
	onLoad   func(n int)                   // before the n-th is answered
	faults   map[string][]http.HandlerFunc // by name: each is used once; the last one for ever if forEver
	forEver  map[string]bool
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
	s := &show{step: 8, faults: map[string][]http.HandlerFunc{}, forEver: map[string]bool{}}
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
func (s *show) fail(name string, with ...http.HandlerFunc) { s.faults[name] = with }

// failAlways makes all requests for a name go wrong.
func (s *show) failAlways(name string, with http.HandlerFunc) {
	s.faults[name], s.forEver[name] = []http.HandlerFunc{with}, true
}

func (s *show) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *show) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	s.mu.Lock()
	if name == "index.m3u8" {
		if s.loads++; s.onLoad != nil {
			s.onLoad(s.loads)
		}
	}
	var fault http.HandlerFunc
	if f := s.faults[name]; len(f) > 0 {
		if fault = f[0]; !s.forEver[name] {
			s.faults[name] = f[1:]
		}
	}
	var text string
	var body []byte
	if name == "index.m3u8" && fault == nil {
		text = s.playlist()
	}
	for _, e := range s.entries {
		if e.name == name {
			body = e.body
		}
	}
	s.mu.Unlock()
	switch {
	case fault != nil:
		fault(w, r)
	case text != "":
		fmt.Fprint(w, text)
	case body != nil:
		_, _ = w.Write(body)
	default:
		http.NotFound(w, r)
	}
}

// playlist moves on and writes the playlist.
func (s *show) playlist() string {
	limit := len(s.entries)
	if s.hold > 0 {
		limit = min(limit, s.hold)
	}
	s.visible = min(s.visible+s.step, limit)
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", s.sequence+s.left)
	for _, e := range s.entries[s.left:s.visible] {
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
	if s.visible == len(s.entries) && !s.closed {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	return b.String()
}

// The things that go wrong.

func code(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
}

// reset cuts the connection after some bytes.
func reset(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	}
}

// stall answers nothing.
func stall(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// drip gives a byte a second.
func drip(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, c := range body {
			_, _ = w.Write([]byte{c})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// page answers with an error page that claims to be fine.
func page(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "<html><body>Please sign in</body></html>")
}
