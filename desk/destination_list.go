package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

// destinationView is a destination without what must stay secret.
type destinationView struct {
	Name     string       `json:"name"`
	Platform string       `json:"platform"`
	Profile  clip.Profile `json:"profile"`
}

type destinationsOut struct {
	Body struct {
		Destinations []destinationView `json:"destinations"`
	}
}

// listDestinations is GET /api/v1/destinations.
func (d *Desk) listDestinations(_ context.Context, _ *struct{}) (*destinationsOut, error) {
	var out destinationsOut
	out.Body.Destinations = each(d.Destinations, func(t Destination) destinationView {
		return destinationView{t.Name, t.Platform, t.limits()}
	})
	return &out, nil
}

// destination finds a destination by its name.
func (d *Desk) destination(name string) (Destination, error) {
	for _, t := range d.Destinations {
		if t.Name == name {
			return t, nil
		}
	}
	return Destination{}, clip.Errorf(clip.NotFound, "find a destination", "%q is not configured; there are %v", name,
		each(d.Destinations, func(t Destination) string { return t.Name }))
}
