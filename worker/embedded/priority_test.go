package embedded

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// TestPriority: of activities that wait, those of a lower key come first, also
// when they were asked for last. The order of rendering stands on it.
func TestPriority(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	s, err := Start(filepath.Join(t.TempDir(), "temporal.db"), "Feed", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	c, err := client.Dial(client.Options{HostPort: s.Address(), Namespace: Namespace, Logger: tlog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s.Ready()

	var mu sync.Mutex
	var ran []int
	note := func(_ context.Context, key int) error {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, key)
		return nil
	}
	keys := []int{5, 5, 4, 3, 2, 1}
	all := func(ctx workflow.Context) error {
		var waits []workflow.Future
		for _, key := range keys {
			options := workflow.ActivityOptions{TaskQueue: "render", StartToCloseTimeout: time.Minute}
			options.Priority.PriorityKey = key
			waits = append(waits, workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), "note", key))
		}
		for _, w := range waits {
			if err := w.Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}
	w := worker.New(c, "steps", worker.Options{})
	w.RegisterWorkflowWithOptions(all, workflow.RegisterOptions{Name: "all"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "steps"}, "all")
	if err != nil {
		t.Fatal(err)
	}
	queued(t, c, "render", int64(len(keys)))
	one := worker.New(c, "render", worker.Options{DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 1, MaxConcurrentActivityTaskPollers: 1})
	one.RegisterActivityWithOptions(note, activity.RegisterOptions{Name: "note"})
	if err := one.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(one.Stop)
	if err := run.Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	// The first may be handed out before the server has read the others.
	if len(ran) != len(keys) || !slices.IsSorted(ran[1:]) || ran[len(ran)-1] != 5 {
		t.Errorf("they ran in the order %v", ran)
	}
}

// queued waits until so many activities wait in the queue.
func queued(t *testing.T, c client.Client, queue string, want int64) {
	t.Helper()
	for range 600 {
		d, err := c.WorkflowService().DescribeTaskQueue(t.Context(), &workflowservice.DescribeTaskQueueRequest{Namespace: Namespace,
			TaskQueue: &taskqueue.TaskQueue{Name: queue}, TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY, ReportStats: true})
		if err != nil {
			t.Fatal(err)
		}
		if d.GetStats().GetApproximateBacklogCount() == want {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%d activities were never queued", want)
}
