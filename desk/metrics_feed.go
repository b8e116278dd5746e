package desk

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ovation-live/ovation/clip"
)

// What is measured about feeds.
var (
	feedAge       = feedDesc("last_segment_age_seconds", "Since the feed's last segment was stored.")
	feedState     = feedDesc("state", "1 for the state that the feed is in.", "state")
	feedBitrate   = feedDesc("bitrate_bits", "Bits a second over the last minute.")
	feedGaps      = feedDesc("gaps", "Gaps within the window.")
	feedBytes     = feedDesc("bytes", "Held on disk.")
	feedSegments  = feedDesc("segments", "Segments that are held.")
	feedLost      = feedDesc("lost_segments_total", "Segments that could not be fetched, read or written since the recorder began.")
	feedDrift     = feedDesc("drift_ppm", "How fast the feed's clock runs against time of day; positive: fast.")
	feedClockOff  = feedDesc("clock_offset_seconds", "How far programme time is off the source's time of day.")
	feedHeld      = feedDesc("window_seconds", "How far back the recording reaches.")
	feedAllowed   = feedDesc("window_limit_seconds", "How far back the recording may reach now; less than configured where the disk is short.")
	feedWanted    = feedDesc("window_configured_seconds", "How far back the recording shall reach.")
	feedShrinksAt = feedDesc("window_shrinks_timestamp_seconds", "When the disk will force the window to be shorter; absent: not in sight.")
	feedShrinksTo = feedDesc("window_shrinks_to_seconds", "How short the window will then be; absent: not in sight.")
)

var feedStates = []clip.FeedState{clip.FeedStarting, clip.FeedRecording, clip.FeedStalled, clip.FeedEnded}

func feedDesc(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc("ovation_feed_"+name, help, append([]string{"feed"}, more...), nil)
}

func feedDescs() []*prometheus.Desc {
	return []*prometheus.Desc{feedAge, feedState, feedBitrate, feedGaps, feedBytes, feedSegments, feedLost, feedDrift, feedClockOff,
		feedHeld, feedAllowed, feedWanted, feedShrinksAt, feedShrinksTo}
}

func (g *gauges) feeds(ctx context.Context) error {
	views, err := g.desk.feedViews(ctx)
	for _, v := range views {
		g.feed(v, g.desk.Now())
	}
	return err
}

func (g *gauges) feed(v feedView, now time.Time) {
	h, id := v.Health, string(v.Feed.ID)
	if !h.LastSegment.IsZero() {
		g.set(feedAge, now.Sub(h.LastSegment).Seconds(), id)
	}
	for _, s := range feedStates {
		g.set(feedState, one(h.State == s), id, string(s))
	}
	g.set(feedBitrate, float64(h.Bitrate), id)
	g.set(feedGaps, float64(h.Gaps), id)
	g.set(feedBytes, float64(h.Bytes), id)
	g.set(feedSegments, float64(h.Segments), id)
	g.last = append(g.last, prometheus.MustNewConstMetric(feedLost, prometheus.CounterValue, float64(h.Lost), id))
	g.set(feedDrift, float64(h.Drift)/1000, id)
	g.set(feedClockOff, h.ClockOff.Seconds(), id)
	g.set(feedHeld, v.Window.Duration().Seconds(), id)
	g.set(feedAllowed, v.allowed().Seconds(), id)
	g.set(feedWanted, v.Feed.Window.Seconds(), id)
	if !h.ShrinksAt.IsZero() {
		g.set(feedShrinksAt, float64(h.ShrinksAt.Unix()), id)
		g.set(feedShrinksTo, h.ShrinksTo.Seconds(), id)
	}
}
