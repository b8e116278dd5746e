package workflows

import (
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// TestReplay replays the recorded histories: a workflow that would decide
// otherwise today than it did then breaks those that run while we upgrade.
// `make histories` records them anew, beside those of released versions.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("there are %d histories (%v), want one of each workflow at least", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflowWithOptions(Watch, workflow.RegisterOptions{Name: WatchType})
			r.RegisterWorkflowWithOptions(Highlight, workflow.RegisterOptions{Name: HighlightType})
			r.RegisterWorkflowWithOptions(Post, workflow.RegisterOptions{Name: PostType})
			if err := r.ReplayWorkflowHistoryFromJSONFile(nil, file); err != nil {
				t.Error(err)
			}
		})
	}
}
