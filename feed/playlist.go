package feed

import "github.com/ovation-live/ovation/clip"

// Playlist is the HLS media playlist of recorded segments.
func Playlist(tl clip.Timeline, segs []clip.Segment, ended bool) []byte { return nil }
