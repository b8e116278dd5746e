package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// trail is what a recording holds after its span, for the sound of its last
// frames, which may lie in the next segment. Expire keeps exactly this, and
// [reel.lead] before it, of every highlight, so that the same recipe has the
// same plan for ever.
const trail = 4 * time.Second

// Timeline is where the recorded media of a feed lies, ordered by start.
// Epochs of which nothing is held any more are left out; of the others First
// and Start move on with what is held, along the same line.
func (c *Catalogue) Timeline(ctx context.Context, feed clip.FeedID) (clip.Timeline, error) {
	var tl clip.Timeline
	err := c.read(ctx, "read the timeline of "+string(feed), func(q querier) error {
		epochs, err := readEpochs(ctx, q, feed)
		tl = timeline(epochs)
		return err
	})
	return tl, err
}

// Segments lists the segments that touch a span, in order, without their
// frames. The zero span is everything; an open one reaches to the end.
func (c *Catalogue) Segments(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Segment, error) {
	var segs []clip.Segment
	err := c.read(ctx, "list the segments of "+string(feed), func(q querier) (err error) {
		segs, err = readSegments(ctx, q, feed, span, false)
		return err
	})
	return segs, err
}

// Cues lists the captions that are on screen in a span, in order of time.
func (c *Catalogue) Cues(ctx context.Context, feed clip.FeedID, span clip.Span) ([]clip.Cue, error) {
	var cues []clip.Cue
	err := c.read(ctx, "list the captions of "+string(feed), func(q querier) error {
		epochs, err := readEpochs(ctx, q, feed)
		if err != nil {
			return err
		}
		cues, err = readCues(ctx, q, feed, epochs, span)
		return err
	})
	return cues, err
}

// Recording is what is held around a span, with all that a plan needs.
func (c *Catalogue) Recording(ctx context.Context, feed clip.FeedID, span clip.Span) (clip.Recording, error) {
	var r clip.Recording
	err := c.read(ctx, "read the recording of "+string(feed), func(q querier) error {
		reel, err := readReel(ctx, q, feed)
		if err != nil {
			return err
		}
		wide := span
		if span != (clip.Span{}) {
			wide = span.Grow(reel.lead(), trail)
		}
		epochs, err := readEpochs(ctx, q, feed)
		if err != nil {
			return err
		}
		r.Timeline = timeline(epochs)
		if r.Segments, err = readSegments(ctx, q, feed, wide, true); err != nil {
			return err
		}
		if r.Cues, err = readCues(ctx, q, feed, epochs, wide); err != nil {
			return err
		}
		h, err := health(ctx, q, feed)
		r.Live = h.State != clip.FeedEnded
		return err
	})
	return r, err
}

// epoch is an epoch as it is held.
type epoch struct {
	clip.Epoch
	longestCue clip.Ticks
	held       bool // some of its segments are still there
}

const epochColumns = `e.id, e.first_pts, e.end_pts, e.start_ns, e.format, e.reason, e.longest_cue, e.bends`

func scanEpoch(row scanner) (epoch, error) {
	var e epoch
	var start int64
	var format, bends string
	if err := row.Scan(&e.ID, &e.First, &e.End, &start, &format, &e.Reason, &e.longestCue, &bends); err != nil {
		return e, err
	}
	e.Start = instant(start)
	if err := json.Unmarshal([]byte(bends), &e.Bends); err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(format), &e.Format)
}

// readEpochs reads the epochs of which something is held.
func readEpochs(ctx context.Context, q querier, feed clip.FeedID) ([]epoch, error) {
	all, err := collect(ctx, q, func(row scanner) (epoch, error) {
		var held sql.NullInt64
		e, err := scanEpoch(also{row, []any{&held}})
		e.held = held.Valid
		e.Epoch = e.From(clip.Ticks(held.Int64))
		return e, err
	}, `SELECT `+epochColumns+`, (SELECT MIN(s.first_pts) FROM segments s WHERE s.feed = e.feed AND s.epoch = e.id)
		FROM epochs e WHERE e.feed = ? ORDER BY e.start_ns, e.id`, string(feed))
	return slices.DeleteFunc(all, func(e epoch) bool { return !e.held }), err
}

// also scans further columns after those that somebody else scans.
type also struct {
	scanner
	more []any
}

// Scan scans into the given places and then into the further ones.
func (a also) Scan(into ...any) error { return a.scanner.Scan(append(into, a.more...)...) }

func timeline(epochs []epoch) clip.Timeline {
	var tl clip.Timeline
	for _, e := range epochs {
		tl = append(tl, e.Epoch)
	}
	return tl
}

