package workflows

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// moment stands in for the activities of a highlight: one row, a recording
// that grows by a cell with each plan, and a count of what was rendered.
type moment struct {
	env      *testsuite.TestWorkflowEnvironment
	mu       *sync.Mutex
	state    clip.HighlightState
	revision int
	deadline time.Time
	byRule   bool
	reason   string

	recorded int // cells so far
	wanted   int // cells of the whole
	rendered map[clip.Digest]int
	broken   int // the cell that cannot be rendered, from 1
	away     int // how many calls of RenderCell find no disk
	lost     int // how many calls of Assemble miss a chunk
	posts    int // posts that are not at rest
	listen   bool
	log      []string
}

func (m *moment) view() activities.HighlightView {
	return activities.HighlightView{State: m.state, Revision: m.revision, Deadline: m.deadline}
}

func (m *moment) Look(context.Context, activities.HighlightInput) (activities.HighlightView, error) {
	return m.view(), nil
}

func (m *moment) Plan(context.Context, activities.PlanInput) (activities.PlanResult, error) {
	m.recorded = min(m.recorded+1, m.wanted)
	p := activities.PlanResult{State: m.state, Revision: m.revision, Pending: m.recorded < m.wanted, Listen: m.listen && m.recorded == m.wanted,
		Plan: clip.Digest(fmt.Sprintf("plan-%d-%d", m.revision, m.recorded))}
	for i := range m.recorded {
		p.Cells = append(p.Cells, clip.Digest(fmt.Sprintf("cell-%d", i)))
	}
	return p, nil
}

func (m *moment) Transcribe(_ context.Context, in activities.TranscribeInput) (activities.HighlightView, error) {
	m.log = append(m.log, fmt.Sprintf("listened to %s, %d cells rendered", in.Plan, len(m.rendered)))
	m.listen, m.revision = false, m.revision+1
	return m.view(), nil
}

func (m *moment) RenderCell(_ context.Context, in activities.CellInput) (activities.CellResult, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away > 0 {
		m.away--
		return activities.CellResult{}, temporal.NewApplicationError("render cell: no space left", clip.Unavailable.String())
	}
	m.rendered[clip.Digest(fmt.Sprintf("cell-%d", in.Cell))]++
	if in.Cell+1 == m.broken {
		return activities.CellResult{}, temporal.NewNonRetryableApplicationError("render cell: no picture", clip.Invalid.String(), nil)
	}
	return activities.CellResult{}, nil
}

func (m *moment) Assemble(_ context.Context, in activities.AssembleInput) (activities.HighlightView, error) {
	if m.lost > 0 {
		m.lost--
		m.log = append(m.log, "missed a chunk")
		return activities.HighlightView{}, temporal.NewNonRetryableApplicationError("assemble: no such chunk", clip.NotFound.String(), nil)
	}
	m.log = append(m.log, fmt.Sprintf("assembled revision %d", in.Revision))
	if in.Revision == m.revision && m.state == clip.HighlightRendering {
		m.state, m.deadline = clip.HighlightReview, m.env.Now().Add(10*time.Minute)
	}
	return m.view(), nil
}

func (m *moment) AskRule(context.Context, activities.HighlightInput) (activities.HighlightView, error) {
	if m.byRule && m.state == clip.HighlightReview {
		m.state = clip.HighlightApproved
	}
	return m.view(), nil
}

func (m *moment) ExpireReview(context.Context, activities.HighlightInput) (activities.HighlightView, error) {
	if m.state == clip.HighlightReview && !m.env.Now().Before(m.deadline) {
		m.state = clip.HighlightRefused
	}
	return m.view(), nil
}

func (m *moment) Fail(_ context.Context, in activities.FailInput) (activities.HighlightView, error) {
	m.state, m.reason = clip.HighlightFailed, in.Reason
	return m.view(), nil
}

func (m *moment) SendPosts(context.Context, activities.HighlightInput) (activities.HighlightView, error) {
	m.log = append(m.log, "posts started")
	if m.posts == 0 {
		m.state = clip.HighlightSettled
	}
	return m.view(), nil
}

