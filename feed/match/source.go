package match

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// sampleRate is that of the sound.
const sampleRate = 48000

// Emit takes one whole segment of MPEG-TS that begins with a key frame:
// whether its clock does not continue the one before, and the programme time
// of its first frame.
type Emit func(ts []byte, discontinuity bool, programTime time.Time) error

// Run broadcasts in real time until ctx ends, or emit or the encoder fails.
func (m *Match) Run(ctx context.Context, emit func(ts []byte, discontinuity bool, programTime time.Time) error) error {
	return clip.Errorf(clip.Unavailable, "run a synthetic feed", "it is not built yet")
}
