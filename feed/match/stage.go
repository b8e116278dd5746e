package match

import "sync"

// stage is what is made once for a match: textures and type. The cycles that
// were played last are kept, because thousands of frames ask for each.
type stage struct {
	set    settings
	letter *lettering
	grass  *grass
	stand  *stand
	sounds *sounds

	mu    sync.Mutex
	plays map[int64]*play
}

func newStage(set settings) *stage {
	l := newLettering()
	return &stage{set: set, letter: l, grass: newGrass(), stand: newStand(l), sounds: newSounds(), plays: map[int64]*play{}}
}

// play is the cycle with an index.
func (s *stage) play(index int64) *play {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.plays[index]; ok {
		return p
	}
	if len(s.plays) >= 3 {
		clear(s.plays)
	}
	p := simulate(cycleOf(s.set.seed, index))
	s.plays[index] = p
	return p
}
