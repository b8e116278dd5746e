package clip

import (
	"strings"
	"testing"
	"time"
)

func TestResolveWhen(t *testing.T) {
	// Live is 20:41:40.5; a second epoch began at 20:41:10 after a gap.
	tl := Timeline{
		epoch(1, evening(20, 30, 0), 900_000, 600*TickRate),
		epoch(2, evening(20, 41, 10), Wrap-10*TickRate, 30*TickRate+TickRate/2),
	}
	live := evening(20, 41, 40, 500*ms)
	tests := []struct {
		s    string
		want time.Time
	}{
		{"2026-11-23T20:41:07Z", evening(20, 41, 7)},
		{"2026-11-23T20:41:07.2Z", evening(20, 41, 7, 200*ms)},
		{"2026-11-23T20:41:07.123456789Z", evening(20, 41, 7, 123456789)},
		{"2026-11-23T21:41:07+01:00", evening(20, 41, 7)},
		{"2026-11-24T10:41:07+14:00", evening(20, 41, 7)},
		{"2026-11-23T08:41:07-12:00", evening(20, 41, 7)},
		{"2026-10-25T02:30:00+02:00", time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)}, // the hour that comes twice
		{"2026-10-25T02:30:00+01:00", time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)},
		{"2026-11-23T21:41:07Z", evening(21, 41, 7)}, // an hour ahead: Moment.Check refuses
		{"20:41:07", evening(20, 41, 7)},
		{"20:41:07.25", evening(20, 41, 7, 250*ms)},
		{"8:41:07", evening(8, 41, 7)},
		{"20:43:40.5", evening(20, 43, 40, 500*ms)},                   // MaxFuture after live
		{"20:43:40.6", evening(20, 43, 40, 600*ms).AddDate(0, 0, -1)}, // more: the day before
		{"23:59:59", evening(23, 59, 59).AddDate(0, 0, -1)},
		{"now", live},
		{"-0s", live},
		{"-15s", evening(20, 41, 25, 500*ms)},
		{"-1m30s", evening(20, 40, 10, 500*ms)},
		{"-200ms", evening(20, 41, 40, 300*ms)},
		{"-24h", evening(20, 41, 40, 500*ms).AddDate(0, 0, -1)},
		{"1:900000", evening(20, 30, 0)},
		{"1:54900000", evening(20, 40, 0)},         // the end of the first epoch
		{"1:54903600", evening(20, 40, 0, 40*ms)},  // and beyond it
		{"2:8589034592", evening(20, 41, 10)},      // Wrap - 10 s
		{"2:8589934592", evening(20, 41, 20)},      // unwrapped
		{"2:0", evening(20, 41, 20)},               // the same, as the player says it
		{"2:1845000", evening(20, 41, 40, 500*ms)}, // live
	}
	for _, tt := range tests {
		got, err := ResolveWhen(tt.s, tl)
		if err != nil || !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("%q is %v, %v; want %v", tt.s, got, err, tt.want)
		}
	}
}

// The day changes while the feed goes on.
func TestResolveWhenMidnight(t *testing.T) {
	for _, tt := range []struct {
		live, s string
		want    string
	}{
		{"2026-11-24T00:00:30Z", "23:59:50", "2026-11-23T23:59:50Z"},
		{"2026-11-24T00:00:30Z", "00:00:10", "2026-11-24T00:00:10Z"},
		{"2026-11-23T23:59:30Z", "00:00:10", "2026-11-24T00:00:10Z"}, // less than MaxFuture ahead
		{"2026-11-23T23:59:30Z", "00:01:31", "2026-11-23T00:01:31Z"},
		{"2026-12-31T23:59:30Z", "00:00:00", "2027-01-01T00:00:00Z"},
	} {
		live, _ := time.Parse(time.RFC3339, tt.live)
		want, _ := time.Parse(time.RFC3339, tt.want)
		tl := Timeline{epoch(1, live.Add(-time.Hour), 0, 3600*TickRate)}
		if got, err := ResolveWhen(tt.s, tl); err != nil || !got.Equal(want) {
			t.Errorf("live at %s, %q is %v, %v; want %v", tt.live, tt.s, got, err, want)
		}
	}
}

