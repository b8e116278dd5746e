package store

import (
	"context"
	"math"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// reel is the row of recordings: what outlives the segments of a feed.
type reel struct {
	nextSeq   int64
	lastEpoch clip.EpochID
	longest   time.Duration // of a segment
	gops      gops
}

func readReel(ctx context.Context, q querier, feed clip.FeedID) (reel, error) {
	r, ok, err := first(ctx, q, func(row scanner) (r reel, err error) {
		return r, row.Scan(&r.nextSeq, &r.lastEpoch, &r.longest, &r.gops.longest, &r.gops.key, &r.gops.last)
	}, `SELECT next_seq, last_epoch, longest_ns, longest_gop, key_dts, last_dts FROM recordings WHERE feed = ?`, string(feed))
	if !ok {
		r.nextSeq, r.gops = 1, gops{longest: commonGOP, key: noKey}
	}
	return r, err
}

// take counts in a segment that is appended.
func (r reel) take(s clip.Segment, e clip.Epoch) reel {
	if e.ID != r.lastEpoch {
		r.gops.key = noKey
	}
	if rate := e.Format.Rate; !rate.Zero() {
		r.gops = r.gops.take(s.Frames, rate.Ticks(1))
	}
	start, end := segmentTimes(s, e)
	r.nextSeq, r.lastEpoch = s.Seq+1, max(r.lastEpoch, e.ID)
	r.longest = max(r.longest, s.Duration(), end.Sub(start))
	return r
}

func (r reel) write(ctx context.Context, t *tx, feed clip.FeedID) error {
	_, err := t.ExecContext(ctx,
		`INSERT INTO recordings (feed, next_seq, last_epoch, longest_ns, longest_gop, key_dts, last_dts) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (feed) DO UPDATE SET next_seq = excluded.next_seq, last_epoch = excluded.last_epoch, longest_ns = excluded.longest_ns,
			longest_gop = excluded.longest_gop, key_dts = excluded.key_dts, last_dts = excluded.last_dts`,
		string(feed), r.nextSeq, r.lastEpoch, int64(r.longest), int64(r.gops.longest), int64(r.gops.key), int64(r.gops.last))
	return err
}

// lead is how much a recording holds before its span, so that decoding can
// start: the longest run of frames from one key frame to the next, twice,
// because what is shown before a key frame may look at the run before it.
func (r reel) lead() time.Duration { return (2 * r.gops.longest).Duration() }

// Key frames that lie further apart than this are not waited for: a highlight
// would keep minutes around it. Feeds are taken to have one every commonGOP
// until they show that they do not.
const (
	commonGOP = 4 * clip.TickRate
	rareGOP   = 60 * clip.TickRate
)

// noKey stands for a key frame that there is none of.
const noKey clip.Ticks = math.MaxInt64

// gops measures the runs from key frame to key frame.
type gops struct {
	longest   clip.Ticks
	key, last clip.Ticks // where those of the present run are decoded
}

// take counts in frames of a segment, which last one tick and more. Nothing is
// decoded across a gap, so a run ends there.
func (g gops) take(frames []clip.Frame, one clip.Ticks) gops {
	for _, f := range frames {
		if f.DTS-g.last > one+one/2 {
			g.key = noKey
		}
		if f.Kind == clip.IDR || f.Kind == clip.Recovery {
			if g.key != noKey {
				g.longest = max(g.longest, min(f.DTS-g.key, rareGOP))
			}
			g.key = f.DTS
		}
		g.last = f.DTS
		if g.key != noKey {
			g.longest = max(g.longest, min(f.DTS+one-g.key, rareGOP))
		}
	}
	return g
}
