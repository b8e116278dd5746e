package platform

import (
	"strings"
	"testing"
)

func TestMastodonCount(t *testing.T) {
	long := "https://example.org/results/athletics/men-1500m?heat=3&round=final"
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"letters", "Gold!", 5},
		{"one emoji of several code points", "👨‍👩‍👧🏳️‍🌈", 2},
		{"a letter with its accent apart", "e\u0301", 1},
		{"Devanagari cluster", "क्षि", 1},
		{"a line end", "a\nb", 3},
		{"a long URL", long, 23},
		{"a short URL counts as much", "http://a.no", 23},
		{"two URLs and the words between", long + " and " + long, 23 + 5 + 23},
		{"punctuation after a URL is text", "See " + long + ".", 4 + 23 + 1},
		{"brackets around a URL are text", "(" + long + ")", 25},
		{"brackets inside a URL belong to it", "https://en.wikipedia.org/wiki/Final_(sport)", 23},
		{"a path that ends in a slash", "https://example.org/live/", 23},
		{"other letters in a host", "https://bücher.example/", 23},
		{"a domain without a scheme is text", "example.org/a/long/path/that/is/not/a/url", 41},
		{"no dot in the host", "http://localhost:8080/x", 23}, // 23 characters
		{"another scheme", "ftp://example.org/results/heat-3", 32},
		{"a URL in a word is text", "xhttps://example.org/results/heat-3", 35},
		{"a mention counts without its host", "@world_athletics@mastodon.social", 16},
		{"a local mention", "@ovation", 8},
		{"an address is no mention", "press@example.org", 17},
		{"a mention after punctuation", "(@ana@example.org)", 6},
		{"a mention at the end of a sentence", "by @ana@example.org.", 3 + 4 + 1},
		{"a hashtag", "#Athletics", 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mastodonCount(23)(tt.text); got != tt.want {
				t.Errorf("counted %d, want %d: %q", got, tt.want, tt.text)
			}
		})
	}
}

// TestStrictCount: of both counts, the one that no server exceeds.
func TestStrictCount(t *testing.T) {
	count := strictCount(mastodonCount(25))
	for text, want := range map[string]int{
		"👨‍👩‍👧":       5,
		"http://a.no": 25,
		"https://example.org/" + strings.Repeat("x", 80): 100,
	} {
		if got := count(text); got != want {
			t.Errorf("%q counts %d, want %d", text, got, want)
		}
	}
}

// FuzzMastodonCount: any text is counted, never as more than its code points
// but for the places that URLs take.
func FuzzMastodonCount(f *testing.F) {
	for _, s := range []string{"Gold https://a.no (x) @b@c.d", "@@@a@b", "https://", "\xff\xfe", "https://a.no)))"} {
		f.Add(s)
	}
	count := mastodonCount(23)
	f.Fuzz(func(t *testing.T, text string) {
		most := len([]rune(text)) + 23*strings.Count(strings.ToLower(text), "http")
		if n := count(text); n < 0 || n > most {
			t.Errorf("%q counts %d, at most %d", text, n, most)
		}
	})
}
