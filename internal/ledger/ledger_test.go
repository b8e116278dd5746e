package ledger

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// published is how many posts the run publishes; OVATION_PUBLISHES asks for
// more, see make publishes.
func published(t *testing.T) int {
	if s := os.Getenv("OVATION_PUBLISHES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 200
}

// TestLedger publishes, with every second call going wrong in some way, and
// looks where the world would look: nothing is public twice, ever; what the
// ledger says is public is, once; and of what is not, somebody is told why.
func TestLedger(t *testing.T) {
	n := published(t)
	w := newWorld(t, 20261124, 2)
	states := map[clip.PostState]int{}
	duplicates, losses := 0, 0
	for i := 0; i*len(w.far) < n; i++ {
		for _, id := range w.approved(i) {
			f := w.far[destination(id)]
			p := w.settle(id, f)
			if p.State == clip.PostConfirmed && w.random.IntN(8) == 0 {
				_, err := w.Decider.RetractPost(t.Context(), id, maria)
				w.must(err)
				p = w.settle(id, f)
			}
			states[p.State]++
			public := len(f.public[id])
			if f.most > 1 {
				duplicates++
				t.Errorf("%s was public %d times at once: %+v", id, f.most, f.public[id])
			}
			if confirmed := p.State == clip.PostConfirmed; confirmed != (public == 1) || !confirmed && p.Reason == "" && p.State != clip.PostRetracted {
				losses++
				t.Errorf("%s is %s (%s), with %d public", id, p.State, p.Reason, public)
			}
			f.most = 0
		}
	}
	total := 0
	for _, s := range slices.Sorted(maps.Keys(states)) {
		total += states[s]
	}
	faults := 0
	for _, name := range slices.Sorted(maps.Keys(w.far)) {
		for what, times := range w.far[name].counts {
			faults += times
			if testing.Verbose() {
				t.Logf("%s: %s: %d", name, what, times)
			}
		}
	}
	t.Logf("%d publishes, %d faults, %d zombies, %d questions to people: %v; %d duplicates, %d silent losses; with 95 %% confidence fewer than 1 in %d of either",
		total, faults, w.zombies, w.asked, states, duplicates, losses, total/3)
}

func destination(id clip.PostID) string {
	_, name, _ := strings.Cut(string(id), ".")
	return name
}
