package platform

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"golang.org/x/net/publicsuffix"
)

// blueskyCount is the length of a text: 300 grapheme clusters and 3,000 bytes
// are allowed, so that of a text of many bytes each ten count as one.
func blueskyCount(text string) int {
	const bytesEach = 3000 / 300
	return max(graphemeCount(text), (len(text)+bytesEach-1)/bytesEach)
}

// blueskyKey is the record key of a post: a TID (https://atproto.com/specs/tid,
// 2026-11-24) that only our marker decides on, so that who repeats a post
// writes the same record. The time in it is none that anything happened at, but
// one in the past, because a TID from the future may be refused.
func blueskyKey(marker string) string {
	sum := sha256.Sum256([]byte(marker))
	const timeBits, clockBits = 46, 10 // 2^46 µs are 814 days
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	at := from.UnixMicro() + int64(binary.BigEndian.Uint64(sum[:])>>(64-timeBits))
	clock := binary.BigEndian.Uint16(sum[8:]) >> (16 - clockBits)
	left := uint64(at)<<clockBits | uint64(clock)
	const alphabet = "234567abcdefghijklmnopqrstuvwxyz"
	var key [13]byte
	for i := range key {
		key[len(key)-1-i] = alphabet[left%32]
		left /= 32
	}
	return string(key[:])
}

// blueskyFacet makes a part of a text a link (app.bsky.richtext.facet). Places
// count bytes of UTF-8.
type blueskyFacet struct {
	Index struct {
		Start int `json:"byteStart"`
		End   int `json:"byteEnd"`
	} `json:"index"`
	Features []blueskyFeature `json:"features"`
}

// blueskyFeature is what a facet is: a link, a mention or a hashtag.
type blueskyFeature struct {
	Type string `json:"$type"`
	URI  string `json:"uri,omitempty"`
	DID  string `json:"did,omitempty"` // of a mention; its handle, until it is resolved
	Tag  string `json:"tag,omitempty"`
}

func newBlueskyFacet(start int, shown string, f blueskyFeature) blueskyFacet {
	facet := blueskyFacet{Features: []blueskyFeature{f}}
	facet.Index.Start, facet.Index.End = start, start+len(shown)
	return facet
}

// The types of features.
const (
	blueskyLink    = "app.bsky.richtext.facet#link"
	blueskyMention = "app.bsky.richtext.facet#mention"
	blueskyTag     = "app.bsky.richtext.facet#tag"
)

// What becomes a facet is found as the official client finds it, so that a text
// looks as if somebody had typed it there: @atproto/api 0.19.0,
// rich-text/detection, 2026-11-24. Its expressions are JavaScript's, which knows
// more kinds of space.
const (
	jsSpace    = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	noWidth    = `\x{ad}\x{2060}\x{200a}-\x{200d}\x{20e2}`
	afterSpace = `(?:^|[` + jsSpace + `])`
	beginning  = `(?:^|[(` + jsSpace + `])`
)

var (
	blueskyHandles = regexp.MustCompile(beginning + `@([a-zA-Z0-9.-]+)`)
	blueskyLinks   = regexp.MustCompile(`(?i)` + beginning + `(https?://[^` + jsSpace + `]+|([a-z][a-z0-9]*(?:\.[a-z0-9]+)+)[^` + jsSpace + `]*)`)
	blueskyTags    = regexp.MustCompile(afterSpace + `([#＃])([^` + jsSpace + noWidth + `]+)`)
)

// blueskyFacets finds the mentions, links and hashtags of a text, in its order.
func blueskyFacets(text string) []blueskyFacet {
	var found []blueskyFacet
	for _, at := range blueskyHandles.FindAllStringSubmatchIndex(text, -1) {
		if handle := strings.TrimRight(text[at[2]:at[3]], ".-"); isDomain(handle) || strings.HasSuffix(handle, ".test") {
			found = append(found, newBlueskyFacet(at[2]-1, "@"+handle, blueskyFeature{Type: blueskyMention, DID: handle}))
		}
	}
	for _, at := range blueskyLinks.FindAllStringSubmatchIndex(text, -1) {
		shown := trimLink(text[at[2]:at[3]])
		switch {
		case isAddress(shown):
			found = append(found, newBlueskyFacet(at[2], shown, blueskyFeature{Type: blueskyLink, URI: shown}))
		case at[4] >= 0 && isDomain(text[at[4]:at[5]]):
			found = append(found, newBlueskyFacet(at[2], shown, blueskyFeature{Type: blueskyLink, URI: "https://" + shown}))
		}
	}
	for _, at := range blueskyTags.FindAllStringSubmatchIndex(text, -1) {
		if tag := trimTag(text[at[4]:at[5]]); tag != "" {
			found = append(found, newBlueskyFacet(at[2], text[at[2]:at[3]]+tag, blueskyFeature{Type: blueskyTag, Tag: tag}))
		}
	}
	slices.SortFunc(found, func(a, b blueskyFacet) int { return cmp.Compare(a.Index.Start, b.Index.Start) })
	return found
}

// isAddress reports whether a link names a host; a server refuses one without.
func isAddress(link string) bool {
	for _, scheme := range []string{"http://", "https://"} { // in small letters
		if rest, ok := strings.CutPrefix(link, scheme); ok {
			return rest != "" && !strings.ContainsAny(rest[:1], "/?#")
		}
	}
	return false
}

// isDomain reports whether a name ends in a top-level domain that exists.
func isDomain(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, exists := publicsuffix.PublicSuffix(last)
	return exists && last != name
}

// trimLink takes one mark of punctuation from the end of a link, and a bracket
// that was opened before it.
func trimLink(s string) string {
	if strings.ContainsAny(s[len(s)-1:], ".,;:!?") {
		s = s[:len(s)-1]
	}
	if strings.HasSuffix(s, ")") && !strings.Contains(s, "(") {
		s = s[:len(s)-1]
	}
	return s
}

// trimTag is the hashtag that a word after # makes; empty: none, because it has
// nothing but digits and punctuation, is the keycap emoji, or is too long.
func trimTag(word string) string {
	const keycap = '\ufe0f'
	const most = 64 // of UTF-16
	named := func(r rune) bool { return !unicode.IsPunct(r) && (r < '0' || r > '9') }
	if strings.HasPrefix(word, string(keycap)) || !strings.ContainsFunc(word, named) {
		return ""
	}
	word = strings.TrimRightFunc(word, unicode.IsPunct)
	if len(utf16.Encode([]rune(word))) > most {
		return ""
	}
	return word
}
