package platform

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mastodonCount makes a counter of a text as Mastodon counts it: in grapheme
// clusters, where each URL counts as perURL and of @user@host only @user.
// app/validators/status_length_validator.rb, 2026-11-24.
//
// A URL counts only where the text that we take for one is surely one for the
// server too: with http or https, after a boundary, with a host that has a dot.
func mastodonCount(perURL int) func(string) int {
	placeholder := strings.Repeat("x", perURL)
	return func(text string) int {
		text = replaceAfter(text, mastodonURL, isURLBoundary, func(s string) string { return placeholder + s[len(trimURL(s)):] })
		text = replaceAfter(text, mastodonMention, isMentionBoundary, func(s string) string {
			user, _, _ := strings.Cut(s[1:], "@")
			return "@" + user
		})
		return graphemeCount(text)
	}
}

// strictCount is for servers that are not Mastodon itself: GoToSocial counts
// code points, and every URL and mention in full
// (internal/processing/status/create.go of v0.18.3, seen 2026-11-24). Whichever
// counts more is right on all of them.
func strictCount(count func(string) int) func(string) int {
	return func(text string) int { return max(count(text), utf8.RuneCountInString(text)) }
}

var (
	mastodonURL     = regexp.MustCompile(`(?i)https?://[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.(?:\p{L}{2,}|xn--[a-z0-9-]+)(?::\d+)?(?:[/?#][^\s<>"]*)?`)
	mastodonMention = regexp.MustCompile(`(?i)@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*@[\p{L}\p{N}_]+(?:[.-]+[\p{L}\p{N}_]+)*`)
)

// replaceAfter replaces the matches that follow a boundary; the expressions of
// Go cannot look behind themselves.
func replaceAfter(text string, match *regexp.Regexp, boundary func(rune) bool, replace func(string) string) string {
	var out strings.Builder
	from := 0
	for _, at := range match.FindAllStringIndex(text, -1) {
		if before, size := utf8.DecodeLastRuneInString(text[:at[0]]); size > 0 && !boundary(before) {
			continue
		}
		out.WriteString(text[from:at[0]])
		out.WriteString(replace(text[at[0]:at[1]]))
		from = at[1]
	}
	out.WriteString(text[from:])
	return out.String()
}

// isURLBoundary reports whether a URL may follow r.
func isURLBoundary(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("@＠$#＃_", r)
}

// isMentionBoundary reports whether a mention may follow r.
func isMentionBoundary(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !strings.ContainsRune("=/_", r)
}

// trimURL takes from the end of a URL what belongs to the sentence around it:
// punctuation, and a closing bracket that was not opened inside.
func trimURL(s string) string {
	for {
		last, size := utf8.DecodeLastRuneInString(s)
		switch {
		case last == ')' && strings.Count(s, "(") >= strings.Count(s, ")"):
			return s
		case last == '/' || last == '-' || last == '=' || last == '#' || last == '&' || last == '+' || last == '_':
			return s
		case unicode.IsPunct(last):
			s = s[:len(s)-size]
		default:
			return s
		}
	}
}
