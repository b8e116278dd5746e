package feed

import (
	"errors"
	"io"
	"sync"
)

// senders is the connection of a listener: it reads who came last. The newest
// sender wins, because an encoder that reconnects must not be kept out by its
// own dead connection; the one before is hung up on.
type senders struct {
	unlisten func() error

	mu     sync.Mutex
	change *sync.Cond
	now    io.ReadCloser // nil: nobody is there
	ended  bool
}

// errNext ends what one sender gave; the next one's media follows.
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
	if s.ended {
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
// sender is gone and can be called again, and io.EOF when nobody comes any
// more.
func (s *senders) Read(b []byte) (int, error) {
	conn := s.current()
	if conn == nil {
		return 0, io.EOF
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
	return 0, errNext
}

func (s *senders) current() io.ReadCloser {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.now == nil && !s.ended {
		s.change.Wait()
	}
	if s.ended {
		return nil
	}
	return s.now
}

// end says that nobody comes any more.
func (s *senders) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.now != nil {
		_ = s.now.Close()
	}
	s.change.Broadcast()
}

// Close hangs up and stops listening.
func (s *senders) Close() error {
	s.end()
	return s.unlisten()
}
