package feed

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"github.com/ovation-live/ovation/clip"
)

// loopback is this machine's own interface, over which multicast works
// everywhere.
func loopback(t *testing.T) *net.Interface {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return &i
		}
	}
	t.Fatal("no loopback interface")
	return nil
}

// listening opens a URL's socket and gives what arrives, as one text.
func listening(t *testing.T, text string) func() string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := parseListen(u)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := newBacklog(&plain{datagrams: d}, false)
	t.Cleanup(func() { d.Close(); b.stop() })
	return func() string {
		var all []byte
		for {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			got, err := b.next(ctx)
			all = append(all, got...)
			if cancel(); err != nil {
				return string(all)
			}
		}
	}
}

// speak sends texts to an address over the loopback interface, from a port of
// its own.
func speak(t *testing.T, to string, texts ...string) {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := ipv4.NewPacketConn(c).SetMulticastInterface(loopback(t)); err != nil {
		t.Fatal(err)
	}
	address, err := net.ResolveUDPAddr("udp4", to)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if _, err := c.WriteTo([]byte(text), address); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMulticastGroups: plants send all their groups to one port, and a machine
// that joined several gets each of them on every socket of that port.
func TestMulticastGroups(t *testing.T) {
	port, lo := freePort(t), loopback(t).Name
	at := func(group, more string) string {
		return fmt.Sprintf("udp://%s:%d?interface=%s%s", group, port, lo, more)
	}
	one, two := listening(t, at("239.255.77.1", "")), listening(t, at("239.255.77.2", ""))
	ours, theirs := listening(t, at("232.1.77.3", "&source=127.0.0.1")), listening(t, at("232.1.77.4", "&source=192.0.2.77"))
	to := func(host string) string { return fmt.Sprintf("%s:%d", host, port) }
	speak(t, to("239.255.77.1"), "one ", "ONE ")
	speak(t, to("239.255.77.2"), "two ")
	speak(t, to("232.1.77.3"), "three ")
	speak(t, to("232.1.77.4"), "four ")
	speak(t, to("127.0.0.1"), "to nobody ")
	for want, got := range map[string]string{"one ONE ": one(), "two ": two(), "three ": ours(), "": theirs()} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestUnicastSource hears the one source that is named.
func TestUnicastSource(t *testing.T) {
	for source, want := range map[string]string{"127.0.0.1": "here ", "192.0.2.77": ""} {
		port := freePort(t)
		heard := listening(t, fmt.Sprintf("udp://127.0.0.1:%d?source=%s", port, source))
		speak(t, fmt.Sprintf("127.0.0.1:%d", port), "here ")
		if got := heard(); got != want {
			t.Errorf("from %s: %q, want %q", source, got, want)
		}
	}
}

func TestFloor(t *testing.T) {
	a, b, c := netip.MustParseAddrPort("10.0.0.1:5000"), netip.MustParseAddrPort("[::ffff:10.0.0.2]:5000"), netip.MustParseAddrPort("10.0.0.1:6000")
	var f floorHolder
	start := time.Now()
	for i, s := range []struct {
		at    time.Duration
		from  netip.AddrPort
		takes bool
	}{
		{0, a, true}, {5, a, true}, {7, b, false}, {200, b, false}, {254, a, true}, // the spare sends all the time
		{600, b, true}, {605, a, false}, // the main one is gone, and comes back
		{1000, c, true}, // another port is another sender
	} {
		if got := f.takes(s.from, start.Add(s.at*time.Millisecond)); got != s.takes {
			t.Errorf("%d: %s at %d ms: %t", i, s.from, s.at, got)
		}
		if i == 3 {
			if got := f.interrupted(); got != "10.0.0.2" {
				t.Errorf("interrupted by %q", got)
			}
		}
	}
	if f.interrupted(); f.interrupted() != "" {
		t.Error("an interruption is told twice")
	}
}

// TestTwoSenders records one of two encoders that send to one address, and says
// so.
func TestTwoSenders(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	m, _ := recorded(t, fmt.Sprintf("udp://127.0.0.1:%d", port))
	time.Sleep(200 * time.Millisecond) // it listens
	to := fmt.Sprintf("udp://127.0.0.1:%d?pkt_size=1316", port)
	send(t, "mpegts", to)
	time.Sleep(time.Second)
	send(t, "mpegts", to)
	eventually(t, "three segments", func() bool { _, s := m.recorded(); return len(s) >= 3 })
	tl, segs := m.recorded()
	if len(tl) != 1 {
		t.Errorf("%d epochs of one sender", len(tl))
	}
	for _, s := range segs[1:] {
		if n := s.End - s.First; n != 2*clip.TickRate || len(s.Frames) != 50 {
			t.Errorf("segment %d: %d pictures over %s", s.Seq, len(s.Frames), n.Duration())
		}
	}
	eventually(t, "the other sender is told", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return strings.Contains(m.health.Detail, "127.0.0.1 sends to the same address")
	})
}

// TestListenSaysWhyNot: what cannot be listened to.
func TestListenSaysWhyNot(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"udp://239.1.1.1":                          "an address and a port",
		"rtp://0.0.0.0:0":                          "such as rtp://239.1.1.1:5000",
		"udp://239.1.1.1:5000?interface=nowhere7":  "no network interface nowhere7",
		"udp://0.0.0.0:5000?interface=lo":          "its address is none",
		"udp://239.1.1.1:5000?source=sender":       "no IP address",
		"udp://239.1.1.1:5000?sources=10.0.0.1":    "no option sources=; there are interface=, source=",
		"udp://239.1.1.1:5000?source=a&source=b":   "source= twice",
		"udp://239.1.1.1:5000?source=%zz":          "cannot be read",
		"udp://192.0.2.99:5000":                    "use udp://0.0.0.0:5000?source=192.0.2.99",
		"rtp://239.1.1.1:5000?passphrase=whatever": "no option passphrase=",
	} {
		f, err := probing(t, text, "")
		if clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %+v", text, err, f)
		}
	}
}
