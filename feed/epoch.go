package feed

import "github.com/ovation-live/ovation/clip"

// A clock that goes back further than jumpBack, or ahead further than
// jumpAhead, is another clock: a new epoch. A shorter hole ahead is missing
// media inside the epoch.
const (
	jumpBack  clip.Ticks = 1 * clip.TickRate
	jumpAhead clip.Ticks = 10 * clip.TickRate
)
