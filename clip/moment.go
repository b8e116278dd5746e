package clip

import (
	"encoding/base32"
	"strings"
	"time"
	"unicode/utf8"
)

// MomentID names a moment and the highlight that is its life.
type MomentID string

// MomentStatus is what the source says of the event now.
type MomentStatus string

// The statuses of a moment.
const (
	Confirmed MomentStatus = "confirmed"
	Amended   MomentStatus = "amended"
	Withdrawn MomentStatus = "withdrawn" // it did not happen: a goal disallowed
)

// Moment is something worth showing: a span on a feed and what is known about
// it. Span holds the marks as they were set (mark-out equals mark-in when only
// an instant is known); context is added by the rule.
type Moment struct {
	ID       MomentID          `json:"id"`
	Feed     FeedID            `json:"feed"`
	Span     Span              `json:"span"`
	Kind     string            `json:"kind"` // "goal", "save", …: what rules ask for
	Title    string            `json:"title"`
	People   []string          `json:"people,omitempty"`
	Source   string            `json:"source"` // "api", "desk", "scte35", a webhook's name
	Key      string            `json:"key"`    // the source's own event id: the same key is the same moment
	Fields   map[string]string `json:"fields,omitempty"`
	Status   MomentStatus      `json:"status"`
	Revision int               `json:"revision"` // grows with every correction
	By       string            `json:"by"`       // who flagged it
	Created  time.Time         `json:"created"`
}

// Limits on a moment. A highlight is a clip, not a programme; the future that
// a mark may lie in is bounded by what a gallery would mean by it.
const (
	MaxMoment   = 10 * time.Minute
	MaxFuture   = 2 * time.Minute
	MaxTitle    = 200 // characters; of a kind and of a person's name too
	MaxKey      = 200 // bytes
	MaxPeople   = 20
	MaxFields   = 50
	MaxField    = 2000      // bytes
	ClosesAfter = MaxMoment // an open moment is closed for its owner after this
)

// Check says whether the moment can be clipped from a recording that covers
// window, at the instant now.
func (m Moment) Check(window Span, now time.Time) error {
	op := "flag a moment on " + string(m.Feed)
	s := m.Span
	switch {
	case s.In.IsZero():
		return Errorf(Invalid, op, "the mark-in is missing: give in, or at")
	case !s.Open() && s.Out.Before(s.In):
		return Errorf(Invalid, op, "the mark-out %s lies before the mark-in %s", stamp(s.Out), stamp(s.In))
	case !s.Open() && s.Duration() > MaxMoment:
		return Errorf(Invalid, op, "%s is longer than the limit of %s; flag several moments", s.Duration(), MaxMoment)
	case s.In.After(now.Add(MaxFuture)) || !s.Open() && s.Out.After(now.Add(MaxFuture)):
		return Errorf(Invalid, op, "it lies more than %s in the future (now %s): check the clock and the time zone", MaxFuture, stamp(now))
	case window.In.IsZero():
		return Errorf(Unavailable, op, "the feed has recorded nothing yet; try again when its state is recording")
	case s.In.Before(window.In):
		return Errorf(Expired, op, "the mark-in %s lies before the recording, which begins at %s", stamp(s.In), stamp(window.In))
	case len(m.Key) > MaxKey:
		return Errorf(Invalid, op, "the key has %d bytes, the limit is %d", len(m.Key), MaxKey)
	case len(m.People) > MaxPeople:
		return Errorf(Invalid, op, "%d people are named, the limit is %d", len(m.People), MaxPeople)
	case len(m.Fields) > MaxFields:
		return Errorf(Invalid, op, "it has %d fields, the limit is %d", len(m.Fields), MaxFields)
	}
	return m.checkWords(op)
}

// checkWords says whether what people wrote can be shown in one line each.
func (m Moment) checkWords(op string) error {
	words := []struct{ what, text string }{{"title", m.Title}, {"kind", m.Kind}}
	for _, p := range m.People {
		words = append(words, struct{ what, text string }{"name of a person", p})
	}
	for _, w := range words {
		n := utf8.RuneCountInString(w.text)
		switch {
		case n > MaxTitle:
			return Errorf(Invalid, op, "the %s has %d characters, the limit is %d", w.what, n, MaxTitle)
		case !utf8.ValidString(w.text):
			return Errorf(Invalid, op, "the %s is not UTF-8", w.what)
		case strings.ContainsFunc(w.text, isControl):
			return Errorf(Invalid, op, "the %s contains control characters", w.what)
		}
	}
	for name, value := range m.Fields {
		if len(name)+len(value) > MaxField {
			return Errorf(Invalid, op, "the field %.40q has %d bytes, the limit is %d", name, len(value), MaxField)
		}
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// NewMomentID makes an id that sorts by the time it was made: 48 bits of
// milliseconds and 40 random bits, in lower-case base 32 (RFC 4648 hex
// alphabet).
func NewMomentID(at time.Time, random [5]byte) MomentID {
	var b [11]byte
	ms := at.UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	copy(b[6:], random[:])
	return MomentID(strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])))
}
