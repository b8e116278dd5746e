package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type countIn struct {
	Name string `path:"name"`
	Body struct {
		Text string `json:"text,omitempty"`
		Alt  string `json:"alt,omitempty"`
	}
}

// countBody is how long a draft is as its destination counts, and what fits.
type countBody struct {
	Text    int    `json:"text"`
	MaxText int    `json:"max_text" doc:"0: no limit"`
	Alt     int    `json:"alt"`
	MaxAlt  int    `json:"max_alt" doc:"0: no limit"`
	Fits    bool   `json:"fits"`
	Reason  string `json:"reason,omitempty" doc:"Why it does not fit"`
}

type countOut struct {
	Body countBody
}

// countText is POST /api/v1/destinations/{name}/count: the one place where the
// desk's counters come from.
func (d *Desk) countText(_ context.Context, in *countIn) (*countOut, error) {
	t, err := d.destination(in.Name)
	if err != nil {
		return nil, err
	}
	return &countOut{Body: t.count(clip.Draft{Destination: t.Name, Text: in.Body.Text, Alt: in.Body.Alt})}, nil
}

func (t Destination) count(draft clip.Draft) countBody {
	p := t.limits()
	c := countBody{Text: p.Count(draft.Text), MaxText: p.MaxText, Alt: len([]rune(draft.Alt)), MaxAlt: p.MaxAlt, Fits: true}
	if err := p.CheckText(draft); err != nil {
		c.Fits, c.Reason = false, err.Error()
	}
	return c
}
