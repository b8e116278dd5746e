package platform

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestXCount: as X's own twitter-text 3.1.0 counts. The texts are ours; each
// stands with the weighted length that the library gave for it (2026-11-24):
// node "$(tools/x/build.sh)/count.mjs" < texts makes them.
func TestXCount(t *testing.T) {
	file, err := os.ReadFile("testdata/x_count.json")
	if err != nil {
		t.Fatal(err)
	}
	var all [][2]any
	if err := json.Unmarshal(file, &all); err != nil || len(all) < 250 {
		t.Fatalf("%d texts, %v", len(all), err)
	}
	for _, each := range all {
		text, want := each[0].(string), int(each[1].(float64))
		if got := xCount(text); got != want {
			t.Errorf("%q counts %d, want %d; URLs at %v", text, got, want, xURLs(text))
		}
	}
}

// TestXCountLong: what is as long as may be, and what is one too long.
func TestXCountLong(t *testing.T) {
	for text, want := range map[string]int{
		strings.Repeat("a", 280): 280, strings.Repeat("の", 140): 280, strings.Repeat("👨‍👩‍👧", 140): 280,
		strings.Repeat("a", 256) + " example.com": 280, strings.Repeat("e\u0301", 280): 280,
	} {
		if got := xCount(text); got != want {
			t.Errorf("%.20q… counts %d, want %d", text, got, want)
		}
	}
}

// FuzzXCount: any text is counted, and no URL is found outside of it or twice.
func FuzzXCount(f *testing.F) {
	for _, s := range []string{"Gold https://a.no (x) example.com", "a.b.c.no..", "http://", "\xff\xfe.com", "ü.日.com/(a(b)c)?x", "..example.com/http://x.io", "xn--.com xn--p1ai.xn--p1ai"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, at := range xURLs(text) {
			if at[0] < last || at[1] <= at[0] || at[1] > len(text) || utf8.ValidString(text) && !utf8.ValidString(text[at[0]:at[1]]) {
				t.Fatalf("%q has URLs at %v", text, xURLs(text))
			}
			last = at[1]
		}
		if n := xCount(text); n < 0 || n > 23*len(text) {
			t.Errorf("%q counts %d", text, n)
		}
	})
}
