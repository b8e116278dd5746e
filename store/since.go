package store

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Since is how a recording went on.
type Since struct {
	Segments []clip.Segment // those asked for that are held, in order, without their frames
	Gone     int64          // how many segments were ever let go
	Longest  time.Duration  // of all segments there ever were
}

// Since lists the segments numbered from seq on, with what tells whether any
// that came before are gone: who keeps a list need not read it all again.
func (c *Catalogue) Since(ctx context.Context, feed clip.FeedID, seq int64) (Since, error) {
	var s Since
	err := c.read(ctx, "follow the recording of "+string(feed), func(q querier) error {
		got, ok, err := first(ctx, q, func(row scanner) (s Since, err error) {
			return s, row.Scan(&s.Gone, &s.Longest)
		}, `SELECT gone, longest_ns FROM recordings WHERE feed = ?`, string(feed))
		if err != nil || !ok {
			return err
		}
		got.Segments, err = collect(ctx, q, func(row scanner) (clip.Segment, error) {
			s, err := scanSegment(row)
			s.Feed = feed
			return s, err
		}, `SELECT `+segmentColumns+` FROM segments WHERE feed = ? AND seq >= ? ORDER BY seq`, string(feed), seq)
		s = got
		return err
	})
	return s, err
}

// Held lists the numbers of the segments that are held, from seq on and at
// most limit of them.
func (c *Catalogue) Held(ctx context.Context, feed clip.FeedID, seq int64, limit int) ([]int64, error) {
	seqs, err := collect(ctx, c.reader, number, `SELECT seq FROM segments WHERE feed = ? AND seq >= ? ORDER BY seq LIMIT ?`,
		string(feed), seq, atMost(limit))
	return seqs, fault("list the segments of "+string(feed), err)
}

// Numbered lists the segments with the numbers from to to, both included, with
// their frames.
func (c *Catalogue) Numbered(ctx context.Context, feed clip.FeedID, from, to int64) ([]clip.Segment, error) {
	segs, err := collect(ctx, c.reader, func(row scanner) (clip.Segment, error) {
		var packed []byte
		s, err := scanSegment(also{row, []any{&packed}})
		s.Feed = feed
		if err == nil {
			s.Frames, err = unpackFrames(packed)
		}
		return s, err
	}, `SELECT `+segmentColumns+`, frames FROM segments WHERE feed = ? AND seq BETWEEN ? AND ? ORDER BY seq`, string(feed), from, to)
	return segs, fault("read segments of "+string(feed), err)
}
