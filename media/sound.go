package media

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

// SoundWork is what the sound of a plan is made from.
type SoundWork struct {
	Pieces []clip.Piece
	Target clip.Sound
	Length clip.Ticks // of the renditions: frames at their rate
	Open   Open
	Dir    string
}

// Sound is a finished sound track.
type Sound struct {
	Path       string  // AAC in MP4; "" for none
	Integrated float64 // LUFS
	TruePeak   float64 // dBTP
	Priming    int     // samples before the first that is heard
}

// Sound cuts, joins and levels the sound of a plan and encodes it.
func (e *Engine) Sound(ctx context.Context, w SoundWork, progress func()) (Sound, error) {
	return Sound{}, clip.Errorf(clip.Internal, "level the sound", "not built yet")
}
