package feed

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestVTT reads WebVTT segments as packagers write them, and as they should
// not.
func TestVTT(t *testing.T) {
	head := "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
	cue := func(text string) string { return head + "00:01.000 --> 00:02.500\n" + text + "\n" }
	for _, c := range []struct {
		name, text string
		want       string
		err        error
	}{
		{"cue", cue("Goal!"), "990000-1125000 Goal!", nil},
		{"nothing said", "WEBVTT", "", nil},
		{"comment behind the magic", "WEBVTT - by hand\n\n00:01.000 --> 00:02.000\nA\n", "90000-180000 A", nil},
		{"byte order mark, CRLF", "\ufeff" + strings.ReplaceAll(cue("A\nB"), "\n", "\r\n"), `990000-1125000 A\nB`, nil},
		{"CR only", strings.ReplaceAll(cue("A\nB"), "\n", "\r"), `990000-1125000 A\nB`, nil},
		{"no map: zero is the clock's", "WEBVTT\n\n00:01.000 --> 00:02.000\nA\n", "90000-180000 A", nil},
		{"map behind a blank line", "WEBVTT\n\nX-TIMESTAMP-MAP=MPEGTS:180000,LOCAL:00:00:01.000\n\n00:01.000 --> 00:02.000\nA\n", "180000-270000 A", nil},
		{"map with one half", "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:180000\n\n00:01.000 --> 00:02.000\nA\n", "90000-180000 A", nil},
		{"map that is none", "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:x,MPEGTS:-1\n\n00:01.000 --> 00:02.000\nA\n", "90000-180000 A", nil},
		{"hours, identifier, settings", "WEBVTT\n\nid 7\n492000:00:01.000 --> 492000:00:02.000 line:90% align:start\nA\n", "159408000090000-159408000180000 A", nil},
		{"tags and entities", cue("<v Ada><c.yellow>Goal</c> <00:01.500><i>now</i> &amp; 1 &lt; 2&nbsp;x"), "990000-1125000 Goal now & 1 < 2 x", nil},
		{"tag that does not end", cue("Goal <b"), "990000-1125000 Goal", nil},
		{"control characters", cue("a\x1b[31mb\x00c\tand\u202a"), "990000-1125000 a[31mb\ufffdcand\u202a", nil},
		{"not UTF-8", cue("a\xffb"), "990000-1125000 a\ufffdb", nil},
		{"note, style, region", head + "NOTE\n00:00.000 --> 00:09.000\nno\n\nSTYLE\n::cue{}\n\nREGION\nid:x\n\nNOTEWORTHY\n00:01.000 --> 00:02.000\nA\n", "990000-1080000 A", nil},
		{"142 arrow in the text", cue("1 --> 2"), "990000-1125000 1 --> 2", nil},
		{"142 cue without a blank line before", cue("A\n00:03.000 --> 00:04.000\nB"), "990000-1125000 A; 1170000-1260000 B", nil},
		{"141 negative time", head + "-00:01.000 --> 00:02.000\nA\n", "", nil},
		{"141 end before begin", head + "00:02.000 --> 00:01.000\nA\n", "", nil},
		{"141 overlap", head + "00:01.000 --> 00:03.000\nA\n\n00:02.000 --> 00:04.000\nB\n", "990000-1170000 A; 1080000-1260000 B", nil},
		{"two at the same time", head + "00:01.000 --> 00:02.000\nA\n\n00:01.000 --> 00:03.000\nB\n\n00:01.000 --> 00:03.000\nB\n", `990000-1170000 A\nB\nB`, nil},
		{"twice the same", head + "00:01.000 --> 00:02.000\nA\n\n00:01.000 --> 00:02.000\nA\n", "990000-1080000 A", nil},
		{"141 SubRip's comma", head + "00:00:01,000 --> 00:00:02,000\nA\n", "", nil},
		{"minutes beyond 59", head + "00:60:00.000 --> 01:00:01.000\nA\n", "", nil},
		{"empty cue", cue("<b></b>"), "", nil},
		{"HTML", "<html>502</html>", "", ErrNotVTT},
		{"empty", "", "", ErrNotVTT},
		{"WEBVTTX", "WEBVTTX\n", "", ErrNotVTT},
		{"TTML in fMP4", "\x00\x00\x00\x18styp", "", ErrNotVTT},
		{"141 a million cues", head + strings.Repeat("00:01.000 --> 00:02.000\nA\n\n", 1e6), "", ErrVTTSize},
		{"long text", cue(strings.Repeat("a", maxCueText+1)), "", ErrVTTSize},
	} {
		t.Run(c.name, func(t *testing.T) {
			cues, err := readVTT([]byte(c.text))
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			var got []string
			for _, q := range cues {
				got = append(got, fmt.Sprintf("%d-%d %s", q.From, q.To, strings.ReplaceAll(q.Text, "\n", `\n`)))
			}
			if got := strings.Join(got, "; "); got != c.want {
				t.Errorf("cues\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestWanted chooses among subtitle playlists.
func TestWanted(t *testing.T) {
	en, fr := rendition{name: "en", lang: "eng"}, rendition{name: "fr", lang: "fr", isDefault: true}
	forced := rendition{name: "forced", lang: "en", forced: true}
	for _, c := range []struct {
		all  []rendition
		lang string
		want string
	}{
		{nil, "en", ""}, {[]rendition{forced}, "en", ""}, {[]rendition{fr}, "en", ""}, {[]rendition{fr, forced, en}, "en-GB", "en"},
		{[]rendition{en, fr}, "", "fr"}, {[]rendition{en}, "", "en"},
	} {
		if got, ok := wanted(c.all, c.lang); got.name != c.want || ok != (c.want != "") {
			t.Errorf("%v for %q: %q, want %q", c.all, c.lang, got.name, c.want)
		}
	}
}

// FuzzVTT promises cues that have text and last.
func FuzzVTT(f *testing.F) {
	f.Add([]byte("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n1\n00:00:01.000 --> 00:00:02.000 line:1\n<v A>Goal &amp; more\n\nNOTE x\n"))
	f.Add([]byte("\ufeffWEBVTT\r\rX-TIMESTAMP-MAP=MPEGTS:8589934591,LOCAL:99999:59:59.999\r\r00:59.999 --> 16777215:00:00.000\r<"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cues, err := readVTT(b)
		seen := map[clip.Ticks]bool{}
		for _, c := range cues {
			if err != nil || c.Text == "" || c.To <= c.From || abs(c.From) > 100*maxTime || seen[c.From] {
				t.Fatalf("cue %+v, %v", c, err)
			}
			seen[c.From] = true
		}
	})
}
