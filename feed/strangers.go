package feed

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// survive turns a panic over what somebody sends into an error: one feed must
// not end the recording of the others.
func survive(err *error) {
	if p := recover(); p != nil {
		*err = clip.Errorf(clip.Internal, "read the feed", "it panicked: %v", p)
	}
}

// hostOf is an address without its port, which is another one at each try.
func hostOf(a net.Addr) string {
	name, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return name
}

// sparingly lets the same be logged once a minute, and no more than a hundred
// different things: whoever sends rubbish from everywhere does not fill a disk.
type sparingly struct {
	mu   sync.Mutex
	said map[string]time.Time
}

func (s *sparingly) due(text string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 100
	for old, t := range s.said {
		if now.Sub(t) >= logSameEvery {
			delete(s.said, old)
		}
	}
	if _, lately := s.said[text]; lately || len(s.said) >= most {
		return false
	}
	if s.said == nil {
		s.said = map[string]time.Time{}
	}
	s.said[text] = now
	return true
}

// maxHandshake is more than any encoder sends before it says what it publishes:
// 3 kB of handshake and a few commands.
const maxHandshake = 64 << 10

// stranger is somebody of whom so many bytes are read at most, until trusted.
type stranger struct {
	io.ReadWriter
	left    int
	trusted bool
}

// Read gives what the stranger sends.
func (s *stranger) Read(b []byte) (int, error) {
	if s.trusted {
		return s.ReadWriter.Read(b)
	}
	if s.left == 0 {
		return 0, errors.New("it sends too much before it says what it publishes")
	}
	n, err := s.ReadWriter.Read(b[:min(len(b), s.left)])
	s.left -= n
	return n, err
}

// crowd are the connections of which nobody knows yet who it is. The newest is
// let in, for those who never say it would keep an encoder out.
type crowd struct {
	mu    sync.Mutex
	conns []net.Conn // the oldest first
}

// enter adds a connection, and hangs up on the oldest where there are too many.
func (c *crowd) enter(conn net.Conn) {
	const most = 64
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conns = append(c.conns, conn); len(c.conns) > most {
		_ = c.conns[0].Close()
		c.conns = c.conns[1:]
	}
}

// leave takes one out that is known, or gone.
func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = slices.DeleteFunc(c.conns, func(o net.Conn) bool { return o == conn })
}
