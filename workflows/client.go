package workflows

import (
	"context"
	"errors"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
)

// Client starts workflows, or tells those that run to look again: one call
// that does either and may repeat. It is an activities.Starter.
type Client struct {
	Temporal   client.Client
	Host       string // records the feeds that this process starts
	Attributes bool   // whether the namespace has our search attributes
}

// StartFeed has a feed recorded by this host, anew if it is recorded already.
func (c *Client) StartFeed(ctx context.Context, id clip.FeedID) error {
	return c.start(ctx, poke{id: WatchID(id), signal: SignalRestart, arg: c.Host, workflow: Watch,
		in: WatchInput{Feed: id, Host: c.Host}, attributes: c.attributes(id)})
}

// KeepFeed has a feed recorded that is not, and leaves one that is alone.
func (c *Client) KeepFeed(ctx context.Context, id clip.FeedID) error {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	options := client.StartWorkflowOptions{ID: WatchID(id), TaskQueue: Queue, TypedSearchAttributes: c.attributes(id),
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING}
	_, err := c.Temporal.ExecuteWorkflow(ctx, options, Watch, WatchInput{Feed: id, Host: c.Host})
	return classify("keep feed "+string(id), err)
}

// attributes are by what Temporal's own tools find a feed's workflow.
func (c *Client) attributes(id clip.FeedID) temporal.SearchAttributes {
	if !c.Attributes {
		return temporal.SearchAttributes{}
	}
	return temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword(FeedAttribute).ValueSet(string(id)))
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
	return c.start(ctx, poke{id: HighlightID(id), signal: SignalLook, workflow: Highlight, in: activities.HighlightInput{Highlight: id}})
}

// StartPost implements activities.Starter.
func (c *Client) StartPost(ctx context.Context, id clip.PostID) error {
	return c.start(ctx, poke{id: PostID(id), signal: SignalLook, workflow: Post, in: activities.PostInput{Post: id}})
}

// answers is how long Temporal may take to answer.
const answers = 10 * time.Second

// poke is a signal to a workflow, and how it is started where it does not run.
type poke struct {
	id, signal   string
	arg          any // of the signal
	workflow, in any
	attributes   temporal.SearchAttributes
}

func (c *Client) start(ctx context.Context, p poke) error {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	options := client.StartWorkflowOptions{ID: p.id, TaskQueue: Queue, TypedSearchAttributes: p.attributes,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE}
	_, err := c.Temporal.SignalWithStartWorkflow(ctx, p.id, p.signal, p.arg, options, p.workflow, p.in)
	return classify("start "+p.id, err)
}

// classify calls every failure of Temporal one that may pass: what was asked
// for stands in the catalogue, and the next start picks it up.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	return clip.Errorf(clip.Unavailable, op, "it is written down and starts as soon as Temporal answers: %w", err)
}