// Inputs 84 to 111 of the catalogue, as far as they are texts.
func TestResolveWhenRefuses(t *testing.T) {
	tl := Timeline{epoch(1, evening(20, 30, 0), 900_000, 600*TickRate)}
	invalid := []string{
		"", " ", "T", "Z", "yesterday", "NOW", "now ", "-", "--5s", "-15", "-x", "-1h-5m", "-99999999h", "-00:00:15", "-NaNs",
		"2026-11-23T20:41:07", "2026-11-23T20:41:60Z", "2026-11-23T24:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T20:41:07+25:00",
		"2026-11-23 20:41:07Z", "2026-11-23t20:41:07z", "20261123T204107Z", "2026-11-23T20:41Z",
		"0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
		"20:41:60", "24:00:00", "20:41:07Z", "20:41:-7", "20:41:07:12", "20:41:07;12", "24:00:00:00", "123f",
		"1795639267", "1795639267000", "1e308", "NaN", "Inf", "1.5", "1:", "1:-5", "0:5", "1:1e9", "1:9223372036854775807",
		strings.Repeat("9", 10_000), strings.Repeat("-", 10_000), "\x00", "\xff\xfe",
	}
	for _, s := range invalid {
		if got, err := ResolveWhen(s, tl); KindOf(err) != Invalid || err == nil {
			t.Errorf("%q is %v, %v; want an Invalid error", s, got, err)
		} else if n := len(err.Error()); n > 300 {
			t.Errorf("%.20q…: the error has %d characters", s, n)
		}
	}
	for s, want := range map[string]string{
		"2026-11-23T20:41:07":       "has no zone",
		"2026-11-23T20:41:60Z":      "leap second",
		"2026-11-23T23:59:60+14:00": "leap second",
		"20:41:07:12":               "counts frames",
		"20:41:07;12":               "counts frames",
		"20:41:07:99":               "counts frames",
		"24:00:00:00":               "counts frames",
		"20;41;07;12":               "counts frames",
		"1795639267":                "seconds since 1970",
		"1795639267000":             "seconds since 1970",
		"1e308":                     "seconds since 1970",
		"NaN":                       "is no time",
		"20:41:60":                  "not a time of day",
		"-15":                       "-15s or -1m30s",
	} {
		_, err := ResolveWhen(s, tl)
		wantError(t, s, err, Invalid, want)
	}
	_, err := ResolveWhen("7:900000", tl)
	wantError(t, "an epoch that is gone", err, Expired, "no epoch 7")
	for _, s := range []string{"now", "-15s", "20:41:07"} {
		_, err := ResolveWhen(s, Timeline{})
		wantError(t, s, err, Unavailable, "recorded nothing yet")
	}
	if got, err := ResolveWhen("2026-11-23T20:41:07Z", Timeline{}); err != nil || !got.Equal(evening(20, 41, 7)) {
		t.Errorf("an instant on a feed without a recording is %v, %v", got, err)
	}
}

// Whatever is written, it is a time that a flag can hold, or a kind of error
// that its writer can mend.
func FuzzResolveWhen(f *testing.F) {
	for _, s := range []string{"now", "-15s", "20:41:07.2", "2026-11-23T20:41:07.2Z", "1:900000", "2:0", "0:0:0", "-1ns", "T::"} {
		f.Add(s)
	}
	tl := Timeline{epoch(1, evening(20, 30, 0), 900_000, 600*TickRate), epoch(2, evening(20, 41, 10), Wrap-10, TickRate)}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ResolveWhen(s, tl)
		switch {
		case err == nil && (got.IsZero() || got.Location() != time.UTC):
			t.Errorf("%q is %v", s, got)
		case err != nil && KindOf(err) != Invalid && KindOf(err) != Expired:
			t.Errorf("%q is refused as %s", s, KindOf(err))
		}
	})
}
