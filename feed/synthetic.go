package feed

import (
	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// openSynthetic makes the generated match.
func openSynthetic(f clip.Feed, _ Encode, _ logrus.FieldLogger) (Source, error) {
	return nil, clip.Errorf(clip.Unavailable, "open feed "+string(f.ID), "the synthetic match is not there yet")
}
