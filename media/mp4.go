package media

import "github.com/ovation-live/ovation/clip"

// Join puts chunks, in order, and a sound track into one MP4.
func Join(chunks []string, rate clip.Rate, sound Sound, out string) error {
	return clip.Errorf(clip.Internal, "join chunks", "not built yet")
}
