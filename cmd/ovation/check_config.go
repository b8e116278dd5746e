package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/platform"
)

// describe says what a configuration holds.
func describe(c configs.Config) string {
	return fmt.Sprintf("%d feeds, %d destinations, %d rules, %d hooks, %d rules for marks, %d users",
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
	profiles := map[string]clip.Profile{}
	for _, d := range c.config.Destinations {
		if p, ok := c.checkDestination(ctx, d); ok {
			profiles[d.Name] = p
		}
	}
	c.checkRules(profiles)
	for _, h := range c.config.Hooks {
		_, err := detect.NewHook(h.Name, h.Secrets, detect.Mapping(h.Map))
		c.try("hook "+h.Name, "POST /api/v1/hooks/"+h.Name, "mend its secrets or map; configs/example.yaml explains them", err)
	}
	if len(c.config.Marks) > 0 {
		var rules []detect.MarkRule
		for _, m := range c.config.Marks {
			rules = append(rules, detect.MarkRule{Name: m.Name, Feed: m.Feed, Scheme: m.Scheme, Match: m.Match, Map: detect.Mapping(m.Map)})
		}
		_, err := detect.NewMarks(rules)
		c.try("marks", fmt.Sprintf("%d rules", len(rules)), "mend the rule's map; configs/example.yaml explains it", err)
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

// checkFeed opens a feed's source, and with --live reads until the first media
// arrives.
func (c *checker) checkFeed(ctx context.Context, f clip.Feed) {
	name, works := "feed "+string(f.ID), f.URL
	var encode feed.Encode
	if c.engine != nil {
		encode = c.engine.EncodeLive
	}
	src, err := feed.Open(f, encode, c.log)
	if err == nil && c.live {
		works = "media arrives"
		err = within(ctx, "read feed "+string(f.ID), func(ctx context.Context) error { return firstPiece(ctx, src) })
	}
	c.try(name, works, "look whether the URL plays in a player; allow_private: true is needed for a URL in the private network", err)
}

// errEnough ends a source that has shown what was wanted.
var errEnough = errors.New("enough")

// firstPiece reads a source until it gives media.
func firstPiece(ctx context.Context, src feed.Source) error {
	var lost error
	err := src.Run(ctx, func(p feed.Piece) error {
		if p.Lost != nil {
			lost = p.Lost
			return nil
		}
		return errEnough
	})
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err == nil && lost != nil:
		return lost
	case err == nil:
		return errors.New("the broadcast is over")
	}
	return err
}

// checkDestination opens an account, and with --live asks it for its limits.
func (c *checker) checkDestination(ctx context.Context, d configs.Destination) (clip.Profile, bool) {
	name := "destination " + d.Name
	p, acc, err := c.account(d)
	profile := p.Profile
	if err == nil && c.live {
		err = within(ctx, "ask destination "+d.Name, func(ctx context.Context) error {
			profile, err = acc.Limits(ctx)
			return err
		})
	}
	works := p.Name
	if c.live {
		works += ", the account answers"
	}
	c.try(name, works, "mend its options: "+firstOf(p.About, "platforms are "+fmt.Sprint(platforms())), err)
	return profile, err == nil
}

// account opens a destination without using the network.
func (c *checker) account(d configs.Destination) (platform.Platform, platform.Account, error) {
	all := platform.All()
	i := slices.IndexFunc(all, func(p platform.Platform) bool { return p.Name == d.Platform })
	if i < 0 {
		return platform.Platform{}, nil, clip.Errorf(clip.Invalid, "open destination "+d.Name, "there is no platform %q; there are %v", d.Platform, platforms())
	}
	options := all[i].Options()
	if err := d.Decode(options); err != nil {
		return all[i], nil, err
	}
	acc, err := all[i].Open(options, platform.Deps{Log: c.log, Dir: c.config.Data})
	return all[i], acc, err
}

func platforms() []string {
	var names []string
	for _, p := range platform.All() {
		names = append(names, p.Name)
	}
	return names
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
