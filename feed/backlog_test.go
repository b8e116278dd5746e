package feed

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

// scripted is a connection that gives what it is told, in order.
type scripted chan any // []byte or error

func (s scripted) Read(b []byte) (int, error) {
	switch v := (<-s).(type) {
	case []byte:
		return copy(b, v), nil
	case error:
		return 0, v
	}
	return 0, io.EOF // closed
}

// TestBacklogKeepsOrder gives every byte once, in order, however late it is
// asked for, and senders apart.
func TestBacklogKeepsOrder(t *testing.T) {
	for _, waits := range []bool{false, true} {
		s := make(scripted, 1000)
		r := rand.New(rand.NewPCG(1, 9))
		var sent []byte
		for i := range 900 {
			b := make([]byte, 1+r.IntN(5000))
			for j := range b {
				b[j] = byte(i)
			}
			s <- b
			if sent = append(sent, b...); i%300 == 299 {
				s <- errNext
				sent = append(sent, "next"...)
			}
		}
		close(s)
		b := newBacklog(s, waits)
		defer b.stop()
		var got []byte
		for {
			c, err := b.next(t.Context())
			if errors.Is(err, errNext) {
				c, err = []byte("next"), nil
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, c...); r.IntN(10) == 0 {
				time.Sleep(time.Millisecond) // let it fill
			}
		}
		if !bytes.Equal(got, sent) || b.dropped.Load() != 0 {
			t.Errorf("waits %t: %d bytes of %d, %d dropped", waits, len(got), len(sent), b.dropped.Load())
		}
	}
}

// TestBacklogIsBounded drops what a slow disk has no room for, and says how
// much; what can wait waits.
func TestBacklogIsBounded(t *testing.T) {
	const chunks = 100
	fill := func(waits bool) *backlog {
		s := make(scripted, chunks)
		for range chunks {
			s <- make([]byte, readSize)
		}
		close(s)
		b := newBacklog(s, waits)
		t.Cleanup(b.stop)
		return b
	}
	drain := func(b *backlog) (n int64) {
		for {
			c, err := b.next(t.Context())
			if err != nil {
				return n
			}
			n += int64(len(c))
		}
	}
	b := fill(false)
	eventually(t, "all was read", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.ended })
	if n := drain(b); n > backlogSize || n < backlogSize-readSize || n+b.dropped.Load() != chunks*readSize {
		t.Errorf("%d bytes were kept and %d dropped", n, b.dropped.Load())
	}
	if n := drain(fill(true)); n != chunks*readSize {
		t.Errorf("%d of %d bytes of a file", n, chunks*readSize)
	}
}

// TestBacklogIsSilent says when nothing comes.
func TestBacklogIsSilent(t *testing.T) {
	s := make(scripted)
	b := newBacklog(s, false)
	defer b.stop()
	defer close(s)
	began := time.Now()
	if _, err := b.next(t.Context()); !errors.Is(err, errSilent) || time.Since(began) < silentAfter {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	s <- []byte("late")
	if got, err := b.next(t.Context()); string(got) != "late" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
