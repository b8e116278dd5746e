package feed

import (
	"errors"
	"html"
	"strconv"
	"strings"
	"unicode"

	"github.com/ovation-live/ovation/clip"
)

// Why a subtitle segment is not read.
var (
	ErrNotVTT  = errors.New("it is no WebVTT text: it does not begin with WEBVTT (TTML, and WebVTT inside fMP4, are not read)")
	ErrVTTSize = errors.New("it has more cues, or a longer one, than a segment of captions")
)

// Limits of one WebVTT segment, which is seconds long.
const (
	maxVTT     = 1 << 20
	maxVTTCues = 1000
	maxCueText = 2000
)

// readVTT reads a WebVTT segment of a subtitle playlist (W3C WebVTT, RFC 8216
// 3.5; 2026-11-24). Times are those of the MPEG-2 clock that its
// X-TIMESTAMP-MAP ties it to; where there is none, its zero is that clock's.
// Styles, regions, comments and cue settings are left out: where a caption is
// drawn is the recipe's to say. What is no cue is passed over, as the standard
// wants it.
func readVTT(b []byte) ([]clip.Cue, error) {
	text := strings.TrimPrefix(strings.ToValidUTF8(string(b), "\ufffd"), "\ufeff")
	if rest, ok := strings.CutPrefix(text, "WEBVTT"); !ok || rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n") {
		return nil, ErrNotVTT
	}
	r := vttReader{most: maxVTTCues}
	for line := range strings.SplitSeq(newlines.Replace(text), "\n") {
		r.line(line)
	}
	r.close()
	if r.err != nil {
		return nil, r.err
	}
	return merge(r.cues), nil
}

// newlines makes the three kinds of line ends one.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd")

// vttReader reads line by line.
type vttReader struct {
	most  int        // cues
	shift clip.Ticks // from the segment's own times to the MPEG-2 clock
	cue   clip.Cue
	lines []string // of the cue
	open  bool     // a cue is being read
	skip  bool     // a comment, style or region is being passed over
	cues  []clip.Cue
	err   error
}

func (r *vttReader) line(line string) {
	from, to, isTiming := vttTiming(line)
	first, _, _ := strings.Cut(line, " ")
	switch {
	case strings.TrimSpace(line) == "":
		r.close()
	case r.skip:
	case isTiming:
		r.close()
		r.cue, r.open = clip.Cue{From: from, To: to}, true
	case r.open:
		r.lines = append(r.lines, line)
	case strings.HasPrefix(line, "X-TIMESTAMP-MAP="):
		if shift, ok := timestampMap(line); ok {
			r.shift = shift
		}
	case first == "NOTE", first == "STYLE", first == "REGION":
		r.skip = true
	}
}

// close ends the block that is being read.
func (r *vttReader) close() {
	text := spoken(r.lines)
	switch {
	case !r.open || text == "" || r.cue.From >= r.cue.To:
	case len(text) > maxCueText || len(r.cues) == r.most:
		r.err = ErrVTTSize
	default:
		r.cue.From, r.cue.To, r.cue.Text = r.cue.From+r.shift, r.cue.To+r.shift, text
		r.cues = append(r.cues, r.cue)
	}
	r.open, r.skip, r.lines = false, false, nil
}

// merge makes one cue of those that are shown at the same time: a cue is known
// by when it begins.
func merge(cues []clip.Cue) (out []clip.Cue) {
	at := map[clip.Ticks]int{}
	for _, c := range cues {
		i, ok := at[c.From]
		if !ok {
			at[c.From] = len(out)
			out = append(out, c)
			continue
		}
		out[i].To = max(out[i].To, c.To)
		if out[i].Text != c.Text {
			out[i].Text += "\n" + c.Text
		}
	}
	return out
}

// timestampMap reads X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000.
func timestampMap(line string) (clip.Ticks, bool) {
	var local, clock clip.Ticks
	haveLocal, haveClock := false, false
	for part := range strings.SplitSeq(strings.TrimPrefix(line, "X-TIMESTAMP-MAP="), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		switch name {
		case "LOCAL":
			local, haveLocal = vttTime(value)
		case "MPEGTS":
			n, err := strconv.ParseInt(value, 10, 64)
			clock, haveClock = clip.Ticks(n), err == nil && n >= 0 && n <= int64(maxTime)
		}
	}
	return clock - local, haveLocal && haveClock
}

// vttTiming reads a cue's timing line.
func vttTiming(line string) (from, to clip.Ticks, ok bool) {
	a, b, found := strings.Cut(line, "-->")
	words := strings.Fields(b)
	if !found || len(words) == 0 {
		return 0, 0, false
	}
	from, ok1 := vttTime(strings.TrimSpace(a))
	to, ok2 := vttTime(words[0])
	return from, to, ok1 && ok2
}

// vttTime reads HH:MM:SS.mmm, where hours may be many or left out.
func vttTime(text string) (clip.Ticks, bool) {
	whole, fraction, ok := strings.Cut(text, ".")
	ms, err := strconv.ParseUint(fraction, 10, 32)
	if !ok || err != nil || len(fraction) != 3 {
		return 0, false
	}
	parts := strings.Split(whole, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	seconds := uint64(0)
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 24)
		if err != nil || len(part) < 2 || n > 59 && (i > 0 || len(parts) == 2) {
			return 0, false
		}
		seconds = seconds*60 + n
	}
	return clip.Ticks(seconds)*clip.TickRate + clip.Ticks(ms)*clip.TickRate/1000, true
}

// spoken is a cue's text without tags, entities and what cannot be seen.
func spoken(lines []string) string {
	var kept []string
	for _, line := range strings.Split(untag(strings.Join(lines, "\n")), "\n") {
		line = strings.TrimSpace(strings.Map(visible, html.UnescapeString(line)))
		if line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// untag takes out <c.yellow>, <v Speaker>, <00:00:01.000> and the like. What is
// not closed is text no more (W3C WebVTT 6.4).
func untag(text string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "<")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		_, text, _ = strings.Cut(rest, ">")
	}
}

func visible(r rune) rune {
	switch {
	case r == '\u00a0':
		return ' '
	case unicode.IsControl(r):
		return -1
	}
	return r
}
