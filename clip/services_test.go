package clip

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCaptionService: of the caption services of a feed one is shown, which the
// recipe's language chooses.
func TestCaptionService(t *testing.T) {
	s := standard()
	in := func(service, lang string) Cue {
		return Cue{Epoch: 1, From: s.pts(30), To: s.pts(60), Service: service, Lang: lang, Text: service + " " + lang}
	}
	late := func(q Cue) Cue {
		q.From, q.To = s.pts(200), 0
		return q
	}
	for _, tt := range []struct {
		name, lang string
		cues       []Cue
		want       string
	}{
		{"the only one, whatever its language", "en", []Cue{in("teletext:150", "de")}, "teletext:150 de"},
		{"in the recipe's language", "de", []Cue{in("cea608:1", "en"), in("teletext:150", "de")}, "teletext:150 de"},
		{"in the same language of another region", "de", []Cue{in("cea608:1", "en"), in("teletext:150", "de-AT")}, "teletext:150 de-AT"},
		{"exactly before nearly", "de-AT", []Cue{in("teletext:150", "de"), in("teletext:777", "de-AT")}, "teletext:777 de-AT"},
		{"none stated before another", "fr", []Cue{in("cea608:1", "en"), in("cea608:3", "")}, "cea608:3 "},
		{"by kind where the language does not choose", "en", []Cue{in("cea708:1", "en"), in("cea608:1", "en"), in("webvtt:1", "en")}, "webvtt:1 en"},
		{"by number within a kind", "en", []Cue{in("teletext:888", "en"), in("teletext:777", "en")}, "teletext:777 en"},
		{"numbers are no words", "en", []Cue{in("cea708:10", "en"), in("cea708:9", "en")}, "cea708:9 en"},
		{"no language wished", "", []Cue{in("teletext:150", "de"), in("cea608:1", "en")}, "cea608:1 en"},
		{"one page in two languages", "fi", []Cue{in("teletext:888", "sv"), in("teletext:888", "fi")}, "teletext:888 fi"},
		{"recorded before services were told apart", "en", []Cue{in("", "en"), in("webvtt:1", "en")}, " en"},
		{"one that is silent in the span does not count", "en", []Cue{in("cea708:1", "en"), late(in("cea608:1", "en"))}, "cea708:1 en"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := record(false, s)
			r := s.ofFrames(25, 100)
			r.Captions.Lang = tt.lang
			slices.Reverse(tt.cues)
			for range 2 { // in any order
				slices.Reverse(tt.cues)
				rec.Cues = tt.cues
				var got []string
				for _, q := range mustPlan(t, r, rec).Cues() {
					got = append(got, q.Text)
				}
				if d := cmp.Diff([]string{tt.want}, got); d != "" {
					t.Errorf("-want +got:\n%s", d)
				}
			}
		})
	}
}
