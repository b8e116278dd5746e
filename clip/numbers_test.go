package clip

import (
	"testing"
	"time"
)

func TestCountDue(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 41, 0, 0, time.UTC)
	published := func(age time.Duration) Post {
		return Post{State: PostConfirmed, Receipt: Receipt{ID: "17", At: now.Add(-age)}}
	}
	down := published(time.Hour)
	down.Retract = true
	never := time.Duration(-1)
	for name, c := range map[string]struct {
		post  Post
		asked time.Duration // ago
		want  bool
	}{
		"just out":                       {published(time.Minute), never, false},
		"five minutes old":               {published(5 * time.Minute), never, true},
		"asked a minute ago":             {published(20 * time.Minute), time.Minute, false},
		"asked five minutes ago":         {published(20 * time.Minute), 5 * time.Minute, true},
		"a day old, asked an hour ago":   {published(24 * time.Hour), time.Hour, false},
		"a day old, asked 2.4 hours ago": {published(24 * time.Hour), 144 * time.Minute, true},
		"older than anybody looks at":    {published(31 * 24 * time.Hour), never, false},
		"wanted down":                    {down, never, false},
		"not out":                        {Post{State: PostUnknown, Receipt: Receipt{At: now.Add(-time.Hour)}}, never, false},
	} {
		var asked time.Time
		if c.asked != never {
			asked = now.Add(-c.asked)
		}
		if got := c.post.CountDue(asked, now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestNumbersString(t *testing.T) {
	views, shares := int64(1200), int64(0)
	if got := (Numbers{Views: &views, Shares: &shares}).String(); got != "1200 views, 0 shares" {
		t.Errorf("%q", got)
	}
}
