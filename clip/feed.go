package clip

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// FeedID names a feed; it is part of workflow ids, paths and URLs.
type FeedID string

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// CheckID reports whether s can name a feed, a rule, a destination or a
// source: lower-case letters, digits and dashes, 40 at most.
func CheckID(what, s string) error {
	if !idPattern.MatchString(s) {
		return Errorf(Invalid, "name a "+what, "%q is not a name: use lower-case letters, digits and dashes, at most 40, such as final-100m", s)
	}
	return nil
}

// Bounds of how far back a DVR reaches, and how far unless somebody says
// otherwise.
const (
	DefaultWindow = 4 * time.Hour
	MinWindow     = time.Minute
	MaxWindow     = 7 * 24 * time.Hour
)

// Feed is one continuous broadcast that we watch.
type Feed struct {
	ID           FeedID        `json:"id"`
	Title        string        `json:"title"`
	URL          string        `json:"url"`             // begins with one of FeedSchemes
	AllowPrivate bool          `json:"allow_private"`   // may the URL lead to private addresses
	Window       time.Duration `json:"window"`          // how far back the DVR reaches
	Lang         string        `json:"lang"`            // of its captions, BCP 47
	Audio        string        `json:"audio,omitempty"` // which audio track is heard: a language, or a number from 1; empty: the first
}

// Check says whether a feed can be recorded as it stands. The checks of its
// parts are exported for those who know where each part was written.
func (f Feed) Check() error {
	if err := CheckID("feed", string(f.ID)); err != nil {
		return err
	}
	return cmp.Or(f.CheckURL(), f.CheckAudio(), f.CheckWindow())
}

// CheckWindow says whether the DVR can reach that far back.
func (f Feed) CheckWindow() error {
	if f.Window < MinWindow || f.Window > MaxWindow {
		return Errorf(Invalid, "choose a feed's window", "%s is not between %s and %s", f.Window, MinWindow, MaxWindow)
	}
	return nil
}

// CheckURL says whether the feed's URL is of a kind that is read. What it
// leads to is looked at when it is opened.
func (f Feed) CheckURL() error {
	const op = "read a feed's URL"
	u, err := url.Parse(f.URL)
	if f.URL == "" {
		return Errorf(Invalid, op, "a feed needs its URL, such as https://cdn.example/match/master.m3u8")
	}
	if err != nil {
		return Errorf(Invalid, op, "it is no URL; it begins with one of %v", FeedSchemes()) // and may hold a secret
	}
	shown := (&url.URL{Scheme: u.Scheme, Opaque: u.Opaque, Host: u.Host, Path: u.Path}).String()
	if !slices.Contains(FeedSchemes(), u.Scheme) {
		return Errorf(Invalid, op, "%q is not one that a feed can have; it begins with one of %v", shown, FeedSchemes())
	}
	local := u.Scheme == "file" || u.Scheme == "import"
	switch {
	case local && !f.AllowPrivate:
		return Errorf(Invalid, op, "%q is a file of this machine; set allow_private if it is meant to be read", shown)
	case local && (u.Host != "" || u.Path == ""):
		return Errorf(Invalid, op, "%q needs an absolute path, such as %s:///media/match.ts", shown, u.Scheme)
	case !local && u.Scheme != "synthetic" && u.Host == "":
		return Errorf(Invalid, op, "%q names no host", shown)
	}
	return nil
}

// audioPattern is a number from 1, or a language tag in any of the forms that
// feeds use: ISO 639 with two or three letters, BCP 47 with more parts.
var audioPattern = regexp.MustCompile(`^([1-9][0-9]?|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)$`)

// CheckAudio says whether the feed's choice of an audio track can be meant by
// anything; whether there is such a track is seen while it is recorded.
func (f Feed) CheckAudio() error {
	if f.Audio == "" || audioPattern.MatchString(f.Audio) {
		return nil
	}
	return Errorf(Invalid, "choose the audio track", "%q is neither a language, such as fra or pt-BR, nor a number from 1", f.Audio)
}

// FeedState is how a feed's recording is doing.
type FeedState string

// The states of a feed.
const (
	FeedStarting  FeedState = "starting"  // nothing arrived yet
	FeedRecording FeedState = "recording" // media arrives
	FeedStalled   FeedState = "stalled"   // the source stopped giving; we keep trying
	FeedEnded     FeedState = "ended"     // the source said that it is over
)

// Health is what the operations engineer wants to know about a feed.
type Health struct {
	Feed        FeedID    `json:"feed"`
	State       FeedState `json:"state"`
	Detail      string    `json:"detail"`       // the last error, in words
	LastSegment time.Time `json:"last_segment"` // when the last one was stored
	Live        time.Time `json:"live"`         // programme time of the end of the recording
	Bitrate     int64     `json:"bitrate"`      // bit/s over the last minute
	Segments    int       `json:"segments"`     // held now
	Gaps        int       `json:"gaps"`         // within the window
	Bytes       int64     `json:"bytes"`        // held now
	Format      Format    `json:"format"`
	Texts       []string  `json:"texts,omitempty"` // the tracks of captions and subtitles in the media, in words

	Lost      int           `json:"lost"`                 // segments that could not be fetched, read or written since the recorder began
	Drift     int64         `json:"drift"`                // how fast the feed's clock runs against time of day, in 10⁻⁹; positive: fast
	ClockOff  time.Duration `json:"clock_off"`            // how far programme time is off the source's time of day now
	Window    time.Duration `json:"window"`               // how far back the recording may reach now: less than the feed's where the disk is short
	ShrinksAt time.Time     `json:"shrinks_at,omitzero"`  // when the disk will force the window below the feed's; zero: not in sight
	ShrinksTo time.Duration `json:"shrinks_to,omitempty"` // to what
}

// FeedSchemes are the kinds of URL that a feed can have.
func FeedSchemes() []string {
	return []string{"file", "http", "https", "import", "rtmp", "rtmps", "rtp", "rtsp", "srt", "synthetic", "udp"}
}
