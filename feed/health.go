package feed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// How health is judged.
const (
	minPatience    = 5 * time.Second  // a feed is not stalled before
	detailFor      = time.Minute      // how long the last problem is shown once media comes again
	logSameEvery   = time.Minute      // the same problem is logged no more often
	expireEvery    = 30 * time.Second // retention looks
	sayHealthEvery = 5 * time.Second  // the same is told again no more often
	expireBatch    = 200
	bitrateOver    = time.Minute
	crowdedFor     = 10 * time.Second // after a write found no room
	shortenEvery   = 2 * lookEvery    // what was deleted must have been seen
	// A step between segments larger than this is a gap. Clocks of sources
	// are exact to a frame.
	gapFrom = 100 * time.Millisecond
)

// say remembers a problem for the feed's health. One that only counts
// differently is worded anew once a minute: each wording is an event.
func (r *recording) say(what string, err error) {
	text, now := what+": "+err.Error(), r.now()
	if sameness(text) != sameness(r.health.Detail) || now.Sub(r.worded) >= logSameEvery {
		r.health.Detail, r.worded = text, now
	}
	r.noted = now
}

// note does, and logs it: the same problem once a minute.
func (r *recording) note(what string, err error) {
	r.say(what, err)
	if !r.logged.due(sameness(what+": "+err.Error()), r.noted) {
		return
	}
	r.log.WithError(err).WithField("kind", clip.KindOf(err).String()).Warn(what)
}

// sameness is what two wordings of the same problem share: all but the digits,
// which count segments and bytes.
func sameness(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, text)
}

// tick tells the catalogue how the feed is doing and lets old segments go.
func (r *recording) tick(ctx context.Context) {
	now := r.now()
	if r.Feed.Window > 0 && now.Sub(r.expired) >= expireEvery && len(r.timeline) > 0 {
		r.expired = now
		r.expire(ctx, r.timeline.Window().Out.Add(-r.Feed.Window), Grace)
	}
	r.makeRoom(ctx)
	r.measure(now)
	said := r.health.State == r.said.State && r.health.Detail == r.said.Detail && r.health.LastSegment.Equal(r.said.LastSegment)
	if said && now.Sub(r.saidAt) < sayHealthEvery {
		return
	}
	if err := r.Index.SetHealth(ctx, r.health); err != nil {
		if ctx.Err() == nil {
			r.note("the catalogue does not take the feed's health", err)
		}
		return
	}
	r.said, r.saidAt = r.health, now
}

// makeRoom lets the oldest tenth of the recording go while the disk is short,
// and again until it is not, but never the last minute.
func (r *recording) makeRoom(ctx context.Context) {
	if r.Disk == nil || len(r.held) == 0 {
		return
	}
	state, free := r.Disk.look()
	if state > r.disk {
		r.say("the disk of the recordings is "+state.String(), fmt.Errorf("%.1f GB are free", float64(free)/1e9))
	}
	r.disk = state
	window := r.window()
	if state < DiskShort || window.Duration() <= clip.MinWindow || r.now().Sub(r.shortened) < shortenEvery {
		return
	}
	r.shortened = r.now()
	before := window.In.Add(window.Duration() / 10)
	if limit := window.Out.Add(-clip.MinWindow); before.After(limit) {
		before = limit
	}
	r.say("the window is shortened", fmt.Errorf("the disk is %s", state)) // which logs it once for all
	r.expire(ctx, before, 0)
}

// window is the programme time that is held. Segments must be.
func (r *recording) window() clip.Span {
	return clip.Span{In: r.held[0].Start, Out: r.timeline.Window().Out}
}

// outlook is what the disk means for how far back the recording reaches.
func (r *recording) outlook() {
	h := &r.health
	h.Window, h.ShrinksAt, h.ShrinksTo = r.Feed.Window, time.Time{}, 0
	if r.Disk == nil || len(r.held) == 0 {
		return
	}
	held := r.window().Duration()
	if r.disk >= DiskShort || !r.crowded.IsZero() && r.now().Sub(r.crowded) < crowdedFor {
		h.Window = min(h.Window, held)
		return
	}
	h.ShrinksAt, h.ShrinksTo = r.Disk.forecast(r.Feed.ID, filling{rate: h.Bitrate / 8, held: held, window: r.Feed.Window})
}

