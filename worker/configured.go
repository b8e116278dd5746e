package worker

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/store"
)

// Accounts opens every configured destination. It uses no network; limits that
// a platform tells only when asked are read when a post is intended.
func Accounts(c configs.Config, data string, log logrus.FieldLogger) (map[string]platform.Account, *activities.Profiles, error) {
	dir, err := filepath.Abs(data)
	if err != nil {
		return nil, nil, clip.Errorf(clip.Invalid, "find the data directory", "%w", err)
	}
	var vaults *store.Vaults
	accounts, profiles := map[string]platform.Account{}, map[string]clip.Profile{}
	for _, d := range c.Destinations {
		p, err := platformOf(d)
		if err != nil {
			return nil, nil, err
		}
		options := p.Options()
		if err := d.Decode(options); err != nil {
			return nil, nil, err
		}
		if vaults == nil { // after the first options are right: a mistake in them is told first
			if vaults, err = store.OpenVaults(filepath.Join(dir, "vault")); err != nil {
				return nil, nil, err
			}
		}
		a, err := p.Open(options, platform.Deps{Log: log.WithField("destination", d.Name), Dir: dir, Vault: vaults.Of(d.Name)})
		if err != nil {
			return nil, nil, clip.Errorf(clip.KindOf(err), fmt.Sprintf("open destination %q", d.Name), "%w", err)
		}
		accounts[d.Name], profiles[d.Name] = a, shaped(p.Profile, d.Shapes)
	}
	return accounts, activities.NewProfiles(profiles), nil
}

func platformOf(d configs.Destination) (platform.Platform, error) {
	var names []string
	for _, p := range platform.All() {
		if p.Name == d.Platform {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return platform.Platform{}, clip.Errorf(clip.Invalid, fmt.Sprintf("open destination %q", d.Name),
		"there is no platform %q; there are %v", d.Platform, names)
}

// Speech is the configured service for captions; nil without one.
func Speech(c configs.Config) *detect.Speech {
	if c.Speech.URL == "" {
		return nil
	}
	return &detect.Speech{URL: c.Speech.URL, Model: c.Speech.Model, Key: c.Speech.Key}
}

// Hooks prepares every configured webhook source.
func Hooks(c configs.Config) (map[string]*detect.Hook, error) {
	out := map[string]*detect.Hook{}
	for _, h := range c.Hooks {
		hook, err := detect.NewHook(h.Name, h.Secrets, detect.Mapping(h.Map))
		if err != nil {
			return nil, err
		}
		out[h.Name] = hook
	}
	return out, nil
}

// Marks prepares the configured rules for marks in the feeds.
func Marks(c configs.Config) (*detect.Marks, error) {
	var rules []detect.MarkRule
	for _, m := range c.Marks {
		rules = append(rules, detect.MarkRule{Name: m.Name, Feed: m.Feed, Scheme: m.Scheme, Match: m.Match, Map: detect.Mapping(m.Map)})
	}
	return detect.NewMarks(rules)
}

func putBytes(ctx context.Context, b *store.Blobs, content []byte) (clip.Digest, error) {
	digest, _, err := b.Put(ctx, bytes.NewReader(content))
	return digest, err
}

// shaped is a profile with the shapes that are wanted there, in that order.
func shaped(p clip.Profile, wanted []clip.Shape) clip.Profile {
	if len(wanted) > 0 {
		p.Shapes = wanted
	}
	return p
}
