package clip

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestShapes(t *testing.T) {
	for _, tt := range []struct {
		shape Shape
		slug  string
	}{{Wide, "16x9"}, {Square, "1x1"}, {Portrait, "4x5"}, {Tall, "9x16"}} {
		if err := tt.shape.Check(); err != nil || tt.shape.Slug() != tt.slug || !slices.Contains(Shapes(), tt.shape) {
			t.Errorf("%s: slug %s, %v", tt.shape, tt.shape.Slug(), err)
		}
	}
	for _, s := range []Shape{"", "16x9", "21:9", "9:16 ", "../x"} {
		wantError(t, s, s.Check(), Invalid, "is not one of [16:9 1:1 4:5 9:16]")
	}
}

func TestCrop(t *testing.T) {
	tests := []struct {
		w, h                         int
		wide, square, portrait, tall Rect // X, Y, W, H
	}{
		{1920, 1080, Rect{0, 0, 1920, 1080}, Rect{420, 0, 1080, 1080}, Rect{528, 0, 864, 1080}, Rect{656, 0, 606, 1080}},
		{1280, 720, Rect{0, 0, 1280, 720}, Rect{280, 0, 720, 720}, Rect{352, 0, 576, 720}, Rect{438, 0, 404, 720}},
		{1920, 1088, Rect{0, 4, 1920, 1080}, Rect{416, 0, 1088, 1088}, Rect{524, 0, 870, 1088}, Rect{654, 0, 612, 1088}},
		{720, 576, Rect{0, 86, 720, 404}, Rect{72, 0, 576, 576}, Rect{130, 0, 460, 576}, Rect{198, 0, 324, 576}},
		{1080, 1920, Rect{0, 656, 1080, 606}, Rect{0, 420, 1080, 1080}, Rect{0, 284, 1080, 1350}, Rect{0, 0, 1080, 1920}},
		{3840, 2160, Rect{0, 0, 3840, 2160}, Rect{840, 0, 2160, 2160}, Rect{1056, 0, 1728, 2160}, Rect{1312, 0, 1214, 2160}},
	}
	for _, tt := range tests {
		for shape, want := range map[Shape]Rect{Wide: tt.wide, Square: tt.square, Portrait: tt.portrait, Tall: tt.tall} {
			if got := shape.Crop(tt.w, tt.h); got != want {
				t.Errorf("%s of %dx%d is %v, want %v", shape, tt.w, tt.h, got, want)
			}
		}
	}
}

// A crop lies in the picture, has even sides and offsets, has the shape to
// within the two pixels that evenness costs, and no larger one would fit.
func TestCropFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 8192).Draw(t, "w"), rapid.IntRange(0, 8192).Draw(t, "h")
		shape := rapid.SampledFrom(Shapes()).Draw(t, "shape")
		c := shape.Crop(w, h)
		if c.X < 0 || c.Y < 0 || c.X+c.W > w || c.Y+c.H > h || (c.X|c.Y|c.W|c.H)&1 != 0 {
			t.Fatalf("%s of %dx%d is %v", shape, w, h, c)
		}
		rw, rh := shape.Ratio()
		if offX, offY := w-c.W-2*c.X, h-c.H-2*c.Y; offX < 0 || offX > 3 || offY < 0 || offY > 3 {
			t.Fatalf("%s of %dx%d is %v: not in the middle", shape, w, h, c)
		}
		if tooWide := c.W - c.H*rw/rh; tooWide > 4 || tooWide < -4 {
			t.Fatalf("%s of %dx%d is %v: not of the shape", shape, w, h, c)
		}
		if c.W+2 <= w && c.H+2 <= h && (c.W+4)*rh <= w*rh && (c.W+4)*rh/rw <= h {
			t.Fatalf("%s of %dx%d is %v: a larger one fits", shape, w, h, c)
		}
	})
}

