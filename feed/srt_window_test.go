package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSRTWindow sends packets in an order, one each 10 ms, to a window of 100 ms.
func TestSRTWindow(t *testing.T) {
	long := "" // twelve packets behind the gap
	for n := 2; n <= 13; n++ {
		long += fmt.Sprintf(" %d", n)
	}
	for _, c := range []struct {
		name, come, want string
		asked            string // for the first time
		missed           int
	}{
		{"in order", "0 1 2 3", "0 1 2 3", "", 0},
		{"twice", "0 0 1 2 1 3", "0 1 2 3", "", 0},
		{"overtaken", "0 2 1 3", "0 1 2 3", "1", 0},
		{"three missing come in disorder", "0 4 2 1 3 5", "0 1 2 3 4 5", "1-3", 0},
		{"two gaps", "0 2 4 3 1", "0 1 2 3 4", "1 3", 0},
		{"still waited for", "0 2 3", "0", "1", 0},
		{"given up", "0" + long, "0" + long, "1", 1},
		{"given up, and comes then", "0" + long + " 1 14", "0" + long + " 14", "1", 1},
		{"the first ones never come", "2" + strings.ReplaceAll(long, " 2 ", " "), long[1:], "0-1", 2},
		{"nothing of this sender", "0 1 99999999 2", "0 1 2", "", 0},
		{"long gone", "0 1 2147000000 2", "0 1 2", "", 0},
	} {
		for _, first := range []uint32{0, srtNumbers - 1, srtNumbers - 3} {
			var got, asked []string
			w := newSRTWindow(first, 100*time.Millisecond, func(p []byte) { got = append(got, string(p)) })
			now := time.Now()
			for text := range strings.FieldsSeq(c.come) {
				var n int
				fmt.Sscan(text, &n)
				now = now.Add(10 * time.Millisecond)
				w.expire(now)
				w.add(srtAdd(first, n), []byte(text), now)
				for _, g := range w.ask(now, time.Hour) {
					a, b := srtAhead(first, g.from), srtAhead(first, g.to)-1
					if text = fmt.Sprint(a); b > a {
						text += fmt.Sprintf("-%d", b)
					}
					asked = append(asked, text)
				}
			}
			if text, wants := strings.Join(got, " "), strings.Join(asked, " "); text != c.want || wants != c.asked || w.missed != c.missed {
				t.Errorf("%s, from %d: %q, asked for %q, %d missed; want %q, %q, %d", c.name, first, text, wants, w.missed, c.want, c.asked, c.missed)
			}
			if w.flush(); len(w.held) > 0 || len(w.gaps) > 0 || w.next != w.top {
				t.Errorf("%s: %d packets and %d gaps are left", c.name, len(w.held), len(w.gaps))
			}
		}
	}
}

// TestSRTWindowAsksAgain asks for what is missing once each interval.
func TestSRTWindowAsksAgain(t *testing.T) {
	w := newSRTWindow(0, time.Second, func([]byte) {})
	now := time.Now()
	w.add(5, nil, now)
	for i, want := range []int{1, 0, 1, 0, 1} {
		if got := w.ask(now.Add(time.Duration(i)*10*time.Millisecond), 20*time.Millisecond); len(got) != want {
			t.Errorf("at %d ms: %v", 10*i, got)
		}
	}
}

// FuzzSRTWindow: each packet is given once at most, in order, and none is held
// for ever.
func FuzzSRTWindow(f *testing.F) {
	f.Add([]byte{0, 1, 2, 5, 4, 3, 3, 9})
	f.Fuzz(func(t *testing.T, come []byte) {
		last := -1
		w := newSRTWindow(srtNumbers-100, 50*time.Millisecond, func(p []byte) {
			if int(p[0]) <= last {
				t.Fatalf("%d after %d", p[0], last)
			}
			last = int(p[0])
		})
		now := time.Now()
		for _, n := range come {
			now = now.Add(time.Duration(n) * time.Millisecond / 4)
			w.expire(now)
			w.add(srtAdd(srtNumbers-100, int(n)), []byte{n}, now)
		}
		if w.flush(); len(w.held) > 0 {
			t.Fatalf("%d packets are held for ever", len(w.held))
		}
	})
}
