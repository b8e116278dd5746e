package configs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Bounds of what can be set.
const (
	maxRoll  = 2 * time.Minute // of context before or after a moment
	minToken = 16              // characters; a token is the only key to the door
)

// check reports what each key may not be, and names that lead nowhere.
func (d *decoder) check(c Config) {
	d.checkProcess(c)
	d.checkSpeech(c)
	d.checkFeeds(c.Feeds)
	d.checkDestinations(c.Destinations)
	for i, r := range c.Rules {
		d.checkRule(fmt.Sprintf("rules[%d]", i), r, c.Destinations)
	}
	unique(d, "rules", c.Rules, func(r clip.Rule) string { return r.Name })
	d.checkHooks(c.Hooks)
	d.checkMarks(c.Marks, c.Feeds)
	d.checkUsers(c.Users)
}

func (d *decoder) checkProcess(c Config) {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		d.problem("listen", "%q is not HOST:PORT, such as 127.0.0.1:8080", c.Listen)
	}
	d.required("data", c.Data)
	d.required("ffmpeg", c.FFmpeg)
	d.required("ffprobe", c.FFprobe)
	d.oneOf("log.level", c.Log.Level, LogLevels())
	d.oneOf("log.format", c.Log.Format, LogFormats())
	d.required("temporal.namespace", c.Temporal.Namespace)
	if a := c.Temporal.Address; a != "" {
		if _, _, err := net.SplitHostPort(a); err != nil {
			d.problem("temporal.address", "%q is not HOST:PORT, such as temporal.example:7233; leave it out for the server inside", a)
		}
	}
}

func (d *decoder) checkSpeech(c Config) {
	if u, err := url.Parse(c.Speech.URL); err != nil || c.Speech.URL != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		d.problem("speech.url", "%q is not the address of a service, such as http://127.0.0.1:8000/v1", c.Speech.URL)
	}
	for i, r := range c.Rules {
		if r.Speech && c.Speech.URL == "" {
			d.problem(fmt.Sprintf("rules[%d].speech", i), "there is no service to ask; write its address under speech: url")
		}
	}
}

func (d *decoder) checkFeeds(feeds []clip.Feed) {
	unique(d, "feeds", feeds, func(f clip.Feed) string { return string(f.ID) })
	for i, f := range feeds {
		at := fmt.Sprintf("feeds[%d]", i)
		d.name(at+".id", "feed", string(f.ID))
		if err := f.CheckURL(); err != nil {
			d.problem(at+".url", "%v", errors.Unwrap(err))
		}
		if err := f.CheckAudio(); err != nil {
			d.problem(at+".audio", "%v", errors.Unwrap(err))
		}
		if err := f.CheckWindow(); err != nil {
			d.problem(at+".window", "%v", errors.Unwrap(err))
		}
	}
}

func (d *decoder) checkDestinations(list []Destination) {
	unique(d, "destinations", list, func(x Destination) string { return x.Name })
	for i, x := range list {
		at := fmt.Sprintf("destinations[%d]", i)
		d.name(at+".name", "destination", x.Name)
		for k, s := range x.Shapes {
			if err := s.Check(); err != nil {
				d.problem(fmt.Sprintf("%s.shapes[%d]", at, k), "%v", err)
			}
		}
		d.required(at+".platform", x.Platform)
	}
}

func (d *decoder) checkRule(at string, r clip.Rule, list []Destination) {
	d.name(at+".name", "rule", r.Name)
	d.required(at+".when", r.When)
	d.roll(at+".pre_roll", r.PreRoll)
	d.roll(at+".post_roll", r.PostRoll)
	if len(r.Shapes) == 0 {
		d.problem(at+".shapes", "a rule needs a shape; choose from %v", clip.Shapes())
	}
	for i, s := range r.Shapes {
		if s.Check() != nil {
			d.problem(fmt.Sprintf("%s.shapes[%d]", at, i), "%q is not one of %v", s, clip.Shapes())
		}
	}
	d.oneOf(at+".reframe", string(r.Reframe), words(clip.RuleModes()))
	if err := checkLogo(d.file, r.Logo); err != nil {
		d.problem(at+".logo", "%v", err)
	}
	names := make([]string, 0, len(list))
	for _, x := range list {
		names = append(names, x.Name)
	}
	for i, name := range r.Destinations {
		if !slices.Contains(names, name) {
			d.problem(fmt.Sprintf("%s.destinations[%d]", at, i), "there is no destination %q%s", name, suggest(name, names))
		}
	}
	if len(r.Destinations) > 0 {
		d.required(at+".text", r.Text)
	}
	d.oneOf(at+".priority", string(r.Priority), words(clip.Priorities()))
	d.oneOf(at+".approval", string(r.Approval), []string{string(clip.ByPerson), string(clip.ByRule)})
	if r.Patience <= 0 {
		d.problem(at+".patience", "%s is no time to decide in", r.Patience)
	}
}

