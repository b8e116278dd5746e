package desk

import (
	"context"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/store"
)

// Flagger makes moments and corrects them. activities.Flagger is one.
type Flagger interface {
	// Flag makes a moment, or answers with the one that the same source and
	// key made before (false).
	Flag(ctx context.Context, f clip.Flag, by clip.Actor) (clip.Moment, clip.Highlight, bool, error)
	// Close gives an open moment its mark-out.
	Close(ctx context.Context, id clip.MomentID, out string, by clip.Actor) (clip.Moment, clip.Highlight, error)
	Amend(ctx context.Context, id clip.MomentID, a clip.Amendment, by clip.Actor) (clip.Moment, clip.Highlight, error)
	// Withdraw says that the event did not happen.
	Withdraw(ctx context.Context, id clip.MomentID, by clip.Actor) (clip.Moment, clip.Highlight, error)
}

// Decider carries out what people decide. activities.Decider is one.
type Decider interface {
	// Decide records a verdict over one revision; Conflict when it is not the
	// present one, Invalid when an approved post would not fit.
	Decide(ctx context.Context, v clip.Decision, by clip.Actor) (clip.Highlight, error)
	// Edit changes a highlight at the revision that the person saw (0: any).
	Edit(ctx context.Context, id clip.MomentID, revision int, by clip.Actor, action string,
		change func(*clip.Highlight) error) (clip.Highlight, error)
	// Retract takes every post of a highlight down.
	Retract(ctx context.Context, id clip.MomentID, by clip.Actor) ([]clip.Post, error)
	RetractPost(ctx context.Context, id clip.PostID, by clip.Actor) (clip.Post, error)
	// Hold keeps posts from being sent, to one destination or to all (""), from
	// the moment it returns; Resume lets them go on.
	Hold(ctx context.Context, destination, reason string, by clip.Actor) error
	Resume(ctx context.Context, destination string, by clip.Actor) error
	// Resolve takes a person's word on a post that cannot be read back.
	Resolve(ctx context.Context, id clip.PostID, there bool, r clip.Receipt, by clip.Actor) (clip.Post, error)
}

// Starter starts and stops the recording of feeds. workflows.Client is one.
type Starter interface {
	StartFeed(ctx context.Context, id clip.FeedID) error
	StopFeed(ctx context.Context, id clip.FeedID) error
}

// Destination is an account that highlights are posted to, as the desk needs
// it.
type Destination struct {
	Name     string
	Platform string
	Profile  clip.Profile                    // as documented
	Limits   func() clip.Profile             // as the platform told by now; nil: Profile
	Check    func(ctx context.Context) error // is the account usable now; nil: cannot be asked
}

// limits are what the destination accepts, as far as is known now.
func (t Destination) limits() clip.Profile {
	if t.Limits != nil {
		return t.Limits()
	}
	return t.Profile
}

// User is somebody, or something, with a token.
type User struct {
	Name  string
	Role  clip.Role
	Token clip.Secret
}

// Config is what a desk is made from.
type Config struct {
	Catalogue    *store.Catalogue
	Blobs        *store.Blobs
	DVR          string                                                     // the directory that Segment.Path is below
	Probe        func(ctx context.Context, f clip.Feed) (feed.Found, error) // what a feed's source gives; nil: nobody looks
	Proxy        func(ctx context.Context, w ProxyWork) ([]byte, error)     // makes segments that browsers play; nil: other feeds are not shown
	Proxies      string                                                     // an empty directory where proxies are kept for a while; "": nowhere
	Flagger      Flagger
	Decider      Decider
	Workflows    Starter
	Hooks        map[string]*detect.Hook
	Destinations []Destination
	Rules        []clip.Rule
	Users        []User
	Ready        func(ctx context.Context) error
	Version      string
	Key          []byte // signs cookies; 32 random bytes that survive a restart
	Log          logrus.FieldLogger
	Now          func() time.Time // nil: time.Now
}

// Desk serves the API and the pages.
type Desk struct {
	Config
	api       huma.API
	mux       *http.ServeMux
	routes    []route
	dvr       *os.Root
	pages     pages
	statics   statics
	meters    *meters
	playlists playlists
	proxies   proxies
	inits     inits
	guards    guards
	leaving   chan struct{} // closed when the desk is about to stop
	leave     sync.Once
}

// New checks the configuration and prepares every route.
func New(c Config) (*Desk, error) {
	const op = "open the desk"
	if len(c.Key) < 32 {
		return nil, clip.Errorf(clip.Invalid, op, "the cookie key has %d bytes, it needs 32", len(c.Key))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := os.MkdirAll(c.DVR, 0o755); err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	dvr, err := os.OpenRoot(c.DVR)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	d := &Desk{Config: c, mux: http.NewServeMux(), dvr: dvr, leaving: make(chan struct{})}
	d.guards.init()
	d.proxies = proxies{lists: playlists{proxy: true}, all: playlists{all: true}, cache: newProxyCache(c.Proxies, proxyBudget), work: newFlights(proxySlots)}
	if d.statics, err = loadStatics(); err != nil {
		return nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	if d.pages, err = loadPages(d.statics); err != nil {
		return nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	d.meters = newMeters(d)
	d.route()
	return d, nil
}

// Leave ends the connections of those who follow events, so that a server can
// shut down; they come back by themselves. Give it to
// [http.Server.RegisterOnShutdown].
func (d *Desk) Leave() { d.leave.Do(func() { close(d.leaving) }) }

// Close gives back what the desk holds open.
func (d *Desk) Close() error {
	d.Leave()
	return d.dvr.Close()
}

// Handler serves everything. Its server must not set a WriteTimeout shorter
// than a person watches: live events set their own deadlines.
func (d *Desk) Handler() http.Handler { return d.protect(d.mux) }
