package clip

import (
	"strings"
	"testing"
	"time"
)

func TestParsePlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"00:00:00.000": 0, "01:02:03.480": time.Hour + 2*time.Minute + 3480*time.Millisecond, "2:03.5": 123500 * time.Millisecond,
		"100:00:00": 100 * time.Hour, "0f": -20 * time.Millisecond, "123f": 4900 * time.Millisecond, "75.5": 75500 * time.Millisecond,
		"75.5s": 75500 * time.Millisecond, "1m15.5s": 75500 * time.Millisecond, "0": 0, "0.001": time.Millisecond,
	} {
		got, err := ParsePlace(text, Rate{25, 1})
		if err != nil || got.Duration() != want {
			t.Errorf("%q is %s, want %s: %v", text, got.Duration(), want, err)
		}
	}
	for _, text := range []string{"", "f", "-1f", "1.5f", "-3s", "-00:00:01", "00:60:00", "00:00:60", "1:2:3:4", "now", "1e3", "NaN",
		"99999999999f", "20:41:07:12", "00:00:01,5", "٣", strings.Repeat("1", 100), "2026-11-23T20:41:07Z"} {
		if got, err := ParsePlace(text, Rate{25, 1}); KindOf(err) != Invalid {
			t.Errorf("%q is %s: %v", text, got.Duration(), err)
		}
	}
	ntsc := Rate{30000, 1001}
	if got, _ := ParsePlace("1001f", ntsc); got >= ntsc.Ticks(1001) || got <= ntsc.Ticks(1000) {
		t.Errorf("picture 1001 at 29.97 is tick %d", got)
	}
	if got := FormatPlace(TicksOf(time.Hour + 2*time.Minute + 3480*time.Millisecond)); got != "01:02:03.480" {
		t.Errorf("a place is written %s", got)
	}
}
