package match

// stage is what is made once for a match: textures, type, sounds.
type stage struct{}

func newStage(settings) *stage { return &stage{} }
