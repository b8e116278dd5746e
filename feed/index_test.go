package feed

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// memory is an Index that works, in memory.
type memory struct {
	mu     sync.Mutex
	epochs map[clip.EpochID]clip.Epoch
	segs   []clip.Segment
	cues   []clip.Cue
	marks  []clip.Mark
	pinned map[int64]bool // segments that a highlight needs
	next   int64
	health clip.Health
	states []clip.FeedState // as they changed
	fail   int              // this many Appends fail
	clash  bool             // Append answers Conflict
}

func newMemory() *memory {
	return &memory{epochs: map[clip.EpochID]clip.Epoch{}, pinned: map[int64]bool{}, next: 1}
}

func (m *memory) NextSeq(context.Context, clip.FeedID) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.next, nil
}

func (m *memory) Timeline(context.Context, clip.FeedID) (clip.Timeline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.timeline(), nil
}

func (m *memory) timeline() clip.Timeline {
	var tl clip.Timeline
	for _, e := range m.epochs {
		if slices.ContainsFunc(m.segs, func(s clip.Segment) bool { return s.Epoch == e.ID }) {
			tl = append(tl, e)
		}
	}
	slices.SortFunc(tl, func(a, b clip.Epoch) int { return int(a.ID - b.ID) })
	return tl
}

func (m *memory) Segments(context.Context, clip.FeedID, clip.Span) ([]clip.Segment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := slices.Clone(m.segs)
	for i := range out {
		out[i].Frames = nil
	}
	return out, nil
}

func (m *memory) Append(_ context.Context, _ clip.FeedID, b clip.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail > 0 {
		m.fail--
		return errors.New("the disk trembles")
	}
	if m.clash || b.Segment.Seq < m.next {
		return clip.Errorf(clip.Conflict, "append", "another segment has number %d", b.Segment.Seq)
	}
	m.epochs[b.Epoch.ID] = b.Epoch
	m.segs, m.next = append(m.segs, b.Segment), b.Segment.Seq+1
	for _, c := range b.Cues {
		same := func(o clip.Cue) bool {
			return o.Epoch == c.Epoch && o.From == c.From && o.Service == c.Service && o.Lang == c.Lang
		}
		if i := slices.IndexFunc(m.cues, same); i >= 0 {
			m.cues[i] = c
		} else {
			m.cues = append(m.cues, c)
		}
	}
	m.marks = append(m.marks, b.Marks...)
	return nil
}

func (m *memory) SetHealth(_ context.Context, h clip.Health) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.State != m.health.State {
		m.states = append(m.states, h.State)
	}
	m.health = h
	return nil
}

func (m *memory) Expire(_ context.Context, _ clip.FeedID, before time.Time, limit int) (gone []clip.Segment, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.segs = slices.DeleteFunc(m.segs, func(s clip.Segment) bool {
		old := s.Start.Add(s.Duration()).Before(before) && !m.pinned[s.Seq] && len(gone) < limit
		if old {
			gone = append(gone, s)
		}
		return old
	})
	return gone, nil
}

// recorded is a copy of what the index holds.
func (m *memory) recorded() (clip.Timeline, []clip.Segment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.timeline(), slices.Clone(m.segs)
}

// eventually waits until ok, for at most ten seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	within(t, 10*time.Second, what, ok)
}

// within waits until ok, for as long as the busiest machine may take.
func within(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
