package clip

// Batch is what a recorder adds to the catalogue in one transaction: one
// stored segment, its epoch as far as it reaches now, and what was found in
// the segment. A cue that came earlier without an end comes again with one.
type Batch struct {
	Epoch   Epoch
	Segment Segment
	Cues    []Cue
	Marks   []Mark
}
