package clip

import (
	"strings"
	"testing"
	"time"
)

func TestHoldOn(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 41, 0, 0, time.UTC)
	stop := Hold{By: "maria", Reason: "wrong graphics", Since: now}
	pause := Hold{Destination: "fans", By: "theo", Since: now}
	busy := Hold{Destination: "fans", Since: now, Until: now.Add(time.Minute)}
	for _, c := range []struct {
		holds       []Hold
		destination string
		after       time.Duration
		want        string // the beginning of its words; empty: none
	}{
		{nil, "fans", 0, ""},
		{[]Hold{busy}, "fans", 0, "fans asks to wait until 20:42:00 UTC"},
		{[]Hold{busy}, "fans", time.Minute, ""},
		{[]Hold{busy}, "club", 0, ""},
		{[]Hold{busy, pause}, "fans", 0, "fans is paused by theo"},
		{[]Hold{pause, stop, busy}, "fans", 0, "all sending is stopped by maria: wrong graphics"},
		{[]Hold{pause, stop, busy}, "club", 240 * time.Hour, "all sending is stopped by maria"},
	} {
		h, held := HoldOn(c.holds, c.destination, now.Add(c.after))
		if held != (c.want != "") || held && !strings.HasPrefix(h.String(), c.want) {
			t.Errorf("%v for %s after %s: %t, %s; want %q", c.holds, c.destination, c.after, held, h, c.want)
		}
	}
}

func TestStepSends(t *testing.T) {
	for _, s := range []Step{StepNone, StepWait, StepCancel, StepReconcile, StepRetract} {
		if s.Sends() {
			t.Errorf("a hold would keep a post from %s", s)
		}
	}
	for _, s := range []Step{StepIntend, StepUpload, StepPublish} {
		if !s.Sends() {
			t.Errorf("a hold would let a post %s", s)
		}
	}
}