// bounds is a span in nanoseconds, for comparing with columns.
func bounds(s clip.Span) (from, to int64) {
	from, to = math.MinInt64/2, math.MaxInt64
	if !s.In.IsZero() {
		from = nanos(s.In)
	}
	if !s.Open() {
		to = nanos(s.Out)
	}
	return from, to
}

const segmentColumns = `seq, epoch, first_pts, end_pts, start_ns, size, digest, path, init, sound_from, sound_to`

// readSegments reads those that touch span. Their start bounds the search on
// both sides, because no segment is longer than the longest.
func readSegments(ctx context.Context, q querier, feed clip.FeedID, span clip.Span, frames bool) ([]clip.Segment, error) {
	r, err := readReel(ctx, q, feed)
	if err != nil {
		return nil, err
	}
	columns := segmentColumns
	if frames {
		columns += `, frames`
	}
	from, to := bounds(span)
	return collect(ctx, q, func(row scanner) (clip.Segment, error) {
		var packed []byte
		if frames {
			row = also{row, []any{&packed}}
		}
		s, err := scanSegment(row)
		s.Feed = feed
		if err == nil && frames {
			s.Frames, err = unpackFrames(packed)
		}
		return s, err
	}, `SELECT `+columns+` FROM segments WHERE feed = ? AND start_ns > ? AND start_ns < ? AND end_ns > ? ORDER BY seq`,
		string(feed), from-int64(r.longest), to, from)
}

func scanSegment(row scanner) (clip.Segment, error) {
	var s clip.Segment
	var start int64
	err := row.Scan(&s.Seq, &s.Epoch, &s.First, &s.End, &start, &s.Size, &s.Digest, &s.Path, &s.Init, &s.Sound.From, &s.Sound.To)
	s.Start = instant(start)
	return s, err
}

// readCues reads the captions on screen in a span. One that still stands there
// reaches to the end of its epoch.
func readCues(ctx context.Context, q querier, feed clip.FeedID, epochs []epoch, span clip.Span) ([]clip.Cue, error) {
	const columns = `SELECT epoch, from_pts, to_pts, service, lang, text FROM cues WHERE feed = ? AND epoch = ? AND from_pts < ? AND `
	var cues []clip.Cue
	for _, e := range epochs {
		from, to := clip.Ticks(math.MinInt64/2), clip.Ticks(math.MaxInt64)
		if !span.In.IsZero() {
			from = e.Ticks(span.In)
		}
		if !span.Open() {
			to = e.Ticks(span.Out)
		}
		if from >= e.End || to <= e.First {
			continue
		}
		found, err := collect(ctx, q, scanCue,
			columns+`to_pts <> 0 AND to_pts > ? AND from_pts > ? UNION ALL `+columns+`to_pts = 0 ORDER BY from_pts, service, lang`,
			string(feed), int(e.ID), int64(to), int64(from), int64(from-e.longestCue)-1,
			string(feed), int(e.ID), int64(to))
		if err != nil {
			return nil, err
		}
		cues = append(cues, found...)
	}
	return cues, nil
}

func scanCue(row scanner) (q clip.Cue, err error) {
	return q, row.Scan(&q.Epoch, &q.From, &q.To, &q.Service, &q.Lang, &q.Text)
}

// Unflagged lists the marks of a feed that nobody turned into moments, or
// dismissed, yet.
func (c *Catalogue) Unflagged(ctx context.Context, feed clip.FeedID) ([]clip.Mark, error) {
	marks, err := collect(ctx, c.reader, scanMark,
		`SELECT epoch, pts, scheme, event, fields FROM marks WHERE feed = ? AND flagged = 0 ORDER BY epoch, pts, scheme, event`, string(feed))
	return marks, fault("list the marks of "+string(feed), err)
}

func scanMark(row scanner) (clip.Mark, error) {
	var m clip.Mark
	var fields string
	if err := row.Scan(&m.Epoch, &m.PTS, &m.Scheme, &m.Event, &fields); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(fields), &m.Fields)
}

// Flagged notes that a mark became a moment, or was dismissed.
func (c *Catalogue) Flagged(ctx context.Context, feed clip.FeedID, m clip.Mark) error {
	return c.write(ctx, "note a mark of "+string(feed), func(ctx context.Context, t *tx) error {
		_, err := t.ExecContext(ctx,
			`UPDATE marks SET flagged = 1 WHERE feed = ? AND epoch = ? AND pts = ? AND scheme = ? AND event = ?`,
			string(feed), int(m.Epoch), int64(m.PTS), m.Scheme, m.Event)
		return err
	})
}
