package clip

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// spoken makes words of a text, each so long and as far from the next.
func spoken(text string, length, pause time.Duration) []Word {
	var words []Word
	at := time.Duration(0)
	for _, w := range strings.Fields(text) {
		words = append(words, Word{at, at + length, w})
		at += length + pause
	}
	return words
}

func TestCaptionsOfWords(t *testing.T) {
	for _, tc := range []struct {
		name  string
		words []Word
		want  []string // from-to in ms, text
	}{
		{"nothing", nil, nil},
		{"a word stays a second", spoken("Goal", 200*time.Millisecond, 0), []string{"0-1000 Goal"}},
		{"two sentences", spoken("What a goal! She does it again.", 250*time.Millisecond, 50*time.Millisecond),
			[]string{"0-900 What a goal!", "900-2050 She does it again."}},
		{"a pause", []Word{{0, 400 * time.Millisecond, "And"}, {1100 * time.Millisecond, 1500 * time.Millisecond, "goal"}}, []string{"0-1000 And", "1100-2100 goal"}},
		{"two lines", spoken("and here she comes down the left with nobody near her at all on this night", 150*time.Millisecond, 10*time.Millisecond),
			[]string{"0-2550 and here she comes down the left with|nobody near her at all on this night"}},
		{"no spaces", []Word{{0, time.Second, "彼女は"}, {time.Second, 2 * time.Second, "走る"}}, []string{"0-2000 彼女は走る"}},
		{"longer than a line", []Word{{0, time.Second, strings.Repeat("x", 50)}, {time.Second, 2 * time.Second, "y"}}, []string{"0-2000 " + strings.Repeat("x", 50) + "|y"}},
		{"blank and backward", []Word{{0, time.Second, " "}, {2, 1, "x"}}, nil},
	} {
		var got []string
		for _, q := range CuesOf(tc.words, "en") {
			got = append(got, fmt.Sprintf("%d-%d %s", q.From.Duration().Milliseconds(), q.To.Duration().Milliseconds(), strings.ReplaceAll(q.Text, "\n", "|")))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: want −, got +:\n%s", tc.name, diff)
		}
	}
}

// TestCaptionsKeepEveryWord: whatever is said, every word is shown once, in
// order, in captions that follow each other and are no bigger than they may be.
func TestCaptionsKeepEveryWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var words []Word
		var said []string
		at := time.Duration(0)
		for range rapid.IntRange(0, 60).Draw(t, "words") {
			at += time.Duration(rapid.IntRange(0, 1500).Draw(t, "pause")) * time.Millisecond
			to := at + time.Duration(rapid.IntRange(0, 2000).Draw(t, "length"))*time.Millisecond
			text := rapid.StringMatching(`[a-z]{1,12}[.,!]?`).Draw(t, "word")
			words, said, at = append(words, Word{at, to, text}), append(said, text), to
		}
		var shown []string
		last := Ticks(0)
		for _, q := range CuesOf(words, "en") {
			if q.From < last || q.To < q.From || (q.To-q.From).Duration() > captionMost+2*time.Second {
				t.Fatalf("%d to %d after %d: %q", q.From, q.To, last, q.Text)
			}
			last = q.To
			lines := strings.Split(q.Text, "\n")
			for _, l := range lines {
				if utf8.RuneCountInString(l) > captionLine {
					t.Fatalf("a line of %d letters: %q", utf8.RuneCountInString(l), l)
				}
			}
			if len(lines) > captionLines {
				t.Fatalf("%d lines: %q", len(lines), q.Text)
			}
			shown = append(shown, strings.Fields(q.Text)...)
		}
		if diff := cmp.Diff(said, shown); diff != "" {
			t.Fatalf("want −, got +:\n%s", diff)
		}
	})
}
