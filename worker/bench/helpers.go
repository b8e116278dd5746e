package bench

import (
	"context"
	"sync/atomic"
	"time"
)

// watchHelpers looks at the processes that this one has started until ctx ends,
// and gives the most memory that all of them had together, in bytes.
func watchHelpers(ctx context.Context) func() int64 {
	var most atomic.Int64
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(2 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				most.Store(max(most.Load(), helperMemory()))
			}
		}
	}()
	return func() int64 {
		<-over
		return most.Load()
	}
}
