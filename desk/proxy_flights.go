package desk

import (
	"context"
	"sync"

	"github.com/ovation-live/ovation/clip"
)

// flights makes each thing once at a time, however many wait for it, and only a
// few things at once. When nobody waits any more, making it is given up.
type flights struct {
	mu    sync.Mutex
	going map[string]*flight
	slots chan struct{}
}

type flight struct {
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	made    []byte
	err     error
}

func newFlights(slots int) flights {
	return flights{going: map[string]*flight{}, slots: make(chan struct{}, slots)}
}

// do gives what build makes of key.
func (f *flights) do(ctx context.Context, key string, build func(context.Context) ([]byte, error)) ([]byte, error) {
	fl := f.join(ctx, key, build)
	defer f.leave(key, fl)
	select {
	case <-fl.done:
		return fl.made, fl.err
	case <-ctx.Done():
		return nil, clip.Errorf(clip.Unavailable, "wait for "+key, "%w", ctx.Err())
	}
}

func (f *flights) join(ctx context.Context, key string, build func(context.Context) ([]byte, error)) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl := f.going[key]
	if fl == nil {
		fl = &flight{done: make(chan struct{})}
		ctx, fl.cancel = context.WithCancel(context.WithoutCancel(ctx))
		f.going[key] = fl
		go f.run(ctx, key, fl, build)
	}
	fl.waiting++
	return fl
}

func (f *flights) run(ctx context.Context, key string, fl *flight, build func(context.Context) ([]byte, error)) {
	select {
	case f.slots <- struct{}{}:
		fl.made, fl.err = build(ctx)
		<-f.slots
	case <-ctx.Done():
		fl.err = ctx.Err()
	}
	f.forget(key, fl)
	close(fl.done)
}

func (f *flights) leave(key string, fl *flight) {
	f.mu.Lock()
	fl.waiting--
	last := fl.waiting == 0
	f.mu.Unlock()
	if last {
		f.forget(key, fl) // whoever asks now begins anew
		fl.cancel()
	}
}

func (f *flights) forget(key string, fl *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.going[key] == fl {
		delete(f.going, key)
	}
}
