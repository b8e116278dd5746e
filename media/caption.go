package media

import "github.com/ovation-live/ovation/clip"

// ASS writes captions for burning into a picture of w by h pixels.
func ASS(cues []clip.Cue, w, h int) []byte { return nil }

// WebVTT writes captions as a sidecar.
func WebVTT(cues []clip.Cue) []byte { return nil }
