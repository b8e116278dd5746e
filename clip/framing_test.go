package clip

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFramingCheck(t *testing.T) {
	at := evening(20, 41, 7)
	key := func(ms int, x, y int) Key { return Key{at.Add(time.Duration(ms) * time.Millisecond), x, y} }
	tests := []struct {
		f    Framing
		says string // empty: it can be rendered
	}{
		{Framing{Shape: Tall, Mode: Centred}, ""},
		{Framing{Shape: Tall, Mode: Fitted}, ""},
		{Framing{Shape: Tall, Mode: Led, Keys: []Key{key(0, 0, 1000), key(1, 1000, 0)}}, ""},
		{Framing{Shape: "2:1", Mode: Fitted}, `"2:1" is not one of`},
		{Framing{Shape: Tall, Mode: "pan"}, `"pan" is not one of`},
		{Framing{Shape: Tall, Mode: Led}, "manual needs from 1 to 500 keys, not 0"},
		{Framing{Shape: Tall, Mode: Led, Keys: []Key{key(0, 1001, 0)}}, "from 0 to 1000"},
		{Framing{Shape: Tall, Mode: Led, Keys: []Key{key(5, 1, 1), key(5, 2, 2)}}, "two keys are at"},
	}
	for _, tt := range tests {
		if err := tt.f.Check(); tt.says == "" {
			if err != nil {
				t.Errorf("%+v: %v", tt.f, err)
			}
		} else {
			wantError(t, tt.says, err, Invalid, tt.says)
		}
	}
}

// However framings are set one after the other, the recipe is written in one
// way, and one that is centred is the recipe of before there was framing.
func TestReframe(t *testing.T) {
	plain := recipe(evening(20, 41, 7), evening(20, 41, 12))
	plain.Shapes = Shapes()
	zone := time.FixedZone("", 3600)
	at := evening(20, 41, 8)
	keys := []Key{{at.Add(time.Second).In(zone), 700, 500}, {at, 300, 500}}
	tall, square := Framing{Shape: Tall, Mode: Led, Keys: keys}, Framing{Shape: Square, Mode: Fitted}
	one, other := plain.reframed(tall).reframed(square), plain.reframed(square).reframed(tall)
	if one.Digest() != other.Digest() || one.Digest() == plain.Digest() || one.Framing[0].Shape != Square {
		t.Errorf("%+v\n%+v", one.Framing, other.Framing)
	}
	if keys[0].X != 700 {
		t.Error("the keys that were given were changed")
	}
	for _, s := range Shapes() {
		one = one.reframed(Framing{Shape: s, Mode: Centred})
	}
	if one.Digest() != plain.Digest() {
		t.Errorf("centred again it is another recipe: %+v", one.Framing)
	}
	h := Highlight{State: HighlightReview, Revision: 3, Recipe: plain, Renditions: []Rendition{{}}}
	if err := h.Reframe(tall); err != nil || h.State != HighlightRendering || h.Revision != 4 || h.Renditions != nil || h.Recipe.framing(Tall).Mode != Led {
		t.Errorf("%v, %+v", err, h)
	}
	wantError(t, "none", h.Reframe(Framing{Shape: Tall, Mode: Led}), Invalid, "needs from 1 to 500 keys")
	h.Recipe.Shapes = []Shape{Wide}
	wantError(t, "shape", h.Reframe(tall), Invalid, "shape 9:16 is not rendered; the recipe has [16:9]")
	h.State = HighlightSettled
	wantError(t, "over", h.Reframe(tall), Conflict, "it is settled")
}

