package feed

import (
	"strings"

	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// cueWriter makes cues of a caption that stands on screen for a while.
type cueWriter struct {
	service string
	lang    string
	on      bool
	cue     clip.Cue // on screen
	sent    string   // its text as the catalogue knows it
	typing  bool     // its last line is being written
	heard   clip.Ticks
	done    []clip.Cue
}

// silence is how long a caption stands when nothing more is heard of its
// channel (ANSI/CTA-608-E C.9: 16 s).
const silence = 16 * clip.TickRate

func (w *cueWriter) begin(at clip.Ticks, text string) {
	w.on, w.sent, w.cue = true, "", clip.Cue{From: at, Service: w.service, Lang: w.lang, Text: text}
}

func (w *cueWriter) end(at clip.Ticks) {
	if !w.on {
		return
	}
	w.on, w.typing = false, false
	if w.cue.To = at; w.cue.To > w.cue.From {
		w.done = append(w.done, w.cue)
	}
}

// expire takes a caption down that the broadcaster forgot.
func (w *cueWriter) expire(now clip.Ticks) {
	if w.on && now-w.heard > silence {
		w.end(w.heard + silence)
	}
}

// take gives the cues that ended since the last take, and the one that stands
// at now if the catalogue does not know it as it is.
func (w *cueWriter) take(now clip.Ticks) []clip.Cue {
	w.expire(now)
	cues := w.done
	w.done = nil
	if w.on && w.cue.Text != w.sent {
		w.sent = w.cue.Text
		cues = append(cues, w.cue)
	}
	return cues
}

// finish ends what stands and gives what had not been taken.
func (w *cueWriter) finish(at clip.Ticks) []clip.Cue {
	w.end(at)
	cues := w.done
	w.done = nil
	return cues
}

// regionLines is the text of regions, a line a row, top to bottom.
func regionLines(regions []ccx.CaptionRegion) []string {
	var lines []string
	for _, region := range regions {
		for _, row := range region.Rows {
			var b strings.Builder
			for _, span := range row.Spans {
				b.WriteString(span.Text)
			}
			if line := strings.Join(strings.Fields(b.String()), " "); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
