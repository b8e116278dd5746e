package feed

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// rtpPacket makes a packet.
func rtpPacket(seq uint16, ssrc uint32, payload string) []byte {
	b := make([]byte, 12, 12+len(payload))
	b[0], b[1] = 0x80, 33
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return append(b, payload...)
}

func TestReadRTP(t *testing.T) {
	plain := rtpPacket(7, 1, "payload")
	with := func(change func(b []byte) []byte) []byte { return change(append([]byte(nil), plain...)) }
	for _, c := range []struct {
		name string
		b    []byte
		want string // "refused"
	}{
		{"plain", plain, "payload"},
		{"marker", with(func(b []byte) []byte { b[1] |= 0x80; return b }), "payload"},
		{"contributors", with(func(b []byte) []byte { b[0] |= 2; return append(b[:12:12], []byte("ccccddddpayload")...) }), "payload"},
		{"extension", with(func(b []byte) []byte {
			b[0] |= 0x10
			return append(b[:12:12], []byte("\x00\x00\x00\x01eeeepayload")...)
		}), "payload"},
		{"padding", with(func(b []byte) []byte { b[0] |= 0x20; return append(b, 0, 0, 3) }), "payload"},
		{"nothing but padding", with(func(b []byte) []byte { b[0] |= 0x20; return append(b[:12:12], 0, 2) }), ""}, // it counts all the same
		{"more padding than packet", with(func(b []byte) []byte { b[0] |= 0x20; return append(b, 255) }), "refused"},
		{"padding of none", with(func(b []byte) []byte { b[0] |= 0x20; return append(b, 0) }), "refused"},
		{"contributors that are not there", with(func(b []byte) []byte { b[0] |= 0x0f; return b }), "refused"},
		{"extension that is not there", with(func(b []byte) []byte { b[0] |= 0x10; return append(b[:12:12], 0, 0, 255, 255) }), "refused"},
		{"half an extension", with(func(b []byte) []byte { b[0] |= 0x10; return append(b[:12:12], 0, 0) }), "refused"},
		{"another version", with(func(b []byte) []byte { b[0] = 0x40; return b }), "refused"},
		{"H.264", with(func(b []byte) []byte { b[1] = 96; return b }), "refused"},
		{"a head cut short", plain[:11], "refused"},
		{"nothing", nil, "refused"},
	} {
		h, payload, ok := readRTP(c.b)
		got := string(payload)
		if !ok {
			got = "refused"
		}
		if got != c.want || ok && (h.seq != 7 || h.ssrc != 1) {
			t.Errorf("%s: %+v %q %t", c.name, h, payload, ok)
		}
	}
}

// TestRTPOrder gives packets in the order in which they were sent.
func TestRTPOrder(t *testing.T) {
	upTo := func(from, n int) (all []int) {
		for i := range n {
			all = append(all, from+i)
		}
		return all
	}
	for _, c := range []struct {
		name   string
		come   []int // sequence numbers; 100000 and more: of another sender
		want   string
		missed int
	}{
		{"in order", []int{1, 2, 3}, "1 2 3", 0},
		{"swapped", []int{1, 3, 2, 4}, "1 2 3 4", 0},
		{"late by three", []int{1, 3, 4, 5, 2, 6}, "1 2 3 4 5 6", 0},
		{"twice", []int{1, 2, 2, 1, 3, 3}, "1 2 3", 0},
		{"early twice", []int{1, 3, 3, 2}, "1 2 3", 0},
		{"over the wrap", []int{65534, 0, 65535, 1}, "65534 65535 0 1", 0},
		{"lost", append([]int{1, 2}, upTo(5, reorderWindow+1)...), "1 2 5 …", 2},
		{"still waited for", append([]int{1, 2}, upTo(5, reorderWindow)...), "1 2", 0},
		{"too late", append(append([]int{1}, upTo(3, reorderWindow+1)...), 2), "1 3 …", 1},
		{"a sender that began anew", []int{1, 2, 100009, 100010}, "1 2 9 10", 0},
		{"what waits comes before another sender", []int{1, 3, 100009}, "1 3 9", 1},
		{"a jump that no loss explains", []int{1, 30000, 30001}, "1 30000 30001", 0},
		{"a jump back", []int{30000, 1, 2}, "30000 1 2", 0},
	} {
		var o rtpOrder
		var got []string
		for _, n := range c.come {
			h := rtpHeader{uint16(n % 100000), uint32(n / 100000)}
			o.add(h, fmt.Append(nil, n%100000), func(p []byte) { got = append(got, string(p)) })
		}
		text := strings.Join(got, " ")
		if want, more := strings.CutSuffix(c.want, " …"); text != want && !(more && strings.HasPrefix(text, want+" ")) || o.missed != c.missed {
			t.Errorf("%s: %s, %d missed; want %s, %d", c.name, text, o.missed, c.want, c.missed)
		}
	}
}

// FuzzRTP: anybody can send anything.
func FuzzRTP(f *testing.F) {
	f.Add(rtpPacket(1, 2, "payload"), rtpPacket(3, 2, "payload"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var o rtpOrder
		given := 0
		for _, p := range [][]byte{a, b, a, b} {
			if h, payload, ok := readRTP(p); ok {
				o.add(h, payload, func([]byte) { given++ })
			}
		}
		if given+len(o.early) > 4 {
			t.Errorf("%d packets of 4", given+len(o.early))
		}
	})
}
