package store

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// What is found by decoding comes after the segments it was found in, in its
// own transactions. None of it waits for the disk: a power cut may cost the
// last moments of a curve, never a segment.

// rowLevels is how many levels stand in one row: a minute of them.
const rowLevels = 600

// PutLoudness lets a feed's loudness curve go on. What is known already stays,
// so putting a stretch again changes nothing. An epoch that is not held (any
// more) has no curve.
func (c *Catalogue) PutLoudness(ctx context.Context, feed clip.FeedID, l clip.Loudness) error {
	op := "keep the loudness of " + string(feed)
	return c.transact(ctx, op, relaxed, func(ctx context.Context, t *tx) error {
		held, err := heldEpochs(ctx, t, feed)
		if err != nil || !held[l.Epoch] {
			return err
		}
		last, known, err := first(ctx, t, scanLoudness,
			`SELECT epoch, from_pts, levels FROM loudness WHERE feed = ? AND epoch = ? ORDER BY from_pts DESC LIMIT 1`,
			string(feed), int(l.Epoch))
		if err != nil {
			return err
		}
		if known {
			l = l.After(last.Place(len(last.Levels) - 1))
		}
		if known && l.From == last.End() {
			n := min(len(l.Levels), max(0, rowLevels-len(last.Levels)))
			last.Levels = append(last.Levels, l.Levels[:n]...)
			l.From, l.Levels = l.Place(n), l.Levels[n:]
			if err := t.putLoudness(ctx, feed, last); err != nil {
				return err
			}
		}
		for row := range slices.Chunk(l.Levels, rowLevels) {
			if err := t.putLoudness(ctx, feed, clip.Loudness{Epoch: l.Epoch, From: l.From, Levels: row}); err != nil {
				return err
			}
			l.From += clip.Ticks(len(row)) * clip.LoudnessStep
		}
		return nil
	})
}

// putLoudness writes one row.
func (t *tx) putLoudness(ctx context.Context, feed clip.FeedID, l clip.Loudness) error {
	_, err := t.ExecContext(ctx,
		`INSERT INTO loudness (feed, epoch, from_pts, last_pts, levels) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (feed, epoch, from_pts) DO UPDATE SET last_pts = excluded.last_pts, levels = excluded.levels`,
		string(feed), int(l.Epoch), int64(l.From), int64(l.Place(len(l.Levels)-1)), packLevels(l.Levels))
	return err
}

