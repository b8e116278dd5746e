package clip

import "time"

// Rule says what becomes of a moment: how much context is shown, in which
// shapes, where it goes, and who decides. The first rule whose When is true of
// a moment applies.
type Rule struct {
	Name         string        `json:"name"`
	When         string        `json:"when"` // CEL over moment and feed
	PreRoll      time.Duration `json:"pre_roll"`
	PostRoll     time.Duration `json:"post_roll"`
	Shapes       []Shape       `json:"shapes"`
	Reframe      Mode          `json:"reframe"`      // how shapes that are not the feed's are framed; empty: centred
	Captions     bool          `json:"captions"`     // burned in where there are any
	Speech       bool          `json:"speech"`       // captions are made of what is said where the feed has none
	Logo         string        `json:"logo"`         // a PNG file; empty: none; "demo": built in
	Destinations []string      `json:"destinations"` // names
	Text         string        `json:"text"`         // a text/template over the moment
	Alt          string        `json:"alt"`          // the same
	Approval     Approval      `json:"approval"`
	Priority     Priority      `json:"priority"`
	Patience     time.Duration `json:"patience"` // silence refuses after this
}

// Recipe is the edit that the rule makes of a moment.
func (r Rule) Recipe(m Moment, f Feed, logo *Overlay) Recipe {
	recipe := Recipe{
		Version:  RecipeVersion,
		Feed:     m.Feed,
		Span:     m.Span.Grow(r.PreRoll, r.PostRoll),
		Shapes:   r.Shapes,
		Captions: Captions{BurnIn: r.Captions, Lang: f.Lang, Speech: r.Speech},
		Logo:     logo,
		Sound:    DefaultSound(),
		Encoding: DefaultEncoding(),
	}
	if r.Reframe != "" {
		for _, s := range r.Shapes {
			recipe = recipe.reframed(Framing{Shape: s, Mode: r.Reframe})
		}
	}
	return recipe
}
