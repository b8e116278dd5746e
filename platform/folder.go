package platform

import (
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
)

// folder delivers into a directory: the demo's platform, a partner's drop
// folder, and the oracle of tests.
var folder = Platform{
	Name:  "folder",
	About: "Writes each post into a directory: the video, its captions and cover, and a JSON document last.",
	Profile: clip.Profile{
		Platform: "folder",
		Shapes:   clip.Shapes(),
		ReadBack: true,
		Count:    utf8.RuneCountInString,
	},
	Options: func() any { return new(folderOptions) },
	Open:    func(any, Deps) (Account, error) { return nil, clip.Errorf(clip.Internal, "open", "not built yet") },
}

// folderOptions is the configuration of a folder.
type folderOptions struct {
	// Dir is the directory; it is made if it is not there.
	Dir string `yaml:"dir" json:"dir"`
}
