package configs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// whole is a small configuration that is valid; tests put lines into it.
const whole = `
feeds:
  - id: match
    url: https://cdn.example/live.m3u8
destinations:
  - name: partner
    platform: folder
rules:
  - name: goals
    destinations: [partner]
    text: "{{.Title}}"
`

func TestParse(t *testing.T) {
	c, err := Parse("ovation.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := clip.Rule{
		Name: "goals", When: "true", PreRoll: 5 * time.Second, PostRoll: 5 * time.Second,
		Shapes: []clip.Shape{clip.Wide, clip.Tall}, Reframe: clip.Centred, Captions: true, Destinations: []string{"partner"},
		Text: "{{.Title}}", Approval: clip.ByPerson, Priority: clip.Normal, Patience: 30 * time.Minute,
	}
	if diff := cmp.Diff([]clip.Rule{want}, c.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	feed := clip.Feed{ID: "match", URL: "https://cdn.example/live.m3u8", Window: 4 * time.Hour, Lang: "en"}
	if diff := cmp.Diff([]clip.Feed{feed}, c.Feeds); diff != "" {
		t.Errorf("feeds (-want +got):\n%s", diff)
	}
}

func TestParseValues(t *testing.T) {
	c, err := Parse("ovation.yaml", []byte(`
listen: "[::1]:9000"
log: {level: debug, format: json}
temporal: {address: temporal.example:7233}
render: {chunks: 1500MB}
feeds:
  - {id: a-1, title: 2026, url: "synthetic:match?seed=1", window: 1h30m, allow_private: true, lang: fr}
rules:
  - name: all
    pre_roll: 500ms
    post_roll: 0s
    shapes: ["1:1"]
    captions: false
    approval: rule
    priority: low
    patience: 1m
    text: |
      two
      lines
marks:
  - name: goals
    match: {type: 0x40, "upid_query.team": HOME}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Listen, want.Log = "[::1]:9000", Log{"debug", "json"}
	want.Temporal.Address = "temporal.example:7233"
	want.Render.Chunks = 1500e6
	want.Feeds = []clip.Feed{{ID: "a-1", Title: "2026", URL: "synthetic:match?seed=1", AllowPrivate: true, Window: 90 * time.Minute, Lang: "fr"}}
	want.Rules = []clip.Rule{{
		Name: "all", When: "true", PreRoll: 500 * time.Millisecond, Shapes: []clip.Shape{clip.Square}, Reframe: clip.Centred,
		Approval: clip.ByRule, Priority: clip.Low, Patience: time.Minute, Text: "two\nlines\n",
	}}
	want.Marks = []Mark{{Name: "goals", Scheme: "scte35", Match: map[string]string{"type": "0x40", "upid_query.team": "HOME"}}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseNothing(t *testing.T) {
	for _, text := range []string{"", "# only words\n", "---\n", "feeds:\nlog:\n"} {
		c, err := Parse("ovation.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(Default(), c); diff != "" {
			t.Errorf("%q (-default +got):\n%s", text, diff)
		}
	}
}

// TestBad holds the exact words for everything that can be wrong; each case is
// put before or instead of the whole configuration.
func TestBad(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"not YAML", "feeds: [", "ovation.yaml:1: this is not YAML: sequence end token ']' not found"},
		{"a key twice", "listen: a:1\nlisten: b:2\n", `ovation.yaml:2: this is not YAML: mapping key "listen" already defined at [1:1]`},
		{"two documents", "listen: a:1\n---\nlisten: b:2\n", "ovation.yaml:3: a second document begins; put everything into one"},
		{"a list", "- a\n", "ovation.yaml: this must be keys with values; known here: listen, data, ffmpeg, ffprobe, log, temporal, render, speech, feeds, destinations, rules, hooks, marks, users"},
		{"an alias", "data: &d here\nffmpeg: *d\n", "2 problems\n  ovation.yaml:1: data: anchors, aliases and tags are not read here; write the value out\n  ovation.yaml:2: ffmpeg: anchors, aliases and tags are not read here; write the value out"},
		{"misspelt", "listne: a:1\n", `ovation.yaml:1: listne: unknown key; did you mean "listen"?`},
		{"unknown", "colour: red\n", "ovation.yaml:1: colour: unknown key; known here: listen, data, ffmpeg, ffprobe, log, temporal, render, speech, feeds, destinations, rules, hooks, marks, users"},
		{"misspelt inside", "log:\n  levle: info\n", `ovation.yaml:2: log.levle: unknown key; did you mean "level"?`},
		{"misspelt in a list", "feeds:\n  - id: a\n    url: http://a/\n  - id: b\n    url: http://b/\n    windw: 1h\n", `ovation.yaml:6: feeds[1].windw: unknown key; did you mean "window"?`},
		{"a list for a value", "listen: [a]\n", "ovation.yaml:1: listen: this must be a single value, a text"},
		{"a value for a list", "feeds: a\n", "ovation.yaml:1: feeds: this must be a list: lines that begin with a dash, or [a, b]"},
		{"a value for keys", "log: loud\n", "ovation.yaml:1: log: this must be keys with values; known here: level, format"},
		{"no address", "listen: 8080\n", `ovation.yaml:1: listen: "8080" is not HOST:PORT, such as 127.0.0.1:8080`},
		{"no level", "log:\n  level: loud\n", `ovation.yaml:2: log.level: "loud" is not one of debug, info, warning, error`},
		{"no format", "log: {format: xml}\n", `ovation.yaml:1: log.format: "xml" is not one of auto, text, json`},
		{"empty", "data: \"\"\n", "ovation.yaml:1: data: this must be set"},
		{"no temporal", "temporal: {address: here}\n", `ovation.yaml:1: temporal.address: "here" is not HOST:PORT, such as temporal.example:7233; leave it out for the server inside`},
		{"no truth", "feeds:\n  - {id: a, url: \"http://a/\", allow_private: maybe}\n", `ovation.yaml:2: feeds[0].allow_private: "maybe" is not true or false`},
		{"no disk", "render: {chunks: 20}\n", `ovation.yaml:1: render.chunks: "20" is not an amount of disk; write 500MB, 20GB or 1TB`},
		{"no disk at all", "render: {chunks: 0GB}\n", `ovation.yaml:1: render.chunks: "0GB" is not an amount of disk; write 500MB, 20GB or 1TB`},
		{"too much disk", "render: {chunks: 2147483647TB}\n", `ovation.yaml:1: render.chunks: "2147483647TB" is not an amount of disk; write 500MB, 20GB or 1TB`},
		{"no duration", "feeds:\n  - {id: a, url: \"http://a/\", window: 4}\n", `ovation.yaml:2: feeds[0].window: "4" is not a duration; write 500ms, 8s, 1m30s or 4h`},
		{"a window too long", "feeds:\n  - {id: a, url: \"http://a/\", window: 200h}\n", "ovation.yaml:2: feeds[0].window: 200h0m0s is not between 1m0s and 168h0m0s"},
		{"a feed without a name", "feeds:\n  - url: http://a/\n", "ovation.yaml:2: feeds[0].id: a feed needs a name"},
		{"a feed with a bad name", "feeds:\n  - id: Final!\n    url: http://a/\n", `ovation.yaml:2: feeds[0].id: "Final!" is not a name: use lower-case letters, digits and dashes, at most 40, such as final-100m`},
		{"a feed without a URL", "feeds:\n  - id: a\n", "ovation.yaml:2: feeds[0].url: a feed needs its URL, such as https://cdn.example/match/master.m3u8"},
		{"a feed of another kind", "feeds:\n  - id: a\n    url: gopher://a/b\n", `ovation.yaml:3: feeds[0].url: "gopher://a/b" is not one that a feed can have; it begins with one of [file http https import rtmp rtmps rtp rtsp srt synthetic udp]`},
		{"a feed nowhere", "feeds:\n  - id: a\n    url: http:///x.m3u8\n", `ovation.yaml:3: feeds[0].url: "http:///x.m3u8" names no host`},
		{"a feed twice", "feeds:\n  - {id: a, url: \"http://a/\"}\n  - {id: a, url: \"http://b/\"}\n", `ovation.yaml:3: feeds[1]: "a" is there already, as feeds[0]`},
		{"a destination of no kind", "destinations:\n  - name: a\n", "ovation.yaml:2: destinations[0].platform: this must be set"},
		{"options that are none", "destinations:\n  - {name: a, platform: folder, options: here}\n", "ovation.yaml:2: destinations[0].options: this must be keys with values"},
		{"a shape of no kind", "rules:\n  - name: a\n    shapes: [\"16:9\", \"4:3\"]\n", `ovation.yaml:3: rules[0].shapes[1]: "4:3" is not one of [16:9 1:1 4:5 9:16]`},
		{"no shape", "rules:\n  - name: a\n    shapes: []\n", "ovation.yaml:3: rules[0].shapes: a rule needs a shape; choose from [16:9 1:1 4:5 9:16]"},
		{"no audio track", "feeds:\n  - id: a\n    url: synthetic:match\n    audio: commentary\n", `ovation.yaml:4: feeds[0].audio: "commentary" is neither a language, such as fra or pt-BR, nor a number from 1`},
		{"a pre-roll too long", "rules:\n  - name: a\n    pre_roll: 3m\n", "ovation.yaml:3: rules[0].pre_roll: 3m0s is not between 0s and 2m0s"},
		{"a destination that is not there", "destinations:\n  - {name: partner, platform: folder}\nrules:\n  - name: a\n    destinations: [partnr]\n    text: x\n", `ovation.yaml:5: rules[0].destinations[0]: there is no destination "partnr"; did you mean "partner"?`},
		{"a post without words", "destinations:\n  - {name: partner, platform: folder}\nrules:\n  - name: a\n    destinations: [partner]\n", "ovation.yaml:4: rules[0].text: this must be set"},
		{"no priority", "rules:\n  - name: a\n    priority: gold\n", `ovation.yaml:3: rules[0].priority: "gold" is not one of high, normal, low`},
		{"no speech service", "rules:\n  - name: a\n    speech: true\n", `ovation.yaml:3: rules[0].speech: there is no service to ask; write its address under speech: url`},
		{"speech nowhere", "speech: {url: localhost}\n", `ovation.yaml:1: speech.url: "localhost" is not the address of a service, such as http://127.0.0.1:8000/v1`},
		{"nobody decides", "rules:\n  - name: a\n    approval: nobody\n", `ovation.yaml:3: rules[0].approval: "nobody" is not one of person, rule`},
		{"no patience", "rules:\n  - name: a\n    patience: 0s\n", "ovation.yaml:3: rules[0].patience: 0s is no time to decide in"},
		{"a logo that is none", "rules:\n  - name: a\n    logo: logo.gif\n", `ovation.yaml:3: rules[0].logo: "logo.gif" is not a PNG file`},
		{"a logo that is not there", "rules:\n  - name: a\n    logo: nowhere.png\n", "ovation.yaml:3: rules[0].logo: stat nowhere.png: no such file or directory"},
		{"a hook without a secret", "hooks:\n  - name: a\n", "ovation.yaml:2: hooks[0].secrets: a hook needs a secret: secrets: [whsec_…], or secret_file; `openssl rand -base64 24` makes one"},
		{"marks of no kind", "marks:\n  - {name: a, scheme: vanc}\n", `ovation.yaml:2: marks[0].scheme: "vanc" is not one of daterange, emsg, id3, scte35`},
		{"marks of no feed", "feeds:\n  - {id: match, url: \"http://a/\"}\nmarks:\n  - {name: a, feed: macth}\n", `ovation.yaml:4: marks[0].feed: there is no feed "macth"; did you mean "match"?`},
		{"no role", "users:\n  - {name: a, role: boss, token: 0123456789abcdef}\n", `ovation.yaml:2: users[0].role: "boss" is not one of viewer, producer, publisher, machine, admin`},
		{"the first administrator again", "users:\n  - {name: admin, role: admin, token: 0123456789abcdef}\n", `ovation.yaml:2: users[0].name: "admin" is the first administrator, who is there without being written down; choose another`},
		{"a short token", "users:\n  - {name: a, role: admin, token: secret}\n", "ovation.yaml:2: users[0].token: a token needs 16 characters at least; `openssl rand -hex 16` makes one"},
		{"a token file that is not there", "users:\n  - {name: a, role: admin, token_file: nowhere}\n", "ovation.yaml:2: users[0].token_file: open nowhere: no such file or directory"},
		{"two problems", "lisen: a\nlog:\n  level: 3\n  colour: x\n", "2 problems\n  ovation.yaml:1: lisen: unknown key; did you mean \"listen\"?\n  ovation.yaml:4: log.colour: unknown key; known here: level, format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("ovation.yaml", []byte(c.text))
			if err == nil {
				t.Fatalf("no error, want %q", c.want)
			}
			if want := "read the configuration: " + c.want; err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
			if k := clip.KindOf(err); k != clip.Invalid {
				t.Errorf("kind %v, want %v", k, clip.Invalid)
			}
		})
	}
}

func TestLoadNoFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if clip.KindOf(err) != clip.NotFound || !strings.Contains(err.Error(), "ovation demo") {
		t.Errorf("got %v (%v), want NotFound that says what to do", err, clip.KindOf(err))
	}
	_, err = Load(t.TempDir())
	if clip.KindOf(err) != clip.Invalid {
		t.Errorf("a directory: got %v (%v), want Invalid", err, clip.KindOf(err))
	}
}

func TestSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file("token", "  0123456789abcdef\n")
	file("hooks", "whsec_b25l\n\nwhsec_dHdv\n")
	file("empty", "\n")
	file("logo.png", "")
	file("ok.yaml", `
users:
  - {name: a, role: admin, token_file: token}
hooks:
  - {name: h, secret_file: hooks}
rules:
  - {name: r, logo: logo.png}
`)
	c, err := Load(filepath.Join(dir, "ok.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Users[0].Token.Reveal(); got != "0123456789abcdef" {
		t.Errorf("token %q", got)
	}
	if diff := cmp.Diff([]clip.Secret{"whsec_b25l", "whsec_dHdv"}, c.Hooks[0].Secrets); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if want := filepath.Join(dir, "logo.png"); c.Rules[0].Logo != want {
		t.Errorf("logo %q, want %q", c.Rules[0].Logo, want)
	}
	for text, want := range map[string]string{
		"users:\n  - {name: a, role: admin, token: 0123456789abcdef, token_file: token}\n": "ovation.yaml:2: users[0].token_file: the secret is given twice: in this file and here; take one out",
		"users:\n  - {name: a, role: admin, token_file: empty}\n":                          "ovation.yaml:2: users[0].token_file: " + filepath.Join(dir, "empty") + " is empty",
		"users:\n  - {name: a, role: admin, token_file: hooks}\n":                          "ovation.yaml:2: users[0].token_file: hooks has 2 lines; one secret is wanted",
	} {
		_, err := Parse(filepath.Join(dir, "ovation.yaml"), []byte(text))
		if err == nil || err.Error() != "read the configuration: "+want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestNoSecretInErrors puts a secret wherever an error could repeat it.
func TestNoSecretInErrors(t *testing.T) {
	const secret = "do-not-print-me"
	for _, text := range []string{
		"users:\n  - {name: a, role: admin, token: " + secret + "}\n",
		"users:\n  - {name: a, role: admin, token: [" + secret + "]}\n",
		"hooks:\n  - {name: A!, secrets: [" + secret + "]}\n",
		"hooks:\n  - {name: a, secrets: " + secret + "}\n",
	} {
		_, err := Parse("ovation.yaml", []byte(text))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// options is what a driver might have.
type options struct {
	Dir    string        `yaml:"dir"`
	Token  clip.Secret   `yaml:"token"`
	Every  time.Duration `yaml:"every"`
	Parts  int           `yaml:"parts"`
	Public bool          `yaml:"public"`
}

func TestDestinationDecode(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	decode := func(lines string) (options, error) {
		text := "destinations:\n  - name: a\n    platform: p\n" + lines
		c, err := Parse(filepath.Join(dir, "ovation.yaml"), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		o := options{Parts: 3}
		return o, c.Destinations[0].Decode(&o)
	}
	if _, err := decode(""); err != nil {
		t.Errorf("no options: %v", err)
	}
	var o options
	c, err := Parse(filepath.Join(dir, "ovation.yaml"), []byte("destinations:\n  - name: a\n    platform: p\n    options: {dir: x, token_file: secret, every: 5s, parts: 2, public: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Destinations[0].Decode(&o); err != nil {
		t.Fatal(err)
	}
	if want := (options{"x", "s3cret", 5 * time.Second, 2, true}); o != want {
		t.Errorf("got %#v, want %#v", o, want)
	}
	for lines, want := range map[string]string{
		"    options:\n      dri: x\n":     `ovation.yaml:5: destinations[0].options.dri: unknown key; did you mean "dir"?`,
		"    options:\n      parts: two\n": `ovation.yaml:5: destinations[0].options.parts: "two" is not a whole number`,
		"    options:\n      every: 5\n":   `ovation.yaml:5: destinations[0].options.every: "5" is not a duration; write 500ms, 8s, 1m30s or 4h`,
	} {
		if _, err := decode(lines); err == nil || err.Error() != "read the configuration: "+want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestExampleIsComplete proves that example.yaml names every key there is, and
// that it is valid.
func TestExampleIsComplete(t *testing.T) {
	if _, err := Parse("example.yaml", Example); err != nil {
		t.Fatal(err)
	}
	d, root, err := newDecoder("example.yaml", Example)
	if err != nil || root == nil {
		t.Fatal(err)
	}
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
			typ, path = typ.Elem(), path+"[0]"
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[Options]() {
			return
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := join(path, keyOf(f))
			if keyOf(f) == "" {
				t.Errorf("%s.%s has no key: nobody can set it", typ, f.Name)
				continue
			}
			if _, ok := d.lines[key]; !ok {
				t.Errorf("example.yaml does not have %s", key)
			}
			walk(f.Type, key)
		}
	}
	walk(reflect.TypeFor[Config](), "")
}

// TestExampleSaysDefaults compares what the example calls the default with
// what is one.
func TestExampleSaysDefaults(t *testing.T) {
	c, err := Parse("example.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	c.Feeds, c.Destinations, c.Rules, c.Hooks, c.Marks, c.Users = nil, nil, want.Rules, nil, nil, nil
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-default +example):\n%s", diff)
	}
}

func TestDemo(t *testing.T) {
	c, err := Parse("demo.yaml", Demo)
	if err != nil {
		t.Fatal(err)
	}
	goals := c.Rules[0]
	if goals.PreRoll != 8*time.Second || goals.PostRoll != 6*time.Second || !goals.Captions || goals.Logo != BuiltInLogo || goals.Approval != clip.ByPerson {
		t.Errorf("the rule for goals is %+v", goals)
	}
	if len(c.Rules) != 2 || c.Rules[1].When != "true" {
		t.Errorf("there is no rule for everything else: %+v", c.Rules)
	}
	if len(c.Marks) != 1 || c.Marks[0].Feed != c.Feeds[0].ID {
		t.Errorf("marks %+v, feeds %+v", c.Marks, c.Feeds)
	}
}
