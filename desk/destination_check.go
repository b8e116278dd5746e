package desk

import (
	"context"
	"time"
)

type destinationIn struct {
	Name string `path:"name"`
}

type checkOut struct {
	Body struct {
		OK bool `json:"ok"`
	}
}

// checkDestination is POST /api/v1/destinations/{name}/check: the far side is
// asked now; what is wrong is the problem's detail.
func (d *Desk) checkDestination(ctx context.Context, in *destinationIn) (*checkOut, error) {
	t, err := d.destination(in.Name)
	if err != nil {
		return nil, err
	}
	if t.Check != nil {
		if err := within(ctx, 20*time.Second, t.Check); err != nil {
			return nil, err
		}
	}
	var out checkOut
	out.Body.OK = true
	return &out, nil
}
