package media

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/ovation-live/ovation/clip"
)

// look is how captions are drawn into a shape, in pixels.
type look struct {
	w, h   int
	size   int  // of the letters
	pad    int  // of the box around them
	side   int  // left and right margin
	bottom int  // lower margin
	rewrap bool // lines of the broadcast are too long here
}

// lookOf sizes captions to a picture. Broadcast captions have up to 32 letters
// a line, so in a narrow picture the line breaks are made anew. Tall pictures
// are shown below a platform's own buttons and text: captions stay out of the
// lowest fifth.
func lookOf(w, h int) look {
	l := look{w: w, h: h, size: h * 52 / 1000, side: w / 10, bottom: h * 8 / 100}
	if w < h*5/4 {
		l.rewrap, l.side, l.size = true, w*7/100, min(w*62/1000, h*52/1000)
	}
	if w < h*2/3 {
		l.bottom = h * 22 / 100
	}
	l.size = max(l.size, 8)
	l.pad = max(l.size/5, 2)
	return l
}

// ASS writes captions for burning into a picture of w by h pixels, as a script
// that libass reads. Cues count from the picture's time zero. No text of a cue
// can change how it is drawn.
func ASS(cues []clip.Cue, w, h int) []byte {
	l := lookOf(w, h)
	var b bytes.Buffer
	fmt.Fprintf(&b, "[Script Info]\nScriptType: v4.00+\nPlayResX: %d\nPlayResY: %d\nWrapStyle: 0\nScaledBorderAndShadow: yes\nYCbCr Matrix: TV.709\n", w, h)
	if len(cues) > 0 && language.MatchString(cues[0].Lang) {
		fmt.Fprintf(&b, "Language: %s\n", cues[0].Lang) // letters have other forms in some
	}
	b.WriteString("\n")
	b.WriteString("[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, " +
		"Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n")
	fmt.Fprintf(&b, "Style: box,%s,%d,&H00F5F5F5,&H00F5F5F5,&H38141010,&H38141010,1,0,0,0,100,100,0,0,4,0,%d,2,%d,%d,%d,1\n\n",
		captionFont, l.size, l.pad, l.side, l.side, l.bottom)
	b.WriteString("[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n")
	for _, c := range cues {
		text := assText(c.Text, l.rewrap)
		// Both ends are rounded down: frames are further apart than the
		// script's hundredths of a second, so none is shown or missed wrongly.
		from, to := c.From/(clip.TickRate/100), c.To/(clip.TickRate/100)
		if text == "" || to <= from {
			continue
		}
		fmt.Fprintf(&b, "Dialogue: 0,%s,%s,box,,0,0,0,,%s\n", assTime(from), assTime(to), text)
	}
	return b.Bytes()
}

var language = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// captionFont has letters of the scripts that captions use; fontconfig finds
// another where it has none.
const captionFont = "DejaVu Sans"

// assTime writes hundredths of a second.
func assTime(n clip.Ticks) string {
	return fmt.Sprintf("%d:%02d:%02d.%02d", n/360000, n/6000%60, n/100%60, n%100)
}

// assText writes text so that libass draws exactly it. A backslash is followed
// by a word joiner, which is not seen, so that it begins no command; braces
// are written as libass takes them literally (libass ass_parse.c, read
// 2026-11-24).
func assText(text string, rewrap bool) string {
	escape := strings.NewReplacer(`\`, "\\\u2060", "{", `\{`, "}", `\}`)
	between := `\N`
	if rewrap {
		between = " "
	}
	var lines []string
	for _, l := range plainLines(text) {
		lines = append(lines, escape.Replace(l))
	}
	return strings.Join(lines, between)
}

// plainLines splits a caption into its lines, without what is no text: control
// characters, marks that reorder what is read (they can make a name look like
// another), invalid bytes, and blank lines.
func plainLines(text string) []string {
	var lines []string
	text = strings.ToValidUTF8(text, "\uFFFD")
	for _, l := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }) {
		l = strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return ' '
			case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF':
				return -1
			}
			return r
		}, l)
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// WebVTT writes captions as a sidecar file (W3C WebVTT, Candidate
// Recommendation of 4 April 2019). Cues count from the video's start.
func WebVTT(cues []clip.Cue) []byte {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var b bytes.Buffer
	b.WriteString("WEBVTT\n")
	for _, c := range cues {
		lines := plainLines(c.Text)
		from, to := vttTime(c.From), vttTime(c.To)
		if len(lines) == 0 || to <= from {
			continue
		}
		fmt.Fprintf(&b, "\n%s --> %s\n%s\n", from, to, escape.Replace(strings.Join(lines, "\n")))
	}
	return b.Bytes()
}

// vttTime writes a time to the millisecond. It has a fixed width up to 100
// hours, so that times compare as text.
func vttTime(t clip.Ticks) string {
	ms := clip.Rescale(int64(t), 1000, clip.TickRate)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// SubRip writes captions as an SRT file, which some editors and platforms take
// instead of WebVTT. Cues count from the video's start.
func SubRip(cues []clip.Cue) []byte {
	escape := strings.NewReplacer("-->", "--\u2060>") // a word joiner, which is not seen
	var b bytes.Buffer
	n := 0
	for _, c := range cues {
		lines := plainLines(escape.Replace(c.Text))
		from, to := vttTime(c.From), vttTime(c.To)
		if len(lines) == 0 || to <= from {
			continue
		}
		n++
		fmt.Fprintf(&b, "%d\n%s --> %s\n%s\n\n", n, strings.Replace(from, ".", ",", 1), strings.Replace(to, ".", ",", 1), strings.Join(lines, "\n"))
	}
	return b.Bytes()
}
