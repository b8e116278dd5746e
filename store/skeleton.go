package store

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/ovation-live/ovation/clip"
)

var errLater = errors.New("not written yet")

type Catalogue struct{}

func Open(ctx context.Context, path string) (*Catalogue, error) { return nil, errLater }
func (c *Catalogue) Close() error                               { return errLater }
func (c *Catalogue) Ping(ctx context.Context) error             { return errLater }

func (c *Catalogue) PutFeed(ctx context.Context, f clip.Feed, by clip.Actor) error { return errLater }
func (c *Catalogue) Feed(ctx context.Context, id clip.FeedID) (clip.Feed, error) {
	return clip.Feed{}, errLater
}
func (c *Catalogue) Feeds(ctx context.Context) ([]clip.Feed, error) { return nil, errLater }
func (c *Catalogue) RemoveFeed(ctx context.Context, id clip.FeedID, by clip.Actor) error {
	return errLater
}
func (c *Catalogue) SetHealth(ctx context.Context, h clip.Health) error { return errLater }
func (c *Catalogue) Health(ctx context.Context, id clip.FeedID) (clip.Health, error) {
	return clip.Health{}, errLater
}

func (c *Catalogue) Append(ctx context.Context, feed clip.FeedID, b clip.Batch) error {
	return errLater
}
func (c *Catalogue) NextSeq(ctx context.Context, feed clip.FeedID) (int64, error) { return 0, errLater }
func (c *Catalogue) Timeline(ctx context.Context, feed clip.FeedID) (clip.Timeline, error) {
	return nil, errLater
}
func (c *Catalogue) Segments(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Segment, error) {
	return nil, errLater
}
func (c *Catalogue) Recording(ctx context.Context, feed clip.FeedID, span clip.Span) (clip.Recording, error) {
	return clip.Recording{}, errLater
}
func (c *Catalogue) Cues(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Cue, error) {
	return nil, errLater
}
func (c *Catalogue) Unflagged(ctx context.Context, feed clip.FeedID) ([]clip.Mark, error) {
	return nil, errLater
}
func (c *Catalogue) Flagged(ctx context.Context, feed clip.FeedID, m clip.Mark) error {
	return errLater
}
func (c *Catalogue) Expire(ctx context.Context, feed clip.FeedID, before time.Time, limit int) ([]clip.Segment, error) {
	return nil, errLater
}

func (c *Catalogue) Flag(ctx context.Context, m clip.Moment, h clip.Highlight, by clip.Actor) (clip.Moment, clip.Highlight, bool, error) {
	return m, h, false, errLater
}
func (c *Catalogue) Moment(ctx context.Context, id clip.MomentID) (clip.Moment, error) {
	return clip.Moment{}, errLater
}
func (c *Catalogue) MomentByKey(ctx context.Context, source, key string) (clip.Moment, bool, error) {
	return clip.Moment{}, false, errLater
}
func (c *Catalogue) Moments(ctx context.Context, q Query) ([]clip.Moment, error) {
	return nil, errLater
}
func (c *Catalogue) EditMoment(ctx context.Context, id clip.MomentID, by clip.Actor, action string, edit func(*clip.Moment, *clip.Highlight) error) (clip.Moment, clip.Highlight, error) {
	return clip.Moment{}, clip.Highlight{}, errLater
}

// Query chooses rows of a list. The newest come first.
type Query struct {
	Feed      clip.FeedID   // of one feed; empty: of all
	State     string        // in one state; empty: in any
	Highlight clip.MomentID // of one highlight; empty: of all
	Limit     int           // at most so many; zero: 100
}

func (c *Catalogue) Highlight(ctx context.Context, id clip.MomentID) (clip.Highlight, error) {
	return clip.Highlight{}, errLater
}
func (c *Catalogue) Highlights(ctx context.Context, q Query) ([]clip.Highlight, error) {
	return nil, errLater
}
func (c *Catalogue) EditHighlight(ctx context.Context, id clip.MomentID, by clip.Actor, action string, edit func(*clip.Highlight) error) (clip.Highlight, error) {
	return clip.Highlight{}, errLater
}
func (c *Catalogue) Decide(ctx context.Context, d clip.Decision, by clip.Actor) (clip.Highlight, error) {
	return clip.Highlight{}, errLater
}
func (c *Catalogue) Decision(ctx context.Context, id string) (clip.Decision, error) {
	return clip.Decision{}, errLater
}
func (c *Catalogue) Decisions(ctx context.Context, h clip.MomentID) ([]clip.Decision, error) {
	return nil, errLater
}

func (c *Catalogue) Post(ctx context.Context, id clip.PostID) (clip.Post, error) {
	return clip.Post{}, errLater
}
func (c *Catalogue) Posts(ctx context.Context, q Query) ([]clip.Post, error) { return nil, errLater }
func (c *Catalogue) EditPost(ctx context.Context, id clip.PostID, by clip.Actor, action string, edit func(*clip.Post) error) (clip.Post, error) {
	return clip.Post{}, errLater
}
func (c *Catalogue) Send(ctx context.Context, id clip.PostID, attempt int, now time.Time) (clip.Post, error) {
	return clip.Post{}, errLater
}
func (c *Catalogue) Settle(ctx context.Context, h clip.MomentID) (clip.Highlight, error) {
	return clip.Highlight{}, errLater
}

func (c *Catalogue) Events(ctx context.Context, after int64, limit int) ([]clip.Event, error) {
	return nil, errLater
}
func (c *Catalogue) LastEvent(ctx context.Context) (int64, error) { return 0, errLater }
func (c *Catalogue) Subscribe() (wake <-chan struct{}, stop func()) {
	return make(chan struct{}), func() {}
}
func (c *Catalogue) Audit(ctx context.Context, after int64, limit int) ([]clip.AuditEntry, error) {
	return nil, errLater
}
func (c *Catalogue) VerifyAudit(ctx context.Context) error { return errLater }

type Blobs struct{}

func OpenBlobs(ctx context.Context, url, scratch string) (*Blobs, error) { return nil, errLater }
func (b *Blobs) Close() error                                            { return errLater }
func (b *Blobs) Put(ctx context.Context, r io.Reader) (clip.Digest, int64, error) {
	return "", 0, errLater
}
func (b *Blobs) PutFile(ctx context.Context, path string) (clip.Digest, int64, error) {
	return "", 0, errLater
}
func (b *Blobs) Open(ctx context.Context, d clip.Digest) (io.ReadSeekCloser, int64, error) {
	return nil, 0, errLater
}
func (b *Blobs) Has(ctx context.Context, d clip.Digest) (bool, error) { return false, errLater }
func (b *Blobs) Verify(ctx context.Context, d clip.Digest) error      { return errLater }
func (b *Blobs) Local(ctx context.Context, d clip.Digest) (path string, release func(), err error) {
	return "", nil, errLater
}
func (b *Blobs) PutChunk(ctx context.Context, key clip.Digest, path string) error { return errLater }
func (b *Blobs) HasChunk(ctx context.Context, key clip.Digest) (bool, error)      { return false, errLater }
func (b *Blobs) LocalChunk(ctx context.Context, key clip.Digest) (path string, release func(), err error) {
	return "", nil, errLater
}
func (b *Blobs) PutJSON(ctx context.Context, v any) (clip.Digest, error) { return "", errLater }
func (b *Blobs) GetJSON(ctx context.Context, d clip.Digest, v any) error { return errLater }
