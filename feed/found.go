package feed

import (
	"fmt"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Found is what a source gives.
type Found struct {
	Format   clip.Format   `json:"format"`             // the zero format: nothing came yet, see Waiting
	Bitrate  int64         `json:"bitrate"`            // bit/s
	Segment  time.Duration `json:"segment"`            // the longest piece
	Group    time.Duration `json:"group"`              // the longest way from a key frame to the next; zero: only one was seen
	Clock    bool          `json:"clock"`              // it states its time of day
	Splices  bool          `json:"splices"`            // it has a track of SCTE-35 messages
	Texts    []Text        `json:"texts,omitempty"`    // its captions and subtitles
	Waiting  string        `json:"waiting,omitempty"`  // it waits for a sender; how one is to send
	Warnings []string      `json:"warnings,omitempty"` // what is not as it should be
}

// Words say what was found, one thing each.
func (f Found) Words() []string {
	if f.Waiting != "" {
		return []string{f.Waiting}
	}
	words := []string{f.Format.VideoWords(), f.Format.SoundWords(), fmt.Sprintf("%.1f Mbit/s", float64(f.Bitrate)/1e6)}
	if f.Group > 0 {
		words = append(words, fmt.Sprintf("a key frame every %.1f s", f.Group.Seconds()))
	}
	for _, t := range f.Texts {
		words = append(words, t.String())
	}
	for _, w := range []struct {
		is   bool
		text string
	}{{f.Splices, "SCTE-35 messages"}, {f.Clock, "it states its time of day"}} {
		if w.is {
			words = append(words, w.text)
		}
	}
	return words
}

// String is all of them, on one line.
func (f Found) String() string { return strings.Join(f.Words(), "; ") }
