package feed

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
)

// playlistInput is a row of the table of bad playlists. The numbers are those
// of the catalogue of bad inputs that this project tests itself against, 1 to
// 49; those that need a server are in servedInputs, and 0 is none of them.
type playlistInput struct {
	number int
	name   string
	text   string
	err    error  // named; else
	want   string // the entries
}

// What most of these playlists are made of.
const (
	inputHead = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n"
	inputTwo  = inputHead + "#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n"
)

// lowLatency has all that RFC 8216bis adds for low latency.
const lowLatency = `#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-VERSION:9
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,CAN-SKIP-UNTIL=12.0
#EXT-X-PART-INF:PART-TARGET=0.33334
#EXT-X-MEDIA-SEQUENCE:266
#EXT-X-MAP:URI="i"
#EXTINF:4.00008,
a266.mp4
#EXT-X-PART:DURATION=2,URI="a267.0.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=2,URI="a267.1.mp4"
#EXTINF:4.00008,
a267.mp4
#EXT-X-PART:DURATION=0.33334,URI="a268.0.mp4",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="a268.1.mp4"
#EXT-X-RENDITION-REPORT:URI="../1M/waitForMSN.php",LAST-MSN=273,LAST-PART=2
`

func withTag(tag string) string { return inputHead + tag + "\n#EXTINF:4,\na.ts\n" }
func withURI(u string) string   { return inputHead + "#EXTINF:4,\n" + u + "\n" }

