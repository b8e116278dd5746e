package platform

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// How X counts: version 3 of its weights, in hundredths of a character.
// https://docs.x.com/fundamentals/counting-characters, 2026-11-24.
const (
	xURL   = 2300 // whatever its length
	xEmoji = 200  // a whole sequence
	xHeavy = 200
	xLight = 100 // in xLightRanges
)

// xLightRanges are the code points that count as one: Latin, Greek, Cyrillic,
// Arabic, Hebrew and the like, and common punctuation. All others count as two.
var xLightRanges = [][2]rune{{0, 4351}, {8192, 8205}, {8208, 8223}, {8242, 8247}}

// xCount counts a text as X does: normalised (NFC), each URL as 23, also a bare
// domain, and an emoji as two, however many code points it has.
//
// What a domain is X knows by its own list of top level domains, we by the
// public suffix list. Emoji sequences that Unicode does not recommend count as
// one emoji here, as several there.
func xCount(text string) int {
	text = norm.NFC.String(text)
	weight, from := 0, 0
	for _, at := range xURLs(text) {
		weight += xPlain(text[from:at[0]]) + xURL
		from = at[1]
	}
	return (weight + xPlain(text[from:])) / 100
}

// xPlain is the weight of a text without URLs.
func xPlain(text string) int {
	weight := 0
	for each := graphemes.FromString(text); each.Next(); {
		if isSequence(each.Value()) {
			weight += xEmoji
			continue
		}
		for _, r := range each.Value() {
			weight += xWeight(r)
		}
	}
	return weight
}

func xWeight(r rune) int {
	for _, light := range xLightRanges {
		if light[0] <= r && r <= light[1] {
			return xLight
		}
	}
	return xHeavy
}

// isSequence reports whether a grapheme cluster is an emoji of several code
// points; a single one weighs the same as what it is not.
func isSequence(cluster string) bool {
	first, size := utf8.DecodeRuneInString(cluster)
	rest := cluster[size:]
	switch {
	case rest == "" || strings.ContainsRune(rest, 0xFE0E): // asked for as text
		return false
	case strings.ContainsRune("0123456789#*", first):
		return strings.HasSuffix(rest, "\u20E3") // a keycap
	case isRegional(first):
		second, _ := utf8.DecodeRuneInString(rest)
		return isRegional(second) // a flag
	case unicode.IsLetter(first) && first != 'ℹ', unicode.IsMark(first):
		return false // ZWJ and selectors have other uses in scripts
	}
	return strings.ContainsFunc(rest, func(r rune) bool {
		return r == 0xFE0F || r == 0x200D || 0x1F3FB <= r && r <= 0x1F3FF || 0xE0020 <= r && r <= 0xE007F
	})
}

func isRegional(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }

// xHosts matches what may be a host, with its scheme. A label may have any
// character but white space and ASCII punctuation.
var xHosts = func() *regexp.Regexp {
	const char = `[^\pZ\pC!-/:-@\[-\x60{-~]`
	const label = char + `(?:[_-]*` + char + `)*`
	return regexp.MustCompile(`(?i)(https?://)?(` + label + `(?:\.` + label + `)+)`)
}()

// xTail matches what belongs to a URL after its host: port, path with brackets
// that close, and query; not the punctuation of the sentence around it.
var xTail = func() *regexp.Regexp {
	const letter = `a-z0-9\x{400}-\x{4FF}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{FF}\x{100}-\x{24F}`
	const char = `[` + letter + `!*';:=+,.$/%#\[\]\-\x{2013}_~@|&]`
	const closed = `\((?:` + char + `+|` + char + `*\(` + char + `+\)` + char + `*)\)`
	const last = `(?:[` + letter + `+=_#/-]|` + closed + `)`
	const path = `(?:` + char + `*(?:` + closed + char + `*)*` + last + `|@` + char + `+/)`
	return regexp.MustCompile(`(?i)^(?::[0-9]+)?(?:/` + path + `*)?(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[a-z0-9_&=#/-])?`)
}()

