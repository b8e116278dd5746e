package feed

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestBeginTiesTime: which programme time a new epoch gets.
func TestBeginTiesTime(t *testing.T) {
	arrived := time.Date(2026, 11, 24, 20, 0, 2, 0, time.UTC)
	byArrival := arrived.Add(-2 * time.Second)
	last := clip.Epoch{ID: 4, First: 0, End: 10 * clip.TickRate, Start: arrived.Add(-30 * time.Second)}
	ahead := last
	ahead.Start = arrived.Add(-5 * time.Second) // ends at arrived + 5 s
	for _, c := range []struct {
		name   string
		last   clip.Epoch
		stated time.Time
		want   time.Time
		held   bool
	}{
		{"nothing stated", clip.Epoch{}, time.Time{}, byArrival, false},
		{"stated", clip.Epoch{}, arrived.Add(-40 * time.Second), arrived.Add(-40 * time.Second), false},
		{"stated a little ahead", clip.Epoch{}, arrived.Add(10 * time.Second), arrived.Add(10 * time.Second), false},
		{"year 0", clip.Epoch{}, time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), byArrival, false},
		{"year 9999", clip.Epoch{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), byArrival, false},
		{"another time zone taken for UTC", clip.Epoch{}, arrived.Add(-2 * time.Hour), byArrival, false},
		{"after the last epoch", last, time.Time{}, byArrival, false},
		{"stated within the last epoch", last, arrived.Add(-25 * time.Second), arrived.Add(-20 * time.Second), true},
		{"the last epoch ran ahead", ahead, time.Time{}, arrived.Add(5 * time.Second), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := Content{First: 900000, End: 900000 + 2*clip.TickRate}
			e := begin(c.last.ID+1, c.last, content, Piece{Arrived: arrived, ProgramTime: c.stated}, clip.Format{}, "because")
			if !e.Start.Equal(c.want) || e.First != 900000 || e.ID != c.last.ID+1 {
				t.Errorf("epoch %+v, want a start at %s", e, c.want)
			}
			if strings.Contains(e.Reason, "held") != c.held {
				t.Errorf("reason %q", e.Reason)
			}
		})
	}
}

// TestPlace decides between the last epoch and a new one.
func TestPlace(t *testing.T) {
	format := clip.Format{Container: clip.MPEGTS, Video: "h264", Width: 320, Height: 180, Rate: clip.Rate{Num: 25, Den: 1}, Audio: "aac", SampleRate: 48000, Channels: 2,
		Tracks: []clip.Track{{Codec: "aac", SampleRate: 48000, Channels: 2}}}
	last := clip.Epoch{ID: 1, End: clip.Wrap + 90000, Format: format}
	at := func(first clip.Ticks) Content { return Content{Format: format, First: first, End: first + 180000} }
	changed := func(f func(*clip.Format)) Content {
		c := at(90000)
		f(&c.Format)
		return c
	}
	for _, c := range []struct {
		name    string
		content Content
		piece   Piece
		exact   bool
		shift   clip.Ticks
		reason  string
	}{
		{"exactly on, past the wrap", at(90000), Piece{}, true, clip.Wrap, ""},
		{"a frame early", at(90000 - 3600), Piece{}, false, clip.Wrap, ""},
		{"nine seconds missing", at(90000 * 10), Piece{}, false, clip.Wrap, ""},
		{"nine seconds missing after a restart", at(90000 * 10), Piece{}, true, 0, "restart"},
		{"eleven seconds missing", at(90000 * 12), Piece{}, false, 0, "ahead"},
		{"two seconds back", at(clip.Wrap - 90000), Piece{}, false, 0, "back"},
		{"marked", at(90000), Piece{Discontinuity: true}, false, 0, "discontinuity"},
		{"no parameter set, no sound", changed(func(f *clip.Format) {
			f.Width, f.Height, f.SampleRate, f.Channels, f.Rate, f.Tracks = 0, 0, 0, 0, clip.Rate{}, []clip.Track{{Codec: "aac"}}
		}), Piece{}, false, clip.Wrap, ""},
		{"a guess of the rate", func() Content {
			c := changed(func(f *clip.Format) { f.Rate = clip.Rate{Num: 24975, Den: 1000} })
			c.loose = true
			return c
		}(), Piece{}, false, clip.Wrap, ""},
		{"a guess of quite another rate", func() Content {
			c := changed(func(f *clip.Format) { f.Rate.Num = 30 })
			c.loose = true
			return c
		}(), Piece{}, false, 0, "rate 25 → 30"},
		{"another language", changed(func(f *clip.Format) {
			f.Tracks = []clip.Track{{Codec: "aac", SampleRate: 48000, Channels: 2, Lang: "ger"}}
		}), Piece{}, false, 0, "tracks"},
		{"interlaced", changed(func(f *clip.Format) { f.Interlaced = true }), Piece{}, false, 0, "progressive → interlaced"},
		{"wide", changed(func(f *clip.Format) { f.Aspect = clip.Rate{Num: 4, Den: 3} }), Piece{}, false, 0, "aspect 1:1 → 4:3"},
		{"other size", changed(func(f *clip.Format) { f.Width = 640 }), Piece{}, false, 0, "320x180"},
		{"other codec", changed(func(f *clip.Format) { f.Video = "hevc" }), Piece{}, false, 0, "hevc"},
		{"other rate", changed(func(f *clip.Format) { f.Rate.Num = 50 }), Piece{}, false, 0, "rate 25 → 50"},
		{"no audio track", changed(func(f *clip.Format) { f.Audio, f.Tracks = "", nil }), Piece{}, false, 0, "format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			shift, got, reason := place(last, c.content, c.piece, c.exact)
			if shift != c.shift || (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
				t.Errorf("shift %d, reason %q; want %d and %q", shift, reason, c.shift, c.reason)
			}
			if reason == "" && !got.Equal(format) {
				t.Errorf("format %+v", got)
			}
		})
	}
}

