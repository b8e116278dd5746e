package clip

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// CaptionServices are the kinds of caption services that a feed may carry side
// by side, in the order in which one is taken where nothing else chooses. A
// cue's Service is its kind and a number: "cea608:1" (CC1), "cea708:2",
// "teletext:150" (the page); "webvtt:1" is a playlist of its own. Captions that
// were recorded before services were told apart have none, and come first.
func CaptionServices() []string { return []string{"webvtt", "cea608", "cea708", "teletext"} }

// CompareServices orders caption services: by kind, then by number.
func CompareServices(a, b string) int {
	place := func(s string) (kind, number int) {
		name, n, _ := strings.Cut(s, ":")
		number, _ = strconv.Atoi(n) // what is no number comes first
		return slices.Index(CaptionServices(), name), number
	}
	kindA, a1 := place(a)
	kindB, b1 := place(b)
	return cmp.Or(cmp.Compare(kindA, kindB), cmp.Compare(a1, b1), cmp.Compare(a, b))
}

// voice is a caption service in one language.
type voice struct{ service, lang string }

// said are the captions that the recipe shows: those of one service. Of the
// services that say something in its span it is the first in the recipe's
// language, or else one that states none, or else the first: a clip has
// captions wherever the feed has some.
func (r Recipe) said(rec Recording) []Cue {
	var best voice
	found := false
	for _, q := range rec.Cues {
		v := voice{q.Service, q.Lang}
		if rec.Timeline.shows(q, r.Span) && (!found || v.compare(best, r.Captions.Lang) < 0) {
			best, found = v, true
		}
	}
	var cues []Cue
	for _, q := range rec.Cues {
		if found && best == (voice{q.Service, q.Lang}) {
			cues = append(cues, q)
		}
	}
	return cues
}

// compare says which of two voices a recipe in lang prefers.
func (v voice) compare(o voice, lang string) int {
	return cmp.Or(
		cmp.Compare(distance(v.lang, lang), distance(o.lang, lang)),
		CompareServices(v.service, o.service), cmp.Compare(v.lang, o.lang))
}

// distance is how far a language is from the wanted one: it, the same in
// another region or script, none stated, another one.
func distance(lang, wanted string) int {
	base := func(s string) string {
		b, _, _ := strings.Cut(s, "-")
		return b
	}
	switch {
	case wanted == "" || strings.EqualFold(lang, wanted):
		return 0
	case strings.EqualFold(base(lang), base(wanted)):
		return 1
	case lang == "":
		return 2
	}
	return 3
}

// shows reports whether a caption is on screen within a span.
func (tl Timeline) shows(q Cue, s Span) bool {
	e, ok := tl.Epoch(q.Epoch)
	if q.To == 0 {
		q.To = math.MaxInt64
	}
	return ok && q.From < q.To && q.To > e.Ticks(s.In) && (s.Open() || q.From < e.Ticks(s.Out))
}
