package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Append adds what a recorder stored: one segment, its epoch as far as it
// reaches now, and the cues and marks found in it, all or nothing. Appending
// the same segment again changes nothing; another one under a number that was
// used is a Conflict. A plain batch is on the disk within a second, anything
// else when Append returns.
func (c *Catalogue) Append(ctx context.Context, feed clip.FeedID, b clip.Batch) error {
	a := appending{op: "append to the recording of " + string(feed), feed: feed, Batch: b}
	if err := a.check(); err != nil {
		return err
	}
	how := durable
	if b.Plain {
		how = soon
	}
	return c.transact(ctx, a.op, how, a.run)
}

// appending is one Append.
type appending struct {
	clip.Batch
	op   string
	feed clip.FeedID
}

// check refuses a batch that contradicts itself.
func (a appending) check() error {
	s := a.Segment
	switch {
	case s.Feed != "" && s.Feed != a.feed:
		return clip.Errorf(clip.Invalid, a.op, "the segment belongs to feed %s", s.Feed)
	case s.Seq < 1:
		return clip.Errorf(clip.Invalid, a.op, "segments are numbered from 1, not %d", s.Seq)
	case s.Epoch != a.Epoch.ID:
		return clip.Errorf(clip.Invalid, a.op, "the segment lies in epoch %d, not %d", s.Epoch, a.Epoch.ID)
	case s.End <= s.First:
		return clip.Errorf(clip.Invalid, a.op, "segment %d ends at %d, before it begins at %d", s.Seq, s.End, s.First)
	case slices.ContainsFunc(s.Frames, func(f clip.Frame) bool { return f.Kind > clip.Recovery }):
		return clip.Errorf(clip.Invalid, a.op, "segment %d has a frame of an unknown kind", s.Seq)
	}
	return nil
}

// run is the transaction.
func (a appending) run(ctx context.Context, t *tx) error {
	s := a.Segment
	known, ok, err := first(ctx, t, text, `SELECT digest FROM segments WHERE feed = ? AND seq = ?`, string(a.feed), s.Seq)
	if err != nil {
		return err
	}
	if ok && known == string(s.Digest) {
		return nil
	}
	r, err := readReel(ctx, t, a.feed)
	if err != nil {
		return err
	}
	if s.Seq < r.nextSeq {
		return clip.Errorf(clip.Conflict, a.op, "segment %d was appended before, with other bytes; the next is %d", s.Seq, r.nextSeq)
	}
	if err := a.epoch(ctx, t, r.lastEpoch); err != nil {
		return err
	}
	if err := a.segment(ctx, t); err != nil {
		return err
	}
	if err := a.cues(ctx, t); err != nil {
		return err
	}
	if err := a.marks(ctx, t); err != nil {
		return err
	}
	t.wake = true
	return r.take(s, a.Epoch).write(ctx, t, a.feed)
}

// epoch adds the epoch or lets it grow. Nothing recorded in it ever moves in
// programme time, and its number is never used again.
func (a appending) epoch(ctx context.Context, t *tx, last clip.EpochID) error {
	e := a.Epoch
	e.End = max(e.End, a.Segment.End)
	old, known, err := first(ctx, t, scanEpoch,
		`SELECT `+epochColumns+` FROM epochs e WHERE feed = ? AND id = ?`, string(a.feed), int(e.ID))
	switch {
	case err != nil:
		return err
	case known:
		return a.grow(ctx, t, old.Epoch, e)
	case e.ID <= last:
		return clip.Errorf(clip.Conflict, a.op, "epoch %d is over; the next is %d", e.ID, last+1)
	}
	format, err := json.Marshal(e.Format)
	if err != nil {
		return err
	}
	bends, err := json.Marshal(e.Bends)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx,
		`INSERT INTO epochs (feed, id, first_pts, end_pts, start_ns, format, reason, longest_cue, bends) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		string(a.feed), int(e.ID), int64(e.First), int64(e.End), nanos(e.Start), string(format), e.Reason, string(bends))
	return err
}

// grow writes what is new of an epoch.
func (a appending) grow(ctx context.Context, t *tx, old, e clip.Epoch) error {
	grown, err := e.Grow(old)
	if err != nil {
		return fmt.Errorf("%s: %w", a.op, err)
	}
	_, err = t.ExecContext(ctx, `UPDATE epochs SET end_pts = ? WHERE feed = ? AND id = ?`, int64(grown.End), string(a.feed), int(e.ID))
	if err != nil || slices.Equal(grown.Bends, old.Bends) {
		return err
	}
	bends, err := json.Marshal(grown.Bends)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE epochs SET bends = ? WHERE feed = ? AND id = ?`, string(bends), string(a.feed), int(e.ID))
	return err
}

