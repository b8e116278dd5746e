package match

import (
	"math"
	"testing"
	"time"
)

// TestGoalIsScored follows the ball through many cycles: it crosses the line
// between the posts at the goal's time, is not there before, and the scorer
// kicked it last.
func TestGoalIsScored(t *testing.T) {
	for index := range int64(120) {
		p := simulate(cycleOf(uint64(index%5), 700000+index))
		b := p.at(goalAt).ball
		if math.Abs(b.at.x-p.dir*halfLength) > 0.6 || math.Abs(b.at.y) > goalHalf || b.high > goalHeight {
			t.Errorf("cycle %d: at the goal's time the ball is at %+v", index, b)
		}
		for ms := 0; ms < 23800; ms += 50 {
			b := p.at(time.Duration(ms) * time.Millisecond).ball
			if math.Abs(b.at.x) > halfLength || math.Abs(b.at.y) > halfWidth+0.8 {
				t.Errorf("cycle %d: the ball leaves the pitch at %d ms: %+v", index, ms, b)
				break
			}
		}
		if k := p.kicks[len(p.kicks)-1]; k.man != p.scorerIndex() {
			t.Errorf("cycle %d: man %d kicks last, the scorer is %d", index, k.man, p.scorerIndex())
		}
		if k := p.kicks[len(p.kicks)-1].at; k < goalAt-time.Second {
			t.Errorf("cycle %d: the shot is at %s", index, k)
		}
	}
}

// TestPlayIsPlausible bounds how fast men and ball move.
func TestPlayIsPlausible(t *testing.T) {
	for index := range int64(40) {
		p := simulate(cycleOf(3, 41000+index))
		for i := 1; i < len(p.steps); i++ {
			for k := range p.steps[i].men {
				m := &p.steps[i].men[k]
				if step := m.at.far(p.steps[i-1].men[k].at) * stepsEach; step > 14 {
					t.Fatalf("cycle %d step %d: man %d moves at %.1f m/s", index, i, k, step)
				}
			}
			if step := p.steps[i].ball.at.far(p.steps[i-1].ball.at) * stepsEach; step > 42 {
				t.Fatalf("cycle %d step %d: the ball moves at %.1f m/s", index, i, step)
			}
		}
	}
}

// TestBallIsInTheShot holds the cameras to the ball: it is in the picture, and
// mostly in the part that a 9:16 crop keeps.
func TestBallIsInTheShot(t *testing.T) {
	m, err := New("synthetic:match?seed=9", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen, central, all := 0, 0, 0
	first := int64(31337) * 1000
	for n := first; n < first+20*1000; n += 5 {
		_, into := m.clock().place(n)
		if into > 26*time.Second && into < replayFrom {
			continue // the scorer and the crowd are shown, not the ball
		}
		all++
		x, _, ok := m.Ball(n)
		if ok {
			seen++
		}
		if ok && x > 438 && x < 842 {
			central++
		}
	}
	t.Logf("of %d frames the ball is in %.1f %%, in the central 9:16 in %.1f %%", all, 100*float64(seen)/float64(all), 100*float64(central)/float64(all))
	if seen*100 < all*98 || central*100 < all*80 {
		t.Errorf("of %d frames the ball is in %d, and central in %d", all, seen, central)
	}
}
