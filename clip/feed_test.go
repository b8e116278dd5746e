package clip

import (
	"strings"
	"testing"
	"time"
)

// TestFeedCheck: what can be recorded, and what is said of what cannot; never a
// secret.
func TestFeedCheck(t *testing.T) {
	for _, c := range []struct {
		change func(f *Feed)
		want   string // empty: nothing is wrong
	}{
		{func(*Feed) {}, ""},
		{func(f *Feed) { f.ID = "Final 100m" }, "is not a name"},
		{func(f *Feed) { f.Window = time.Second }, "1s is not between 1m0s and 168h0m0s"},
		{func(f *Feed) { f.Window = MaxWindow + 1 }, "is not between"},
		{func(f *Feed) { f.Audio = "the commentary" }, "choose the audio track"},
		{func(f *Feed) { f.Audio = "2" }, ""},
		{func(f *Feed) { f.URL = "" }, "needs its URL"},
		{func(f *Feed) { f.URL = "gopher://me:secret@a/b?token=secret" }, `"gopher://a/b" is not one that a feed can have`},
		{func(f *Feed) { f.URL = "match.m3u8" }, `"match.m3u8" is not one`},
		{func(f *Feed) { f.URL = "srt://host:9000?passphrase=secret\x7f" }, "it is no URL"},
		{func(f *Feed) { f.URL = "srt:?passphrase=secret" }, "names no host"},
		{func(f *Feed) { f.URL = "https:///a.m3u8" }, "names no host"},
		{func(f *Feed) { f.URL = "srt://:9000?mode=listener" }, ""},
		{func(f *Feed) { f.URL = "udp://@239.1.1.1:5000" }, ""},
		{func(f *Feed) { f.URL = "RTMP://host/live/key" }, ""},
		{func(f *Feed) { f.URL = "synthetic:match" }, ""},
		{func(f *Feed) { f.URL = "file:///media/match.ts" }, "set allow_private"},
		{func(f *Feed) { f.URL, f.AllowPrivate = "import:///media/match.ts?start=2026-11-24T20:00:00Z", true }, ""},
		{func(f *Feed) { f.URL, f.AllowPrivate = "file://media/match.ts", true }, "needs an absolute path, such as file:///media/match.ts"},
	} {
		f := Feed{ID: "final-100m", URL: "https://cdn.example/a.m3u8", Window: DefaultWindow}
		c.change(&f)
		err := f.Check()
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: %v, want %q", f, err, c.want)
		case err != nil && (KindOf(err) != Invalid || strings.Contains(err.Error(), "secret")):
			t.Errorf("%+v: %v (%s)", f, err, KindOf(err))
		}
	}
}
