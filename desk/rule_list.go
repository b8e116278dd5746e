package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type rulesOut struct {
	Body struct {
		Rules []clip.Rule `json:"rules"`
	}
}

// listRules is GET /api/v1/rules.
func (d *Desk) listRules(_ context.Context, _ *struct{}) (*rulesOut, error) {
	var out rulesOut
	out.Body.Rules = listed(d.Rules)
	return &out, nil
}