// xScheme matches where a URL with a scheme may begin.
var xScheme = regexp.MustCompile(`(?i)http`)

// xASCII is the end of a host that may stand without a scheme.
var xASCII = regexp.MustCompile(`(?i)(?:[a-z0-9\x{C0}-\x{24F}-]+\.)+[a-z0-9-]+$`)

// xURLs finds the URLs of a text, as half-open ranges of bytes.
func xURLs(text string) (found [][2]int) {
	for from := 0; ; {
		at := xHosts.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return found
		}
		begin, host, end := from+at[0], from+at[4], from+at[5]
		stop, ok := hostEnd(text, host, end)
		if !ok { // but a scheme may begin in it
			from = end
			if next := xScheme.FindStringIndex(text[host+1 : end]); next != nil {
				from = host + 1 + next[0]
			}
			continue
		}
		scheme, tail := at[2] >= 0, ""
		if begin, ok = xBegin(text, begin, host, stop, scheme); stop == end {
			tail = xTail.FindString(text[end:])
		}
		if from = stop + len(tail); scheme || hasPath(tail) {
			stop = from
		}
		if ok {
			found = append(found, [2]int{begin, stop})
		}
	}
}

// hasPath reports whether a path follows a host; without one, a query after a
// bare domain is text.
func hasPath(tail string) bool {
	path, _, _ := strings.Cut(tail, "?")
	return strings.Contains(path, "/")
}

// xBegin is where a URL begins whose host is text[host:end], if it may stand
// there: with a scheme nearly anywhere, without one only the ASCII at its end.
func xBegin(text string, begin, host, end int, scheme bool) (int, bool) {
	before, _ := utf8.DecodeLastRuneInString(text[:begin])
	switch {
	case begin > 0 && isWordBefore(before):
		return 0, false
	case scheme:
		return begin, true
	case begin > 0 && strings.ContainsRune("-_./", before):
		return 0, false
	}
	ascii := xASCII.FindStringIndex(text[host:end])
	if ascii == nil {
		return 0, false
	}
	return host + ascii[0], true
}

// isWordBefore reports whether no URL may follow r.
func isWordBefore(r rune) bool {
	return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("@＠$#＃", r)
}

// hostEnd finds where in text[from:end] a host ends with a top level domain:
// the last label that begins with one.
func hostEnd(text string, from, end int) (int, bool) {
	for dot := strings.LastIndexByte(text[from:end], '.'); dot > 0; dot = strings.LastIndexByte(text[from:from+dot], '.') {
		label := text[from+dot+1 : end]
		if next := strings.IndexByte(label, '.'); next >= 0 {
			label = label[:next]
		}
		if n := topLevel(label, text[from+dot+1:]); n > 0 {
			return from + dot + 1 + n, true
		}
	}
	return 0, false
}

// topLevel is how many bytes at the beginning of a label are a top level
// domain; on is the text from there on. A letter or digit must not follow.
func topLevel(label, on string) int {
	n := len(label) - len(strings.TrimLeftFunc(label, isLetter))
	if strings.HasPrefix(strings.ToLower(label), "xn--") {
		n = len(label)
	} else if ascii := len(label) - len(strings.TrimLeftFunc(label, isASCIILetter)); ascii > 0 {
		n = ascii
	}
	if n == 0 {
		return 0
	}
	name, err := idna.ToASCII(strings.ToLower(label[:n]))
	if err != nil {
		return 0
	}
	if _, known := publicsuffix.PublicSuffix(name); !known {
		return 0
	}
	if next, _ := utf8.DecodeRuneInString(on[n:]); len(on) > n && next < 0x80 && (unicode.IsLetter(next) || unicode.IsDigit(next) || next == '@' || next == '-') {
		return 0
	}
	return n
}

func isLetter(r rune) bool      { return unicode.IsLetter(r) || unicode.IsMark(r) }
func isASCIILetter(r rune) bool { return r < 0x80 && unicode.IsLetter(r) }
