package match

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// TestGoals checks the promise of the schedule: whenever somebody begins to
// watch, a goal falls within one cycle, and the score goes on from goal to
// goal.
func TestGoals(t *testing.T) {
	m := open(t, "synthetic:match?seed=4&size=320x180")
	for range 200 {
		n := rand.Int64N(1 << 31)
		goals := m.Goals(n, n+int64(cycleLength/time.Second)*25)
		if len(goals) != 1 {
			t.Fatalf("%d goals in a cycle from frame %d", len(goals), n)
		}
	}
	before := cycle{}
	for index := int64(700000); index < 700000+40*goalsEach; index++ {
		c := cycleOf(4, index)
		switch {
		case index%goalsEach == 0 && c.score != [2]int{}:
			t.Errorf("fixture at cycle %d begins at %v", index, c.score)
		case index%goalsEach != 0 && (c.score != before.after() || c.home.name != before.home.name || c.clock <= before.clock):
			t.Errorf("cycle %d does not continue the one before: %v after %v", index, c.score, before.after())
		}
		if c.scorer == 0 || c.minute < 1 || c.minute > 95 || c.home.name == c.away.name {
			t.Errorf("cycle %d: minute %d, scorer %d, %s against %s", index, c.minute, c.scorer, c.home.name, c.away.name)
		}
		before = c
	}
}

// TestGoalURI reads a goal back from its name.
func TestGoalURI(t *testing.T) {
	g := Goal{Number: 12, Team: "Kestrel Town", Player: "Okafor", Minute: 34, Score: "1-0"}
	text := g.URI()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"team": {"Kestrel Town"}, "player": {"Okafor"}, "minute": {"34"}, "score": {"1-0"}}
	if u.Opaque != "ovation:match:goal:12" || !cmp.Equal(u.Query(), want) {
		t.Errorf("%s reads back as %s, %v", text, u.Opaque, u.Query())
	}
}

// TestSettings reads the URL strictly.
func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		url  string
		want settings
		err  string // part of it; empty: none
	}{
		{"synthetic:match", settings{1280, 720, 25, 1}, ""},
		{"synthetic:match?size=1920x1080&rate=50&seed=7", settings{1920, 1080, 50, 7}, ""},
		{"synthetic:match?size=640x360", settings{640, 360, 25, 1}, ""},
		{"synthetic:match?colour=red", settings{}, `"colour" is not a setting; there are rate=25, seed=1, size=1280x720`},
		{"synthetic:match?rate=24", settings{}, "[25 30 50 60]"},
		{"synthetic:match?rate=25&rate=30", settings{}, "2 times"},
		{"synthetic:match?size=1280x960", settings{}, "16:9"},
		{"synthetic:match?size=big", settings{}, "16:9"},
		{"synthetic:match?seed=-1", settings{}, "seed"},
		{"synthetic:final", settings{}, "synthetic:match"},
		{"synthetic://match", settings{}, "synthetic:match"},
	} {
		got, err := parse(tt.url)
		switch {
		case tt.err == "" && (err != nil || got != tt.want):
			t.Errorf("%s: %+v, %v", tt.url, got, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || clip.KindOf(err) != clip.Invalid):
			t.Errorf("%s: error %v does not say %q", tt.url, err, tt.err)
		}
	}
}

// TestClock holds frame numbers, time and the transport's clock together, also
// around the wrap.
func TestClock(t *testing.T) {
	for _, rate := range rates {
		c := clock{rate}
		for _, text := range []string{"2026-11-24T06:00:00.02Z", "2026-01-01T00:00:00Z", "2027-07-03T23:59:59.999Z"} {
			at, _ := time.Parse(time.RFC3339Nano, text)
			n := c.at(at)
			if d := at.Sub(c.time(n)); d < 0 || d >= time.Second/time.Duration(rate)+1 {
				t.Errorf("rate %d: frame %d of %s begins %s before it", rate, n, text, d)
			}
			if c.at(c.time(n)) > n || c.at(c.time(n).Add(time.Nanosecond)) != n {
				t.Errorf("rate %d: frame %d does not return to itself", rate, n)
			}
			if k := c.key(at); k%int64(gop*rate) != 0 || k > n || n-k >= int64(gop*rate) {
				t.Errorf("rate %d: key frame of %d is %d", rate, n, k)
			}
		}
		per := wholeGrid / c.tick()
		for _, first := range []int64{0, per - int64(gop*rate), per, 5*per + int64(gop*rate)*7} {
			first -= first % int64(gop*rate)
			if p := c.pts(first, first); p%clip.CellTicks != 0 {
				t.Errorf("rate %d: a run from frame %d begins off the grid at %d", rate, first, p)
			}
			for _, ahead := range []int64{1, 1000, per + 3} {
				if d := (c.pts(first, first+ahead) - c.pts(first, first)).Raw(); int64(d) != ahead*c.tick()%int64(clip.Wrap) {
					t.Errorf("rate %d: %d frames after %d are %d ticks", rate, ahead, first, d)
				}
			}
		}
	}
}
