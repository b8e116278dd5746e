package clip

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Shape is the aspect ratio of a rendition.
type Shape string

// The shapes that platforms ask for.
const (
	Wide     Shape = "16:9"
	Square   Shape = "1:1"
	Portrait Shape = "4:5"
	Tall     Shape = "9:16"
)

// Shapes lists every shape, widest first.
func Shapes() []Shape { return []Shape{Wide, Square, Portrait, Tall} }

// Ratio is the shape's width and height, in the smallest whole numbers.
func (s Shape) Ratio() (w, h int) {
	switch s {
	case Wide:
		return 16, 9
	case Square:
		return 1, 1
	case Portrait:
		return 4, 5
	case Tall:
		return 9, 16
	}
	return 0, 0
}

// Check reports a shape that does not exist.
func (s Shape) Check() error {
	if !slices.Contains(Shapes(), s) {
		return Errorf(Invalid, "read a shape", "%q is not one of %v", string(s), Shapes())
	}
	return nil
}

// Slug is the shape as it stands in file names: 16x9.
func (s Shape) Slug() string {
	w, h := s.Ratio()
	return fmt.Sprintf("%dx%d", w, h)
}

// Rect is a part of a picture in pixels.
type Rect struct {
	X, Y, W, H int
}

// Crop is the largest centred part of a w×h picture that has the shape, with
// even sides and offsets as 4:2:0 video needs.
func (s Shape) Crop(w, h int) Rect {
	rw, rh := s.Ratio()
	cw, ch := w, w*rh/rw
	if ch > h {
		cw, ch = h*rw/rh, h
	}
	cw, ch = cw&^1, ch&^1
	return Rect{X: (w - cw) / 2 &^ 1, Y: (h - ch) / 2 &^ 1, W: cw, H: ch}
}

// RecipeVersion is raised when the meaning of a recipe's fields changes.
const RecipeVersion = 1

// Engine names the way pictures are made. Raise it when the same recipe and
// source would give other pixels, so that no stale chunk is reused.
const Engine = "ovation-1"

// Recipe is the complete, deterministic description of an edit. The same
// recipe over the same source bytes gives the same pictures.
type Recipe struct {
	Version  int       `json:"version"`
	Feed     FeedID    `json:"feed"`
	Span     Span      `json:"span"` // published programme time
	Shapes   []Shape   `json:"shapes"`
	Framing  []Framing `json:"framing,omitempty"` // of the shapes that are not centred
	Captions Captions  `json:"captions"`
	Logo     *Overlay  `json:"logo,omitempty"`
	Sound    Sound     `json:"sound"`
	Encoding Encoding  `json:"encoding"`
}

// Captions says what happens to the feed's closed captions.
type Captions struct {
	BurnIn   bool       `json:"burn_in"`
	Lang     string     `json:"lang"`             // BCP 47: chooses among the feed's caption services; also for sidecars and platforms
	Speech   bool       `json:"speech,omitempty"` // made of what is said, where the feed has none
	Reworded *Rewording `json:"reworded,omitempty"`
}

// Overlay is a picture with transparency over the video.
type Overlay struct {
	Image  Digest `json:"image"`  // a PNG in the blob store
	Height int    `json:"height"` // in thousandths of the rendition's height
	Margin int    `json:"margin"` // from the top right corner, same unit
}

// Sound is the loudness wanted (EBU R128).
type Sound struct {
	Target   float64 `json:"target"`    // integrated loudness in LUFS
	TruePeak float64 `json:"true_peak"` // in dBTP
}

// Encoding is how chunks are compressed.
type Encoding struct {
	Preset  string `json:"preset"`   // of x264
	CRF     int    `json:"crf"`      // constant rate factor
	MaxRate int    `json:"max_rate"` // kbit/s, bounded over two seconds
	MaxFPS  int    `json:"max_fps"`  // faster feeds keep every n-th frame
}

// DefaultEncoding is the publishing profile: veryfast is the knee of x264's
// curve on 1080p sport (docs/design.md has the measurements).
func DefaultEncoding() Encoding {
	return Encoding{Preset: "veryfast", CRF: 21, MaxRate: 8000, MaxFPS: 30}
}

// DefaultSound is what social platforms normalise to.
func DefaultSound() Sound { return Sound{Target: -14, TruePeak: -1} }

// Check reports a recipe that cannot be rendered.
func (r Recipe) Check() error {
	const op = "read a recipe"
	switch {
	case r.Version != RecipeVersion:
		return Errorf(Invalid, op, "version %d is not %d", r.Version, RecipeVersion)
	case len(r.Shapes) == 0:
		return Errorf(Invalid, op, "it names no shape; choose from %v", Shapes())
	case !r.Span.Open() && r.Span.Duration() <= 0:
		return Errorf(Invalid, op, "the span %s is empty: set a mark-out, or give the rule a pre-roll or post-roll", r.Span)
	case !r.Span.Open() && r.Span.Duration() > 2*MaxMoment:
		return Errorf(Invalid, op, "%s is longer than the limit of %s", r.Span.Duration(), 2*MaxMoment)
	}
	for i, s := range r.Shapes {
		if err := s.Check(); err != nil {
			return err
		}
		if slices.Contains(r.Shapes[:i], s) {
			return Errorf(Invalid, op, "it names the shape %s twice", s)
		}
	}
	return r.checkFraming()
}

// Digest identifies the recipe: the hash of its canonical JSON, in which an
// instant is in UTC whatever zone it was written in.
func (r Recipe) Digest() Digest {
	r.Span.In = r.Span.In.UTC()
	if !r.Span.Open() {
		r.Span.Out = r.Span.Out.UTC()
	}
	return digestJSON(r)
}

// digestJSON hashes v's JSON. Our types marshal without maps of unsorted keys,
// so it is canonical.
func digestJSON(v any) Digest {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("clip: %T has no JSON: %v", v, err)) // only types of this package come here
	}
	return DigestOf(b)
}
