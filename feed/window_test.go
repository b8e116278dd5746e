package feed

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/ovation-live/ovation/clip"
)

var playlistBase = &url.URL{Scheme: "https", Host: "example.org", Path: "/live/index.m3u8"}

// TestPlaylistInputs reads what servers may give for a playlist. Numbers are
// those of the catalogue of bad inputs in the project's reference.
func TestPlaylistInputs(t *testing.T) {
	head := "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n"
	two := head + "#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n"
	with := func(tag string) string { return head + tag + "\n#EXTINF:4,\na.ts\n" }
	uri := func(u string) string { return head + "#EXTINF:4,\n" + u + "\n" }
	utf16le := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	for _, c := range []struct {
		name string
		text string
		err  error
		want string // the entries, where there is no error
	}{
		{"1 empty", "", ErrNotPlaylist, ""},
		{"2 only #EXTM3U", "#EXTM3U\n", ErrPlaylistKind, ""},
		{"3 no EXTM3U", strings.TrimPrefix(two, "#EXTM3U\n"), ErrNotPlaylist, ""},
		{"4 HTML", "<html><body>502 Bad Gateway</body></html>", ErrNotPlaylist, ""},
		{"5 UTF-16", utf16le(two), ErrNotPlaylist, ""},
		{"6 BOM", "\ufeff" + two, nil, "7 a.ts 4s; 8 b.ts 4s"},
		{"7 CRLF", strings.ReplaceAll(two, "\n", "\r\n"), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{"7 CR only", strings.ReplaceAll(two, "\n", "\r"), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{"8 NUL", two + "\x00", ErrPlaylistText, ""},
		{"8 not UTF-8", two + "#\xff\xfe\n", ErrPlaylistText, ""},
		{"10 many segments", head + strings.Repeat("#EXTINF:4,\na.ts\n", maxEntries+1), ErrTooMany, ""},
		{"11 long line", uri(strings.Repeat("a", maxLine)), ErrPlaylistText, ""},
		{"12 EXTINF missing", head + "a.ts\n#EXTINF:4,\nb.ts\n", nil, "7 b.ts 4s"},
		{"13 EXTINF negative", head + "#EXTINF:-4,\na.ts\n", ErrDuration, ""},
		{"14 EXTINF nan", head + "#EXTINF:nan,\na.ts\n", ErrDuration, ""},
		{"14 EXTINF inf", head + "#EXTINF:inf,\na.ts\n", ErrDuration, ""},
		{"15 EXTINF 0", head + "#EXTINF:0,\na.ts\n", nil, "7 a.ts 0s"},
		{"16 EXTINF 1e18", head + "#EXTINF:1e18,\na.ts\n", ErrDuration, ""},
		{"17 comma decimal", head + "#EXTINF:4,0\na.ts\n", nil, "7 a.ts 4s"},
		{"18 no target", "#EXTM3U\n#EXTINF:4,\na.ts\n", nil, "0 a.ts 4s"},
		{"18 target huge", strings.Replace(two, "DURATION:4", "DURATION:99999999999999999999", 1), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{"18 target negative", strings.Replace(two, "DURATION:4", "DURATION:-4", 1), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{"19 sequence 2^63", strings.Replace(two, "SEQUENCE:7", "SEQUENCE:9223372036854775808", 1), ErrSequence, ""},
		{"19 sequence text", strings.Replace(two, "SEQUENCE:7", "SEQUENCE:seven", 1), nil, "0 a.ts 4s; 1 b.ts 4s"},
		{"20 two sequence tags", with("#EXT-X-MEDIA-SEQUENCE:9"), nil, "9 a.ts 4s"},
		{"22 file", uri("file:///etc/passwd"), ErrLocation, ""},
		{"23 concat", uri("concat:a|b"), ErrLocation, ""},
		{"24 data", uri("data:video/mp2t;base64,AAAA"), ErrLocation, ""},
		{"25 subfile", uri("subfile,,start,0,end,9,,:/etc/passwd"), ErrLocation, ""},
		{"26 traversal stays on the host", uri("../../../../etc/passwd"), nil, "7 /etc/passwd 4s"},
		{"27 other host", uri("//host/x"), nil, "7 //host/x 4s"},
		{"29 javascript", uri("javascript:alert(1)"), ErrLocation, ""},
		{"30 private address is the dialer's", uri("http://169.254.169.254/x"), nil, "7 //169.254.169.254/x 4s"},
		{"31 key: its address is the dialer's", with(`#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1/k"`), nil, "7 a.ts 4s key //127.0.0.1/k"},
		{"31 key of a file", with(`#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"`), ErrLocation, ""},
		{"32 key of a DRM system", with(`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="com.apple.streamingkeydelivery"`), ErrKeys, ""},
		{"32 key rotation", head + "#EXT-X-KEY:METHOD=AES-128,URI=\"k1\"\n#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n#EXT-X-KEY:METHOD=AES-128,URI=\"k2\",IV=0x000102030405060708090A0B0C0D0E0F\n#EXTINF:4,\nc.ts\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:4,\nd.ts\n", nil,
			"7 a.ts 4s key k1; 8 b.ts 4s key k1; 9 c.ts 4s key k2 iv 000102030405060708090a0b0c0d0e0f; 10 d.ts 4s"},
		{"34 IV malformed", with(`#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x12`), ErrIV, ""},
		{"34 IV no hexadecimal", with(`#EXT-X-KEY:METHOD=AES-128,URI="k",IV=hello`), ErrIV, ""},
		{"32 key method", with(`#EXT-X-KEY:METHOD=ROT13,URI="k"`), ErrKeys, ""},
		{"32 key none", with(`#EXT-X-KEY:METHOD=NONE`), nil, "7 a.ts 4s"},
		{"36 map changes", head + "#EXT-X-MAP:URI=\"i1\"\n#EXTINF:4,\na.m4s\n#EXT-X-MAP:URI=\"i2\"\n#EXTINF:4,\nb.m4s\n#EXTINF:4,\nc.m4s\n", nil,
			"7 a.m4s 4s init i1; 8 b.m4s 4s init i2; 9 c.m4s 4s init i2"},
		{"37 range of the map", head + "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1353@8\"\n#EXTINF:4,\na.m4s\n", nil, "7 a.m4s 4s init i 8+1353"},
		{"37 range of the map without offset", head + "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1353\"\n#EXTINF:4,\na.m4s\n", nil, "7 a.m4s 4s init i 0+1353"},
		{"37 ranges", head + "#EXT-X-BYTERANGE:100@50\n#EXTINF:4,\na.ts\n#EXT-X-BYTERANGE:60\n#EXTINF:4,\na.ts\n", nil, "7 a.ts 4s 50+100; 8 a.ts 4s 150+60"},
		{"37 range negative", with("#EXT-X-BYTERANGE:-5@10"), ErrRange, ""},
		{"37 range huge", with("#EXT-X-BYTERANGE:99999999999@0"), ErrRange, ""},
		{"38 time invalid", with("#EXT-X-PROGRAM-DATE-TIME:yesterday"), nil, "7 a.ts 4s"},
		{"38 time carried on", head + "#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00Z\n#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\nc.ts\n", nil,
			"7 a.ts 4s at 20:00:00; 8 b.ts 4s at 20:00:04; 9 c.ts 4s break"},
		{"43 ENDLIST in the middle", head + "#EXTINF:4,\na.ts\n#EXT-X-ENDLIST\n#EXTINF:4,\nb.ts\n", nil, "7 a.ts 4s; 8 b.ts 4s; over"},
		{"44 discontinuities", with(strings.Repeat("#EXT-X-DISCONTINUITY\n", 1000)), nil, "7 a.ts 4s break"},
		{"45 parts only", head + "#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-PART:DURATION=0.5,URI=\"p1\"\n", nil, ""},
		{"49 recursion", with(`#EXT-X-DEFINE:NAME="a",VALUE="{$a}"`), ErrVariables, ""},
		{"49 undefined", uri("{$host}/a.ts"), ErrVariables, ""},
		{"49 defined twice", with("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"1\"\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"2\""), ErrVariables, ""},
		{"49 import without one", with(`#EXT-X-DEFINE:IMPORT="token"`), ErrVariables, ""},
		{"49 values are not looked through", head + "#EXT-X-DEFINE:NAME=\"a\",VALUE=\"x\"\n#EXT-X-DEFINE:NAME=\"b\",VALUE=\"{$a}{$a}\"\n#EXTINF:4,\n{$b}.ts\n", nil, "7 xx.ts 4s"},
		{"49 value", head + "#EXT-X-DEFINE:NAME=\"path\",VALUE=\"//cdn.example/p\"\n#EXTINF:4,\n{$path}/a.ts\n", nil, "7 //cdn.example/p/a.ts 4s"},
		{"49 query", head + "#EXT-X-DEFINE:QUERYPARAM=\"nothing\"\n#EXTINF:4,\na.ts\n", ErrVariables, ""},
		{"gap", with("#EXT-X-GAP"), nil, "7 a.ts 4s gap"},
		{"date range at the end", two + "#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-11-24T20:00:00Z\",SCTE35-OUT=0xFC\n", nil, "7 a.ts 4s; 8 b.ts 4s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePlaylist([]byte(c.text), playlistBase, nil)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if c.err != nil {
				return
			}
			if got := windowText(p.media); got != c.want {
				t.Errorf("entries\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// windowText prints a window's entries.
func windowText(w *window) string {
	var out []string
	for _, e := range w.entries {
		address := strings.TrimPrefix(e.url.String(), "https://example.org/live/")
		address = strings.TrimPrefix(address, "https://example.org")
		if _, rest, ok := strings.Cut(address, "://"); ok {
			address = "//" + rest
		}
		s := fmt.Sprintf("%d %s %s", e.seq, address, e.duration)
		if e.n > 0 {
			s += fmt.Sprintf(" %d+%d", e.from, e.n)
		}
		if e.init != nil {
			s += " init " + strings.TrimPrefix(e.init.url.Path, "/live/")
			if e.init.n > 0 {
				s += fmt.Sprintf(" %d+%d", e.init.from, e.init.n)
			}
		}
		if e.key != nil {
			address := strings.TrimPrefix(strings.TrimPrefix(e.key.url.String(), "https://example.org/live/"), "http:")
			if s += " key " + address; e.key.iv != nil {
				s += fmt.Sprintf(" iv %x", e.key.iv)
			}
		}
		if !e.programTime.IsZero() {
			s += " at " + e.programTime.UTC().Format(time.TimeOnly)
		}
		if e.discontinuity {
			s += " break"
		}
		if e.gap {
			s += " gap"
		}
		out = append(out, s)
	}
	if w.ended {
		out = append(out, "over")
	}
	return strings.Join(out, "; ")
}

// TestVariants chooses from multivariant playlists.
func TestVariants(t *testing.T) {
	line := func(attrs, uri string) string { return "#EXT-X-STREAM-INF:" + attrs + "\n" + uri + "\n" }
	audio := "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",URI=\"audio.m3u8\"\n"
	for _, c := range []struct {
		name, text string
		want       string
		err        error
	}{
		{"highest", line("BANDWIDTH=1000,CODECS=\"avc1.64001f,mp4a.40.2\"", "lo.m3u8") + line("BANDWIDTH=9000,CODECS=\"avc1.64001f,mp4a.40.2\"", "hi.m3u8"), "hi.m3u8", nil},
		{"H.264 before HEVC", line("BANDWIDTH=9000,CODECS=\"hvc1.1\"", "hevc.m3u8") + line("BANDWIDTH=1000,CODECS=\"avc1.64001f\"", "avc.m3u8"), "avc.m3u8", nil},
		{"HEVC alone", line("BANDWIDTH=9000,CODECS=\"hvc1.1\"", "hevc.m3u8"), "hevc.m3u8", nil},
		{"no codecs named", line("BANDWIDTH=9000", "x.m3u8"), "x.m3u8", nil},
		{"42 bandwidth 0", line("BANDWIDTH=0", "x.m3u8"), "x.m3u8", nil},
		{"42 audio only", line("BANDWIDTH=100,CODECS=\"mp4a.40.2\"", "x.m3u8"), "", ErrNoVariant},
		{"22 a file", line("BANDWIDTH=100", "file:///etc/passwd"), "", ErrNoVariant},
		{"separate audio", audio + line("BANDWIDTH=9000,AUDIO=\"a\"", "x.m3u8"), "x.m3u8", nil},
		{"quality before audio of its own", audio + line("BANDWIDTH=9000,AUDIO=\"a\"", "x.m3u8") + line("BANDWIDTH=100", "muxed.m3u8"), "x.m3u8", nil},
		{"own audio before separate", audio + line("BANDWIDTH=9000,AUDIO=\"a\"", "x.m3u8") + line("BANDWIDTH=9000", "muxed.m3u8"), "muxed.m3u8", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePlaylist([]byte("#EXTM3U\n"+c.text), playlistBase, nil)
			var v variant
			if err == nil {
				v = rank(p.variants)[0]
			}
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && v.url.String() != "https://example.org/live/"+c.want {
				t.Errorf("chosen is %s, want %s", v.url, c.want)
			}
		})
	}
}

// TestBadPlaylistKind: what may be right next time is Unavailable, what never
// will be is Invalid.
func TestBadPlaylistKind(t *testing.T) {
	for text, want := range map[string]clip.Kind{
		"<html>": clip.Unavailable,
		"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXTINF:4,\na.ts\n": clip.Invalid,
	} {
		if _, err := parsePlaylist([]byte(text), playlistBase, nil); clip.KindOf(err) != want {
			t.Errorf("%q: %v, want kind %s", text, err, want)
		}
	}
}