func (a appending) segment(ctx context.Context, t *tx) error {
	s := a.Segment
	start, end := segmentTimes(s, a.Epoch)
	_, err := t.ExecContext(ctx,
		`INSERT INTO segments (feed, seq, epoch, first_pts, end_pts, start_ns, end_ns, size, digest, path, init, sound_from, sound_to, frames)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(a.feed), s.Seq, int(s.Epoch), int64(s.First), int64(s.End), nanos(start), nanos(end),
		s.Size, string(s.Digest), s.Path, s.Init, int64(s.Sound.From), int64(s.Sound.To), packFrames(s.Frames))
	return err
}

// segmentTimes is where a segment lies in programme time: where it says, or
// where its epoch does.
func segmentTimes(s clip.Segment, e clip.Epoch) (start, end time.Time) {
	start = s.Start
	if start.IsZero() {
		start = e.Time(s.First)
	}
	return start, start.Add(e.Time(s.End).Sub(e.Time(s.First)))
}

// cues adds captions; one that came without its end gets it.
func (a appending) cues(ctx context.Context, t *tx) error {
	for _, q := range a.Cues {
		_, err := t.ExecContext(ctx,
			`INSERT INTO cues (feed, epoch, from_pts, to_pts, service, lang, text) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (feed, epoch, from_pts, service, lang) DO UPDATE SET text = excluded.text,
				to_pts = CASE WHEN excluded.to_pts = 0 THEN cues.to_pts ELSE excluded.to_pts END`,
			string(a.feed), int(q.Epoch), int64(q.From), int64(q.To), q.Service, q.Lang, q.Text)
		if err != nil {
			return err
		}
		if err := t.longestCue(ctx, a.feed, q); err != nil {
			return err
		}
	}
	return nil
}

// longestCue remembers how far back a caption on screen may have begun.
func (t *tx) longestCue(ctx context.Context, feed clip.FeedID, q clip.Cue) error {
	length := int64(q.To - q.From)
	_, err := t.ExecContext(ctx, `UPDATE epochs SET longest_cue = ? WHERE feed = ? AND id = ? AND longest_cue < ?`,
		length, string(feed), int(q.Epoch), length)
	return err
}

// marks adds what may flag a moment.
func (a appending) marks(ctx context.Context, t *tx) error {
	for _, m := range a.Marks {
		if err := a.mark(ctx, t, m, fresh); err != nil {
			return err
		}
	}
	return nil
}

// What is to become of a mark, in the column flagged.
const (
	fresh = 0 // may flag a moment
	noted = 1 // does not, or did already
)

// mark writes one mark.
func (a appending) mark(ctx context.Context, t *tx, m clip.Mark, flagged int) error {
	m, err := a.told(ctx, t, m)
	if err != nil {
		return err
	}
	fields, err := json.Marshal(m.Fields)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx,
		`INSERT INTO marks (feed, epoch, pts, scheme, event, fields, flagged) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (feed, epoch, pts, scheme, event) DO UPDATE SET fields = excluded.fields WHERE ?`,
		string(a.feed), int(m.Epoch), int64(m.PTS), m.Scheme, m.Event, string(fields), flagged, ofRange(m))
	return err
}

// ofRange reports whether a mark is of a date range, which its playlist tells
// more than once and may tell more of.
func ofRange(m clip.Mark) bool { return m.Scheme == "daterange" || m.Fields["daterange"] != "" }

// told puts a mark of a date range where it was told before: a recorder that
// starts anew computes its place anew, and may come out some ticks beside.
func (a appending) told(ctx context.Context, t *tx, m clip.Mark) (clip.Mark, error) {
	const near = clip.TickRate
	if !ofRange(m) {
		return m, nil
	}
	before, err := collect(ctx, t, scanMark, `SELECT epoch, pts, scheme, event, fields FROM marks
		WHERE feed = ? AND epoch = ? AND pts BETWEEN ? AND ? AND scheme = ? AND event = ?`,
		string(a.feed), int(m.Epoch), int64(m.PTS-near), int64(m.PTS+near), m.Scheme, m.Event)
	for _, b := range before {
		if b.Fields["daterange"] == m.Fields["daterange"] && b.Fields["type"] == m.Fields["type"] {
			m.PTS = b.PTS
		}
	}
	return m, err
}

// NextSeq is the number of the segment that comes next: one more than the
// highest ever used, also when that was deleted.
func (c *Catalogue) NextSeq(ctx context.Context, feed clip.FeedID) (int64, error) {
	r, err := readReel(ctx, c.reader, feed)
	return r.nextSeq, fault("number the next segment of "+string(feed), err)
}
