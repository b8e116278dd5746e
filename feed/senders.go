package feed

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/ovation-live/ovation/clip"
)

// senders is the connection of a listener: it reads who came last. The newest
// sender wins, because an encoder that reconnects must not be kept out by its
// own dead connection; the one before is hung up on.
type senders struct {
	unlisten func() error

	mu     sync.Mutex
	change *sync.Cond
	now    io.ReadCloser // nil: nobody is there
	ended  error         // why nobody comes any more
}

// errNext ends what one sender gave, for the reason that it wraps; the next
// one's media follows.
var errNext = errors.New("the sender went")

func newSenders(unlisten func() error) *senders {
	s := &senders{unlisten: unlisten}
	s.change = sync.NewCond(&s.mu)
	return s
}

// replace makes conn the sender.
func (s *senders) replace(conn io.ReadCloser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		_ = conn.Close()
		return
	}
	if s.now != nil {
		_ = s.now.Close()
	}
	s.now = conn
	s.change.Broadcast()
}

// Read gives what the sender sends, waiting for one. It gives errNext when a
// sender is gone and can be called again, and another error when nobody comes
// any more.
func (s *senders) Read(b []byte) (int, error) {
	conn, err := s.current()
	if err != nil {
		return 0, err
	}
	n, err := conn.Read(b)
	if n > 0 {
		return n, nil
	}
	if err == nil {
		return 0, nil
	}
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == conn {
		s.now = nil
	}
	return 0, fmt.Errorf("%w: %w", errNext, err)
}

func (s *senders) current() (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.now == nil && s.ended == nil {
		s.change.Wait()
	}
	return s.now, s.ended
}

// remark implements [remarker].
func (s *senders) remark() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.now.(remarker); ok {
		return r.remark()
	}
	return nil
}

// end says why nobody comes any more. A listener that can no longer listen, for
// want of a file descriptor perhaps, is to be opened anew: its broadcast is not
// over.
func (s *senders) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = cmp.Or(s.ended, clip.Errorf(clip.Unavailable, "wait for a sender", "%w", why))
	if s.now != nil {
		_ = s.now.Close()
	}
	s.change.Broadcast()
}

// Close hangs up and stops listening.
func (s *senders) Close() error {
	s.end(net.ErrClosed)
	return s.unlisten()
}
