package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type sendingOut struct {
	Body struct {
		Holds []clip.Hold `json:"holds" doc:"What keeps posts from being sent; one without a destination stops them all"`
	}
}

// showSending is GET /api/v1/sending.
func (d *Desk) showSending(ctx context.Context, _ *struct{}) (*sendingOut, error) {
	holds, err := d.Catalogue.Holds(ctx, d.Now())
	var out sendingOut
	out.Body.Holds = listed(holds)
	return &out, err
}

type stopIn struct {
	Body *struct {
		Destination string `json:"destination,omitempty" doc:"Only this one; empty: all"`
		Reason      string `json:"reason,omitempty" maxLength:"500" doc:"For those who wonder"`
	}
}

// stopSending is POST /api/v1/sending/stop: the kill switch, and the pause of
// one destination. When it answers, no publish call begins any more.
func (d *Desk) stopSending(ctx context.Context, in *stopIn) (*sendingOut, error) {
	var destination, reason string
	if in.Body != nil {
		destination, reason = in.Body.Destination, in.Body.Reason
	}
	if err := d.Decider.Hold(ctx, destination, reason, actorOf(ctx)); err != nil {
		return nil, err
	}
	return d.showSending(ctx, nil)
}

type resumeIn struct {
	Body *struct {
		Destination string `json:"destination,omitempty" doc:"This one, also where its platform asked to wait; empty: end the stop of all"`
	}
}

// resumeSending is POST /api/v1/sending/resume.
func (d *Desk) resumeSending(ctx context.Context, in *resumeIn) (*sendingOut, error) {
	var destination string
	if in.Body != nil {
		destination = in.Body.Destination
	}
	if err := d.Decider.Resume(ctx, destination, actorOf(ctx)); err != nil {
		return nil, err
	}
	return d.showSending(ctx, nil)
}

// sendingBody is what the Posts page shows of sending as a whole.
type sendingBody struct {
	Stopped  *clip.Hold // all of it
	Held     int        // accounts that are held by themselves
	Accounts []sendingAccount
}

// sendingAccount is one destination there.
type sendingAccount struct {
	destinationView
	Left string // in words
}

func (d *Desk) sending(ctx context.Context) (b sendingBody, err error) {
	views, err := d.destinationViews(ctx)
	for _, v := range views {
		switch {
		case v.Hold == nil:
		case v.Hold.Destination == "":
			b.Stopped, v.Hold = v.Hold, nil
		default:
			b.Held++
		}
		b.Accounts = append(b.Accounts, sendingAccount{v, v.Forecast.Words(d.Now())})
	}
	return b, err
}
