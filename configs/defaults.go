package configs

import (
	"time"

	"github.com/ovation-live/ovation/clip"
)

// BuiltInLogo is the one logo that needs no file.
const BuiltInLogo = "demo"

// Default is a configuration in which nothing was set.
func Default() Config {
	return Config{
		Listen:   "127.0.0.1:8080",
		Data:     "data",
		FFmpeg:   "ffmpeg",
		FFprobe:  "ffprobe",
		Log:      Log{Level: "info", Format: "auto"},
		Temporal: Temporal{Namespace: "ovation"},
		Render:   Render{Chunks: 20e9},
		Rules:    []clip.Rule{everything()},
	}
}

// everything is the rule of a configuration that has no rules key: a moment
// can be flagged, rendered and looked at, and goes nowhere.
func everything() clip.Rule {
	r := clip.Rule{Name: "everything"}
	fill(&r)
	return r
}

// fill gives an element of a list its defaults before it is read.
func fill(element any) {
	switch e := element.(type) {
	case *clip.Feed:
		e.Window, e.Lang = clip.DefaultWindow, "en"
	case *clip.Rule:
		e.When = "true"
		e.PreRoll, e.PostRoll = 5*time.Second, 5*time.Second
		e.Shapes = []clip.Shape{clip.Wide, clip.Tall}
		e.Reframe = clip.Centred
		e.Captions = true
		e.Priority = clip.Normal
		e.Approval, e.Patience = clip.ByPerson, 30*time.Minute
	case *Mark:
		e.Scheme = "scte35"
	}
}
