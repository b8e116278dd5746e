package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// Kept is what of the broadcast was recorded, of all feeds and runs, as the
// catalogue took it. Nothing in it makes up for anything else.
type Kept struct {
	Feeds    int `json:"feeds"`    // recordings that were counted
	Pictures int `json:"pictures"` // that the index lists
	Missing  int `json:"missing"`  // in holes, before a first segment that came late, and behind a last one that came early
	Twice    int `json:"twice"`    // listed where others are
	Damaged  int `json:"damaged"`  // segments of another size than any that was sent
	Levels   int `json:"levels"`   // of the loudness curve, ten a second where somebody listens

	Said []string `json:"said,omitempty"` // by the recorder: its first warnings
}

func (k *Kept) add(o Kept) {
	k.Levels += o.Levels
	k.Feeds, k.Pictures, k.Missing = k.Feeds+o.Feeds, k.Pictures+o.Pictures, k.Missing+o.Missing
	k.Twice, k.Damaged = k.Twice+o.Twice, k.Damaged+o.Damaged
	k.Said = append(k.Said, o.Said...)
}

// whole reports whether everything was recorded, once.
func (k *Kept) whole() bool { return k.Missing+k.Twice+k.Damaged == 0 }

// patience is how long a feed may be without a new segment: one is under way,
// one is sent, and a busy machine gets as much again.
const patience = 4 * segmentLength

// tally counts the pictures of one feed as they are recorded.
type tally struct {
	Pictures int
	Missing  int
	Twice    int
	Levels   int           // of the loudness curve
	Sizes    map[int64]int // segments of each size

	now  func() time.Time
	told time.Time // when recording began, or the last segment came
	last clip.Segment
}

func newTally(now func() time.Time) *tally {
	return &tally{Sizes: map[int64]int{}, now: now, told: now()}
}

// add counts a segment. A new epoch has lost a picture at least.
func (t *tally) add(s clip.Segment) {
	switch {
	case t.last.Seq == 0:
		t.waited()
	case t.last.Epoch != s.Epoch:
		t.Missing += max(1, pictures(s.Start.Sub(t.last.Start.Add(t.last.Duration()))))
	default:
		t.differ(roundedFrames(s.First - t.last.End))
	}
	t.differ(roundedFrames(s.End-s.First) - len(s.Frames))
	t.Pictures += len(s.Frames)
	t.Sizes[s.Size]++
	t.told, t.last = t.now(), s
}

// roundedFrames is how many frames a stretch holds; less than none where it
// goes back.
func roundedFrames(d clip.Ticks) int {
	const frame = clip.TickRate / media.PatternRate
	if d < 0 {
		return -roundedFrames(-d)
	}
	return int((d + frame/2) / frame)
}

// differ notes n pictures that are missing or, below zero, listed too often.
func (t *tally) differ(n int) {
	t.Missing += max(0, n)
	t.Twice += max(0, -n)
}

// waited notes what came while no segment did.
func (t *tally) waited() {
	if d := t.now().Sub(t.told); d > patience {
		t.Missing += pictures(d - segmentLength) // what a segment takes anyway
	}
}

func pictures(d time.Duration) int { return int(d * media.PatternRate / time.Second) }

// warnings keeps the first of them, with when they were said: what is missing
// has a reason, and nobody can ask for it afterwards.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

// Levels implements [logrus.Hook].
func (*warnings) Levels() []logrus.Level { return []logrus.Level{logrus.ErrorLevel, logrus.WarnLevel} }

// Fire implements [logrus.Hook].
func (w *warnings) Fire(e *logrus.Entry) error {
	const most = 50
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.texts) < most {
		w.texts = append(w.texts, fmt.Sprintf("%s %v: %s: %v", e.Time.Format(time.TimeOnly), e.Data["feed"], e.Message, e.Data[logrus.ErrorKey]))
	}
	return nil
}

// all is what was said.
func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts)
}

// keptName is the file in which a recorder says what it kept.
const keptName = "kept.json"

// keptBy is what a recorder says when it ends.
type keptBy struct {
	Tallies []*tally
	Said    []string
	Helpers int64 // the most memory of the processes that it started, in bytes
}

// write ends the counting.
func (k keptBy) write(dir string) error {
	for _, t := range k.Tallies {
		t.waited()
	}
	b, err := json.Marshal(k)
	if err != nil {
		return clip.Errorf(clip.Internal, "count what was kept", "%w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, keptName), b, 0o644); err != nil {
		return clip.Errorf(clip.Unavailable, "count what was kept", "%w", err)
	}
	return nil
}

// readKept reads what a recorder said when it ended, and compares with the
// sizes that were sent.
func readKept(dir string, sent map[int64]bool) (k Kept, helpers int64, err error) {
	const op = "count what was kept"
	text, err := os.ReadFile(filepath.Join(dir, keptName))
	if err != nil {
		return k, 0, clip.Errorf(clip.Internal, op, "the recorder did not come to its end: %w", err)
	}
	var by keptBy
	if err := json.Unmarshal(text, &by); err != nil {
		return k, 0, clip.Errorf(clip.Internal, op, "%w", err)
	}
	k.Said = by.Said
	for _, t := range by.Tallies {
		k.add(Kept{Feeds: 1, Pictures: t.Pictures, Missing: t.Missing, Twice: t.Twice, Levels: t.Levels})
		for size, n := range t.Sizes {
			if !sent[size] {
				k.Damaged += n
			}
		}
	}
	return k, by.Helpers, nil
}
