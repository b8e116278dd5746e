package worker

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"
	"go.temporal.io/sdk/client"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/desk"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
	"github.com/ovation-live/ovation/workflows"
)

// parts is a process put together.
type parts struct {
	log       logrus.FieldLogger
	dvr       string
	disk      *feed.Disk
	catalogue *store.Catalogue
	blobs     *store.Blobs
	media     *media.Engine
	accounts  map[string]platform.Account
	profiles  *activities.Profiles
	hooks     map[string]*detect.Hook
	flagger   *activities.Flagger
	decider   *activities.Decider
	starter   *starter
	temporal  client.Client
	open      closers
}

func (p *parts) close() error { return p.open.close() }

// build opens everything that the process needs, in the order in which one
// thing needs another, and starts the workers.
func build(ctx context.Context, o Options) (_ *parts, err error) {
	p := &parts{log: o.Log}
	defer func() {
		if err != nil {
			_ = p.close() // the first error is the one to tell
		}
	}()
	if err := p.stores(ctx, o.Data); err != nil {
		return nil, err
	}
	if p.media, err = media.New(o.Config.FFmpeg, o.Config.FFprobe, o.Log); err != nil {
		return nil, err
	}
	if p.accounts, p.profiles, err = Accounts(o.Config, o.Data, o.Log); err != nil {
		return nil, err
	}
	if err := p.desk(ctx, o.Config); err != nil {
		return nil, err
	}
	marks, err := Marks(o.Config)
	if err != nil {
		return nil, err
	}
	scratch, err := emptied(o.Data, "scratch")
	if err != nil {
		return nil, err
	}
	if err := p.connect(o); err != nil {
		return nil, err
	}
	return p, p.work(&activities.Activities{
		Catalogue: p.catalogue, Blobs: p.blobs, Media: p.media, Flagger: p.flagger, Decider: p.decider,
		Marks: marks, Speech: Speech(o.Config), Accounts: p.accounts, DVR: p.dvr, Disk: p.disk, Scratch: scratch, Start: p.starter.client, Now: time.Now, Started: time.Now(), Log: o.Log,
	})
}

// stores opens what survives.
func (p *parts) stores(ctx context.Context, data string) (err error) {
	if p.dvr, err = directory(data, "dvr"); err != nil {
		return err
	}
	p.disk = &feed.Disk{Dir: p.dvr, Log: p.log}
	if p.catalogue, err = store.Open(ctx, filepath.Join(data, "catalogue.db")); err != nil {
		return err
	}
	p.open.add(p.catalogue.Close)
	blobs, err := directory(data, "blobs")
	if err != nil {
		return err
	}
	uploads, err := directory(data, "uploads")
	if err != nil {
		return err
	}
	if p.blobs, err = store.OpenBlobs(ctx, "file://"+filepath.ToSlash(blobs), uploads); err != nil {
		return err
	}
	p.open.add(p.blobs.Close)
	return nil
}

// desk prepares what people, webhooks and marks ask for.
func (p *parts) desk(ctx context.Context, c configs.Config) error {
	rules, err := activities.NewRules(c.Rules)
	if err != nil {
		return err
	}
	logos, err := p.logos(ctx, c.Rules)
	if err != nil {
		return err
	}
	if p.hooks, err = Hooks(c); err != nil {
		return err
	}
	p.starter = &starter{log: p.log}
	p.flagger = &activities.Flagger{Catalogue: p.catalogue, Rules: rules, Profiles: p.profiles, Logos: logos, Start: p.starter, Disk: p.disk, Now: time.Now}
	p.decider = &activities.Decider{Catalogue: p.catalogue, Profiles: p.profiles, Start: p.starter}
	return nil
}

// The place of a logo: the top right corner, a tenth of the picture high.
const (
	logoHeight = 62 // thousandths
	logoMargin = 36
)

// logos brings each rule's picture into the blob store.
func (p *parts) logos(ctx context.Context, rules []clip.Rule) (map[string]*clip.Overlay, error) {
	out := map[string]*clip.Overlay{}
	for _, r := range rules {
		if r.Logo == "" || out[r.Logo] != nil {
			continue
		}
		digest, err := p.logo(ctx, r.Logo)
		if err != nil {
			return nil, clip.Errorf(clip.KindOf(err), "read the logo of rule "+r.Name, "%w", err)
		}
		out[r.Logo] = &clip.Overlay{Image: digest, Height: logoHeight, Margin: logoMargin}
	}
	return out, nil
}

func (p *parts) logo(ctx context.Context, path string) (clip.Digest, error) {
	picture := configs.Logo
	if path != configs.BuiltInLogo {
		var err error
		if picture, err = os.ReadFile(path); err != nil {
			return "", clip.Errorf(clip.Invalid, "read a logo", "%w", err)
		}
	}
	if http.DetectContentType(picture) != "image/png" {
		return "", clip.Errorf(clip.Invalid, "read a logo", "%s is no PNG", path)
	}
	return putBytes(ctx, p.blobs, picture)
}

// destinations are the accounts as the desk shows them.
func (p *parts) destinations(c configs.Config) []desk.Destination {
	var out []desk.Destination
	for _, d := range c.Destinations {
		account := p.accounts[d.Name]
		profile, _ := p.profiles.Of(d.Name) // every account has one
		out = append(out, desk.Destination{Name: d.Name, Platform: d.Platform, Profile: profile,
			Limits: func() clip.Profile { now, _ := p.profiles.Of(d.Name); return now },
			Check:  func(ctx context.Context) error { return CheckAccount(ctx, account) }})
	}
	return out
}

// CheckAccount proves an account without posting anything: its token and
// permissions where it can tell them apart, and that it answers.
func CheckAccount(ctx context.Context, a platform.Account) error {
	if checked, ok := a.(platform.Checked); ok {
		if err := checked.Check(ctx); err != nil {
			return err
		}
	}
	_, err := a.Limits(ctx)
	return err
}

// emptied makes an empty directory: what a crash left in it is of no use.
func emptied(data, name string) (string, error) {
	if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
		return "", clip.Errorf(clip.Unavailable, "empty directory "+name, "%w", err)
	}
	return directory(data, name)
}

// starter is the client without its failures: what could not be started stands
// in the catalogue, and the next look of reconcileForever starts it.
type starter struct {
	client *workflows.Client
	log    logrus.FieldLogger
}

func (s *starter) later(err error) error {
	if err != nil {
		s.log.WithError(err).Warn("workflow could not be reached; it is tried again within a minute")
	}
	return nil
}

// StartFeed implements activities.Starter.
func (s *starter) StartFeed(ctx context.Context, id clip.FeedID) error {
	return s.later(s.client.StartFeed(ctx, id))
}

// StopFeed implements activities.Starter.
func (s *starter) StopFeed(ctx context.Context, id clip.FeedID) error {
	return s.client.StopFeed(ctx, id)
}

// StartHighlight implements activities.Starter.
func (s *starter) StartHighlight(ctx context.Context, id clip.MomentID) error {
	return s.later(s.client.StartHighlight(ctx, id))
}

// StartPost implements activities.Starter.
func (s *starter) StartPost(ctx context.Context, id clip.PostID) error {
	return s.later(s.client.StartPost(ctx, id))
}
