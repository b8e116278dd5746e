package dvr

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// wire is a bad network for a TCP connection. Nothing gets lost there: what is
// silent comes later, unless the connection breaks.
type wire struct {
	listener net.Listener
	to       string
	network  network
	due      func() bool // when the connection breaks

	mu       sync.Mutex
	began    time.Time // when the first connection was made
	broken   bool      // the silence was, and ended the connection
	open     []net.Conn
	returned time.Time
}

func newWire(t *testing.T, port int, n network, due func() bool) *wire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: ln, to: fmt.Sprintf("127.0.0.1:%d", port), network: n, due: due}
	go w.run()
	t.Cleanup(w.close)
	return w
}

func (w *wire) port() int { return w.listener.Addr().(*net.TCPAddr).Port }

func (w *wire) run() {
	for {
		from, err := w.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", w.to)
		if err != nil {
			from.Close() // nobody is there yet
			continue
		}
		w.mu.Lock()
		if w.open = append(w.open, from, to); w.began.IsZero() {
			w.began = time.Now()
		}
		w.mu.Unlock()
		go w.carry(to, from)
		go w.carry(from, to)
	}
}

// carry passes on what one says to the other.
func (w *wire) carry(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	for b := make([]byte, 4096); ; {
		n, err := from.Read(b)
		if err != nil || !w.weather(to, from) {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// weather holds bytes up while it is silent, or breaks the connection. It
// reports whether they pass.
func (w *wire) weather(to, from net.Conn) bool {
	w.mu.Lock()
	fell, until := w.fall(), w.fall().Add(w.network.long)
	if w.network.breaks && !w.broken && w.due() {
		w.broken = true
		w.mu.Unlock()
		for _, c := range []net.Conn{to, from} {
			_ = c.(*net.TCPConn).SetLinger(0) // it is reset
		}
		return false
	}
	w.mu.Unlock()
	if w.network.long == 0 || time.Now().Before(fell) {
		return true
	}
	time.Sleep(time.Until(until))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.returned.IsZero() {
		w.returned = time.Now()
	}
	return true
}

// fall is when the silence begins, with a picture as in network.
func (w *wire) fall() time.Time {
	return w.began.Add(time.Duration(w.network.from) * time.Second / rate)
}

func (w *wire) fell() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fall()
}

func (w *wire) back() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.returned
}

func (w *wire) resumedAt() int { return w.network.from } // nothing is lost

func (w *wire) String() string { return "a wire" }

func (w *wire) close() {
	w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		c.Close()
	}
}
