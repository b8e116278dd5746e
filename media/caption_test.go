package media

import (
	"context"
	"flag"
	"fmt"
	"html"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := must[[]byte](t)(os.ReadFile(path))
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: -want +got\n%s\n(go test ./media -update writes it anew)", name, d)
	}
}

// spoken are captions as they come.
var spoken = []clip.Cue{
	{From: 0, To: 90000, Lang: "en", Text: "GOAL!"},
	{From: 90000, To: 183003, Text: "Martínez from 25 metres,\nand the keeper never moved."},
	{From: 190000, To: 190100, Text: "too short to be seen"},
	{From: 200000, To: 290000, Text: `{\fs200}big <b>&amp; "bold"</b> --> C:\Night`},
	{From: 324000000 + 45, To: 324090000, Text: "after an hour"},
	{From: 324090000, To: 324180000, Text: " \n\t\n"},
}

func TestASS(t *testing.T) {
	golden(t, "wide.ass", string(ASS(spoken, 1920, 1080)))
	golden(t, "tall.ass", string(ASS(spoken, 608, 1080)))
}

func TestWebVTT(t *testing.T) { golden(t, "captions.vtt", string(WebVTT(spoken))) }

// hostile are texts that have broken programs; the numbers are those of the
// list in the project's threat model.
var hostile = map[string]string{
	"112 empty":       "",
	"113 spaces":      "   ",
	"114 quote":       "it's o'clock '",
	"115 backslash":   `\ \\ \n \N \h \{ \`,
	"116 separators":  ":,;[]=% a:b,c;d[e]=f%",
	"117 expansions":  "%{pts} %{expr:1} %d",
	"118 overrides":   `{\fs200}{\p1}m 0 0 l 999 0 999 999{\p0}{\pos(0,0)}{\an8}X\N{\c&H0000FF&}`,
	"119 graph":       `hi'[a];movie=filename=/tmp/canary\:f=tty,[b]`,
	"120 textfile":    `x':textfile=/etc/passwd:text='`,
	"121 option":      "-i -y --help",
	"122 shell":       "$(id) `id` | & ; \nrm",
	"123 pattern":     "%d %03d %%",
	"124 path":        "../../../etc/passwd /etc/passwd",
	"125 NUL":         "a\x00b",
	"127 long word":   strings.Repeat("W", 300),
	"128 zalgo":       "Z" + strings.Repeat("\u0301\u0316", 250) + "algo",
	"129 emoji":       "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 1️⃣ 🇯🇵",
	"130 RTL":         "هدف! 2-1 שער",
	"131 bidi":        "abc\u202Edef\u2066ghi\u2069",
	"132 scripts":     "進球了 ประตู गोल",
	"133 invalid":     "\xff\xfe\xed\xa0\x80 ﬁ ＡＢ",
	"134 zero width":  "\ufeffa\u200bb\u00adc",
	"136 HTML":        "<script>alert(1)</script><b>",
	"138 log":         "a\r\nb\x1b[31mred",
	"142 VTT":         "NOTE x\n\n00:00:00.000 --> 00:00:01.000\nfake",
	"ASS section":     "[Events]\nDialogue: 0,0:00:00.00,9:00:00.00,box,,0,0,0,,owned",
	"line separators": "a\u2028b\u2029c\u0085d\vd",
	"unmatched brace": "} { }{",
}

// TestHostileCaptions burns each text in, two frames long, and compares with
// the clean pictures: only the place where captions stand has changed.
func TestHostileCaptions(t *testing.T) {
	e := engine(t)
	const each = 2
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: each*len(hostile) + 2})
	names := slices.Sorted(maps.Keys(hostile))
	for i, name := range names {
		from := tp.shift + clip.Ticks(i*each*3600)
		tp.rec.Cues = append(tp.rec.Cues, clip.Cue{Epoch: 1, From: from, To: from + each*3600, Text: hostile[name]})
	}
	p := tp.plan(t, 0, each*len(hostile), clip.Wide, clip.Tall)
	clean, burnt := framesOf(t, e, tp, p, false), framesOf(t, e, tp, p, true)
	for i, name := range names {
		for s := range clean {
			crop := s.Crop(640, 360)
			size := crop.W * crop.H
			for n := i * each; n < (i+1)*each; n++ {
				top, changed := difference(clean[s][n*size:(n+1)*size], burnt[s][n*size:(n+1)*size], crop.W)
				if len(plainLines(hostile[name])) > 0 != (changed > 30) {
					t.Errorf("%s, %s, frame %d: %d pixels changed", name, s, n, changed)
				}
				// Three lines and more, but never the upper third.
				if changed > 0 && top < crop.H/3 && name != "127 long word" {
					t.Errorf("%s, %s: something was drawn at %d of %d", name, s, top, crop.H)
				}
			}
		}
	}
	if _, err := os.Stat("/tmp/canary"); err == nil {
		t.Error("a caption's text was obeyed")
	}
}