// quiet is how long nothing was recorded.
func (r *recording) quiet() time.Duration { return r.now().Sub(r.heard) }

// patience is how long the source may be quiet before it counts as stalled:
// one and a half of its segments.
func (r *recording) patience() time.Duration {
	longest := time.Duration(0)
	for _, s := range r.held[max(0, len(r.held)-5):] {
		longest = max(longest, s.Duration())
	}
	return max(minPatience, longest*3/2)
}

// measure fills in the feed's health.
func (r *recording) measure(now time.Time) {
	h := &r.health
	h.Feed, h.Segments, h.Gaps, h.Bytes = r.Feed.ID, len(r.held), r.sum.gaps, r.sum.bytes
	h.Format = r.last().Format
	h.Live = r.timeline.Window().Out
	recent, media := int64(0), time.Duration(0)
	for i := len(r.held) - 1; i >= 0 && media < bitrateOver; i-- {
		recent, media = recent+r.held[i].Size, media+r.held[i].Duration()
	}
	if media > 0 {
		h.Bitrate = clip.Rescale(recent*8, int64(time.Second), int64(media))
	}
	r.outlook()
	h.State = r.judge()
	if h.State == clip.FeedRecording || h.State == clip.FeedEnded {
		if now.Sub(r.noted) > detailFor {
			h.Detail = ""
		}
	}
	if h.State == clip.FeedStalled && h.Detail == "" {
		h.Detail = "the source gives nothing new"
	}
}

// judge is the feed's state now.
func (r *recording) judge() clip.FeedState {
	switch {
	case r.ended:
		return clip.FeedEnded
	case r.quiet() > r.patience():
		return clip.FeedStalled
	case r.health.LastSegment.IsZero():
		return clip.FeedStarting
	}
	return clip.FeedRecording
}

// sums are figures over the segments held, kept as they come and go.
type sums struct {
	bytes int64
	gaps  int
}

// hold adds a segment to what is held.
func (r *recording) hold(s clip.Segment) {
	if n := len(r.held); n > 0 && r.gap(r.held[n-1], s) {
		r.sum.gaps++
	}
	r.sum.bytes += s.Size
	r.held = append(r.held, s)
}

// gap reports whether programme time is missing between two segments that were
// recorded one after the other. What retention let go between them is none.
func (r *recording) gap(a, b clip.Segment) bool {
	return b.Seq == a.Seq+1 && b.Start.Sub(a.Start.Add(a.Duration())) > gapFrom
}

// expire lets go what ended before an instant, except what a highlight needs.
// Files stay for the grace.
func (r *recording) expire(ctx context.Context, before time.Time, grace time.Duration) {
	gone, err := r.Index.Expire(ctx, r.Feed.ID, before, expireBatch)
	if err != nil && ctx.Err() == nil {
		r.note("old segments could not be let go", err)
	}
	if len(gone) > 0 {
		r.forget(gone)
	}
	due, needed := r.leave(gone, grace)
	if len(gone) > 0 {
		r.writePlaylist()
	}
	if err := r.dvr.remove(due, needed); err != nil {
		r.note("old segments could not be deleted", err)
	}
}

// forget drops segments, and epochs that hold none, from memory.
func (r *recording) forget(gone []clip.Segment) {
	seqs := map[int64]bool{}
	for _, s := range gone {
		seqs[s.Seq] = true
	}
	before, from := r.held, r.repeats.from
	first := map[clip.EpochID]clip.Ticks{r.last().ID: r.last().End} // of what is held of each
	r.held, r.sum = make([]clip.Segment, 0, len(before)), sums{}
	for i, s := range before {
		if !seqs[s.Seq] {
			r.hold(s)
			if at, ok := first[s.Epoch]; !ok || s.First < at {
				first[s.Epoch] = s.First
			}
		} else if i < r.repeats.from {
			from--
		}
	}
	r.repeats.from = from
	timeline := r.timeline[:0:0]
	for _, e := range r.timeline {
		if at, ok := first[e.ID]; ok {
			timeline = append(timeline, e.From(at))
		}
	}
	r.timeline = timeline
}
