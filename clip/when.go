package clip

import (
	"strings"
	"time"
)

// earliest is the first year that a mark can lie in. Before it are only clocks
// that were never set, and the zero time, which would read as no mark at all.
const earliest = 1970

// longest is how long the text of a time can be.
const longest = 64

// ResolveWhen turns a time as people and players write it into programme time
// on a feed:
//
//	2026-11-23T20:41:07.2Z   RFC 3339, with its zone
//	20:41:07[.2]             the last such time of day (UTC) on the feed
//	-15s                     before the live end of the recording
//	now                      the live end of the recording
//	1:900000                 a media position, EPOCH:PTS
func ResolveWhen(s string, tl Timeline) (time.Time, error) {
	const op = "read a time"
	if len(s) > longest {
		return time.Time{}, Errorf(Invalid, op, "%.20q… has %d characters, more than any time", s, len(s))
	}
	live := tl.Window().Out
	relative := strings.HasPrefix(s, "-") || s == "now" || strings.Count(s, ":") == 2 && !strings.ContainsAny(s, "T;")
	if relative && live.IsZero() {
		return time.Time{}, Errorf(Unavailable, op, "%q counts from the live end, but the feed has recorded nothing yet", s)
	}
	switch {
	case s == "now":
		return live, nil
	case strings.HasPrefix(s, "-"):
		d, err := time.ParseDuration(s)
		if err != nil {
			return time.Time{}, Errorf(Invalid, op, "%q is not a time before live, such as -15s or -1m30s", s)
		}
		return live.Add(d), nil
	case strings.Contains(s, "T"):
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.Year() < earliest {
			return time.Time{}, Errorf(Invalid, op, "%q %s", s, wrongInstant(s))
		}
		return t.UTC(), nil
	case strings.Count(s, ":") == 2 && !strings.Contains(s, ";"):
		return timeOfDay(s, live)
	case strings.Count(s, ":") == 1:
		p, err := ParsePosition(s)
		if err != nil {
			return time.Time{}, err
		}
		return tl.Time(p)
	}
	return time.Time{}, Errorf(Invalid, op, "%q %s", s, wrongTime(s))
}

// wrongInstant says what an instant with its date lacks.
func wrongInstant(s string) string {
	const want = "such as 2026-11-23T20:41:07.2Z"
	if _, err := time.Parse("2006-01-02T15:04:05.999999999", s); err == nil {
		return "has no zone: end it in Z for UTC or in an offset, " + want
	}
	if strings.Contains(s, ":60") {
		return "names a leap second, which no recording has a place for: use the second before or after it"
	}
	return "is not RFC 3339 with a zone, " + want
}

// wrongTime says how to write what was perhaps meant.
func wrongTime(s string) string {
	counts := func(r rune) bool { return r >= '0' && r <= '9' || r == ':' || r == ';' }
	switch {
	case strings.Count(s, ":")+strings.Count(s, ";") == 3 && strings.IndexFunc(s, func(r rune) bool { return !counts(r) }) < 0:
		return "is a timecode that counts frames, which a time of day does not: write a fraction of a second, such as 20:41:07.48, or EPOCH:PTS for an exact frame"
	case s != "" && strings.Trim(s, "0123456789.e+") == "":
		return "is a number without a meaning: write RFC 3339, HH:MM:SS or -15s; seconds since 1970 are not read"
	}
	return "is no time: use RFC 3339, HH:MM:SS, -15s, now, or EPOCH:PTS"
}

// timeOfDay is the last instant with that time of day not more than MaxFuture
// after live.
func timeOfDay(s string, live time.Time) (time.Time, error) {
	c, err := time.Parse("15:04:05.999999999", s)
	if err != nil {
		return time.Time{}, Errorf(Invalid, "read a time", "%q is not a time of day, such as 20:41:07.2", s)
	}
	latest := live.UTC().Add(MaxFuture)
	y, m, d := latest.Date()
	t := time.Date(y, m, d, c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), time.UTC)
	if t.After(latest) {
		t = t.AddDate(0, 0, -1)
	}
	return t, nil
}