func utf16le(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// playlistInputs are all rows.
func playlistInputs() (rows []playlistInput) {
	rows = append(rows, textInputs()...)
	rows = append(rows, tagInputs()...)
	rows = append(rows, addressInputs()...)
	rows = append(rows, keyInputs()...)
	return append(rows, orderInputs()...)
}

// TestPlaylistInputs reads what servers may give for a playlist: a named error
// or a defined result, never a panic or a hang.
func TestPlaylistInputs(t *testing.T) {
	for _, in := range playlistInputs() {
		t.Run(in.name, func(t *testing.T) {
			p, err := parsePlaylist([]byte(in.text), playlistBase, nil)
			if !errors.Is(err, in.err) {
				t.Fatalf("input %d: error %v, want %v", in.number, err, in.err)
			}
			if in.err != nil {
				return
			}
			if got := windowText(p.media); got != in.want {
				t.Errorf("input %d: entries\n got %s\nwant %s", in.number, got, in.want)
			}
		})
	}
}

// TestOddPlaylist says what it passes over, and takes the rest.
func TestOddPlaylist(t *testing.T) {
	for tag, want := range map[string]error{
		"#EXT-X-PROGRAM-DATE-TIME:yesterday":                                  errStatedTime,
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00":                        errStatedTime,
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00.123+0100":               nil,
		"#EXT-X-DATERANGE:ID=\"1\"":                                           errDateRange,
		"#EXT-X-DATERANGE:START-DATE=\"2026-11-24T20:00:00Z\"":                errDateRange,
		"#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-11-24T20:00:00Z\"":       nil,
		"#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-11-24T20:00:00Z\",X=\"y": nil,
	} {
		p, err := parsePlaylist([]byte(withTag(tag)), playlistBase, nil)
		if err != nil || len(p.media.entries) != 1 || !errors.Is(p.media.odd, want) {
			t.Errorf("%s: %v, odd is %v, want %v", tag, err, p.media.odd, want)
		}
	}
}

// TestEveryPlaylistInput finds a row for each number.
func TestEveryPlaylistInput(t *testing.T) {
	seen := map[int]bool{}
	for _, in := range playlistInputs() {
		seen[in.number] = true
	}
	for _, in := range servedInputs() {
		seen[in.number] = true
	}
	for n := 1; n <= 49; n++ {
		if !seen[n] {
			t.Errorf("input %d has no row", n)
		}
	}
}

// textInputs are playlists whose text is wrong.
func textInputs() []playlistInput {
	return []playlistInput{
		{1, "empty", "", ErrNotPlaylist, ""},
		{2, "only #EXTM3U", "#EXTM3U\n", ErrPlaylistKind, ""},
		{3, "no EXTM3U", strings.TrimPrefix(inputTwo, "#EXTM3U\n"), ErrNotPlaylist, ""},
		{4, "HTML", "<html><body>502 Bad Gateway</body></html>", ErrNotPlaylist, ""},
		{5, "UTF-16", utf16le(inputTwo), ErrNotPlaylist, ""},
		{6, "BOM", "\ufeff" + inputTwo, nil, "7 a.ts 4s; 8 b.ts 4s"},
		{7, "CRLF", strings.ReplaceAll(inputTwo, "\n", "\r\n"), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{7, "CR only", strings.ReplaceAll(inputTwo, "\n", "\r"), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{8, "NUL", inputTwo + "\x00", ErrPlaylistText, ""},
		{8, "not UTF-8", inputTwo + "#\xff\xfe\n", ErrPlaylistText, ""},
		{10, "many segments", inputHead + strings.Repeat("#EXTINF:4,\na.ts\n", maxEntries+1), ErrTooMany, ""},
		{11, "long line", withURI(strings.Repeat("a", maxLine)), ErrPlaylistText, ""},
	}
}

// tagInputs are playlists whose numbers are.
func tagInputs() []playlistInput {
	return []playlistInput{
		{12, "EXTINF missing", inputHead + "a.ts\n#EXTINF:4,\nb.ts\n", nil, "7 b.ts 4s"},
		{13, "EXTINF negative", inputHead + "#EXTINF:-4,\na.ts\n", ErrDuration, ""},
		{14, "EXTINF nan", inputHead + "#EXTINF:nan,\na.ts\n", ErrDuration, ""},
		{14, "EXTINF inf", inputHead + "#EXTINF:inf,\na.ts\n", ErrDuration, ""},
		{15, "EXTINF 0", inputHead + "#EXTINF:0,\na.ts\n", nil, "7 a.ts 0s"},
		{16, "EXTINF 1e18", inputHead + "#EXTINF:1e18,\na.ts\n", ErrDuration, ""},
		{17, "comma decimal", inputHead + "#EXTINF:4,0\na.ts\n", nil, "7 a.ts 4s"},
		{18, "no target", "#EXTM3U\n#EXTINF:4,\na.ts\n", nil, "0 a.ts 4s"},
		{18, "target huge", strings.Replace(inputTwo, "DURATION:4", "DURATION:99999999999999999999", 1), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{18, "target negative", strings.Replace(inputTwo, "DURATION:4", "DURATION:-4", 1), nil, "7 a.ts 4s; 8 b.ts 4s"},
		{19, "sequence 2^63", strings.Replace(inputTwo, "SEQUENCE:7", "SEQUENCE:9223372036854775808", 1), ErrSequence, ""},
		{19, "sequence text", strings.Replace(inputTwo, "SEQUENCE:7", "SEQUENCE:seven", 1), ErrSequence, ""},
		{19, "sequence negative", strings.Replace(inputTwo, "SEQUENCE:7", "SEQUENCE:-7", 1), ErrSequence, ""},
		{20, "two sequence tags", withTag("#EXT-X-MEDIA-SEQUENCE:9"), nil, "9 a.ts 4s"},
	}
}

// addressInputs are addresses that lead astray.
func addressInputs() []playlistInput {
	return []playlistInput{
		{21, "address empty", withURI("") + "#EXTINF:4,\nb.ts\n", nil, "7 b.ts 4s"},
		{21, "address of spaces", withURI("  "), ErrLocation, ""},
		{22, "file", withURI("file:///etc/passwd"), ErrLocation, ""},
		{23, "concat", withURI("concat:a|b"), ErrLocation, ""},
		{24, "data", withURI("data:video/mp2t;base64,AAAA"), ErrLocation, ""},
		{25, "subfile", withURI("subfile,,start,0,end,9,,:/etc/passwd"), ErrLocation, ""},
		{26, "traversal stays on the host", withURI("../../../../etc/passwd"), nil, "7 /etc/passwd 4s"},
		{27, "other host", withURI("//host/x"), nil, "7 //host/x 4s"},
		{28, "user and password", withURI("https://user:pass@host/x"), nil, "7 //user:pass@host/x 4s"},
		{29, "javascript", withURI("javascript:alert(1)"), ErrLocation, ""},
		{30, "private address is the dialer's", withURI("http://169.254.169.254/x"), nil, "7 //169.254.169.254/x 4s"},
	}
}

// keyInputs are keys, init segments and byte ranges.
func keyInputs() []playlistInput {
	return []playlistInput{
		{31, "key: its address is the dialer's", withTag(`#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1/k"`), nil, "7 a.ts 4s key //127.0.0.1/k"},
		{31, "key of a file", withTag(`#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"`), ErrLocation, ""},
		{32, "key of a DRM system", withTag(`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="com.apple.streamingkeydelivery"`), ErrKeys, ""},
		{32, "key rotation", inputHead + "#EXT-X-KEY:METHOD=AES-128,URI=\"k1\"\n#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n#EXT-X-KEY:METHOD=AES-128,URI=\"k2\",IV=0x000102030405060708090A0B0C0D0E0F\n#EXTINF:4,\nc.ts\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:4,\nd.ts\n", nil,
			"7 a.ts 4s key k1; 8 b.ts 4s key k1; 9 c.ts 4s key k2 iv 000102030405060708090a0b0c0d0e0f; 10 d.ts 4s"},
		{34, "IV malformed", withTag(`#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x12`), ErrIV, ""},
		{34, "IV no hexadecimal", withTag(`#EXT-X-KEY:METHOD=AES-128,URI="k",IV=hello`), ErrIV, ""},
		{32, "key method", withTag(`#EXT-X-KEY:METHOD=ROT13,URI="k"`), ErrKeys, ""},
		{32, "key none", withTag(`#EXT-X-KEY:METHOD=NONE`), nil, "7 a.ts 4s"},
		{36, "map changes", inputHead + "#EXT-X-MAP:URI=\"i1\"\n#EXTINF:4,\na.m4s\n#EXT-X-MAP:URI=\"i2\"\n#EXTINF:4,\nb.m4s\n#EXTINF:4,\nc.m4s\n", nil,
			"7 a.m4s 4s init i1; 8 b.m4s 4s init i2; 9 c.m4s 4s init i2"},
		{37, "range of the map", inputHead + "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1353@8\"\n#EXTINF:4,\na.m4s\n", nil, "7 a.m4s 4s init i 8+1353"},
		{37, "range of the map without offset", inputHead + "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1353\"\n#EXTINF:4,\na.m4s\n", nil, "7 a.m4s 4s init i 0+1353"},
		{37, "ranges", inputHead + "#EXT-X-BYTERANGE:100@50\n#EXTINF:4,\na.ts\n#EXT-X-BYTERANGE:60\n#EXTINF:4,\na.ts\n", nil, "7 a.ts 4s 50+100; 8 a.ts 4s 150+60"},
		{37, "range negative", withTag("#EXT-X-BYTERANGE:-5@10"), ErrRange, ""},
		{37, "range huge", withTag("#EXT-X-BYTERANGE:99999999999@0"), ErrRange, ""},
	}
}

// orderInputs are times, breaks, parts and variables.
func orderInputs() []playlistInput {
	return []playlistInput{
		{38, "time invalid", withTag("#EXT-X-PROGRAM-DATE-TIME:yesterday"), nil, "7 a.ts 4s"},
		{38, "year 0", withTag("#EXT-X-PROGRAM-DATE-TIME:0000-00-00T00:00:00Z"), nil, "7 a.ts 4s"},
		{38, "no zone", withTag("#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00"), nil, "7 a.ts 4s"},
		{38, "time carried on", inputHead + "#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00Z\n#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\nc.ts\n", nil,
			"7 a.ts 4s at 20:00:00; 8 b.ts 4s at 20:00:04; 9 c.ts 4s break"},
		{39, "time goes back", inputHead + "#EXT-X-PROGRAM-DATE-TIME:2026-11-24T20:00:00Z\n#EXTINF:4,\na.ts\n#EXT-X-PROGRAM-DATE-TIME:2026-11-24T19:00:00Z\n#EXTINF:4,\nb.ts\n#EXTINF:4,\nc.ts\n", nil,
			"7 a.ts 4s at 20:00:00; 8 b.ts 4s at 19:00:00; 9 c.ts 4s at 19:00:04"},
		{43, "ENDLIST in the middle", inputHead + "#EXTINF:4,\na.ts\n#EXT-X-ENDLIST\n#EXTINF:4,\nb.ts\n", nil, "7 a.ts 4s; 8 b.ts 4s; over"},
		{44, "discontinuities", withTag(strings.Repeat("#EXT-X-DISCONTINUITY\n", 1000)), nil, "7 a.ts 4s break"},
		{45, "parts only", inputHead + "#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-PART:DURATION=0.5,URI=\"p1\"\n", nil, ""},
		{45, "low latency", lowLatency, nil, "266 a266.mp4 4.00008s init i; 267 a267.mp4 4.00008s init i"},
		{49, "not in a title", inputHead + "#EXTINF:4,{$title}\n# {$comment}\na.ts\n", nil, "7 a.ts 4s"},
		{49, "recursion", withTag(`#EXT-X-DEFINE:NAME="a",VALUE="{$a}"`), ErrVariables, ""},
		{49, "undefined", withURI("{$host}/a.ts"), ErrVariables, ""},
		{49, "defined twice", withTag("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"1\"\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"2\""), ErrVariables, ""},
		{49, "import without one", withTag(`#EXT-X-DEFINE:IMPORT="token"`), ErrVariables, ""},
		{49, "values are not looked through", inputHead + "#EXT-X-DEFINE:NAME=\"a\",VALUE=\"x\"\n#EXT-X-DEFINE:NAME=\"b\",VALUE=\"{$a}{$a}\"\n#EXTINF:4,\n{$b}.ts\n", nil, "7 xx.ts 4s"},
		{49, "value", inputHead + "#EXT-X-DEFINE:NAME=\"path\",VALUE=\"//cdn.example/p\"\n#EXTINF:4,\n{$path}/a.ts\n", nil, "7 //cdn.example/p/a.ts 4s"},
		{49, "query", inputHead + "#EXT-X-DEFINE:QUERYPARAM=\"nothing\"\n#EXTINF:4,\na.ts\n", ErrVariables, ""},
		{0, "gap", withTag("#EXT-X-GAP"), nil, "7 a.ts 4s gap"},
		{0, "date range at the end", inputTwo + "#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-11-24T20:00:00Z\",SCTE35-OUT=0xFC\n", nil, "7 a.ts 4s; 8 b.ts 4s"},
	}
}
