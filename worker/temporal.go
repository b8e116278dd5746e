package worker

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/worker/embedded"
	"github.com/ovation-live/ovation/workflows"
)

// addressFile, in the data directory, holds the embedded server's address on
// loopback, for Temporal's own command line.
const addressFile = "temporal.address"

// connect dials Temporal: the configured cluster, or a server that it starts
// in this process.
func (p *parts) connect(o Options) error {
	address, namespace := o.Config.Temporal.Address, o.Config.Temporal.Namespace
	ready := func() {}
	if address == "" {
		s, err := embedded.Start(filepath.Join(o.Data, "temporal.db"), workflows.FeedAttribute, o.Log)
		if err != nil {
			return clip.Errorf(clip.Unavailable, "start", "%w", err)
		}
		p.open.add(s.Stop)
		if err := os.WriteFile(filepath.Join(o.Data, addressFile), []byte(s.Address()+"\n"), 0o644); err != nil {
			return clip.Errorf(clip.Unavailable, "write down where the embedded Temporal listens", "%w", err)
		}
		address, namespace, ready = s.Address(), embedded.Namespace, s.Ready
	}
	c, err := client.Dial(client.Options{HostPort: address, Namespace: namespace, Identity: "ovation/" + host, Logger: temporalLog{o.Log.WithField("part", "temporal")}})
	if err != nil {
		return clip.Errorf(clip.Unavailable, "reach Temporal at "+address, "%w", err)
	}
	p.open.add(func() error { c.Close(); return nil })
	ready()
	p.temporal = c
	p.starter.client = &workflows.Client{Temporal: c, Host: host, Attributes: o.Config.Temporal.Address == ""}
	return nil
}

// work starts the workers of this process, one for each queue.
func (p *parts) work(a *activities.Activities) error {
	var started []worker.Worker
	p.open.add(func() error { stopAll(started); return nil })
	for queue, options := range map[string]worker.Options{
		workflows.Queue:           {},
		workflows.RenderQueue:     {MaxConcurrentActivityExecutionSize: max(2, runtime.NumCPU())},
		workflows.HostQueue(host): {},
	} {
		options.Interceptors = []interceptor.WorkerInterceptor{&activities.Interceptor{}}
		options.WorkerStopTimeout = 5 * time.Second
		options.MaxHeartbeatThrottleInterval = 2 * time.Second // the default, 0.8 of the timeout, leaves a busy disk no slack
		options.WorkflowPanicPolicy = worker.FailWorkflow      // a history that cannot go on is begun anew from the catalogue
		options.StickyScheduleToStartTimeout = time.Second
		options.DisableRegistrationAliasing = true
		w := worker.New(p.temporal, queue, options)
		if queue == workflows.Queue {
			w.RegisterWorkflowWithOptions(workflows.Watch, workflow.RegisterOptions{Name: workflows.WatchType})
			w.RegisterWorkflowWithOptions(workflows.Highlight, workflow.RegisterOptions{Name: workflows.HighlightType})
			w.RegisterWorkflowWithOptions(workflows.Post, workflow.RegisterOptions{Name: workflows.PostType})
		}
		w.RegisterActivity(a)
		if err := w.Start(); err != nil {
			return clip.Errorf(clip.Unavailable, "start the worker of queue "+queue, "%w", err)
		}
		started = append(started, w)
	}
	return nil
}

// stopAll lets every worker finish what it is at, for a while.
func stopAll(workers []worker.Worker) {
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(w.Stop)
	}
	wg.Wait()
}
