package feed

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// HLS is a live or event feed over HTTP Live Streaming (RFC 8216).
type HLS struct {
	feed clip.Feed
	log  logrus.FieldLogger
}

// NewHLS makes the source of a feed whose URL is a playlist.
func NewHLS(f clip.Feed, log logrus.FieldLogger) *HLS { return &HLS{feed: f, log: log} }

// Run implements [Source].
func (h *HLS) Run(ctx context.Context, _ func(Piece) error) error {
	<-ctx.Done()
	return ctx.Err()
}
