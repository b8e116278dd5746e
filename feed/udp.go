package feed

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/ovation-live/ovation/clip"
)

// newUDP makes the source of a feed that comes as datagrams: udp:// of
// transport packets, rtp:// of RTP (RFC 2250) with transport packets. The
// URL's address is a multicast group to join, or an address of this machine to
// listen on; ?interface=eth1 names where, ?source=10.0.0.7 whom alone to hear.
func newUDP(f clip.Feed, u *url.URL) (Source, error) {
	op := "open feed " + string(f.ID)
	if err := options(u, "interface", "source"); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	l, err := parseListen(u)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	return &transport{dial: func(ctx context.Context) (connection, error) {
		d, err := l.open(ctx)
		switch {
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return nil, clip.Errorf(clip.Invalid, "listen on "+u.Host,
				"this machine has no such address; to hear that sender alone, use %s://0.0.0.0:%s?source=%s", u.Scheme, u.Port(), u.Hostname())
		case err != nil:
			return nil, clip.Errorf(clip.Unavailable, "listen on "+u.Host, "%w", err)
		case u.Scheme == "rtp":
			return &rtp{datagrams: d}, nil
		}
		return &plain{datagrams: d}, nil
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
		if !l.address.IP.IsMulticast() {
			return l, errors.New("its interface= chooses where to join a multicast group, and its address is none")
		}
	}
	if text := q.Get("source"); text != "" {
		if l.source = net.ParseIP(text); l.source == nil {
			return l, errors.New("its source= is no IP address")
		}
	}
	return l, nil
}

// open binds the socket and joins the group. A socket for a group is bound to
// its port only, and gets what is sent to all groups that anybody on this
// machine joined: which group a datagram was for is asked with each of them.
func (l listen) open(ctx context.Context) (*datagrams, error) {
	var config net.ListenConfig
	conn, err := config.ListenPacket(ctx, "udp", l.address.String())
	if err != nil {
		return nil, err
	}
	d := &datagrams{batch: newBatch(conn.(*net.UDPConn), maxGather), only: l.source}
	if l.address.IP.IsMulticast() {
		d.group = l.address.IP
		if err := d.join(l); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return d, nil
}

// join joins the group: that of one source alone, where one is named, because
// networks of source-specific multicast (232.0.0.0/8, RFC 4607) know no other.
func (d *datagrams) join(l listen) error {
	if err := d.askTarget(); err != nil {
		return err
	}
	group, source := &net.UDPAddr{IP: l.address.IP}, &net.UDPAddr{IP: l.source}
	if l.address.IP.To4() != nil {
		c := ipv4.NewPacketConn(d.conn)
		if l.source != nil {
			return c.JoinSourceSpecificGroup(l.device, group, source)
		}
		return c.JoinGroup(l.device, group)
	}
	c := ipv6.NewPacketConn(d.conn)
	if l.source != nil {
		return c.JoinSourceSpecificGroup(l.device, group, source)
	}
	return c.JoinGroup(l.device, group)
}

// datagrams are those of one sender.
type datagrams struct {
	*batch
	group net.IP // nil: the socket is bound to the address
	only  net.IP // nil: anybody
	floor floorHolder
}

// next calls visit with each datagram that is there, waiting for the first.
func (d *datagrams) next(visit func([]byte)) error {
	return d.batch.next(func(m *ipv4.Message, now time.Time) {
		if d.wanted(m, now) {
			visit(m.Buffers[0][:m.N])
		}
	})
}

// wanted reports whether a datagram was sent to this feed, by its sender.
func (d *datagrams) wanted(m *ipv4.Message, now time.Time) bool {
	if d.group != nil && !d.target(m).Equal(d.group) {
		return false
	}
	from, ok := m.Addr.(*net.UDPAddr)
	if !ok || d.only != nil && !from.IP.Equal(d.only) {
		return false
	}
	return d.floor.takes(from.AddrPort(), now)
}

// lost implements [witness].
func (d *datagrams) lost() (packets int, other string) { return 0, d.floor.interrupted() }

// plain are datagrams of transport packets. One that comes twice in a row is
// one that the network doubled: no decoder makes sense of it. Who sends the same
// for ever is heard.
type plain struct {
	*datagrams
	last []byte
}

// Read gives whole datagrams; b must hold readSize.
func (p *plain) Read(b []byte) (n int, err error) {
	err = p.next(func(d []byte) {
		if len(d) > 0 && bytes.Equal(d, p.last) {
			p.last = p.last[:0]
			return
		}
		n += copy(b[n:], d)
		p.last = append(p.last[:0], d...)
	})
	return n, err
}
