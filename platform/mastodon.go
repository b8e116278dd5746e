package platform

import (
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
)

// mastodon posts to any server that speaks the Mastodon API.
var mastodon = Platform{
	Name:    "mastodon",
	About:   "Posts to an account on a Mastodon server, or on another server that speaks its API.",
	Profile: clip.Profile{Platform: "mastodon", Shapes: clip.Shapes(), ReadBack: true, Count: utf8.RuneCountInString},
	Options: func() any { return new(mastodonOptions) },
	Open:    func(any, Deps) (Account, error) { return nil, clip.Errorf(clip.Internal, "open", "not built yet") },
}

// mastodonOptions is the configuration of an account on a Mastodon server.
type mastodonOptions struct {
	Server       string      `yaml:"server" json:"server"`
	Token        clip.Secret `yaml:"token" json:"token"`
	TokenFile    string      `yaml:"token_file" json:"token_file"`
	Visibility   string      `yaml:"visibility" json:"visibility"`
	AllowPrivate bool        `yaml:"allow_private" json:"allow_private"`
}
