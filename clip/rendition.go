package clip

import "time"

// Rendition is one finished, probed file in one shape.
type Rendition struct {
	Shape    Shape         `json:"shape"`
	Digest   Digest        `json:"digest"` // of the MP4, which is in the blob store under it
	Size     int64         `json:"size"`
	Width    int           `json:"width"`
	Height   int           `json:"height"`
	Rate     Rate          `json:"rate"`
	Frames   int           `json:"frames"`
	Duration time.Duration `json:"duration"`
	Loudness float64       `json:"loudness"` // integrated, in LUFS
	Cover    Digest        `json:"cover"`    // a JPEG
	Captions Digest        `json:"captions"` // WebVTT; empty: none were said
}
