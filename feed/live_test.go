package feed

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// live is an HTTP server with a live HLS feed whose window the test moves.
type live struct {
	*httptest.Server
	mu      sync.Mutex
	pieces  []Piece
	from    int // of pieces: the window shown is pieces[from:to]
	to      int
	base    int // media sequence of pieces[0]
	breaks  map[int]bool
	times   map[int]time.Time
	lines   map[int]string    // before a segment
	files   map[string][]byte // beside the segments
	ended   bool
	faults  map[string]http.HandlerFunc // by the path's last element; used once
	fetched map[string]int
}

func newLive(t *testing.T, pieces []Piece) *live {
	l := &live{pieces: pieces, breaks: map[int]bool{}, times: map[int]time.Time{}, faults: map[string]http.HandlerFunc{}, fetched: map[string]int{}}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := filepath.Base(r.URL.Path)
	l.mu.Lock()
	l.fetched[name]++
	fault := l.faults[name]
	delete(l.faults, name)
	text := l.playlist()
	var n int
	var body []byte
	if _, err := fmt.Sscanf(name, "s%d", &n); err == nil && n < len(l.pieces) {
		body = l.pieces[n].Bytes
	} else if file, ok := l.files[name]; ok {
		body = file
	} else if name == "init.mp4" {
		body = l.pieces[0].Init
	}
	l.mu.Unlock()
	switch {
	case fault != nil:
		fault(w, r)
	case name == "index.m3u8":
		fmt.Fprint(w, text)
	case body != nil:
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(string(body)))
	default:
		http.NotFound(w, r)
	}
}

func (l *live) playlist() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", l.base+l.from)
	if l.pieces[0].Init != nil {
		b.WriteString("#EXT-X-MAP:URI=\"init.mp4\"\n")
	}
	for i := l.from; i < l.to; i++ {
		b.WriteString(l.lines[i])
		if l.breaks[i] {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		if at, ok := l.times[i]; ok {
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", at.UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		fmt.Fprintf(&b, "#EXTINF:2.000,\ns%d\n", i)
	}
	if l.ended {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	return b.String()
}

// show moves the window.
func (l *live) show(from, to int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from, l.to = from, to
}

func (l *live) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// always serves a fault however often it is asked for. l is locked.
func (l *live) always(name string, fault http.HandlerFunc) {
	var again http.HandlerFunc
	again = func(w http.ResponseWriter, r *http.Request) {
		l.change(func() { l.faults[name] = again })
		fault(w, r)
	}
	l.faults[name] = again
}

func (l *live) count(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fetched[name]
}

func quietLog() logrus.FieldLogger {
	log := logrus.New()
	log.SetLevel(logrus.PanicLevel)
	return log
}

func (l *live) feed() clip.Feed {
	return clip.Feed{ID: "match", URL: l.URL + "/index.m3u8", AllowPrivate: true, Lang: "en"}
}

// hurried is an HLS source that reloads fifty times as often.
func hurried(f clip.Feed) *HLS {
	h := NewHLS(f, quietLog())
	h.pace = time.Second / 50
	return h
}

// startRecorder runs a recorder; stop ends it and gives Run's error.
func startRecorder(t *testing.T, f clip.Feed, s Source, dir string, index Index, tune ...func(*Recorder)) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &Recorder{Feed: f, Source: s, Dir: dir, Index: index, Log: quietLog()}
	for _, f := range tune {
		f(r)
	}
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var err error
	stop = sync.OnceValue(func() error {
		cancel()
		err = <-done
		return err
	})
	t.Cleanup(func() { stop() })
	return stop
}

// clock is the present plus what the test adds.
type clock struct{ offset atomic.Int64 }

func newClock() *clock { return &clock{} }

func (c *clock) now() time.Time      { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) add(d time.Duration) { c.offset.Add(int64(d)) }
