package desk

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// said is a state in plain words, with the tone that it is shown in: "good",
// "busy", "wait", "bad" or "quiet".
type said struct {
	Tone string
	Word string // one or two words, for a badge
	Text string // a sentence
	Done int    // of four steps: recorded, rendered, decided, posted
}

// highlightSaid is how far a highlight is.
func highlightSaid(m clip.Moment, h clip.Highlight) said {
	switch h.State {
	case clip.HighlightRendering:
		if m.Span.Open() {
			return said{"busy", "Still going on", "It is rendered while it happens; set the mark-out when it is over.", 0}
		}
		return said{"busy", "Rendering", "The clip is being made.", 1}
	case clip.HighlightReview:
		return said{"wait", "Waiting for review", "Somebody has to approve it.", 2}
	case clip.HighlightApproved:
		return said{"busy", "Approved", "Its posts are on their way.", 3}
	case clip.HighlightSettled:
		return said{"good", "Done", "Every post is settled.", 4}
	case clip.HighlightRefused:
		return said{"quiet", "Refused", or(h.Reason, "It was refused."), 2}
	case clip.HighlightWithdrawn:
		return said{"quiet", "Withdrawn", "The event did not happen; nothing goes out.", 2}
	case clip.HighlightFailed:
		return said{"bad", "Could not be made", or(h.Reason, "The clip could not be rendered."), 1}
	}
	return said{"quiet", string(h.State), "", 0}
}

// postSaid is what the ledger knows of a post.
func postSaid(p clip.Post) said {
	if p.Retract && (p.State == clip.PostConfirmed || p.State == clip.PostSending || p.State == clip.PostUnknown) {
		return said{"busy", "Being taken down", "The retraction is on its way.", 3}
	}
	if p.Retract && (p.State == clip.PostPlanned || p.State == clip.PostIntent) {
		return said{"busy", "Being stopped", "It will not be sent.", 3}
	}
	switch p.State {
	case clip.PostPlanned:
		if !p.NotBefore.IsZero() {
			return said{"wait", "Scheduled", "It goes out at " + stamp(p.NotBefore) + ".", 0}
		}
		return said{"wait", "Approved", "It waits for its turn; nothing went out.", 0}
	case clip.PostIntent:
		if p.Handle == "" {
			return said{"busy", "Uploading", "The video is on its way to the platform; nobody can see it yet.", 1}
		}
		return said{"busy", "Uploaded", "The platform has the video; it is about to be published.", 2}
	case clip.PostSending:
		return said{"busy", "Publishing", "The platform was asked to publish it; we wait for its answer.", 3}
	case clip.PostConfirmed:
		return said{"good", "Posted", "The platform confirmed it.", 4}
	case clip.PostRejected:
		return said{"bad", "Refused by the platform", or(p.Reason, "The platform gave no reason."), 3}
	case clip.PostUnknown:
		return said{"wait", "Checking", "It was sent, but the answer was lost. The platform is being read back; it is not sent again before that is clear.", 3}
	case clip.PostNeedsPerson:
		if p.ByHand() {
			return said{"bad", "Take it down by hand", "It is wanted down, and the platform lets only a person do that.", 4}
		}
		return said{"bad", "Needs you", "It was sent, but the answer was lost, and the platform cannot be read back. Please look yourself.", 3}
	case clip.PostCancelled:
		return said{"quiet", "Never sent", or(p.Reason, "It was stopped before it went out."), 0}
	case clip.PostRetracted:
		return said{"quiet", "Taken down", "It is no longer on the platform.", 4}
	}
	return said{"quiet", string(p.State), "", 0}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// words are what templates can say.
func words(s statics) template.FuncMap {
	return template.FuncMap{
		"asset": s.url, "clock": clock, "clockms": clockms, "iso": iso, "length": length, "bytes": sizeWords, "bits": bitWords,
		"picture": clip.Format.VideoWords, "tracks": tracksOf, "lost": lostSaid, "url": urlWords, "postSaid": postSaid, "title": capital, "capital": capital, "list": func(p []string) string { return strings.Join(p, ", and ") }, "join": func(p []string) string { return strings.Join(p, ", ") },
		"steps": func(n int) []bool { return []bool{n > 0, n > 1, n > 2, n > 3} },
		"slug":  func(s clip.Shape) string { return s.Slug() },
		"stamp": stamp, "plural": plural, "web": webLink,
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2 Jan 15:04:05 UTC") }

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

func clockms(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// length is a duration as people say it.
func length(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour && d%time.Minute == 0:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < time.Hour:
		return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
	}
	text := fmt.Sprintf("%d h", int(d.Hours()))
	if m := int(d.Minutes()) % 60; m > 0 {
		text += fmt.Sprintf(" %d min", m)
	}
	return text
}

func sizeWords(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d kB", (n+999)/1000)
}

func bitWords(n int64) string { return fmt.Sprintf("%.1f Mbit/s", float64(n)/1e6) }

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// webLink reports an address that a browser may be sent to.
func webLink(u string) bool {
	return strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