// TestFill: tracks that one segment is silent in are what the epoch knows of
// them, and the other way round, however often that changes.
func TestFill(t *testing.T) {
	tracks := func(all ...clip.Track) clip.Format {
		return clip.Format{Video: "h264", Width: 1920, Height: 1080, Rate: clip.Rate{Num: 25, Den: 1}, Tracks: all, Audio: all[0].Codec, SampleRate: all[0].SampleRate, Channels: all[0].Channels}
	}
	stereo, silent := clip.Track{Codec: "aac", SampleRate: 48000, Channels: 2, Lang: "ger"}, clip.Track{Codec: "aac", Lang: "ger"}
	comment, quiet := clip.Track{Codec: "mp3", SampleRate: 44100, Channels: 1}, clip.Track{Codec: "mp2"}
	for _, c := range []struct {
		name           string
		known, segment clip.Format
		same           bool
	}{
		{"one track is silent", tracks(stereo, comment), tracks(stereo, quiet), true},
		{"the heard one is silent", tracks(stereo, comment), tracks(silent, comment), true},
		{"both are", tracks(stereo, comment), tracks(silent, quiet), true},
		{"one was silent when the epoch began", tracks(stereo, quiet), tracks(stereo, comment), true},
		{"all were", tracks(silent, quiet), tracks(stereo, comment), true},
		{"another language", tracks(stereo, quiet), tracks(clip.Track{Codec: "aac", Lang: "eng"}, quiet), false},
		{"another codec", tracks(stereo), tracks(clip.Track{Codec: "ac3", Lang: "ger"}), false},
		{"other channels", tracks(stereo), tracks(clip.Track{Codec: "aac", SampleRate: 48000, Channels: 6, Lang: "ger"}), false},
		{"a track more", tracks(stereo), tracks(stereo, comment), false},
	} {
		given := c.segment
		given.Tracks = slices.Clone(given.Tracks)
		if got := fill(c.segment, c.known); got.Equal(c.known) != c.same {
			t.Errorf("%s: %+v, the epoch has %+v", c.name, got, c.known)
		}
		if !c.segment.Equal(given) {
			t.Errorf("%s: the segment's own format changed", c.name)
		}
	}
}

// TestBackOff is within its bounds, also for a source that names a time.
func TestBackOff(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		n        int
		err      error
		from, to time.Duration
	}{
		{1, clip.Errorf(clip.Unavailable, "", "x"), minBackOff, minBackOff},
		{3, clip.Errorf(clip.Unavailable, "", "x"), minBackOff, 2 * time.Second},
		{50, clip.Errorf(clip.Unavailable, "", "x"), minBackOff, downBackOff},
		{50, clip.Errorf(clip.Denied, "", "x"), minBackOff, maxBackOff},
		{1, &clip.Error{Kind: clip.Throttled, Until: now.Add(7 * time.Second)}, 7 * time.Second, 7 * time.Second},
		{1, &clip.Error{Kind: clip.Throttled, Until: now.Add(time.Hour)}, time.Minute, time.Minute},
	} {
		for range 100 {
			if d := backOff(c.n, c.err, now); d < c.from || d > c.to+time.Millisecond {
				t.Errorf("try %d after %v: %s, want %s to %s", c.n, c.err, d, c.from, c.to)
			}
		}
	}
}