// checkLogo says whether a logo can be read.
func checkLogo(config, name string) error {
	if name == "" || name == BuiltInLogo {
		return nil
	}
	if !strings.HasSuffix(name, ".png") {
		return fmt.Errorf("%q is not a PNG file", name)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(config), name)
	}
	_, err := os.Stat(name)
	return err
}

func (d *decoder) checkHooks(hooks []Hook) {
	unique(d, "hooks", hooks, func(h Hook) string { return h.Name })
	for i, h := range hooks {
		at := fmt.Sprintf("hooks[%d]", i)
		d.name(at+".name", "hook", h.Name)
		if len(h.Secrets) == 0 {
			d.problem(at+".secrets", "a hook needs a secret: secrets: [whsec_…], or secret_file; `openssl rand -base64 24` makes one")
		}
	}
}

func (d *decoder) checkMarks(marks []Mark, feeds []clip.Feed) {
	unique(d, "marks", marks, func(m Mark) string { return m.Name })
	var ids []string
	for _, f := range feeds {
		ids = append(ids, string(f.ID))
	}
	for i, m := range marks {
		at := fmt.Sprintf("marks[%d]", i)
		d.name(at+".name", "rule for marks", m.Name)
		d.oneOf(at+".scheme", m.Scheme, []string{"daterange", "emsg", "id3", "scte35"})
		if m.Feed != "" && len(ids) > 0 && !slices.Contains(ids, string(m.Feed)) {
			d.problem(at+".feed", "there is no feed %q%s", m.Feed, suggest(string(m.Feed), ids))
		}
	}
}

func (d *decoder) checkUsers(users []User) {
	unique(d, "users", users, func(u User) string { return u.Name })
	for i, u := range users {
		at := fmt.Sprintf("users[%d]", i)
		d.name(at+".name", "user", u.Name)
		if u.Name == FirstAdmin {
			d.problem(at+".name", "%q is the first administrator, who is there without being written down; choose another", u.Name)
		}
		var roles []string
		for _, r := range []clip.Role{clip.Viewer, clip.Producer, clip.Publisher, clip.Machine, clip.Admin} {
			roles = append(roles, string(r))
		}
		d.oneOf(at+".role", string(u.Role), roles)
		if len(u.Token) < minToken {
			d.problem(at+".token", "a token needs %d characters at least; `openssl rand -hex 16` makes one", minToken)
		}
	}
}

// unique reports a name that two elements of a list share.
func unique[T any](d *decoder, path string, list []T, name func(T) string) {
	seen := map[string]int{}
	for i, e := range list {
		n := name(e)
		if first, ok := seen[n]; ok && n != "" {
			d.problem(fmt.Sprintf("%s[%d]", path, i), "%q is there already, as %s[%d]", n, path, first)
			continue
		}
		seen[n] = i
	}
}

// words are names as texts.
func words[T ~string](names []T) []string {
	var out []string
	for _, n := range names {
		out = append(out, string(n))
	}
	return out
}

func (d *decoder) required(path, value string) {
	if strings.TrimSpace(value) == "" {
		d.problem(path, "this must be set")
	}
}

func (d *decoder) name(path, what, value string) {
	if value == "" {
		d.problem(path, "a %s needs a name", what)
		return
	}
	if clip.CheckID(what, value) != nil {
		d.problem(path, "%q is not a name: use lower-case letters, digits and dashes, at most 40, such as final-100m", value)
	}
}

func (d *decoder) oneOf(path, value string, known []string) {
	if !slices.Contains(known, value) {
		d.problem(path, "%q is not one of %s", value, strings.Join(known, ", "))
	}
}

func (d *decoder) roll(path string, t time.Duration) {
	if t < 0 || t > maxRoll {
		d.problem(path, "%s is not between 0s and %s", t, maxRoll)
	}
}
