package dvr

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// network is what happens to datagrams on their way, in both directions: to
// some of them, and to all while it is silent.
type network struct {
	lost, twice, late float64       // shares
	from              int           // with this picture
	long              time.Duration // begins so long a silence; zero: none does
	breaks            bool          // TCP: the connection is reset then
}

// relay is a bad network between one who calls and one who is called. It reads
// how far the broadcast is from the pictures that pass.
type relay struct {
	t       *testing.T
	conn    net.PacketConn
	to      net.Addr
	network network
	start   clip.Ticks // of the first programme's first picture

	mu       sync.Mutex
	dice     *rand.Rand
	upstream map[string]net.PacketConn
	at       int       // the latest picture that was sent
	silent   time.Time // since when
	returned time.Time // when media passed again
	resumed  int       // with this picture
	dropped  int       // datagrams with media
}

// newRelay leads to a port of this machine.
func newRelay(t *testing.T, port int, n network, first numbered) *relay {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, conn: conn, to: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, network: n, start: first.start(),
		dice: rand.New(rand.NewPCG(2026, 11)), upstream: map[string]net.PacketConn{}}
	go r.run()
	t.Cleanup(r.close)
	return r
}

// port is where to call.
func (r *relay) port() int { return r.conn.LocalAddr().(*net.UDPAddr).Port }

func (r *relay) run() {
	for b := make([]byte, 2048); ; {
		n, from, err := r.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if up := r.out(from); up != nil {
			r.carry(b[:n], up, r.to)
		}
	}
}

// out is the socket that speaks for a caller.
func (r *relay) out(from net.Addr) net.PacketConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if up, ok := r.upstream[from.String()]; ok {
		return up
	}
	up, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		r.t.Error(err)
		return nil
	}
	r.upstream[from.String()] = up
	go func() {
		for b := make([]byte, 2048); ; {
			n, _, err := up.ReadFrom(b)
			if err != nil {
				return
			}
			r.carry(b[:n], r.conn, from)
		}
	}()
	return up
}

// carry takes a datagram through the weather.
func (r *relay) carry(b []byte, conn net.PacketConn, to net.Addr) {
	send := func(b []byte) { _, _ = conn.WriteTo(b, to) } // nobody may be there
	r.mu.Lock()
	media := r.look(b)
	passes := r.passes(media)
	late, twice := r.dice.Float64() < r.network.late, r.dice.Float64() < r.network.twice
	r.mu.Unlock()
	switch {
	case !passes:
	case late:
		kept := bytes.Clone(b)
		time.AfterFunc(15*time.Millisecond, func() { send(kept) })
	default:
		send(b)
		if twice {
			send(b)
		}
	}
}

// passes decides whether a datagram arrives.
func (r *relay) passes(media bool) bool {
	lost := r.dice.Float64() < r.network.lost
	switch now := time.Now(); {
	case r.network.long == 0 || r.at < r.network.from || !r.returned.IsZero():
	case r.silent.IsZero():
		r.silent, lost = now, true
	case now.Sub(r.silent) < r.network.long:
		lost = true
	case media:
		r.returned, r.resumed = now, r.at
	}
	if lost && media {
		r.dropped++
	}
	return !lost
}

// look reads how far the broadcast is, and reports whether there are transport
// packets in a datagram.
func (r *relay) look(b []byte) (media bool) {
	b = b[len(b)%packetSize:]
	for ; len(b) >= packetSize; b = b[packetSize:] {
		if b[0] != 0x47 {
			return false
		}
		media = true
		if b[1]&0x40 == 0 {
			continue
		}
		if f := pictures(b[:packetSize]); len(f) > 0 && f[0].pts >= r.start {
			r.at = max(r.at, int(f[0].pts-r.start)/(90000/rate))
		}
	}
	return media
}

func (r *relay) close() {
	r.conn.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, up := range r.upstream {
		up.Close()
	}
}

// fell is when the silence began, and back when it was over.
func (r *relay) fell() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent
}

func (r *relay) back() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.returned
}

// resumedAt is the picture with which it was over.
func (r *relay) resumedAt() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resumed
}

func (r *relay) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("picture %d, %d datagrams with media were lost", r.at, r.dropped)
}
