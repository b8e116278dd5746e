package media

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Want is what a rendition must be.
type Want struct {
	Width, Height int
	Rate          clip.Rate
	Frames        int
	Sound         bool       // must have a sound track as long as the video
	Target        clip.Sound // zero: loudness is not checked
}

// Facts is what a rendition is.
type Facts struct {
	Width, Height int
	Rate          clip.Rate
	Frames        int
	Duration      time.Duration
	Size          int64
	Loudness      float64 // LUFS
	TruePeak      float64 // dBTP
}

// Probe decodes a finished file and compares it with what it must be.
func (e *Engine) Probe(ctx context.Context, path string, want Want) (Facts, error) {
	return Facts{}, clip.Errorf(clip.Internal, "probe a rendition", "not built yet")
}
