package clip

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Profile is what a destination accepts. Every number stands, with its source
// and the day it was checked, at the top of its platform's file; live limits
// replace them where the platform tells its own.
type Profile struct {
	Platform    string        `json:"platform"`
	Shapes      []Shape       `json:"shapes"`       // accepted, best first; none: any
	MinDuration time.Duration `json:"min_duration"` // 0: none
	MaxDuration time.Duration `json:"max_duration"` // 0: none
	MaxBytes    int64         `json:"max_bytes"`    // of the video; 0: none
	MaxText     int           `json:"max_text"`     // as Count counts; 0: none
	MaxAlt      int           `json:"max_alt"`      // characters; 0: none
	NoAlt       bool          `json:"no_alt"`       // there is no place for an alternative text
	MaxTitle    int           `json:"max_title"`    // characters; 0: none, or titles are not shown
	Without     string        `json:"without"`      // characters that neither text nor title may have
	Quiet       time.Duration `json:"quiet"`        // before a missing post may be called absent
	ReadBack    bool          `json:"read_back"`    // can a lost answer be looked up by our own marker
	Takedown    Takedown      `json:"takedown"`     // how a post is taken back
	Budgets     []Budget      `json:"budgets"`      // of posts to one account; none: no limit that we know of

	// Count is the length of a text as the platform counts it.
	Count func(text string) int `json:"-"`
}

// Takedown is how a platform lets a post be taken back.
type Takedown string

// The ways to take a post back.
const (
	TakedownDelete Takedown = "delete"  // for good, by the API
	TakedownHide   Takedown = "hide"    // out of sight by the API, and it can come back
	TakedownByHand Takedown = "by hand" // a person has to do it, there is no API
)

// Check says whether a rendition with a text fits, and if not, why and by how
// much. Nothing is ever truncated to fit.
func (p Profile) Check(d Draft, r Rendition) error {
	op := "post to " + d.Destination
	switch {
	case len(p.Shapes) > 0 && !slices.Contains(p.Shapes, d.Shape):
		return Errorf(Invalid, op, "the shape is %s, %s takes %v", d.Shape, p.Platform, p.Shapes)
	case p.MinDuration > 0 && r.Duration < p.MinDuration:
		return Errorf(Invalid, op, "the clip is %s long, %s wants at least %s", round(r.Duration), p.Platform, p.MinDuration)
	case p.MaxDuration > 0 && r.Duration > p.MaxDuration:
		return Errorf(Invalid, op, "the clip is %s long, %s takes %s at most; trim it", round(r.Duration), p.Platform, p.MaxDuration)
	case p.MaxBytes > 0 && r.Size > p.MaxBytes:
		return Errorf(Invalid, op, "the file has %d bytes, %s takes %d at most; trim it", r.Size, p.Platform, p.MaxBytes)
	}
	return p.CheckText(d)
}

// CheckText says whether a draft's words fit.
func (p Profile) CheckText(d Draft) error {
	op := "post to " + d.Destination
	if p.MaxText > 0 {
		if n := p.Count(d.Text); n > p.MaxText {
			return Errorf(Invalid, op, "the text counts %d, %s takes %d at most; shorten it by %d", n, p.Platform, p.MaxText, n-p.MaxText)
		}
	}
	if n := len([]rune(d.Alt)); p.MaxAlt > 0 && n > p.MaxAlt {
		return Errorf(Invalid, op, "the alternative text has %d characters, %s takes %d at most", n, p.Platform, p.MaxAlt)
	}
	return p.lawful(op, "text", d.Text)
}

// CheckTitle says whether a title fits where the platform shows one.
func (p Profile) CheckTitle(destination, title string) error {
	op := "post to " + destination
	switch n := len([]rune(title)); {
	case p.MaxTitle == 0:
		return nil
	case strings.TrimSpace(title) == "":
		return Errorf(Invalid, op, "%s wants a title", p.Platform)
	case n > p.MaxTitle:
		return Errorf(Invalid, op, "the title has %d characters, %s takes %d at most", n, p.Platform, p.MaxTitle)
	}
	return p.lawful(op, "title", title)
}

// lawful says which character of a text the platform never takes.
func (p Profile) lawful(op, what, text string) error {
	if i := strings.IndexAny(text, p.Without); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return Errorf(Invalid, op, "the %s has %q, which %s does not take; write it in another way", what, r, p.Platform)
	}
	return nil
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
