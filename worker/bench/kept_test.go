package bench

import (
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestTally proves that no loss goes uncounted, and that what is there too
// often does not make up for what is missing.
func TestTally(t *testing.T) {
	const second = clip.TickRate
	begun := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	// A step is one segment of two seconds at a place, when it came, in seconds.
	type step struct {
		epoch     clip.EpochID
		at, came  int
		frames    int
		programme int // 0: at
	}
	for _, c := range []struct {
		name  string
		steps []step
		end   int
		want  tally
	}{
		{name: "all of it", steps: []step{{1, 0, 4, 100, 0}, {1, 2, 6, 100, 0}, {1, 4, 8, 100, 0}}, end: 10, want: tally{Pictures: 300}},
		{name: "nothing at all", end: 30, want: tally{Missing: 28 * 50}},
		{name: "a hole of a segment", steps: []step{{1, 0, 4, 100, 0}, {1, 4, 8, 100, 0}}, end: 10, want: tally{Pictures: 200, Missing: 100}},
		{name: "a hole within a segment", steps: []step{{1, 0, 4, 93, 0}}, end: 6, want: tally{Pictures: 93, Missing: 7}},
		{name: "a segment lies over another", steps: []step{{1, 0, 4, 100, 0}, {1, 1, 6, 100, 0}}, end: 8, want: tally{Pictures: 200, Twice: 50}},
		{name: "a hole and too many", steps: []step{{1, 0, 4, 100, 0}, {1, 4, 8, 200, 0}}, end: 10, want: tally{Pictures: 300, Missing: 100, Twice: 100}},
		{name: "a new epoch at once", steps: []step{{1, 0, 4, 100, 0}, {2, 500, 6, 100, 2}}, end: 8, want: tally{Pictures: 200, Missing: 1}},
		{name: "a new epoch three seconds later", steps: []step{{1, 0, 4, 100, 0}, {2, 500, 9, 100, 5}}, end: 11, want: tally{Pictures: 200, Missing: 150}},
		{name: "it begins late", steps: []step{{1, 0, 12, 100, 0}}, end: 14, want: tally{Pictures: 100, Missing: 500}},
		{name: "it ends early", steps: []step{{1, 0, 4, 100, 0}}, end: 34, want: tally{Pictures: 100, Missing: 28 * 50}},
	} {
		now := begun
		got := newTally(func() time.Time { return now })
		for i, s := range c.steps {
			now = begun.Add(time.Duration(s.came) * time.Second)
			programme := s.programme
			if programme == 0 {
				programme = s.at
			}
			first := clip.Ticks(s.at) * second
			got.add(clip.Segment{Seq: int64(i + 1), Epoch: s.epoch, First: first, End: first + 2*second,
				Start: begun.Add(time.Duration(programme) * time.Second), Frames: make([]clip.Frame, s.frames), Size: 1000})
		}
		now = begun.Add(time.Duration(c.end) * time.Second)
		got.waited()
		if got.Pictures != c.want.Pictures || got.Missing != c.want.Missing || got.Twice != c.want.Twice {
			t.Errorf("%s: %d pictures, %d missing, %d twice; want %d, %d, %d", c.name, got.Pictures, got.Missing, got.Twice, c.want.Pictures, c.want.Missing, c.want.Twice)
		}
	}
}
