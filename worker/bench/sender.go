package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// sender plays the broadcast on many feeds at once, at its own speed.
type sender interface {
	// urls are the feeds, for the recorder; other programs read them too.
	urls() []string
	// run plays until ctx ends.
	run(ctx context.Context) error
	// behind is, once run has ended, how much later than due the end was sent.
	behind() time.Duration
	// sizes are those of its segments when they are recorded undamaged.
	sizes() map[int64]bool
}

// udpSender sends transport packets to ports of this machine.
type udpSender struct {
	b     broadcast
	conns []net.Conn
	ports []int
	late  time.Duration // of the latest datagram
}

func newUDPSender(b broadcast, feeds int) (*udpSender, error) {
	s := &udpSender{b: b}
	for range feeds {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return nil, clip.Errorf(clip.Unavailable, "send over UDP", "%w", err)
		}
		s.conns, s.ports = append(s.conns, conn), append(s.ports, port)
	}
	return s, nil
}

// freePort is a UDP port that nobody uses now.
func freePort() (int, error) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return 0, clip.Errorf(clip.Unavailable, "find a free port", "%w", err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port, nil
}

func (s *udpSender) urls() (urls []string) {
	for _, p := range s.ports {
		urls = append(urls, fmt.Sprintf("udp://127.0.0.1:%d", p))
	}
	return urls
}

func (s *udpSender) behind() time.Duration { return s.late }

// sizes: the two tables before a random access point are recorded at the end of
// the segment before it, and once more at the head of its own.
func (s *udpSender) sizes() map[int64]bool { return s.b.sizes(2) }

// run sends seven packets a datagram, evenly spread over each segment, all
// feeds side by side.
func (s *udpSender) run(ctx context.Context) error {
	began, count := time.Now(), counters{}
	for n := 0; ; n++ {
		ts := s.b.segment(n)
		count.number(ts)
		const step = 7 * packetSize
		for from := 0; from < len(ts); from += step {
			due := began.Add(time.Duration(n)*segmentLength + time.Duration(clip.Rescale(int64(from), int64(segmentLength), int64(len(ts)))))
			if wait := time.Until(due); wait > time.Millisecond {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(wait):
				}
			}
			s.late = time.Since(due)
			for _, c := range s.conns {
				_, _ = c.Write(ts[from:min(from+step, len(ts))]) // nobody may listen yet
			}
		}
	}
}

// hlsSender serves the broadcast as live HLS feeds.
type hlsSender struct {
	b     broadcast
	feeds int
	ln    net.Listener

	handler http.Handler // nil: itself

	mu       sync.Mutex
	began    time.Time
	segments map[int][]byte
}

// hlsWindow is how many segments the playlists show.
const hlsWindow = 6

func newHLSSender(b broadcast, feeds int) (*hlsSender, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "serve HLS", "%w", err)
	}
	return &hlsSender{b: b, feeds: feeds, ln: ln, segments: map[int][]byte{}}, nil
}

func (s *hlsSender) urls() (urls []string) {
	for n := range s.feeds {
		urls = append(urls, fmt.Sprintf("http://%s/%d/index.m3u8", s.ln.Addr(), n))
	}
	return urls
}

// behind is nothing: what is due is shown to whoever asks.
func (s *hlsSender) behind() time.Duration { return 0 }

func (s *hlsSender) sizes() map[int64]bool { return s.b.sizes(0) }

func (s *hlsSender) run(ctx context.Context) error {
	s.mu.Lock()
	s.began = time.Now().Add(-segmentLength) // the first playlist has three segments: mediamtx 1.14 waits 5 s for the third
	s.mu.Unlock()
	handler := s.handler
	if handler == nil {
		handler = s
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(s.ln) }() // until it is closed
	<-ctx.Done()
	return server.Close()
}

// ServeHTTP gives the playlist, the same for each feed, and the segments.
func (s *hlsSender) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	s.mu.Lock()
	last := int(time.Since(s.began)/segmentLength) + 1
	s.mu.Unlock()
	if name == "index.m3u8" {
		w.Header().Set("Content-Type", "application/vnd.apple.mpegurl")
		first := max(0, last-hlsWindow+1)
		fmt.Fprintf(w, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", first)
		for n := first; n <= last; n++ {
			fmt.Fprintf(w, "#EXTINF:2.000,\n%d.ts\n", n)
		}
		return
	}
	n, err := strconv.Atoi(strings.TrimSuffix(name, ".ts"))
	if err != nil || n < 0 || n > last {
		http.NotFound(w, r)
		return
	}
	ts := s.segment(n)
	w.Header().Set("Content-Type", "video/mp2t")
	w.Header().Set("Content-Length", strconv.Itoa(len(ts))) // as servers of files say it
	_, _ = w.Write(ts)
}

// segment makes each segment once.
func (s *hlsSender) segment(n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	ts, ok := s.segments[n]
	if !ok {
		ts = s.b.segment(n)
		s.segments[n] = ts
		delete(s.segments, n-2*hlsWindow)
	}
	return ts
}
