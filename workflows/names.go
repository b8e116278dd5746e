package workflows

import (
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// The task queues.
const (
	Queue       = "ovation"        // light steps
	RenderQueue = "ovation-render" // encoding
)

// HostQueue is for what must run where a feed's recording is on local disk.
func HostQueue(host string) string { return "ovation-host-" + host }

// The signals. They carry no facts.
const (
	SignalLook    = "look"    // something changed: read the catalogue again
	SignalRestart = "restart" // a recording host began anew; carries its name
	SignalRemove  = "remove"  // the feed was removed
)

// FeedAttribute is the search attribute by which Temporal's own tools list a
// feed's workflow. A namespace that somebody else keeps may lack it.
const FeedAttribute = "OvationFeed"

// The workflow types.
const (
	WatchType     = "Watch"
	HighlightType = "Highlight"
	PostType      = "Post"
)

// WatchID names a feed's workflow.
func WatchID(id clip.FeedID) string { return "feed/" + string(id) }

// HighlightID names a highlight's workflow.
func HighlightID(id clip.MomentID) string { return "highlight/" + string(id) }

// PostID names a post's workflow: post/<highlight>/<destination>.
func PostID(id clip.PostID) string { return "post/" + strings.Replace(string(id), ".", "/", 1) }
