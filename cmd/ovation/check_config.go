package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/worker"
)

// describe says what a configuration holds.
func describe(c configs.Config) string {
	return fmt.Sprintf("feeds %d, destinations %d, rules %d, hooks %d, rules for marks %d, users %d",
		len(c.Feeds), len(c.Destinations), len(c.Rules), len(c.Hooks), len(c.Marks), len(c.Users))
}

// configuration checks what only the packages that use it can tell.
func (c *checker) configuration(ctx context.Context) {
	if a := c.config.Temporal.Address; a != "" && c.live {
		c.try("temporal "+a, "answers", "start the cluster, or leave temporal.address out for the server inside", c.reach(ctx, a))
	}
	for _, f := range c.config.Feeds {
		c.checkFeed(ctx, f)
	}
	c.checkRules(c.checkDestinations(ctx))
	for _, h := range c.config.Hooks {
		_, err := worker.Hooks(configs.Config{Hooks: []configs.Hook{h}})
		c.try("hook "+h.Name, "POST /api/v1/hooks/"+h.Name, "mend its secrets or map; configs/example.yaml explains them", err)
	}
	if len(c.config.Marks) > 0 {
		_, err := worker.Marks(c.config)
		c.try("marks", fmt.Sprintf("rules %d", len(c.config.Marks)), "mend the rule's map; configs/example.yaml explains it", err)
	}
}

// reach sees whether somebody listens at an address.
func (c *checker) reach(ctx context.Context, address string) error {
	return within(ctx, "reach "+address, func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// checkFeed opens a feed's source, and with --live says what it gives.
func (c *checker) checkFeed(ctx context.Context, f clip.Feed) {
	name, works := "feed "+string(f.ID), f.URL
	var tools feed.Tools
	if c.engine != nil {
		tools = activities.Tools(c.engine)
	}
	_, err := feed.Open(f, tools, c.log)
	if err == nil && c.live {
		err = within(ctx, "read feed "+string(f.ID), func(ctx context.Context) error {
			found, err := feed.Probe(ctx, f, tools, c.log)
			works = strings.Join(append(found.Words(), found.Warnings...), "; ")
			return err
		})
	}
	c.try(name, works, "look whether the URL plays in a player; allow_private: true is needed for a URL in the private network", err)
}

// checkDestinations gives the profiles of those that can be used. Drivers may
// make folders in the data directory; where there is none yet they get another
// one, so that a check leaves nothing behind.
func (c *checker) checkDestinations(ctx context.Context) map[string]clip.Profile {
	profiles := map[string]clip.Profile{}
	dir := c.config.Data
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if dir, err = os.MkdirTemp("", "ovation-check-"); err != nil {
			c.try("destinations", "", "make room in "+os.TempDir(), err)
			return profiles
		}
		defer os.RemoveAll(dir)
	}
	for _, d := range c.config.Destinations {
		if p, ok := c.checkDestination(ctx, d, dir); ok {
			profiles[d.Name] = p
		}
	}
	return profiles
}

// checkDestination opens an account, and with --live asks it for its limits.
// False: it cannot be used.
func (c *checker) checkDestination(ctx context.Context, d configs.Destination, dir string) (clip.Profile, bool) {
	name := "destination " + d.Name
	works := d.Platform
	accounts, profiles, err := worker.Accounts(configs.Config{Destinations: []configs.Destination{d}}, dir, c.log)
	if err != nil {
		c.try(name, works, "mend its platform or options; configs/example.yaml explains them", err)
		return clip.Profile{}, false
	}
	if c.live {
		works += ", the account answers"
		err = within(ctx, "ask destination "+d.Name, func(ctx context.Context) error {
			return worker.CheckAccount(ctx, accounts[d.Name])
		})
	}
	c.try(name, works, "look whether the server is up and the token is still good", err)
	return profiles.Of(d.Name)
}

// checkRules compiles the rules and sees whether each destination takes a
// shape that its rule renders.
func (c *checker) checkRules(profiles map[string]clip.Profile) {
	for _, r := range c.config.Rules {
		_, err := activities.NewRules([]clip.Rule{r})
		for _, name := range r.Destinations {
			p, ok := profiles[name]
			fits := slices.ContainsFunc(p.Shapes, func(s clip.Shape) bool { return slices.Contains(r.Shapes, s) })
			if err == nil && ok && !fits {
				err = clip.Errorf(clip.Invalid, "read rule "+r.Name, "destination %q takes shapes %v, the rule renders %v", name, p.Shapes, r.Shapes)
			}
		}
		c.try("rule "+r.Name, "when "+r.When, "mend the rule; configs/example.yaml explains its keys", err)
	}
	if len(c.config.Rules) == 0 {
		c.add(result{Name: "rules", Detail: "there is none, so no moment can become a highlight", Fix: "add one under rules:"})
	}
}