// Keys lead the crop from one to the next and stand still around them, and a
// trim does not move it.
func TestLed(t *testing.T) {
	s := standard() // 1280x720 at 25
	r := s.ofFrames(0, 150)
	r.Shapes = []Shape{Wide, Tall}
	r = r.reframed(Framing{Shape: Tall, Mode: Led, Keys: []Key{{s.at(60), 250, 500}, {s.at(110), 750, 500}}})
	whole := panOf(mustPlan(t, r, record(false, s)), 1)
	crop := Tall.Crop(1280, 720)
	for _, want := range []struct{ frame, x int }{{0, 320}, {60, 320}, {85, 640}, {110, 960}, {149, 960}} {
		if got := whole[want.frame] + crop.W/2; max(got-want.x, want.x-got) > 1 {
			t.Errorf("in frame %d the middle is at %d, want %d", want.frame, got, want.x)
		}
	}
	for i := 1; i < len(whole); i++ {
		if step := whole[i] - whole[i-1]; step < 0 || step > 20 {
			t.Errorf("in frame %d the crop goes by %d", i, step)
		}
	}
	trimmed := r
	trimmed.Span = s.ofFrames(70, 140).Span
	if diff := cmp.Diff(whole[70:140], panOf(mustPlan(t, trimmed, record(false, s)), 1)); diff != "" {
		t.Errorf("trimmed it goes another way:\n%s", diff)
	}
	r.Framing[0].Keys = []Key{{s.at(0), 0, 0}, {s.at(1), 1000, 1000}}
	for _, c := range mustPlan(t, r, record(false, s)).Cells {
		for i, x := range panOf(Plan{Cells: []Cell{c}}, 1) {
			if x < 0 || x+crop.W > 1280 {
				t.Errorf("in frame %d the crop leaves the picture: %d", i, x)
			}
		}
	}
}

// panOf is where the crop of the n-th shape is in each frame.
func panOf(p Plan, n int) []int {
	var out []int
	for _, c := range p.Cells {
		for i := range c.Frames {
			x := c.Chunks[n].Crop.X
			if pan := c.Chunks[n].Pan; pan != nil {
				x = pan[i]
			}
			out = append(out, x)
		}
	}
	return out
}

// Only the chunks that a framing moves get other names.
func TestWhatReframingRenders(t *testing.T) {
	s := standard()
	r := s.ofFrames(0, 500)
	before := mustPlan(t, r, record(false, s))
	count := func(r Recipe) (wide, tall int) {
		for i, c := range mustPlan(t, r, record(false, s)).Cells {
			was := before.Cells[i].Chunks
			if c.Chunks[0].Key != was[0].Key {
				wide++
			}
			if c.Chunks[1].Key != was[1].Key {
				tall++
			}
		}
		return wide, tall
	}
	for _, tt := range []struct {
		f    Framing
		want [2]int
	}{
		{Framing{Shape: Wide, Mode: Fitted}, [2]int{0, 0}}, // it shows all of it anyway
		{Framing{Shape: Tall, Mode: Fitted}, [2]int{0, 10}},
		{Framing{Shape: Tall, Mode: Led, Keys: []Key{{s.at(0), 400, 500}}}, [2]int{0, 10}},
		{Framing{Shape: Tall, Mode: Led, Keys: []Key{{s.at(0), 500, 500}}}, [2]int{0, 0}}, // the same pixels
		{Framing{Shape: Tall, Mode: Centred}, [2]int{0, 0}},
	} {
		if w, h := count(r.reframed(tt.f)); w != tt.want[0] || h != tt.want[1] {
			t.Errorf("%+v: %d and %d chunks are rendered again, want %v", tt.f, w, h, tt.want)
		}
	}
	keys := []Key{{s.at(0), 400, 500}, {s.at(410), 400, 500}, {s.at(420), 500, 500}}
	led := mustPlan(t, r.reframed(Framing{Shape: Tall, Mode: Led, Keys: keys}), record(false, s))
	keys[2].X = 600
	moved := mustPlan(t, r.reframed(Framing{Shape: Tall, Mode: Led, Keys: keys}), record(false, s))
	if got := changed(led, moved); len(got) != 2 || got[0] != 8 {
		t.Errorf("a key in cell 8 moves: cells %v are rendered again", got)
	}
}

// The way between two keys begins and ends gently and never turns back.
func TestEased(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.Int64Range(0, easeUnits-64).Draw(t, "u")
		if a, b := eased(u), eased(u+64); b < a || b-a > 100 {
			t.Fatalf("from %d to %d it goes from %d to %d", u, u+64, a, b)
		}
	})
	if eased(0) != 0 || eased(easeUnits) != easeUnits || eased(easeUnits/2) != easeUnits/2 {
		t.Errorf("%d, %d, %d", eased(0), eased(easeUnits/2), eased(easeUnits))
	}
}
