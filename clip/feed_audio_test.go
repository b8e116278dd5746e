package clip

import "testing"

func TestCheckAudio(t *testing.T) {
	for _, s := range []string{"", "1", "12", "99", "de", "fra", "ENG", "pt-BR", "zh-Hant-TW", "qaa"} {
		if err := (Feed{Audio: s}).CheckAudio(); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"0", "-1", "100", "1.5", "+1", "e", "commentary", "de_AT", "de-", "de AT", "first", "1 ", "\x00", "日本"} {
		err := (Feed{Audio: s}).CheckAudio()
		wantError(t, s, err, Invalid, "a number from 1")
	}
}
