package feed

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// connection is a transport stream that somebody sends us. Read gives io.EOF
// when the other side ended it; Close ends a Read that waits.
type connection io.ReadCloser

// lossy is a connection that knows how many packets never came.
type lossy interface {
	// lost is the number of packets that never came since it was last asked.
	lost() int
}

// transport is a feed whose media is an endless transport stream: over UDP,
// RTP or SRT, out of a file, or remuxed. It keeps its clock from one
// connection to the next, so that an encoder that went on is told from one
// that began anew.
type transport struct {
	log     logrus.FieldLogger
	dial    func(ctx context.Context) (connection, error)
	wait    time.Duration // until a connection that is silent is given up; zero: never, as for listeners
	over    error         // what a connection's end means: nil for files
	whole   bool          // a file: nothing is dropped, however slow the disk is
	rewinds bool          // each Run begins at the beginning again

	cutter *cutter
	said   time.Time    // when losses were told last
	given  atomic.Int64 // how much media the connection has given, in ns
}

// Patience with a sender, and what is kept when the disk is slower than it.
const (
	silentAfter = time.Second      // what came is handed on
	sayEvery    = 10 * time.Second // losses are told
	goneAfter   = 3 * time.Second  // the open segment is closed

	readSize      = 512 << 10 // more than one system call can give
	backlogChunks = 512       // 10 s of datagrams gathered
)

// errAway is why a connection ended that should not have.
var errAway = clip.Errorf(clip.Unavailable, "read the feed", "the sender ended the connection")

// Run implements [Source].
func (t *transport) Run(ctx context.Context, emit func(Piece) error) error {
	conn, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // ends a read that waits
	defer conn.Close()
	if t.cutter == nil {
		t.cutter = newCutter(time.Now, nil)
	}
	t.cutter.emit = t.emitter(emit)
	err = t.read(ctx, conn)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Waits implements [Waiter]: listeners and datagrams wait as long as it takes.
func (t *transport) Waits() bool { return t.wait == 0 && t.over == nil && !t.whole }

// emitter marks the first piece of a file as one that may repeat what was given
// before.
func (t *transport) emitter(emit func(Piece) error) func(Piece) error {
	if !t.rewinds {
		return emit
	}
	rewound, began := true, time.Now()
	return func(p Piece) error {
		if p.Part {
			return nil // the file has it
		}
		p.Rewound, p.Arrived = rewound, began
		rewound = false
		return emit(p)
	}
}

// progress is how much media the connection has given so far.
func (t *transport) progress() time.Duration { return time.Duration(t.given.Load()) }

// read takes what a connection gives until it ends.
func (t *transport) read(ctx context.Context, conn connection) error {
	b := newBacklog(conn, t.whole)
	defer b.stop()
	var packets aligner
	quiet := time.Duration(0)
	for {
		got, err := b.next(ctx)
		if err == nil {
			quiet = 0
			err = t.take(packets.add(got), got == nil)
		}
		if err == nil {
			err = t.missed(conn, b)
		}
		switch {
		case err == nil:
		case errors.Is(err, errSilent):
			if quiet += silentAfter; t.wait > 0 && quiet >= t.wait {
				return cmp.Or(t.cutter.broke(), clip.Errorf(clip.Unavailable, "read the feed", "nothing came for %s", quiet))
			}
			if err := t.silent(quiet); err != nil {
				return err
			}
		case errors.Is(err, io.EOF):
			return cmp.Or(t.cutter.ended(), t.over)
		default:
			return cmp.Or(t.cutter.broke(), failure("read the feed", err))
		}
	}
}

// take cuts what came. Between two senders there is nothing.
func (t *transport) take(packets []byte, next bool) error {
	if next {
		return t.cutter.broke()
	}
	err := t.cutter.add(packets)
	t.given.Store(int64(t.cutter.passed().Duration()))
	return err
}

// silent stores what there is when nothing more comes: at first as a part of
// the open segment, for the sender may only be late.
func (t *transport) silent(quiet time.Duration) error {
	if quiet < goneAfter {
		return t.cutter.flush()
	}
	return t.cutter.broke()
}

// missed says now and then what never came, or came faster than it could be
// recorded.
func (t *transport) missed(conn connection, b *backlog) error {
	if time.Since(t.said) < sayEvery {
		return nil
	}
	t.said = time.Now()
	n := t.cutter.continuity.missed
	t.cutter.continuity.missed = 0
	if c, ok := conn.(lossy); ok {
		n = max(n, c.lost())
	}
	var err error
	if n > 0 {
		err = t.cutter.emit(Piece{Lost: clip.Errorf(clip.Unavailable, "read the feed", "about %d packets were lost or damaged on the way", n)})
	}
	if n := b.dropped.Swap(0); n > 0 && err == nil {
		err = t.cutter.emit(Piece{Lost: clip.Errorf(clip.Unavailable, "read the feed", "%d bytes came faster than they could be recorded", n)})
	}
	return err
}

// backlog reads a connection in its own goroutine, so that a slow disk does
// not lose what comes meanwhile.
type backlog struct {
	chunks  chan []byte
	quit    chan struct{}
	dropped atomic.Int64 // bytes
	err     error        // why chunks was closed
}

// newBacklog begins to read. What waits makes its sender wait, instead of being
// dropped, when the backlog is full.
func newBacklog(conn io.Reader, waits bool) *backlog {
	n := backlogChunks
	if waits {
		n = 1
	}
	b := &backlog{chunks: make(chan []byte, n), quit: make(chan struct{})}
	go b.read(conn, waits)
	return b
}

func (b *backlog) read(conn io.Reader, waits bool) {
	defer close(b.chunks)
	buf := make([]byte, readSize)
	for {
		n, err := conn.Read(buf)
		next := errors.Is(err, errNext)
		if n > 0 && !b.give(bytes.Clone(buf[:n]), waits) || next && !b.give(nil, true) {
			return
		}
		if err != nil && !next {
			b.err = err
			return
		}
	}
}

// give hands a chunk on, unless the reader is gone. One that finds no room is
// dropped, if it may not wait.
func (b *backlog) give(c []byte, wait bool) bool {
	select {
	case b.chunks <- c:
		return true
	case <-b.quit:
		return false
	default:
	}
	if !wait {
		b.dropped.Add(int64(len(c)))
		return true
	}
	select {
	case b.chunks <- c:
		return true
	case <-b.quit:
		return false
	}
}

// errSilent is why there is no chunk: nothing came for silentAfter.
var errSilent = errors.New("nothing came")

// next is the next chunk, nil between two senders, or why there is none.
func (b *backlog) next(ctx context.Context) ([]byte, error) {
	quiet := time.NewTimer(silentAfter)
	defer quiet.Stop()
	select {
	case c, ok := <-b.chunks:
		if !ok {
			return nil, b.err
		}
		return c, nil
	case <-quiet.C:
		return nil, errSilent
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *backlog) stop() { close(b.quit) }
