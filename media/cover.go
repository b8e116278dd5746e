package media

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Cover makes a JPEG of the picture that a finished video shows at an instant.
func (e *Engine) Cover(ctx context.Context, video string, at time.Duration, out string) error {
	return clip.Errorf(clip.Internal, "make a cover", "not built yet")
}
