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
	// Forecast says what may still be posted, and Hold why nothing is.
	Forecast clip.Forecast `json:"forecast"`
	Hold     *clip.Hold    `json:"hold,omitempty"`
}

type destinationsOut struct {
	Body struct {
		Destinations []destinationView `json:"destinations"`
	}
}

// listDestinations is GET /api/v1/destinations.
func (d *Desk) listDestinations(ctx context.Context, _ *struct{}) (*destinationsOut, error) {
	views, err := d.destinationViews(ctx)
	var out destinationsOut
	out.Body.Destinations = listed(views)
	return &out, err
}

func (d *Desk) destinationViews(ctx context.Context) ([]destinationView, error) {
	holds, err := d.Catalogue.Holds(ctx, d.Now())
	if err != nil {
		return nil, err
	}
	var views []destinationView
	for _, t := range d.Destinations {
		v := destinationView{Name: t.Name, Platform: t.Platform, Profile: t.limits()}
		if v.Forecast, err = d.Catalogue.Forecast(ctx, t.Name, v.Profile.Budgets, d.Now()); err != nil {
			return nil, err
		}
		if h, held := clip.HoldOn(holds, t.Name, d.Now()); held {
			v.Hold = &h
		}
		views = append(views, v)
	}
	return views, nil
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
