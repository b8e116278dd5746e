package feed

import (
	"regexp"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// maxFileCues is more than a day of talk has.
const maxFileCues = 100_000

// ReadCaptions reads a file of captions: WebVTT, or SubRip (SRT), which has no
// standard; what players read is read. Times count from the file's own zero.
func ReadCaptions(b []byte) ([]clip.Cue, error) {
	const op = "read the captions"
	text := strings.TrimPrefix(strings.ToValidUTF8(string(b), "\ufffd"), "\ufeff")
	_, vtt := strings.CutPrefix(text, "WEBVTT")
	r := vttReader{most: maxFileCues}
	for line := range strings.SplitSeq(newlines.Replace(text), "\n") {
		if strings.HasPrefix(line, "X-TIMESTAMP-MAP=") {
			continue // it is of a playlist's clock
		}
		if !vtt {
			line = subRip(line)
		}
		r.line(line)
	}
	r.close()
	switch {
	case r.err != nil:
		return nil, clip.Errorf(clip.Invalid, op, "it has more than %d cues, or one of more than %d bytes", maxFileCues, maxCueText)
	case len(r.cues) == 0:
		return nil, clip.Errorf(clip.Invalid, op, "no cue was found: it must be WebVTT or SubRip (SRT) text in UTF-8")
	}
	return merge(r.cues), nil
}

// override is how some editors place a line of SubRip.
var override = regexp.MustCompile(`\{\\[^}]*\}`)

// subRip writes a line of SubRip as WebVTT has it.
func subRip(line string) string {
	if strings.Contains(line, "-->") {
		return strings.ReplaceAll(line, ",", ".")
	}
	return override.ReplaceAllString(line, "")
}
