package feed

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/datarhei/gosrt/crypto"
	srtpacket "github.com/datarhei/gosrt/packet"
	"golang.org/x/net/ipv4"

	"github.com/ovation-live/ovation/clip"
)

// How a sender is called.
const (
	callTimeout = 2 * time.Second // for each half of the handshake
	callAgain   = 250 * time.Millisecond
	srtGather   = 5 * time.Millisecond
)

// callSRT connects to a sender.
func callSRT(ctx context.Context, address string, o srtOptions, allowPrivate bool) (connection, error) {
	op := "call " + address
	var c *srtCaller
	err := eachAddress(ctx, address, allowPrivate, func(resolved string) (err error) {
		c, err = dialSRT(ctx, resolved, o)
		return err
	})
	var classified *clip.Error
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &classified):
		return nil, clip.Errorf(classified.Kind, op, "%w", err)
	case errors.Is(err, errSecret), errors.Is(err, errTurnedAway):
		// Nothing changes until somebody changes a secret.
		return nil, &clip.Error{Op: op, Kind: clip.Denied, Err: err, Until: time.Now().Add(time.Minute)}
	}
	return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
}

// srtCaller is a connection to a sender that was called.
type srtCaller struct {
	*batch
	link   *srtLink
	bye    []byte // hangs up
	missed atomic.Int64
}

func dialSRT(ctx context.Context, address string, o srtOptions) (*srtCaller, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", address)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	c := &srtCaller{batch: newBatch(conn.(*net.UDPConn), srtGather)}
	call := srtCall{o: o, id: rand.Uint32() | 1, began: time.Now()}
	if c.link, err = call.make(c.batch); err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	c.link.send = func(b []byte) { _, _ = conn.Write(b) } // what is lost is sent again
	c.bye = c.link.goodbye(time.Now())
	return c, nil
}

// srtCall is a call that is not answered yet.
type srtCall struct {
	o     srtOptions
	id    uint32
	began time.Time
	keys  crypto.Crypto
	hello *srtpacket.CIFHandshake // what is said until it is answered
	link  *srtLink                // once it is
	err   error                   // or why it is not
}

// make shakes hands. Packets get lost: each is said again.
func (c *srtCall) make(b *batch) (*srtLink, error) {
	c.hello = srtInduction(c.id, b.conn.LocalAddr())
	half := c.hello
	until := c.began.Add(callTimeout)
	for c.link == nil && c.err == nil {
		now := time.Now()
		if c.hello != half {
			half, until = c.hello, now.Add(callTimeout)
		}
		if now.After(until) {
			return nil, errors.New("no SRT listener answers there")
		}
		_, _ = b.conn.Write(srtHandshake(0, uint32(now.Sub(c.began).Microseconds()), c.hello)) // it is said again
		_ = b.conn.SetReadDeadline(now.Add(callAgain))                                         // a UDP connection takes one
		said := c.hello
		for c.hello == said && c.link == nil && c.err == nil {
			if err := b.next(c.heard); errors.Is(err, syscall.ECONNREFUSED) {
				return nil, errors.New("nobody listens there")
			} else if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			} else if err != nil {
				return nil, err
			}
		}
	}
	return c.link, c.err
}

// heard reads an answer.
func (c *srtCall) heard(m *ipv4.Message, now time.Time) {
	h, body, ok := readSRT(m.Buffers[0][:m.N])
	if !ok || !h.control || h.kind != srtpacket.CTRLTYPE_HANDSHAKE || c.link != nil || c.err != nil {
		return
	}
	hs, err := readSRTHandshake(body)
	switch {
	case err != nil: // it is damaged, or not meant for us
	case hs.HandshakeType.IsRejection():
		c.err = srtRefused(hs.HandshakeType)
	case hs.HandshakeType == srtpacket.HSTYPE_INDUCTION && c.hello.HandshakeType == srtpacket.HSTYPE_INDUCTION:
		c.hello, c.keys, c.err = c.o.conclude(*hs, c.id)
	case hs.HandshakeType == srtpacket.HSTYPE_CONCLUSION && c.hello.HandshakeType == srtpacket.HSTYPE_CONCLUSION:
		c.agreed(hs, now)
	}
}

// agreed begins the connection.
func (c *srtCall) agreed(hs *srtpacket.CIFHandshake, now time.Time) {
	switch {
	case hs.SRTHS == nil:
		c.err = errors.New("its SRT is older than 1.3, of 2018")
	case c.keys != nil && !hs.HasKM:
		c.err = errSecret
	default:
		latency := max(c.o.latency, time.Duration(hs.SRTHS.SendTSBPDDelay)*time.Millisecond)
		c.link = newSRTLink(c.id, hs, latency, now)
		c.link.began, c.link.crypto, c.link.passphrase = c.began, c.keys, c.o.passphrase
	}
}

// Read implements [connection].
func (c *srtCaller) Read(b []byte) (int, error) {
	for {
		if n := c.link.read(b); n > 0 {
			return n, nil
		}
		if c.link.over != nil {
			return 0, c.link.over
		}
		_ = c.conn.SetReadDeadline(time.Now().Add(srtAckEvery)) // a UDP connection takes one
		err := c.next(c.take)
		now := time.Now()
		switch {
		case err == nil, errors.Is(err, os.ErrDeadlineExceeded):
		case !errors.Is(err, syscall.ECONNREFUSED):
			return 0, err
		case now.Sub(c.link.heard) > srtAliveEvery: // nobody is there any more
			c.link.end(io.EOF)
		}
		c.link.tick(now)
		c.missed.Add(int64(c.link.window.missed))
		c.link.window.missed = 0
	}
}

// take reads a packet of the connection.
func (c *srtCaller) take(m *ipv4.Message, now time.Time) {
	if h, body, ok := readSRT(m.Buffers[0][:m.N]); ok && h.to == c.link.id && !(h.control && h.kind == srtpacket.CTRLTYPE_HANDSHAKE) {
		c.link.take(h, body, now)
	}
}

// lost implements [witness].
func (c *srtCaller) lost() (packets int, other string) { return int(c.missed.Swap(0)), "" }

// Close hangs up.
func (c *srtCaller) Close() error {
	_, _ = c.conn.Write(c.bye) // a sender that does not hear it finds out
	return c.conn.Close()
}
