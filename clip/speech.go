package clip

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Word is a word that was heard, or a run of text where a language has no
// spaces, in time from the start of the sound.
type Word struct {
	From, To time.Duration
	Text     string
}

// How captions are made of words, as broadcasters do it (EBU-TT-D practice and
// the BBC Subtitle Guidelines, https://www.bbc.co.uk/accessibility/forproducts/guides/subtitles/,
// 2026-11-24): two lines of up to 37 letters, no longer than people read in one
// go, and not so short that nobody can.
const (
	captionLine  = 37 // letters
	captionLines = 2
	captionMost  = 6 * time.Second        // on screen
	captionLeast = time.Second            // on screen, where the next leaves room
	captionPause = 700 * time.Millisecond // of silence, that ends a caption
)

// CuesOf groups words into captions, in ticks from the start of the sound.
// Nothing is left out: a word that is longer than a line is a line.
func CuesOf(words []Word, lang string) []Cue {
	var cues []Cue
	var open []Word
	shut := func(next time.Duration) {
		if len(open) > 0 {
			cues = append(cues, caption(open, next, lang))
		}
		open = nil
	}
	for _, w := range words {
		w.Text = strings.TrimSpace(w.Text)
		if w.Text == "" || w.To < w.From {
			continue
		}
		if n := len(open); n > 0 {
			last := open[n-1]
			grown := append(open[:n:n], w)
			if sentence(last.Text) || w.From-last.To >= captionPause || w.To-open[0].From > captionMost || len(wrapped(grown)) > captionLines {
				shut(w.From)
			}
		}
		open = append(open, w)
	}
	shut(time.Duration(1<<63 - 1))
	return cues
}

// caption is one caption of words; it stays a little where there is room
// before the next.
func caption(words []Word, next time.Duration, lang string) Cue {
	from, to := words[0].From, words[len(words)-1].To
	to = max(to, min(from+captionLeast, next))
	return Cue{From: TicksOf(from), To: TicksOf(to), Lang: lang, Text: strings.Join(wrapped(words), "\n")}
}

// wrapped breaks words into lines.
func wrapped(words []Word) []string {
	var lines []string
	for _, w := range words {
		n := len(lines)
		if n > 0 {
			if joined := joinWords(lines[n-1], w.Text); utf8.RuneCountInString(joined) <= captionLine {
				lines[n-1] = joined
				continue
			}
		}
		lines = append(lines, w.Text)
	}
	return lines
}

// joinWords puts a space between words, but not between letters of scripts
// that have none.
func joinWords(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if spaceless(last) && spaceless(first) {
		return a + b
	}
	return a + " " + b
}

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r >= 0x3000 && r < 0x3030 || r >= 0xff00 && r < 0xff66
}

// sentence reports whether a sentence ends with a word.
func sentence(word string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(word, `"'”’)»`))
	return strings.ContainsRune(".?!…。？！", r)
}
