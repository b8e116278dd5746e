package clip

import "reflect"

// Chunk is two seconds (or, at the ends, less) of a rendition. Key is the hash
// of all that shapes its pixels.
type Chunk struct {
	Shape Shape  `json:"shape"`
	Crop  Rect   `json:"crop"` // of the source picture; also the chunk's size
	Views        // what its frames show beside that
	Key   Digest `json:"key"`
}

// Views is how a chunk's frames differ from its crop. Each list has a value for
// every frame, or is empty where nothing moves.
type Views struct {
	Pan  []int `json:"pan,omitempty"`  // the crop's X
	Tilt []int `json:"tilt,omitempty"` // the crop's Y
	Fit  []int `json:"fit,omitempty"`  // how much is seen of the whole picture over itself, blurred: 0 to 100; one value is that of all frames
}

// ingredients are all that shapes the pixels of a chunk. What says their names
// to people is the tag.
type ingredients struct {
	Engine   string   `why:"the engine is another version"`
	Sources  []Digest `why:"the feed's segments are others"`
	From     Ticks    `why:"the cut begins elsewhere in it"`
	To       Ticks    `why:"the cut ends elsewhere in it"`
	Step     int      `why:"other frames are kept"`
	Rate     Rate     `why:"the frame rate is another"`
	Cues     []Cue    `why:"its captions changed"`
	Logo     *Overlay `why:"the logo changed"`
	Encoding Encoding `why:"the encoding is set otherwise"`
	Crop     Rect     `why:"the picture is cropped otherwise"`
	Fields   bool     `json:",omitempty" why:"the pictures are interlaced otherwise"`
	Aspect   Rate     `json:",omitzero" why:"the pixels have another shape"`
	Views    `why:"the crop moves otherwise"`
}

// ingredients are those of a cell's chunk.
func (r Recipe) ingredients(c Cell, k Chunk) ingredients {
	in := ingredients{Engine: Engine, From: c.From, To: c.To, Step: c.Step, Rate: c.Format.Rate, Logo: r.Logo, Encoding: r.Encoding,
		Crop: k.Crop, Views: k.Views, Fields: c.Format.Interlaced, Aspect: c.Format.Aspect}
	for _, s := range c.Sources {
		in.Sources = append(in.Sources, s.Digest)
	}
	if r.Captions.BurnIn {
		in.Cues = c.Cues
	}
	return in
}

// changed says in words what differs between two chunks.
func (in ingredients) changed(was ingredients) []string {
	var why []string
	now, before := reflect.ValueOf(in), reflect.ValueOf(was)
	for i := range now.NumField() {
		if !reflect.DeepEqual(now.Field(i).Interface(), before.Field(i).Interface()) {
			why = append(why, now.Type().Field(i).Tag.Get("why"))
		}
	}
	return why
}

// chunks names the chunks of a cell, one for each shape.
func (p *planner) chunks(e Epoch, c Cell, run []picture) []Chunk {
	var out []Chunk
	for _, s := range p.recipe.Shapes {
		k := Chunk{Shape: s}
		k.Crop, k.Views = p.view(e, s, run)
		k.Key = digestJSON(p.recipe.ingredients(c, k))
		out = append(out, k)
	}
	return out
}

// Key identifies all that the cell yields.
func (c Cell) Key() Digest {
	keys := make([]Digest, len(c.Chunks))
	for i, k := range c.Chunks {
		keys[i] = k.Key
	}
	return digestJSON(keys)
}