// framesOf renders a plan and gives the luma of all its frames.
func framesOf(t *testing.T, e *Engine, tp *tape, p clip.Plan, burnIn bool) map[clip.Shape][]byte {
	out := map[clip.Shape][]byte{}
	for _, c := range p.Cells {
		made, err := e.RenderCell(context.Background(), CellWork{Cell: c, Rate: p.Rate, BurnIn: burnIn, Encoding: fast(30), Open: tp.open, Dir: t.TempDir()}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for s, path := range made {
			raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			out[s] = append(out[s], raw...)
		}
	}
	return out
}

// difference counts the pixels that differ clearly, and finds the topmost.
func difference(a, b []byte, w int) (top, changed int) {
	top = len(a) / w
	for i := range a {
		if d := int(a[i]) - int(b[i]); d > 40 || d < -40 {
			top, changed = min(top, i/w), changed+1
		}
	}
	return top, changed
}

var dialogue = regexp.MustCompile(`^Dialogue: 0,\d+:\d\d:\d\d\.\d\d,\d+:\d\d:\d\d\.\d\d,box,,0,0,0,,(.+)$`)

// readASS gives the lines of each event's text, and an error where libass
// would read anything else than text.
func readASS(script []byte) (events [][]string, err error) {
	_, body, ok := strings.Cut(string(script), "[Events]\n")
	if !ok {
		return nil, fmt.Errorf("no events")
	}
	for l := range strings.Lines(body) {
		if strings.HasPrefix(l, "Format: ") {
			continue
		}
		m := dialogue.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		if m == nil {
			return nil, fmt.Errorf("%q is no event", l)
		}
		lines := []string{""}
		for text := m[1]; text != ""; {
			r, n := utf8.DecodeRuneInString(text)
			next, n2 := utf8.DecodeRuneInString(text[n:])
			at := &lines[len(lines)-1]
			switch {
			case r == '\\' && next == 'N':
				lines = append(lines, "")
			case r == '\\' && next == '\u2060':
				*at += `\`
			case r == '\\' && (next == '{' || next == '}'):
				*at += string(next)
			case r == '\\' || r == '{' || r == '}' || r < ' ':
				return nil, fmt.Errorf("%q holds a command at %q", m[1], text)
			default:
				*at += string(r)
				n2 = 0
			}
			text = text[n+n2:]
		}
		events = append(events, lines)
	}
	return events, nil
}

func FuzzASS(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cues := []clip.Cue{{To: 90000, Text: text}, {From: 90000, To: 99000, Text: "next"}}
		events, err := readASS(ASS(cues, 1280, 720))
		if err != nil {
			t.Fatal(err)
		}
		want := [][]string{{"next"}}
		if lines := plainLines(text); len(lines) > 0 {
			want = [][]string{lines, {"next"}}
		}
		// A word joiner in the text itself reads back as part of it.
		if d := cmp.Diff(want, events); d != "" && !strings.Contains(text, "\u2060") {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

func FuzzWebVTT(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cues := []clip.Cue{{To: 90000, Text: text}, {From: 90000, To: 99000, Text: "next"}}
		blocks := strings.Split(strings.TrimSuffix(string(WebVTT(cues)), "\n"), "\n\n")
		want := []string{"WEBVTT"}
		if lines := plainLines(text); len(lines) > 0 {
			want = append(want, "00:00:00.000 --> 00:00:01.000\n"+strings.Join(lines, "\n"))
		}
		want = append(want, "00:00:01.000 --> 00:00:01.100\nnext")
		for i, b := range blocks {
			head, body, _ := strings.Cut(b, "\n")
			if i > 0 && strings.Contains(body, "-->") || strings.Contains(body, "<") {
				t.Errorf("%q", body)
			}
			if i > 0 {
				// html.UnescapeString knows more entities than WebVTT; ours are all written as &amp; first.
				blocks[i] = head + "\n" + html.UnescapeString(body)
			}
		}
		if d := cmp.Diff(want, blocks); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}
