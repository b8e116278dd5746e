package feed

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/net/ipv4"

	"github.com/ovation-live/ovation/clip"
)

// newUDP makes the source of a feed that comes as datagrams: udp:// of
// transport packets, rtp:// of RTP (RFC 2250) with transport packets. The
// URL's address is a multicast group to join, or an address of this machine to
// listen on; ?interface=eth1 names where, ?source=10.0.0.7 whom alone to hear.
func newUDP(f clip.Feed, u *url.URL, log logrus.FieldLogger) (Source, error) {
	l, err := parseListen(u)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, "open feed "+string(f.ID), "%w", err)
	}
	return &transport{log: log, dial: func(context.Context) (connection, error) {
		d, err := l.open()
		if err != nil {
			return nil, clip.Errorf(clip.Unavailable, "listen on "+u.Host, "%w", err)
		}
		if u.Scheme == "rtp" {
			return &rtp{datagrams: d}, nil
		}
		return plain{d}, nil
	}}, nil
}

// listen is where datagrams are awaited.
type listen struct {
	address *net.UDPAddr
	device  *net.Interface // nil: the system chooses
	source  net.IP         // nil: anybody
}

func parseListen(u *url.URL) (l listen, err error) {
	if l.address, err = net.ResolveUDPAddr("udp", u.Host); err != nil || l.address.Port == 0 {
		return l, errors.New("it needs an address and a port to listen on, such as " + u.Scheme + "://239.1.1.1:5000 or " + u.Scheme + "://0.0.0.0:5000")
	}
	q := u.Query()
	if name := q.Get("interface"); name != "" {
		if l.device, err = net.InterfaceByName(name); err != nil {
			return l, errors.New("this machine has no network interface " + name)
		}
	}
	if text := q.Get("source"); text != "" {
		if l.source = net.ParseIP(text); l.source == nil {
			return l, errors.New("its source= is no IP address")
		}
	}
	return l, nil
}

// socketBuffer is what the kernel keeps while we are late: half a second of
// 100 Mb/s. The system may allow less (net.core.rmem_max).
const socketBuffer = 8 << 20

func (l listen) open() (*datagrams, error) {
	var conn *net.UDPConn
	var err error
	if l.address.IP.IsMulticast() {
		conn, err = net.ListenMulticastUDP("udp", l.device, l.address)
	} else {
		conn, err = net.ListenUDP("udp", l.address)
	}
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(socketBuffer) // what the system allows
	d := &datagrams{conn: conn, batch: ipv4.NewPacketConn(conn), source: l.source}
	for i := range d.messages {
		d.messages[i].Buffers = [][]byte{make([]byte, maxDatagram)}
	}
	return d, nil
}

// datagrams reads many datagrams with one system call: at 6 Mb/s 570 come in a
// second, and asking for each would cost more than recording them.
type datagrams struct {
	conn     *net.UDPConn
	batch    *ipv4.PacketConn
	source   net.IP
	gather   time.Duration
	messages [64]ipv4.Message
}

// How long datagrams wait for others: so long that a batch holds some dozens,
// and the kernel's buffer, by default some ninety of them (net.core.rmem_max,
// Linux 6.18, 2026-11-24), never fills.
const (
	maxDatagram = 2048 // larger than any Ethernet frame without jumbo
	maxGather   = 32 * time.Millisecond
	manyAtOnce  = 32
	fewAtOnce   = 12
)

// next calls visit with each datagram that is there, waiting for the first.
func (d *datagrams) next(visit func([]byte)) error {
	time.Sleep(d.gather)
	n, err := d.batch.ReadBatch(d.messages[:], 0)
	if err != nil {
		return err
	}
	switch {
	case n > manyAtOnce:
		d.gather /= 2
	case n < fewAtOnce:
		d.gather = min(d.gather+time.Millisecond, maxGather)
	}
	for _, m := range d.messages[:n] {
		if from, ok := m.Addr.(*net.UDPAddr); d.source == nil || ok && from.IP.Equal(d.source) {
			visit(m.Buffers[0][:m.N])
		}
	}
	return nil
}

// plain are datagrams of transport packets.
type plain struct{ *datagrams }

func (p plain) Close() error { return p.conn.Close() }

// Read gives whole datagrams; b must hold readSize.
func (p plain) Read(b []byte) (n int, err error) {
	err = p.next(func(d []byte) { n += copy(b[n:], d) })
	return n, err
}
