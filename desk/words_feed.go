package desk

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// feedSaid is how a feed is doing.
func feedSaid(f clip.Feed, h clip.Health, now time.Time) said {
	switch {
	case awaits(f, h):
		return said{"wait", "Waiting", capital(feed.Invitation(f)) + ".", 0}
	case h.State == clip.FeedRecording && troubled(f, h, now):
		return said{"bad", "Silent", "It says that it records, but nothing arrived lately.", 0}
	case h.State == clip.FeedRecording:
		return said{"good", "Recording", "Media arrives.", 0}
	case h.State == clip.FeedStalled:
		return said{"bad", "Stalled", capital(or(h.Detail, "the source stopped giving; it is tried again by itself.")), 0}
	case h.State == clip.FeedEnded:
		return said{"quiet", "Ended", "The source said that it is over. What was recorded stays.", 0}
	case h.Detail != "":
		return said{"bad", "Cannot start", capital(h.Detail), 0}
	}
	return said{"wait", "Starting", "Nothing arrived yet.", 0}
}

// silent is how long a recording feed may give nothing before the desk calls
// it a problem.
const silent = 20 * time.Second

// troubled reports a feed that somebody should look at.
func troubled(f clip.Feed, h clip.Health, now time.Time) bool {
	switch h.State {
	case clip.FeedStalled:
		return !awaits(f, h)
	case clip.FeedRecording:
		return now.Sub(h.LastSegment) > silent
	case clip.FeedStarting:
		return h.Detail != "" && !awaits(f, h)
	}
	return false
}

// awaits reports a feed that nobody has sent anything to yet, which is no
// fault of it.
func awaits(f clip.Feed, h clip.Health) bool {
	never := h.LastSegment.IsZero() && (h.State == clip.FeedStarting || h.State == clip.FeedStalled || h.State == "")
	return never && feed.Awaits(f) && !strings.Contains(h.Detail, "listen on")
}

// short reports a window that the disk has shortened.
func short(v feedView) bool { return v.allowed() < v.Feed.Window }

// diskSaid is what the disk does to a feed's window; empty: nothing.
func diskSaid(v feedView, now time.Time) string {
	h := v.Health
	switch {
	case short(v):
		return "the disk is short, only " + length(v.allowed()) + " are kept"
	case !h.ShrinksAt.IsZero():
		return "shrinks to " + length(h.ShrinksTo) + " at " + soon(h.ShrinksAt, now)
	}
	return ""
}

// disksSaid is what the disk does to all feeds: a headline and what to do.
// Both are empty while there is room.
func disksSaid(views []feedView, now time.Time) (head, text string) {
	var cut []string
	var first feedView
	for _, v := range views {
		at := v.Health.ShrinksAt
		if short(v) {
			cut = append(cut, fmt.Sprintf("%s (%s of %s)", v.Feed.Title, length(v.allowed()), length(v.Feed.Window)))
		} else if !at.IsZero() && (first.Feed.ID == "" || at.Before(first.Health.ShrinksAt)) {
			first = v
		}
	}
	const remedy = "Free some space, shorten a window, or stop a feed that nobody needs."
	switch {
	case len(cut) > 0:
		more := ""
		if n := len(cut) - 4; n > 0 {
			cut, more = cut[:4], fmt.Sprintf(" and %d more", n)
		}
		return "The disk is short.", "Less is kept than should be of " + strings.Join(cut, ", ") + more + ". " + remedy
	case first.Feed.ID != "":
		return "The disk is filling up.", fmt.Sprintf("The first window to shrink is that of %s, to %s at %s. ", first.Feed.Title, length(first.Health.ShrinksTo), soon(first.Health.ShrinksAt, now)) + remedy
	}
	return "", ""
}

// soon is a time of day, with its date where that is another one.
func soon(t, now time.Time) string {
	if t.UTC().YearDay() == now.UTC().YearDay() && t.Sub(now) < 24*time.Hour {
		return t.UTC().Format("15:04 UTC")
	}
	return t.UTC().Format("15:04 UTC on 2 Jan")
}

// Where a feed's clock is worth a look: crystals are within 100 ppm
// (ISO/IEC 13818-1 wants 30 of an encoder), and people notice a second.
const (
	driftMuch    = 100_000 // 10⁻⁹
	clockOffMuch = time.Second
)

// clockSaid is how fast a feed's clock runs, and how far programme time is off
// it; warn: somebody should look at it.
func clockSaid(h clip.Health) (rate, off string, warn bool) {
	warn = h.ClockOff.Abs() >= clockOffMuch || h.Drift > driftMuch || h.Drift < -driftMuch
	if ppm := math.Round(float64(h.Drift) / 1000); ppm != 0 {
		rate = withSign("%+.0f ppm", ppm)
	}
	switch ms := h.ClockOff.Milliseconds(); {
	case h.ClockOff.Abs() >= time.Second:
		off = withSign("%+.1f s off", h.ClockOff.Seconds())
	case ms != 0:
		off = withSign("%+d ms off", ms)
	}
	return rate, off, warn
}

// withSign prints a number with a typographer's minus.
func withSign(format string, v any) string {
	return strings.Replace(fmt.Sprintf(format, v), "-", "−", 1)
}

// lostSaid is what is missing in a recording, in words; empty: nothing.
func lostSaid(h clip.Health) string {
	var text []string
	if h.Gaps > 0 {
		text = append(text, plural(h.Gaps, "gap", "gaps"))
	}
	if h.Lost > 0 {
		text = append(text, plural(h.Lost, "segment lost", "segments lost"))
	}
	return strings.Join(text, ", ")
}

// trackSaid is a sound track in words.
type trackSaid struct {
	Text   string
	Chosen bool // the one that is heard
}

// tracksOf are a format's sound tracks.
func tracksOf(f clip.Format) []trackSaid {
	if f.Width == 0 {
		return nil
	}
	if len(f.Tracks) == 0 {
		if f.Audio == "" {
			return []trackSaid{{"no sound", false}}
		}
		return []trackSaid{{clip.Track{Codec: f.Audio, Channels: f.Channels}.String(), false}}
	}
	var out []trackSaid
	for i, t := range f.Tracks {
		out = append(out, trackSaid{t.String(), i == f.Track && len(f.Tracks) > 1})
	}
	return out
}

// secretParams are parameters of feeds' URLs that nobody needs to read over
// somebody's shoulder.
var secretParams = []string{"passphrase", "token", "key", "signature", "sig", "policy", "hdnts", "hdnea"}

// urlWords is a feed's URL without its passwords.
func urlWords(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "a URL that cannot be read"
	}
	if i := strings.LastIndexByte(u.Path, '/'); i > 0 && strings.HasPrefix(u.Scheme, "rtmp") { // the last part is the stream's key
		u.Path = u.Path[:i+1] + "xxxxx"
	}
	hidden := false
	q := u.Query()
	for name := range q {
		if slices.Contains(secretParams, strings.ToLower(name)) {
			q[name], hidden = []string{"xxxxx"}, true // as url.Redacted does
		}
	}
	if hidden {
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}
