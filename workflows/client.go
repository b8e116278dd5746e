package workflows

import (
	"context"
	"errors"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// Client starts workflows, or tells those that run to look again: one call
// that does either and may repeat. It is an activities.Starter.
type Client struct {
	Temporal client.Client
	Host     string // records the feeds that this process starts
}

// StartFeed has a feed recorded by this host, anew if it is recorded already.
func (c *Client) StartFeed(ctx context.Context, id clip.FeedID) error {
	return c.poke(ctx, WatchID(id), SignalRestart, c.Host, Watch, WatchInput{Feed: id, Host: c.Host})
}

// StopFeed ends a feed's recording. A feed that is not recorded is no error.
func (c *Client) StopFeed(ctx context.Context, id clip.FeedID) error {
	err := c.Temporal.SignalWorkflow(ctx, WatchID(id), "", SignalRemove, nil)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	return classify("stop feed "+string(id), err)
}

// StartHighlight implements activities.Starter.
func (c *Client) StartHighlight(ctx context.Context, id clip.MomentID) error {
	return c.poke(ctx, HighlightID(id), SignalLook, nil, Highlight, activities.HighlightInput{Highlight: id})
}

// StartPost implements activities.Starter.
func (c *Client) StartPost(ctx context.Context, id clip.PostID) error {
	return c.poke(ctx, PostID(id), SignalLook, nil, Post, activities.PostInput{Post: id})
}

func (c *Client) poke(ctx context.Context, id, signal string, arg any, workflow any, in any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	options := client.StartWorkflowOptions{ID: id, TaskQueue: Queue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE}
	_, err := c.Temporal.SignalWithStartWorkflow(ctx, id, signal, arg, options, workflow, in)
	return classify("start "+id, err)
}

// classify calls every failure of Temporal one that may pass: what was asked
// for stands in the catalogue, and the next start picks it up.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	return clip.Errorf(clip.Unavailable, op, "it is written down and starts as soon as Temporal answers: %w", err)
}
