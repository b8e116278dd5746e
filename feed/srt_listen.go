package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"time"

	srtnet "github.com/datarhei/gosrt/net"
	srtpacket "github.com/datarhei/gosrt/packet"
	"github.com/sirupsen/logrus"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/ovation-live/ovation/clip"
)

// srtListener lets SRT senders in, and reads who came last: an encoder that
// reconnects must not be kept out by its own dead connection. One goroutine
// does all of it, in Read.
type srtListener struct {
	*batch
	o      srtOptions
	log    logrus.FieldLogger
	said   *sparingly
	cookie *srtnet.SYNCookie
	began  time.Time

	guest  *srtGuest // who is read; nil: nobody
	newer  *srtGuest // who came meanwhile
	proofs proofs
	bye    atomic.Pointer[func()] // hangs up on both
	missed atomic.Int64
}

// srtGuest is a sender that was let in.
type srtGuest struct {
	*srtLink
	from  net.Addr
	hello []byte // what let it in, for a sender that did not hear it
}

func listenSRT(ctx context.Context, address string, o srtOptions, log logrus.FieldLogger) (connection, error) {
	op := "listen on " + address
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	cookie, err := srtnet.NewSYNCookie(address, nil)
	s := &srtListener{batch: newBatch(conn.(*net.UDPConn), srtGather), o: o, log: log, said: &sparingly{}, cookie: cookie, began: time.Now()}
	if err = cmp.Or(err, s.askTarget()); err != nil {
		_ = conn.Close()
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return s, nil
}

// Read gives what the sender sends, waiting for one. It gives errNext when a
// sender is gone and can be called again, and another error when nobody comes
// any more.
func (s *srtListener) Read(b []byte) (int, error) {
	for {
		if s.guest != nil {
			if n := s.guest.read(b); n > 0 {
				return n, nil
			}
			if why := s.guest.over; why != nil {
				s.guest, s.newer = s.newer, nil
				return 0, fmt.Errorf("%w: %w", errNext, why)
			}
		}
		if err := s.hear(); err != nil {
			return 0, clip.Errorf(clip.Unavailable, "wait for a sender", "%w", err)
		}
	}
}

// hear takes what comes, and does what is due.
func (s *srtListener) hear() error {
	wait := srtAliveEvery
	if s.guest != nil {
		wait = srtAckEvery
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(wait)) // a UDP connection takes one
	if err := s.next(s.take); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	for _, g := range []*srtGuest{s.guest, s.newer} {
		if g != nil {
			g.tick(time.Now())
			s.missed.Add(int64(g.window.missed))
			g.window.missed = 0
		}
	}
	return nil
}

// take reads a packet of anybody.
func (s *srtListener) take(m *ipv4.Message, now time.Time) {
	h, body, ok := readSRT(m.Buffers[0][:m.N])
	switch {
	case !ok:
	case h.to == 0:
		if h.control && h.kind == srtpacket.CTRLTYPE_HANDSHAKE {
			s.stranger(m, body, now)
		}
	default:
		for _, g := range []*srtGuest{s.guest, s.newer} {
			if g != nil && g.id == h.to && g.from.String() == m.Addr.String() {
				g.srtLink.take(h, body, now)
			}
		}
	}
}

// stranger answers a handshake.
func (s *srtListener) stranger(m *ipv4.Message, body []byte, now time.Time) {
	hs, err := readSRTHandshake(body)
	switch {
	case err != nil:
		s.refused(m.Addr, errors.New("its handshake cannot be read"))
	case hs.HandshakeType == srtpacket.HSTYPE_INDUCTION:
		s.answer(m, hs.SRTSocketId, srtCookieFor(*hs, s.cookie.Get(m.Addr.String())))
	case hs.HandshakeType == srtpacket.HSTYPE_CONCLUSION && s.cookie.Verify(hs.SynCookie, m.Addr.String()):
		s.conclude(m, hs, now)
	}
}

// conclude lets a caller in, or does not.
func (s *srtListener) conclude(m *ipv4.Message, hs *srtpacket.CIFHandshake, now time.Time) {
	for _, g := range []*srtGuest{s.guest, s.newer} {
		if g != nil && g.peer == hs.SRTSocketId && g.from.String() == m.Addr.String() {
			g.send(g.hello)
			return
		}
	}
	if s.o.passphrase != "" && !s.proofs.due(now) {
		return // it says it again
	}
	keys, no := s.o.judge(hs)
	if no != nil {
		s.refused(m.Addr, no.why)
		s.answer(m, hs.SRTSocketId, no.answer(*hs))
		return
	}
	id := rand.Uint32() | 1
	yes, latency := s.o.accept(*hs, id)
	g := &srtGuest{srtLink: newSRTLink(id, hs, latency, now), from: m.Addr}
	g.crypto, g.passphrase, g.send = keys, s.o.passphrase, s.to(m)
	g.hello = srtHandshake(g.peer, g.stamp(now), yes)
	g.send(g.hello)
	s.log.WithField("sender", m.Addr.String()).Info("an SRT sender came")
	s.replace(g, now)
}

// replace makes a guest the sender, once what the one before sent is read.
func (s *srtListener) replace(g *srtGuest, now time.Time) {
	for _, old := range []*srtGuest{s.guest, s.newer} {
		if old != nil && old.over == nil {
			old.send(old.goodbye(now))
			old.end(io.EOF)
		}
	}
	if s.guest == nil {
		s.guest = g
	} else {
		s.newer = g
	}
	bye := func() { g.send(g.goodbye(now)) }
	s.bye.Store(&bye)
}

func (s *srtListener) answer(m *ipv4.Message, to uint32, hs *srtpacket.CIFHandshake) {
	s.to(m)(srtHandshake(to, uint32(time.Since(s.began).Microseconds()), hs))
}

func (s *srtListener) refused(from net.Addr, why error) {
	if err := fmt.Errorf("from %s: %w", hostOf(from), why); s.said.due(err.Error(), time.Now()) {
		s.log.WithError(err).Warn("an SRT sender was refused")
	}
}

// to sends to whom a datagram came from, from the address that it was sent to:
// a machine may have several.
func (s *srtListener) to(m *ipv4.Message) func([]byte) {
	to, ours := m.Addr.(*net.UDPAddr), s.target(m)
	var oob []byte
	switch {
	case ours.To4() != nil:
		oob = (&ipv4.ControlMessage{Src: ours.To4()}).Marshal()
	case ours != nil:
		oob = (&ipv6.ControlMessage{Src: ours}).Marshal()
	}
	return func(b []byte) { _, _, _ = s.conn.WriteMsgUDP(b, oob, to) } // what is lost is sent again
}

// lost implements [witness].
func (s *srtListener) lost() (packets int, other string) { return int(s.missed.Swap(0)), "" }

// Close hangs up and stops listening.
func (s *srtListener) Close() error {
	if bye := s.bye.Load(); bye != nil {
		(*bye)()
	}
	return s.conn.Close()
}

// proofs are limited: each takes a millisecond, and anybody may send one.
type proofs struct {
	from time.Time
	n    int
}

func (p *proofs) due(now time.Time) bool {
	const most = 20 // a second
	if now.Sub(p.from) >= time.Second {
		*p = proofs{from: now}
	}
	p.n++
	return p.n <= most
}
