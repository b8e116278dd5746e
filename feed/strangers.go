package feed

import (
	"errors"
	"io"
	"net"
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
