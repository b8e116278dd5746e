package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/ovation-live/ovation/clip"
)

// Interceptor turns every activity's error into Temporal's form in one place:
// the kind becomes the error's type, and decides whether the step is repeated
// and when.
type Interceptor struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (*Interceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &classifier{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type classifier struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (c *classifier) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	out, err := c.Next.ExecuteActivity(ctx, in)
	if err == nil || ctx.Err() != nil {
		return out, err
	}
	kind := clip.KindOf(err)
	options := temporal.ApplicationErrorOptions{NonRetryable: !kind.Retry()}
	if until := clip.UntilOf(err); kind == clip.Throttled && !until.IsZero() {
		options.NextRetryDelay = max(time.Until(until), time.Second)
	}
	return out, temporal.NewApplicationErrorWithOptions(err.Error(), kind.String(), options)
}
