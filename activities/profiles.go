package activities

import (
	"maps"
	"sync"

	"github.com/ovation-live/ovation/clip"
)

// Profiles is what each destination accepts, by name: first what its platform
// documents, then what the account itself has told. It is safe for concurrent
// use.
type Profiles struct {
	mu     sync.RWMutex
	byName map[string]clip.Profile
}

// NewProfiles begins with what is documented.
func NewProfiles(documented map[string]clip.Profile) *Profiles {
	return &Profiles{byName: maps.Clone(documented)}
}

// Of is a destination's profile; false: there is no such destination.
func (p *Profiles) Of(destination string) (clip.Profile, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	profile, ok := p.byName[destination]
	return profile, ok
}

// Tell takes what an account told of its limits. Which shapes are wanted, and
// in which order, is ours to say and stays.
func (p *Profiles) Tell(destination string, live clip.Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	live.Shapes = p.byName[destination].Shapes
	p.byName[destination] = live
}
