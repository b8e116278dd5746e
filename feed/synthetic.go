package feed

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed/match"
)

// synthetic is the generated match as a source.
type synthetic struct {
	match *match.Match
}

func openSynthetic(f clip.Feed, encode Encode, log logrus.FieldLogger) (Source, error) {
	m, err := match.New(f.URL, match.Encode(encode), log.WithField("feed", f.ID))
	if err != nil {
		return nil, err
	}
	return synthetic{m}, nil
}

// Run implements [Source].
func (s synthetic) Run(ctx context.Context, emit func(Piece) error) error {
	return s.match.Run(ctx, func(ts []byte, discontinuity bool, programTime time.Time) error {
		return emit(Piece{Bytes: ts, Container: clip.MPEGTS, Discontinuity: discontinuity, ProgramTime: programTime, Arrived: time.Now()})
	})
}
