package clip

import "slices"

// Build is all that the renditions of one revision were made from: what a
// rendition's digest is traced back to, and what the next one is compared with.
type Build struct {
	Highlight MomentID `json:"highlight"`
	Revision  int      `json:"revision"`
	Engine    string   `json:"engine"`
	Recipe    Recipe   `json:"recipe"`
	Plan      Plan     `json:"plan"`
}

// Built names the build of a revision: its document in the blob store.
type Built struct {
	Revision int    `json:"revision"`
	Build    Digest `json:"build"`
}

// Part is one chunk of a build. Why says what made it another than the chunk
// of the same place and shape in the build before; it is empty where it is the
// same.
type Part struct {
	Cell  int      `json:"cell"` // of the plan
	At    Ticks    `json:"at"`   // in the rendition
	For   Ticks    `json:"for"`  // how long it is
	Shape Shape    `json:"shape"`
	Key   Digest   `json:"key"`
	Why   []string `json:"why,omitempty"`
}

// firstBuild is why a chunk is made that has none before it.
const firstBuild = "it is the first build"

// Parts lists the chunks of b, compared with the build before it; the zero
// build is none.
func (b Build) Parts(was Build) []Part {
	var parts []Part
	frames := 0
	for i, c := range b.Plan.Cells {
		at := b.Plan.Rate.Ticks(frames)
		frames += c.Frames
		for _, k := range c.Chunks {
			parts = append(parts, Part{Cell: i, At: at, For: b.Plan.Rate.Ticks(frames) - at, Shape: k.Shape, Key: k.Key, Why: b.why(was, c, k)})
		}
	}
	return parts
}

// why compares a chunk with that of the same place in the build before.
func (b Build) why(was Build, c Cell, k Chunk) []string {
	if was.Revision == 0 {
		return []string{firstBuild}
	}
	why := []string{"the cut did not reach here"}
	for _, o := range was.Plan.Cells {
		if o.Epoch != c.Epoch || o.Grid != c.Grid {
			continue
		}
		i := slices.IndexFunc(o.Chunks, func(other Chunk) bool { return other.Shape == k.Shape })
		if i < 0 {
			return []string{"this shape was not made"}
		}
		if o.Chunks[i].Key == k.Key {
			return nil
		}
		before, now := was.Recipe.ingredients(o, o.Chunks[i]), b.Recipe.ingredients(c, k)
		before.Engine, now.Engine = was.Engine, b.Engine
		why = now.changed(before) // a grid cell with a gap is two cells: the last that is like it tells
	}
	return why
}
