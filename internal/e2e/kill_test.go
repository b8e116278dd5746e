package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/gotosocial"
)

// rounds is how often the process is killed in each phase.
const rounds = 10

// TestKill kills the process with SIGKILL, at random instants of every phase
// of a highlight's life. Nothing that was flagged is lost, every highlight
// completes, and nothing is posted twice: the folder and a real social server
// are counted at the end.
func TestKill(t *testing.T) {
	social := gotosocial.Start(t)
	o := up(t, config(broadcast(t), social, clip.ByPerson))
	o.recorded("live", 8*time.Second)
	k := &killer{ovation: o, random: rand.New(rand.NewPCG(1, uint64(os.Getpid())))}
	for _, phase := range []struct {
		name    string
		reach   func() clip.MomentID // brings a highlight to the phase
		instant time.Duration        // the kill comes within this
	}{
		{"recording", func() clip.MomentID { return k.flag() }, 2500 * time.Millisecond},
		{"rendering", func() clip.MomentID { return k.flag() }, 1500 * time.Millisecond},
		{"review", k.review, time.Second},
		{"posting", k.approved, 1200 * time.Millisecond},
	} {
		t.Run(phase.name, func(t *testing.T) {
			for range rounds {
				phase.reach()
				k.kill(phase.instant)
			}
		})
	}
	k.finish(t, social)
}

type killer struct {
	*ovation
	random  *rand.Rand
	flagged []clip.MomentID
	slowest time.Duration // start after a kill until ready
}

// flag flags what was just recorded.
func (k *killer) flag() clip.MomentID {
	k.t.Helper()
	key := fmt.Sprintf("kill-%d", len(k.flagged))
	var s shown
	k.eventually(30*time.Second, "a moment is flagged", func() (err error) {
		s, err = k.ovation.flag(clip.Flag{Feed: "live", In: "-3s", Out: "-1s", Title: "Kill", Key: key})
		return err
	})
	k.flagged = append(k.flagged, s.Moment.ID)
	return s.Moment.ID
}

// review gives a highlight that waits for a decision: one of those before, or
// a new one.
func (k *killer) review() clip.MomentID {
	for _, id := range k.flagged {
		if s, err := k.highlight(id); err == nil && s.Highlight.State == clip.HighlightReview {
			return id
		}
	}
	id := k.flag()
	k.wait(id, clip.HighlightReview, 2*time.Minute)
	return id
}

// approved approves a highlight.
func (k *killer) approved() clip.MomentID {
	id := k.review()
	k.approve(id)
	return id
}

func (k *killer) approve(id clip.MomentID) {
	k.t.Helper()
	s, err := k.highlight(id)
	if err != nil {
		k.t.Fatal(err)
	}
	k.must("POST", "/api/v1/highlights/"+string(id)+"/decisions",
		map[string]any{"revision": s.Highlight.Revision, "verdict": clip.Approve}, nil)
}

// kill kills at a random instant within d, and starts again.
func (k *killer) kill(d time.Duration) {
	k.t.Helper()
	time.Sleep(time.Duration(k.random.Int64N(int64(d))))
	k.ovation.kill()
	k.slowest = max(k.slowest, k.start())
}

// finish approves whatever still waits, waits until every highlight came to
// rest, and counts.
func (k *killer) finish(t *testing.T, social *gotosocial.Server) {
	for _, id := range k.flagged {
		k.eventually(5*time.Minute, "highlight "+string(id)+" is settled", func() error {
			s, err := k.highlight(id)
			if err != nil {
				return err
			}
			if s.Highlight.State == clip.HighlightReview {
				k.approve(id)
			}
			if s.Highlight.State != clip.HighlightSettled {
				return fmt.Errorf("it is %s (%s); posts %s", s.Highlight.State, s.Highlight.Reason, states(s.Posts))
			}
			return nil
		})
	}
	for i, id := range k.flagged {
		if n := len(social.Posted(t, fmt.Sprintf("Kill (kill-%d)", i))); n != 1 {
			t.Errorf("highlight %s is %d times on the social server, want once", id, n)
		}
		if _, err := os.Stat(filepath.Join(k.data, "posts", id2file(id, "folder")+".mp4")); err != nil {
			t.Errorf("highlight %s is not in the folder: %v", id, err)
		}
	}
	var videos int
	entries, err := os.ReadDir(filepath.Join(k.data, "posts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".mp4") {
			videos++
		}
	}
	if videos != len(k.flagged) {
		t.Errorf("%d videos in the folder for %d highlights: %v", videos, len(k.flagged), entries)
	}
	t.Logf("%d kills, %d highlights, each posted once to two places; slowest start until ready %s",
		4*rounds, len(k.flagged), k.slowest.Round(10*time.Millisecond))
}