func TestHighlight(t *testing.T) {
	approve := func(m *moment) { m.state = clip.HighlightApproved }
	for _, c := range []struct {
		name   string
		moment moment
		at     map[time.Duration]func(*moment) // what people do meanwhile
		state  clip.HighlightState
		reason string
		log    []string
		again  int // how often every cell is rendered once more
	}{
		{name: "approved by a person", moment: moment{wanted: 4},
			at: map[time.Duration]func(*moment){time.Minute: approve}, state: clip.HighlightSettled,
			log: []string{"assembled revision 1", "posts started"}},
		{name: "approved by a rule", moment: moment{wanted: 4, byRule: true}, state: clip.HighlightSettled,
			log: []string{"assembled revision 1", "posts started"}},
		{name: "somebody listens before the last cell is rendered", moment: moment{wanted: 3, byRule: true, listen: true}, state: clip.HighlightSettled,
			log: []string{"listened to plan-1-3, 2 cells rendered", "assembled revision 2", "posts started"}},
		{name: "silence refuses", moment: moment{wanted: 1}, state: clip.HighlightRefused, log: []string{"assembled revision 1"}},
		{name: "edited while it waits", moment: moment{wanted: 2},
			at: map[time.Duration]func(*moment){
				time.Minute:     func(m *moment) { m.revision, m.state = 2, clip.HighlightRendering },
				2 * time.Minute: approve,
			}, state: clip.HighlightSettled, log: []string{"assembled revision 1", "assembled revision 2", "posts started"}},
		{name: "a text edited just before the deadline gives a new one", moment: moment{wanted: 1},
			at: map[time.Duration]func(*moment){
				9 * time.Minute:  func(m *moment) { m.revision, m.deadline = 2, start.Add(19*time.Minute) },
				11 * time.Minute: approve,
			}, state: clip.HighlightSettled, log: []string{"assembled revision 1", "posts started"}},
		{name: "withdrawn while it waits", moment: moment{wanted: 1},
			at:    map[time.Duration]func(*moment){time.Minute: func(m *moment) { m.state = clip.HighlightWithdrawn }},
			state: clip.HighlightWithdrawn, log: []string{"assembled revision 1"}},
		{name: "posts take their time", moment: moment{wanted: 1, posts: 2},
			at:    map[time.Duration]func(*moment){time.Minute: approve, 5 * time.Minute: func(m *moment) { m.posts = 0 }},
			state: clip.HighlightSettled},
		{name: "a disk that is full for minutes", moment: moment{wanted: 20, byRule: true, away: 40}, state: clip.HighlightSettled,
			log: []string{"assembled revision 1", "posts started"}},
		{name: "a disk that stays full", moment: moment{wanted: 1, away: 1000}, state: clip.HighlightFailed, reason: "render cell: no space left"},
		{name: "a chunk was removed", moment: moment{wanted: 3, byRule: true, lost: 1}, state: clip.HighlightSettled, again: 1,
			log: []string{"missed a chunk", "assembled revision 1", "posts started"}},
		{name: "chunks that keep vanishing", moment: moment{wanted: 3, lost: 9}, state: clip.HighlightFailed, again: 1, reason: "assemble: no such chunk"},
		{name: "cannot be rendered", moment: moment{wanted: 3, broken: 2}, state: clip.HighlightFailed, reason: "render cell: no picture"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.moment
			runHighlight(t, &m, c.at)
			if m.state != c.state || m.reason != c.reason {
				t.Errorf("state %s (%q), want %s (%q)", m.state, m.reason, c.state, c.reason)
			}
			if c.log != nil && !slices.Equal(m.log, c.log) {
				t.Errorf("log %q, want %q", m.log, c.log)
			}
			for cell, n := range m.rendered {
				if n != 1+c.again {
					t.Errorf("%s was rendered %d times", cell, n)
				}
			}
		})
	}
}

// runHighlight runs the workflow over the row; time skips.
func runHighlight(t *testing.T, m *moment, at map[time.Duration]func(*moment)) {
	var suite testsuite.WorkflowTestSuite
	m.env = suite.NewTestWorkflowEnvironment()
	m.env.SetStartTime(start)
	m.mu, m.state, m.revision, m.rendered = new(sync.Mutex), clip.HighlightRendering, 1, map[clip.Digest]int{}
	register(m.env, m)
	for d, change := range at {
		m.env.RegisterDelayedCallback(func() {
			change(m)
			m.env.SignalWorkflow(SignalLook, nil)
		}, d)
	}
	m.env.ExecuteWorkflow(Highlight, activities.HighlightInput{Highlight: "m1"})
	if err := m.env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}