func TestRecipeCheck(t *testing.T) {
	ok := recipe(evening(20, 41, 7), evening(20, 41, 12))
	tests := []struct {
		name   string
		change func(*Recipe)
		says   string // empty: it can be rendered
	}{
		{"as it is", func(*Recipe) {}, ""},
		{"open", func(r *Recipe) { r.Span.Out = time.Time{} }, ""},
		{"every shape", func(r *Recipe) { r.Shapes = Shapes() }, ""},
		{"as long as it may be", func(r *Recipe) { r.Span.Out = r.Span.In.Add(2 * MaxMoment) }, ""},
		{"an older version", func(r *Recipe) { r.Version = 0 }, "version 0 is not 1"},
		{"no shape", func(r *Recipe) { r.Shapes = nil }, "it names no shape; choose from"},
		{"an unknown shape", func(r *Recipe) { r.Shapes = []Shape{Wide, "2:1"} }, `"2:1" is not one of`},
		{"a shape twice", func(r *Recipe) { r.Shapes = []Shape{Wide, Tall, Wide} }, "the shape 16:9 twice"},
		{"an instant", func(r *Recipe) { r.Span.Out = r.Span.In }, "is empty: set a mark-out, or give the rule"},
		{"backwards", func(r *Recipe) { r.Span.Out = r.Span.In.Add(-1) }, "is empty"},
		{"too long", func(r *Recipe) { r.Span.Out = r.Span.In.Add(2*MaxMoment + 1) }, "longer than the limit"},
	}
	for _, tt := range tests {
		r := ok
		tt.change(&r)
		if err := r.Check(); tt.says == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		} else {
			wantError(t, tt.name, err, Invalid, tt.says)
		}
	}
}

// A recipe's digest is what it was in every release: it names chunks, plans and
// provenance that are on disk. When this test fails, raise RecipeVersion.
func TestRecipeDigest(t *testing.T) {
	r := recipe(evening(20, 41, 7, 200*ms), evening(20, 41, 12))
	r.Logo = &Overlay{Image: DigestOf([]byte("logo")), Height: 80, Margin: 30}
	const text = `{"version":1,"feed":"match","span":{"in":"2026-11-23T20:41:07.2Z","out":"2026-11-23T20:41:12Z"},"shapes":["16:9","9:16"],` +
		`"captions":{"burn_in":true,"lang":"en"},"logo":{"image":"5d6e6c3a2c8e1a1c","height":80,"margin":30},` +
		`"sound":{"target":-14,"true_peak":-1},"encoding":{"preset":"veryfast","crf":21,"max_rate":8000,"max_fps":30}}`
	b, err := json.Marshal(r)
	if got := strings.Replace(string(b), string(r.Logo.Image), "5d6e6c3a2c8e1a1c", 1); err != nil || got != text {
		t.Errorf("the recipe's text changed, %v:\n%s\n%s", err, got, text)
	}
	const digest = "6955763d4486016be521013479ea81163eb68a0913edab911c0e1bd5382d3602"
	if got := r.Digest(); got != digest {
		t.Errorf("the recipe's digest is %s, it was %s", got, digest)
	}
	zone := time.FixedZone("", 3600)
	elsewhere := r
	elsewhere.Span = Span{r.Span.In.In(zone), r.Span.Out.In(zone)}
	if elsewhere.Digest() != r.Digest() {
		t.Error("the same instants written in another zone are another recipe")
	}
	var read Recipe
	if err := json.Unmarshal(b, &read); err != nil || read.Digest() != r.Digest() {
		t.Errorf("read back it is another recipe: %v", err)
	}
	open := r
	open.Span.Out = time.Time{}
	if open.Digest() == r.Digest() {
		t.Error("an open span is no other recipe")
	}
}

func TestRuleRecipe(t *testing.T) {
	rule := Rule{PreRoll: 5 * time.Second, PostRoll: 3 * time.Second, Shapes: []Shape{Tall}, Captions: true}
	m := Moment{Feed: "match", Span: Span{evening(20, 41, 7), evening(20, 41, 7)}}
	logo := &Overlay{Image: "0a"}
	got := rule.Recipe(m, Feed{Lang: "de"}, logo)
	want := Recipe{
		Version: 1, Feed: "match", Span: Span{evening(20, 41, 2), evening(20, 41, 10)}, Shapes: []Shape{Tall},
		Captions: Captions{BurnIn: true, Lang: "de"}, Logo: logo, Sound: Sound{-14, -1}, Encoding: Encoding{"veryfast", 21, 8000, 30},
	}
	if err := got.Check(); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("made %v, %v\nwant %v", got, err, want)
	}
}
