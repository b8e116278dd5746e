package worker

import (
	"context"
	"time"
)

// How often accounts are asked what they accept, and how long each may take.
const (
	limitsEvery = 15 * time.Minute
	limitsWait  = 20 * time.Second
)

// askLimits asks every account what it accepts, now and every while, so that
// the desk counts by what the account itself says. A post is checked once more
// when it is intended; an account that does not answer is news then.
func (p *parts) askLimits(ctx context.Context) {
	tick := time.NewTicker(limitsEvery)
	defer tick.Stop()
	for {
		for name, account := range p.accounts {
			asked, cancel := context.WithTimeout(ctx, limitsWait)
			limits, err := account.Limits(asked)
			cancel()
			if err != nil {
				p.log.WithError(err).WithField("destination", name).Warn("limits could not be asked; the documented ones count")
				continue
			}
			p.profiles.Tell(name, limits)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
