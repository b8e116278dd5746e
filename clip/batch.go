package clip

// Batch is what a recorder adds to the catalogue in one transaction: one
// stored segment, its epoch as far as it reaches now, and what was found in
// the segment. A cue that came earlier without an end comes again with one.
type Batch struct {
	Epoch   Epoch
	Segment Segment
	Cues    []Cue
	Marks   []Mark

	// Plain says that the whole batch lets the last epoch grow by what can be
	// read again from the segment's file, which is on the disk: the catalogue
	// need not wait for the disk once more.
	Plain bool
}
