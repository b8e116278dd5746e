package worker

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/activities"
)

// evictEvery is how often the chunks are held against their budget.
const evictEvery = time.Minute

// evictForever keeps the chunks within a budget of bytes.
func (p *parts) evictForever(ctx context.Context, budget int64) {
	e := &activities.Eviction{Catalogue: p.catalogue, Blobs: p.blobs, Budget: budget, Now: time.Now}
	tick := time.NewTicker(evictEvery)
	defer tick.Stop()
	adopted, tight := false, false
	for {
		var freed, over int64
		var err error
		if !adopted {
			err = e.Adopt(ctx)
			adopted = err == nil
		}
		if err == nil {
			freed, over, err = e.Evict(ctx)
		}
		log := p.log.WithField("budget", budget)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.WithError(err).Warn("chunks could not be held to their budget; it is tried again in a minute")
		case over > 0 && !tight:
			log.WithField("over", over).Warn("chunks in use take more than their budget; give render.chunks more")
		case freed > 0:
			log.WithField("freed", freed).Info("chunks that nobody needed for long were deleted")
		}
		tight = over > 0
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
