package feed

import (
	"net"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// batch reads many datagrams with one system call: at 6 Mb/s 570 come in a
// second, and asking for each would cost more than recording them.
type batch struct {
	conn     *net.UDPConn
	packets  *ipv4.PacketConn // reads IPv6 as well
	gather   time.Duration    // how long datagrams wait for others
	most     time.Duration
	messages [64]ipv4.Message
	target   func(m *ipv4.Message) net.IP // whom one was sent to; nil until askTarget
}

// How long datagrams wait for others: so long that a batch holds some dozens,
// and the kernel's buffer, by default some ninety of them (net.core.rmem_max,
// Linux 6.18, 2026-11-24), never fills.
const (
	maxDatagram = 9000 // a jumbo frame
	maxGather   = 32 * time.Millisecond
	manyAtOnce  = 32
	fewAtOnce   = 12
)

// socketBuffer is what the kernel keeps while we are late: half a second of
// 100 Mb/s. The system may allow less (net.core.rmem_max).
const socketBuffer = 8 << 20

func newBatch(conn *net.UDPConn, most time.Duration) *batch {
	_ = conn.SetReadBuffer(socketBuffer) // what the system allows
	b := &batch{conn: conn, packets: ipv4.NewPacketConn(conn), most: most}
	for i := range b.messages {
		b.messages[i].Buffers = [][]byte{make([]byte, maxDatagram)}
	}
	return b
}

// askTarget asks the system for the address that each datagram was sent to.
func (b *batch) askTarget() error {
	for i := range b.messages {
		b.messages[i].OOB = make([]byte, 128)
	}
	if b.conn.LocalAddr().(*net.UDPAddr).IP.To4() != nil {
		b.target = func(m *ipv4.Message) net.IP {
			var c ipv4.ControlMessage
			_ = c.Parse(m.OOB[:m.NN]) // what it does not say is no address
			return c.Dst
		}
		return b.packets.SetControlMessage(ipv4.FlagDst, true)
	}
	b.target = func(m *ipv4.Message) net.IP {
		var c ipv6.ControlMessage
		_ = c.Parse(m.OOB[:m.NN])
		return c.Dst
	}
	return ipv6.NewPacketConn(b.conn).SetControlMessage(ipv6.FlagDst, true)
}

// next calls visit with each datagram that is there, waiting for the first.
func (b *batch) next(visit func(m *ipv4.Message, now time.Time)) error {
	time.Sleep(b.gather)
	n, err := b.packets.ReadBatch(b.messages[:], 0)
	if err != nil {
		return err
	}
	switch {
	case n > manyAtOnce:
		b.gather /= 2
	case n < fewAtOnce:
		b.gather = min(b.gather+time.Millisecond, b.most)
	}
	now := time.Now()
	for i := range b.messages[:n] {
		visit(&b.messages[i], now)
	}
	return nil
}

// Close ends a read that waits.
func (b *batch) Close() error { return b.conn.Close() }
