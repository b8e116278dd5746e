package feed

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// What is kept when the disk is slower than the sender.
const (
	readSize    = 576 << 10 // more than one system call can give
	backlogSize = 16 << 20  // 20 s of 6 Mb/s
)

// backlog reads a connection in its own goroutine, so that a slow disk does
// not lose what comes meanwhile.
type backlog struct {
	limit   int
	waits   bool          // the sender does, when there is no room; else what it sends is dropped
	some    chan struct{} // something came
	room    chan struct{} // something was taken
	quit    chan struct{}
	dropped atomic.Int64 // bytes
	quiet   *time.Timer

	mu    sync.Mutex
	queue []chunk // in order
	size  int     // of all in queue
	taken []byte  // the latest chunk, which the reader has
	spare []byte  // the one before it, to be used again
	ended bool
	err   error // why
}

// chunk is some of what came, or the end of what one sender sent.
type chunk struct {
	bytes []byte
	gone  error // why the sender went; it wraps errNext
}

// newBacklog begins to read.
func newBacklog(conn io.Reader, waits bool) *backlog {
	b := &backlog{limit: backlogSize, waits: waits,
		some: make(chan struct{}, 1), room: make(chan struct{}, 1), quit: make(chan struct{}), quiet: time.NewTimer(silentAfter)}
	if waits {
		b.limit = readSize
	}
	go b.read(conn)
	return b
}

func (b *backlog) read(conn io.Reader) {
	if err := b.fill(conn); err != nil {
		b.end(err)
	}
}

// fill queues what comes until the connection ends, which is an error, or the
// reader is gone.
func (b *backlog) fill(conn io.Reader) (err error) {
	defer survive(&err)
	buf := make([]byte, readSize)
	for {
		n, err := conn.Read(buf)
		next := errors.Is(err, errNext)
		if n > 0 && !b.give(buf[:n]) || next && !b.part(err) {
			return nil
		}
		if err != nil && !next {
			return err
		}
	}
}

// end says why nothing more comes.
func (b *backlog) end(why error) {
	b.mu.Lock()
	b.ended, b.err = true, why
	b.mu.Unlock()
	nudge(b.some)
}

// nudge wakes whoever waits for c.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}

// give hands bytes on, unless the reader is gone.
func (b *backlog) give(c []byte) bool {
	for !b.put(c) {
		if !b.waits {
			b.dropped.Add(int64(len(c)))
			break
		}
		select {
		case <-b.room:
		case <-b.quit:
			return false
		}
	}
	return b.told()
}

// part says that what follows is of another sender, unless the reader is gone.
func (b *backlog) part(why error) bool {
	b.mu.Lock()
	b.queue = append(b.queue, chunk{gone: why})
	b.mu.Unlock()
	return b.told()
}

// told wakes the reader, and reports whether it is still there.
func (b *backlog) told() bool {
	nudge(b.some)
	select {
	case <-b.quit:
		return false
	default:
		return true
	}
}

// put queues bytes, if there is room: with those before them, as long as they
// were not taken.
func (b *backlog) put(c []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size > 0 && b.size+len(c) > b.limit {
		return false
	}
	b.size += len(c)
	if last := len(b.queue) - 1; last >= 0 && b.queue[last].gone == nil && len(b.queue[last].bytes)+len(c) <= readSize {
		b.queue[last].bytes = append(b.queue[last].bytes, c...)
		return true
	}
	b.queue = append(b.queue, chunk{bytes: append(b.spare[:0], c...)})
	b.spare = nil
	return true
}

// errSilent is why there is no chunk: nothing came for silentAfter.
var errSilent = errors.New("nothing came")

// next is the next bytes, which are valid until the next call, or why there are
// none: between two senders an error that wraps errNext.
func (b *backlog) next(ctx context.Context) ([]byte, error) {
	b.quiet.Reset(silentAfter)
	for {
		if c, ok := b.pop(); ok {
			return c.bytes, c.gone
		}
		select {
		case <-b.some:
		case <-b.quiet.C:
			return nil, errSilent
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (b *backlog) pop() (c chunk, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return chunk{gone: b.err}, b.ended
	}
	c = b.queue[0]
	b.queue = b.queue[1:]
	if c.gone != nil {
		return c, true
	}
	b.size -= len(c.bytes)
	b.taken, b.spare = c.bytes, b.taken
	nudge(b.room)
	return c, true
}

func (b *backlog) stop() {
	close(b.quit)
	b.quiet.Stop()
}
