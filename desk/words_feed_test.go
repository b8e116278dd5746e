package desk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ovation-live/ovation/clip"
)

// TestDiskSaid: what an operations engineer reads about the disk.
func TestDiskSaid(t *testing.T) {
	now := time.Date(2026, 11, 24, 18, 20, 0, 0, time.UTC)
	view := func(title string, window, allowed time.Duration, in, to time.Duration) feedView {
		v := feedView{Feed: clip.Feed{ID: "f", Title: title, Window: window}, Health: clip.Health{Window: allowed}}
		if in > 0 {
			v.Health.ShrinksAt, v.Health.ShrinksTo = now.Add(in), to
		}
		return v
	}
	const h = time.Hour
	roomy, filling := view("Roomy", 4*h, 4*h, 0, 0), view("Final", 4*h, 4*h, 80*time.Minute, 190*time.Minute)
	tomorrow, cut := view("Jump", 12*h, 0, 6*h, 11*h), view("Heats", 12*h, 9*h, h, 8*h)
	for want, v := range map[string]feedView{"": roomy, "shrinks to 3 h 10 min at 19:40 UTC": filling, "shrinks to 11 h at 00:20 UTC on 25 Nov": tomorrow,
		"the disk is short, only 9 h are kept": cut} {
		if got := diskSaid(v, now); got != want {
			t.Errorf("%s: %q, want %q", v.Feed.Title, got, want)
		}
	}
	for _, c := range []struct {
		views []feedView
		want  string
	}{
		{[]feedView{roomy}, " "},
		{[]feedView{roomy, tomorrow, filling}, "The disk is filling up. The first window to shrink is that of Final, to 3 h 10 min at 19:40 UTC. "},
		{[]feedView{filling, cut}, "The disk is short. Less is kept than should be of Heats (9 h of 12 h). "},
		{[]feedView{cut, cut, cut, cut, cut, cut}, "(9 h of 12 h) and 2 more. "},
	} {
		head, text := disksSaid(c.views, now)
		if got := head + " " + text; !strings.Contains(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestFeedSaid: a feed that waits for its first sender is no fault; one whose
// sender went, or whose port is taken, is.
func TestFeedSaid(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	const listener, caller = "srt://:9000?mode=listener", "srt://sender:9000"
	for _, c := range []struct {
		url    string
		health clip.Health
		want   string
	}{
		{listener, clip.Health{}, "Waiting false It waits for an SRT caller on this machine, port 9000."},
		{listener, clip.Health{State: clip.FeedStalled, Detail: "the source stopped: nothing came for 30s"}, "Waiting false It waits for an SRT caller on this machine, port 9000."},
		{listener, clip.Health{State: clip.FeedStarting, Detail: "the source stopped: listen on :9000: address already in use"}, "Cannot start true The source stopped: listen on :9000: address already in use"},
		{listener, clip.Health{State: clip.FeedStalled, Detail: "nothing came", LastSegment: now.Add(-time.Minute)}, "Stalled true Nothing came"},
		{caller, clip.Health{State: clip.FeedStalled, Detail: "nobody answers"}, "Stalled true Nobody answers"},
		{caller, clip.Health{}, "Starting false Nothing arrived yet."},
		{caller, clip.Health{State: clip.FeedRecording, LastSegment: now.Add(-time.Second)}, "Recording false Media arrives."},
		{caller, clip.Health{State: clip.FeedRecording, LastSegment: now.Add(-time.Minute)}, "Silent true It says that it records, but nothing arrived lately."},
		{caller, clip.Health{State: clip.FeedEnded, LastSegment: now.Add(-time.Hour)}, "Ended false The source said that it is over. What was recorded stays."},
	} {
		f := clip.Feed{ID: "f", URL: c.url}
		s := feedSaid(f, c.health, now)
		if got := fmt.Sprintf("%s %t %s", s.Word, troubled(f, c.health, now), s.Text); got != c.want {
			t.Errorf("%s, %+v: %q, want %q", c.url, c.health, got, c.want)
		}
	}
}

// TestClockSaid tells a crystal's drift from a clock that is wrong.
func TestClockSaid(t *testing.T) {
	for _, c := range []struct {
		drift int64
		off   time.Duration
		want  string
	}{
		{0, 0, "  false"},
		{300, 200 * time.Microsecond, "  false"},
		{42_000, -40 * time.Millisecond, "+42 ppm −40 ms off false"},
		{-3_000, 1800 * time.Millisecond, "−3 ppm +1.8 s off true"},
		{-140_000, 0, "−140 ppm  true"},
	} {
		rate, off, warn := clockSaid(clip.Health{Drift: c.drift, ClockOff: c.off})
		if got := fmt.Sprintf("%s %s %t", rate, off, warn); got != c.want {
			t.Errorf("%d, %s: %q, want %q", c.drift, c.off, got, c.want)
		}
	}
}

// TestURLWords: what stands on a screen that many see holds no password.
func TestURLWords(t *testing.T) {
	for url, want := range map[string]string{
		"https://cdn.example/a/b.m3u8":                        "https://cdn.example/a/b.m3u8",
		"https://cdn.example/b.m3u8?quality=high":             "https://cdn.example/b.m3u8?quality=high",
		"https://me:secret@cdn.example/b.m3u8":                "https://me:xxxxx@cdn.example/b.m3u8",
		"https://cdn.example/b.m3u8?Token=secret&a=1":         "https://cdn.example/b.m3u8?Token=xxxxx&a=1",
		"srt://host:9000?streamid=final&passphrase=secretkey": "srt://host:9000?passphrase=xxxxx&streamid=final",
		"rtmp://0.0.0.0:1935/live/key-1?mode=listener":        "rtmp://0.0.0.0:1935/live/xxxxx?mode=listener",
		"synthetic:match?size=1280x720":                       "synthetic:match?size=1280x720",
		"://":                                                 "a URL that cannot be read",
	} {
		if got := urlWords(url); got != want {
			t.Errorf("%s is shown as %s, want %s", url, got, want)
		}
	}
}

func TestFormatSaid(t *testing.T) {
	f := clip.Format{Video: "h264", Width: 720, Height: 576, Interlaced: true, Aspect: clip.Rate{Num: 64, Den: 45}, Rate: clip.Rate{Num: 25, Den: 1}, Audio: "mp2", Channels: 2, Track: 1,
		Tracks: []clip.Track{{Codec: "ac3", Channels: 6, Lang: "eng"}, {Codec: "mp2", Channels: 2}, {Codec: "eac3", Channels: 3, Lang: "deu"}}}
	if got := fmt.Sprint(f.VideoWords(), tracksOf(f)); got != "H.264 720×576 interlaced, pixels 64:45, 25 fps[{eng AC-3 5.1 false} {MP2 stereo true} {deu E-AC-3 3 channels false}]" {
		t.Error(got)
	}
	f.Tracks, f.Audio = nil, ""
	if got := fmt.Sprint(tracksOf(f), clip.Format{}.VideoWords(), tracksOf(clip.Format{})); got != "[{no sound false}]format not known yet[]" {
		t.Error(got)
	}
}

// TestStatusFollows: a feed that stalls says so on the Live page, by itself,
// while somebody watches it.
func TestStatusFollows(t *testing.T) {
	w := newWorld(t)
	w.record()
	b := w.browse("paul", 390, 844)
	b.run(chromedp.Navigate(w.url+"/watch/pitch"), b.until(`document.querySelector('#status .badge').textContent === 'Recording' && document.querySelector('#pulse').dataset.state === 'on'`))
	h, err := w.cat.Health(t.Context(), "pitch")
	must(t, err)
	h.State, h.Detail = clip.FeedStalled, "nothing came for 5 s"
	h.ShrinksAt, h.ShrinksTo = time.Now().Add(time.Hour), 30*time.Minute
	must(t, w.cat.SetHealth(t.Context(), h))
	b.run(b.until(`document.querySelector('#status.trouble b')?.textContent === 'Nothing came for 5 s' && document.querySelector('#status').textContent.includes('window shrinks to 30 min at ')`))
	h.State, h.Detail = clip.FeedRecording, ""
	must(t, w.cat.SetHealth(t.Context(), h))
	b.run(b.until(`!document.querySelector('#status.trouble') && document.querySelector('#status .badge').textContent === 'Recording'`))
}
