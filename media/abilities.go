package media

import "context"

// Ability is something that rendering needs of this machine.
type Ability struct {
	Name string
	OK   bool
	Said string // what was found: a version, a font's file
	Fix  string // what to do where it is missing
}

const fixInstall = "install ffmpeg: apt-get install ffmpeg, or brew install ffmpeg"

func (e *Engine) ask(ctx context.Context) []Ability { return nil }
