package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Expire forgets segments that end before an instant, oldest first and at most
// limit of them, and returns them so that their files can be deleted. It never
// touches a segment that a highlight's recipe needs, nor the newest of the
// feed, which keeps the place where recording goes on. It is meant to be called
// now and then, every half minute or so: it looks through all highlights.
func (c *Catalogue) Expire(ctx context.Context, feed clip.FeedID, before time.Time, limit int) ([]clip.Segment, error) {
	var gone []clip.Segment
	err := c.write(ctx, "expire the recording of "+string(feed), func(ctx context.Context, t *tx) error {
		e := expiry{feed: feed, before: nanos(before), limit: atMost(limit)}
		if err := e.find(ctx, t); err != nil {
			return err
		}
		gone = e.gone
		return e.remove(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return gone, nil
}

// expiry is one Expire.
type expiry struct {
	feed   clip.FeedID
	before int64 // ns
	limit  int
	gone   []clip.Segment
}

// pin is a stretch of programme time that a highlight keeps, in nanoseconds.
type pin struct{ from, to int64 }

// pinned is what a highlight with a recipe over in..out keeps. An open span
// reaches to the end while it can still be closed. One that was given up can
// never need more than the longest recipe.
func pinned(in, out int64, state clip.HighlightState, lead time.Duration) pin {
	span := clip.Span{In: instant(in), Out: instant(out)}
	if span.Open() && state.Final() {
		span.Out = span.In.Add(2 * clip.MaxMoment) // see clip.Recipe.Check
	}
	from, to := bounds(span.Grow(lead, trail))
	return pin{from, to}
}

// find collects the segments that may go. It walks the segments by their start
// and jumps over pins, so that its cost grows with the number of highlights
// and not with how much they keep.
func (e *expiry) find(ctx context.Context, t *tx) error {
	pins, err := e.pins(ctx, t)
	if err != nil {
		return err
	}
	at := place{start: earliest.UnixNano()}
	for len(e.gone) < e.limit {
		segs, err := e.next(ctx, t, at)
		if err != nil || len(segs) == 0 {
			return err
		}
		at = e.sift(segs, pins)
	}
	return nil
}

// place is where the walk stands: after segment seq of those that begin at
// start.
type place struct{ start, seq int64 }

// pins reads what highlights keep, joined where it overlaps, in order.
func (e *expiry) pins(ctx context.Context, t *tx) ([]pin, error) {
	r, err := readReel(ctx, t, e.feed)
	if err != nil {
		return nil, err
	}
	var joined []pin
	err = walk(ctx, t, func(row scanner) (pin, error) {
		var in, out int64
		var state clip.HighlightState
		err := row.Scan(&in, &out, &state)
		return pinned(in, out, state, r.lead()), err
	}, func(p pin) error {
		if n := len(joined); n > 0 && p.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, p.to)
		} else {
			joined = append(joined, p)
		}
		return nil
	}, `SELECT in_ns, out_ns, state FROM highlights WHERE feed = ? AND in_ns < ? ORDER BY in_ns`,
		string(e.feed), e.before+int64(r.lead()))
	return joined, err
}

// next reads the candidates after a place.
func (e *expiry) next(ctx context.Context, t *tx, at place) ([]clip.Segment, error) {
	return collect(ctx, t, func(row scanner) (clip.Segment, error) {
		s, err := scanSegment(row)
		s.Feed = e.feed
		return s, err
	}, `SELECT `+segmentColumns+` FROM segments
		WHERE feed = ? AND start_ns >= ? AND start_ns < ? AND (start_ns > ? OR seq > ?) AND end_ns <= ?
		AND seq < (SELECT MAX(seq) FROM segments WHERE feed = ?)
		ORDER BY start_ns, seq LIMIT ?`,
		string(e.feed), at.start, e.before, at.start, at.seq, e.before, string(e.feed), e.limit)
}

// sift takes the candidates that no pin touches and says where to go on:
// behind the pin that was met last, or behind the last candidate.
func (e *expiry) sift(segs []clip.Segment, pins []pin) place {
	var at place
	for _, s := range segs {
		start, end := nanos(s.Start), nanos(s.Start.Add(s.Duration()))
		for len(pins) > 0 && pins[0].to <= start {
			pins = pins[1:]
		}
		at = place{start, s.Seq}
		switch {
		case len(pins) > 0 && pins[0].from <= start:
			at = place{start: pins[0].to}
		case len(pins) > 0 && pins[0].from < end:
		case len(e.gone) < e.limit:
			e.gone = append(e.gone, s)
		}
	}
	return at
}

// remove deletes the rows, and what lay in them.
func (e *expiry) remove(ctx context.Context, t *tx) error {
	if len(e.gone) == 0 {
		return nil
	}
	r, err := readReel(ctx, t, e.feed)
	if err != nil {
		return err
	}
	ends := map[clip.EpochID]clip.Ticks{}
	for _, s := range e.gone {
		if err := e.removeSegment(ctx, t, s, clip.TicksOf(r.longest)); err != nil {
			return err
		}
		ends[s.Epoch] = max(ends[s.Epoch], s.End)
	}
	if _, err := t.ExecContext(ctx, `UPDATE recordings SET gone = gone + ? WHERE feed = ?`, len(e.gone), string(e.feed)); err != nil {
		return err
	}
	if err := e.removeMarks(ctx, t); err != nil {
		return err
	}
	for id, end := range ends { // any order does
		if err := e.shortenEpoch(ctx, t, id, end); err != nil {
			return err
		}
	}
	return nil
}

// removeMarks deletes the marks that are as old as what goes, whether somebody
// flagged them or not: nothing can be cut there any more.
func (e *expiry) removeMarks(ctx context.Context, t *tx) error {
	epochs, err := collect(ctx, t, scanEpoch, `SELECT `+epochColumns+` FROM epochs e WHERE feed = ?`, string(e.feed))
	if err != nil {
		return err
	}
	for _, epoch := range epochs {
		_, err := t.ExecContext(ctx, `DELETE FROM marks WHERE feed = ? AND epoch = ? AND pts < ?`,
			string(e.feed), int(epoch.ID), int64(epoch.Ticks(instant(e.before))))
		if err != nil {
			return err
		}
	}
	return nil
}

// removeSegment deletes a segment, the captions that no segment shows any more,
// and the loudness of what is not to be heard any more.
func (e *expiry) removeSegment(ctx context.Context, t *tx, s clip.Segment, longest clip.Ticks) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM segments WHERE feed = ? AND seq = ?`, string(e.feed), s.Seq); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx,
		`DELETE FROM cues WHERE feed = ? AND epoch = ? AND from_pts < ?
		AND from_pts > ? - (SELECT longest_cue FROM epochs e WHERE e.feed = cues.feed AND e.id = cues.epoch) - 1
		AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.feed = cues.feed AND s.epoch = cues.epoch
			AND s.first_pts > cues.from_pts - ? AND s.end_pts > cues.from_pts
			AND (s.first_pts < cues.to_pts OR cues.to_pts = 0))`,
		string(e.feed), int(s.Epoch), int64(s.End), int64(s.First), int64(longest)+1)
	if err != nil {
		return err
	}
	return t.removeLoudness(ctx, s, longest)
}

// shortenEpoch lets an epoch end where what is held of it ends, and forgets how
// its clock ran before that, or deletes it with what is left in it; end is where
// the last deleted segment ended.
func (e *expiry) shortenEpoch(ctx context.Context, t *tx, id clip.EpochID, end clip.Ticks) error {
	last, held, err := first(ctx, t, number,
		`SELECT end_pts FROM segments WHERE feed = ? AND epoch = ? ORDER BY first_pts DESC LIMIT 1`, string(e.feed), int(id))
	if err != nil {
		return err
	}
	if held {
		_, err := t.ExecContext(ctx, `UPDATE epochs SET end_pts = ? WHERE feed = ? AND id = ? AND end_pts <= ?`,
			last, string(e.feed), int(id), int64(end))
		if err != nil {
			return err
		}
		return e.forgetBends(ctx, t, id)
	}
	for _, table := range []string{"cues", "loudness", "marks"} {
		if _, err := t.ExecContext(ctx, `DELETE FROM `+table+` WHERE feed = ? AND epoch = ?`, string(e.feed), int(id)); err != nil {
			return err
		}
	}
	_, err = t.ExecContext(ctx, `DELETE FROM epochs WHERE feed = ? AND id = ?`, string(e.feed), int(id))
	return err
}

// forgetBends lets an epoch with bends begin where what is held of it begins,
// so that a clock that drifts for weeks does not fill its row.
func (e *expiry) forgetBends(ctx context.Context, t *tx, id clip.EpochID) error {
	old, known, err := first(ctx, t, scanEpoch, `SELECT `+epochColumns+` FROM epochs e WHERE feed = ? AND id = ?`, string(e.feed), int(id))
	if err != nil || !known || len(old.Bends) == 0 {
		return err
	}
	held, _, err := first(ctx, t, number, `SELECT MIN(first_pts) FROM segments WHERE feed = ? AND epoch = ?`, string(e.feed), int(id))
	if err != nil {
		return err
	}
	now := old.From(clip.Ticks(held))
	bends, err := json.Marshal(now.Bends)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE epochs SET first_pts = ?, start_ns = ?, bends = ? WHERE feed = ? AND id = ?`,
		int64(now.First), nanos(now.Start), string(bends), string(e.feed), int(id))
	return err
}
