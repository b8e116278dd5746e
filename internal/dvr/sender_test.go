package dvr

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// broadcast is two and a half minutes of a small feed with a key frame a second, made
// once: a transport stream, the time of each of its pictures, and where in the
// bytes each ends.
type broadcast struct {
	ts     []byte
	frames []sent
}

// sent is one picture: it was sent once all bytes before End were.
type sent struct {
	pts, dts clip.Ticks
	key      bool
	end      int
}

const (
	packetSize = 188
	videoPID   = 0x100 // ffmpeg's first
)

var theBroadcast = sync.OnceValues(func() (broadcast, error) {
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-t", "150", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-b:v", "150k", "-c:a", "aac", "-b:a", "48k",
		"-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "pipe:1")
	cmd.Stderr = os.Stderr
	ts, err := cmd.Output()
	if err != nil {
		return broadcast{}, err
	}
	return broadcast{ts: ts, frames: pictures(ts)}, nil
})

// pictures are the pictures of a transport stream, in the order in which they
// are sent.
func pictures(ts []byte) (all []sent) {
	for i := 0; i+packetSize <= len(ts); i += packetSize {
		p := ts[i : i+packetSize]
		if int(p[1]&0x1f)<<8|int(p[2]) != videoPID {
			continue
		}
		if p[1]&0x40 != 0 {
			adaptation := 0
			if p[3]&0x20 != 0 {
				adaptation = 1 + int(p[4])
			}
			pes := p[4+adaptation:]
			f := sent{pts: clock(pes[9:]), key: adaptation > 1 && p[5]&0x40 != 0}
			if f.dts = f.pts; pes[7]&0x40 != 0 {
				f.dts = clock(pes[14:])
			}
			all = append(all, f)
		}
		all[len(all)-1].end = i + packetSize
	}
	return all
}

// clock reads a PES packet's time.
func clock(b []byte) clip.Ticks {
	return clip.Ticks(b[0]>>1&7)<<30 | clip.Ticks(b[1])<<22 | clip.Ticks(b[2]>>1)<<15 | clip.Ticks(b[3])<<7 | clip.Ticks(b[4]>>1)
}

// transmitter sends the broadcast over UDP at its own speed, and knows how far
// it is.
type transmitter struct {
	url  string
	b    broadcast
	mu   sync.Mutex
	at   int // frames sent whole
	stop chan struct{}
	done chan struct{}
}

func transmit(t *testing.T) *transmitter {
	t.Helper()
	b, err := theBroadcast()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	x := &transmitter{url: fmt.Sprintf("udp://127.0.0.1:%d", port), b: b, stop: make(chan struct{}), done: make(chan struct{})}
	go x.run(conn)
	t.Cleanup(func() { close(x.stop); <-x.done; conn.Close() })
	return x
}

func (x *transmitter) run(conn net.Conn) {
	defer close(x.done)
	began, from := time.Now(), 0
	for n, f := range x.b.frames {
		select {
		case <-x.stop:
			return
		case <-time.After(time.Until(began.Add((f.dts - x.b.frames[0].dts).Duration()))):
		}
		for ; from < f.end; from += 7 * packetSize {
			_, _ = conn.Write(x.b.ts[from:min(from+7*packetSize, len(x.b.ts))]) // nobody may be there
		}
		x.mu.Lock()
		x.at = n + 1
		x.mu.Unlock()
	}
	<-x.stop
}

// sentFrames is how many pictures were sent whole.
func (x *transmitter) sentFrames() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.at
}

// freePort is a UDP port that nobody uses now.
func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// serveHLS shows the broadcast as a live HLS feed at its own speed, with a
// window of a minute.
func serveHLS(t *testing.T) (url string) {
	t.Helper()
	b, err := theBroadcast()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "mpegts", "-i", "pipe:0", "-c", "copy", "-copyts",
		"-f", "hls", "-hls_time", "2", "-hls_list_size", "0", filepath.Join(dir, "all.m3u8"))
	cmd.Stdin = bytes.NewReader(b.ts)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	began := time.Now()
	files := http.FileServer(http.Dir(dir))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "index.m3u8") {
			files.ServeHTTP(w, r)
			return
		}
		last := int(time.Since(began) / (2 * time.Second))
		first := max(0, last-30)
		fmt.Fprintf(w, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", first)
		for n := first; n <= last && n < 75; n++ {
			fmt.Fprintf(w, "#EXTINF:2,\nall%d.ts\n", n)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/index.m3u8"
}
