package feed

import (
	"fmt"
	"net/url"
	"testing"
	"time"
)

// TestGoOnElsewhere finds the place by stated times in a playlist whose
// segments have other numbers and other lengths, and keeps it there.
func TestGoOnElsewhere(t *testing.T) {
	begin := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	list := func(from, n int, first uint64, long time.Duration) *window {
		w := &window{target: long}
		for i := range n {
			u := &url.URL{Scheme: "https", Host: "example.org", Path: fmt.Sprintf("/s%d", i)}
			at := begin.Add(time.Duration(from)*time.Second + time.Duration(i)*long)
			w.entries = append(w.entries, entry{seq: first + uint64(i), url: u, duration: long, programTime: at})
		}
		return w
	}
	for _, c := range []struct {
		name string
		w    *window
		i    int
		next uint64
		ok   bool
	}{
		{"the same times", list(0, 10, 500, 2*time.Second), 6, 506, true},
		{"longer segments", list(0, 4, 70, 6*time.Second), 2, 72, true},
		{"it lags", list(0, 5, 500, 2*time.Second), 5, 505, true},
		{"it reaches back less", list(16, 3, 500, 2*time.Second), 0, 498, true},
		{"it begins far ahead", list(3600, 3, 5, 2*time.Second), 0, 0, true},
		{"its clock went back", list(-3600, 10, 500, 2*time.Second), 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &HLS{begun: true, moved: true, next: 6} // 12 s were given
			h.last.entry = list(0, 6, 0, 2*time.Second).entries[5]
			i, ok, err := h.goOn(t.Context(), c.w)
			if i != c.i || ok != c.ok || err != nil || ok && h.next != c.next {
				t.Fatalf("entry %d, next %d, %v, %v; want %d, %d, %v", i, h.next, ok, err, c.i, c.next, c.ok)
			}
			if !ok {
				return
			}
			if again, ok, err := h.goOn(t.Context(), c.w); again != c.i || !ok || err != nil {
				t.Errorf("then entry %d, %v, %v; want %d again", again, ok, err, c.i)
			}
		})
	}
}
