package match

import (
	"fmt"
	"net/url"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Time in a match goes in cycles of equal length, each with one goal at the
// same place, so that whoever starts to watch sees a goal within one cycle.
// After the replay of a goal the broadcast rejoins the match some minutes
// later, and after the last goal of a fixture it goes on to the next.
const (
	cycleLength = 40 * time.Second
	goalAt      = 24 * time.Second // the ball crosses the line
	goalsEach   = 7                // goals of a fixture
)

// cycle is one stretch of the match.
type cycle struct {
	index   int64
	seed    uint64
	home    team
	away    team
	score   [2]int        // before the goal
	scoring int           // 0 home, 1 away
	scorer  int           // index among the eleven
	minute  int           // of the goal, as the bug and the press count: 1 is the first
	clock   time.Duration // match clock at the cycle's beginning
	last    bool          // of its fixture
}

// Goal is one goal of the schedule.
type Goal struct {
	Number int64 // since the origin
	Frame  int64 // in which the ball crosses the line
	Team   string
	Player string
	Minute int
	Score  string // after it, home first: "1-0"
}

// cycleOf computes the cycle with an index.
func cycleOf(seed uint64, index int64) cycle {
	fixture := index / goalsEach
	r := randomOf(seed, uint64(fixture), 1)
	order := randomOf(seed, uint64(fixture)/uint64(len(pairings)), 2).shuffle(len(pairings))
	pair := pairings[order[int(fixture)%len(pairings)]]
	if r.below(2) == 1 {
		pair[0], pair[1] = pair[1], pair[0]
	}
	c := cycle{index: index, seed: seed, home: teams[pair[0]], away: teams[pair[1]]}
	for k := range goalsEach {
		side := r.below(5) / 3 // the home team scores three of five
		scorer := 5 + r.below(6)
		into := time.Duration((k*90/goalsEach+2+r.below(8))*60+26+r.below(33)) * time.Second
		if k == int(index%goalsEach) {
			c.scoring, c.scorer = side, scorer
			c.clock, c.minute = into-goalAt, int(into/time.Minute)+1
			c.last = k == goalsEach-1
			return c
		}
		c.score[side]++
	}
	return c
}

// after is the score with the goal.
func (c *cycle) after() [2]int {
	s := c.score
	s[c.scoring]++
	return s
}

// side is one of the two teams.
func (c *cycle) side(i int) *team {
	if i == 0 {
		return &c.home
	}
	return &c.away
}

// scorerName and its siblings are for texts.
func (c *cycle) scorerName() string { return c.side(c.scoring).players[c.scorer] }
func (c *cycle) keeperName() string { return c.side(1 - c.scoring).players[0] }

// place finds the cycle of frame n and the time into it.
func (c clock) place(n int64) (index int64, into time.Duration) {
	per := int64(cycleLength/time.Second) * int64(c.rate)
	return n / per, time.Duration(clip.Rescale(n%per, int64(time.Second), int64(c.rate)))
}

// goalFrame is the frame in which the goal of a cycle falls.
func (c clock) goalFrame(index int64) int64 {
	return (index*int64(cycleLength/time.Second) + int64(goalAt/time.Second)) * int64(c.rate)
}

// goal describes the goal of a cycle.
func (m *Match) goal(index int64) Goal {
	c := cycleOf(m.set.seed, index)
	s := c.after()
	return Goal{
		Number: index, Frame: m.clock().goalFrame(index), Team: c.side(c.scoring).name,
		Player: c.scorerName(), Minute: c.minute, Score: fmt.Sprintf("%d-%d", s[0], s[1]),
	}
}

// Goals are the goals with a frame in [from, to).
func (m *Match) Goals(from, to int64) []Goal {
	var out []Goal
	first, _ := m.clock().place(from)
	for i := first; m.clock().goalFrame(i) < to; i++ {
		if m.clock().goalFrame(i) >= from {
			out = append(out, m.goal(i))
		}
	}
	return out
}

// URI names the goal as the mark in the feed does.
func (g Goal) URI() string {
	q := url.Values{"team": {g.Team}, "player": {g.Player}, "minute": {fmt.Sprint(g.Minute)}, "score": {g.Score}}
	return fmt.Sprintf("urn:ovation:match:goal:%d?%s", g.Number, q.Encode())
}

func (m *Match) clock() clock { return clock{m.set.rate} }
