package media

import (
	"errors"
	"io"
	"sync"
)

// ahead reads a few blocks ahead of its reader, so that somebody who writes
// two tracks by turns is not held up while ffmpeg, which opens its inputs one
// after the other, wants more of the other track.
type ahead struct {
	blocks chan []byte
	now    []byte
	err    error // valid once blocks is closed
	from   io.Reader
	done   chan struct{}
	once   sync.Once
}

// readAhead begins to read from r: depth blocks of size bytes at most.
func readAhead(r io.Reader, size, depth int) *ahead {
	a := &ahead{blocks: make(chan []byte, depth), from: r, done: make(chan struct{})}
	go a.fill(size)
	return a
}

func (a *ahead) fill(size int) {
	defer close(a.blocks)
	for {
		b := make([]byte, size)
		n, err := io.ReadFull(a.from, b)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		a.err = err
		if n > 0 {
			select {
			case a.blocks <- b[:n]:
			case <-a.done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Read gives what was read.
func (a *ahead) Read(p []byte) (int, error) {
	if len(a.now) == 0 {
		b, ok := <-a.blocks
		if !ok {
			return 0, a.err
		}
		a.now = b
	}
	n := copy(p, a.now)
	a.now = a.now[n:]
	return n, nil
}

// Close stops reading and closes what was read from.
func (a *ahead) Close() error {
	a.once.Do(func() { close(a.done) })
	if c, ok := a.from.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