// Loudness is the curve of what sounds in a span: the levels that were measured
// after its mark-in and not after its mark-out, in stretches without a hole, in
// order. The zero span is everything; an open one reaches to the end.
func (c *Catalogue) Loudness(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Loudness, error) {
	var curve []clip.Loudness
	err := c.read(ctx, "read the loudness of "+string(feed), func(q querier) error {
		epochs, err := readEpochs(ctx, q, feed)
		if err != nil {
			return err
		}
		for _, e := range epochs {
			from, to := e.ticks(span)
			err := walk(ctx, q, scanLoudness, func(l clip.Loudness) error {
				curve = join(curve, l.After(from).UpTo(to))
				return nil
			}, `SELECT epoch, from_pts, levels FROM loudness WHERE feed = ? AND epoch = ? AND from_pts > ? AND from_pts <= ? AND last_pts > ?
				ORDER BY from_pts`, string(feed), int(e.ID), int64(from-rowLevels*clip.LoudnessStep), int64(to), int64(from))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return curve, err
}

// ticks is a span in an epoch's clock. Ends that are open lie as far as can be.
func (e epoch) ticks(span clip.Span) (from, to clip.Ticks) {
	from, to = math.MinInt64/2, math.MaxInt64/2
	if !span.In.IsZero() {
		from = e.Ticks(span.In)
	}
	if !span.Open() {
		to = e.Ticks(span.Out)
	}
	return from, to
}

// join adds a stretch to a curve.
func join(curve []clip.Loudness, l clip.Loudness) []clip.Loudness {
	if len(l.Levels) == 0 {
		return curve
	}
	if n := len(curve); n > 0 && curve[n-1].Epoch == l.Epoch && curve[n-1].End() == l.From {
		curve[n-1].Levels = append(curve[n-1].Levels, l.Levels...)
		return curve
	}
	return append(curve, l)
}

// removeLoudness deletes the rows of the curve that sounded in a segment which
// is gone, and in none that is held.
func (t *tx) removeLoudness(ctx context.Context, s clip.Segment, longest clip.Ticks) error {
	_, err := t.ExecContext(ctx,
		`DELETE FROM loudness WHERE feed = ? AND epoch = ? AND from_pts > ? AND from_pts < ? AND last_pts > ?
		AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.feed = loudness.feed AND s.epoch = loudness.epoch
			AND s.first_pts > loudness.from_pts - ? AND s.first_pts < loudness.last_pts AND s.end_pts > loudness.from_pts - ?)`,
		string(s.Feed), int(s.Epoch), int64(s.First-rowLevels*clip.LoudnessStep), int64(s.End+clip.LoudnessWindow), int64(s.First),
		int64(longest+clip.LoudnessWindow)+1, int64(clip.LoudnessWindow))
	return err
}

// AddCues adds captions that were found beside the recording, as [Catalogue.Append]
// does. Those of an epoch that is not held (any more) are left out.
func (c *Catalogue) AddCues(ctx context.Context, feed clip.FeedID, cues []clip.Cue) error {
	a := appending{op: "add captions to " + string(feed), feed: feed}
	return c.transact(ctx, a.op, relaxed, func(ctx context.Context, t *tx) error {
		held, err := heldEpochs(ctx, t, feed)
		if err != nil {
			return err
		}
		for _, q := range cues {
			if held[q.Epoch] {
				a.Cues = append(a.Cues, q)
			}
		}
		return a.cues(ctx, t)
	})
}

// AddMarks adds marks that were found beside the recording. They are shown and
// searched; they flag nothing. Those of an epoch that is not held (any more)
// are left out.
func (c *Catalogue) AddMarks(ctx context.Context, feed clip.FeedID, marks []clip.Mark) error {
	a := appending{op: "add marks to " + string(feed), feed: feed}
	return c.transact(ctx, a.op, relaxed, func(ctx context.Context, t *tx) error {
		held, err := heldEpochs(ctx, t, feed)
		if err != nil {
			return err
		}
		for _, m := range marks {
			if !held[m.Epoch] {
				continue
			}
			if err := a.mark(ctx, t, m, noted); err != nil {
				return err
			}
		}
		return nil
	})
}

// Marks lists the marks that lie in a span, in order of time.
func (c *Catalogue) Marks(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Mark, error) {
	var marks []clip.Mark
	err := c.read(ctx, "list the marks of "+string(feed), func(q querier) error {
		epochs, err := readEpochs(ctx, q, feed)
		if err != nil {
			return err
		}
		for _, e := range epochs {
			from, to := e.ticks(span)
			found, err := collect(ctx, q, scanMark,
				`SELECT epoch, pts, scheme, event, fields FROM marks WHERE feed = ? AND epoch = ? AND pts >= ? AND pts < ?
				ORDER BY pts, scheme, event`, string(feed), int(e.ID), int64(from), int64(to))
			if err != nil {
				return err
			}
			marks = append(marks, found...)
		}
		return nil
	})
	return marks, err
}

// heldEpochs are the epochs of a feed of which something is held.
func heldEpochs(ctx context.Context, q querier, feed clip.FeedID) (map[clip.EpochID]bool, error) {
	ids, err := collect(ctx, q, number, `SELECT id FROM epochs WHERE feed = ?`, string(feed))
	held := map[clip.EpochID]bool{}
	for _, id := range ids {
		held[clip.EpochID(id)] = true
	}
	return held, err
}

func scanLoudness(row scanner) (clip.Loudness, error) {
	var l clip.Loudness
	var packed []byte
	err := row.Scan(&l.Epoch, &l.From, &packed)
	l.Levels = unpackLevels(packed)
	return l, err
}

// packLevels writes levels in two bytes each.
func packLevels(levels []int16) []byte {
	b := make([]byte, 0, 2*len(levels))
	for _, l := range levels {
		b = binary.LittleEndian.AppendUint16(b, uint16(l))
	}
	return b
}

func unpackLevels(b []byte) []int16 {
	levels := make([]int16, len(b)/2)
	for i := range levels {
		levels[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return levels
}
