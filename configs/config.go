// Package configs reads Ovation's configuration: one YAML file, decoded
// strictly, so that a key nobody reads is an error with its line, never a
// setting that silently does nothing. [Example] is the reference of every key.
//
// The data directory counts from where the process was started, paths in a
// destination's options from the data directory, and every other path in the
// file (secrets, logos) from the file's own directory.
package configs

import (
	_ "embed" // the example and the demo ride in the binary
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// Example is the reference: every key with its meaning. It is itself valid.
//
//go:embed example.yaml
var Example []byte

// Demo is what `ovation demo` runs.
//
//go:embed demo.yaml
var Demo []byte

// Logo is the built-in one, a PNG with transparency: see [BuiltInLogo].
//
//go:embed logo.png
var Logo []byte

// Config is everything that a person sets.
type Config struct {
	Listen       string        `yaml:"listen"`  // HOST:PORT of the desk and the API
	Data         string        `yaml:"data"`    // the directory that holds all that survives
	FFmpeg       string        `yaml:"ffmpeg"`  // the program, by name or path
	FFprobe      string        `yaml:"ffprobe"` // the program, by name or path
	Log          Log           `yaml:"log"`
	Temporal     Temporal      `yaml:"temporal"`
	Render       Render        `yaml:"render"`
	Speech       Speech        `yaml:"speech"`
	Feeds        []clip.Feed   `yaml:"feeds"`
	Destinations []Destination `yaml:"destinations"`
	Rules        []clip.Rule   `yaml:"rules"`
	Hooks        []Hook        `yaml:"hooks"`
	Marks        []Mark        `yaml:"marks"`
	Users        []User        `yaml:"users"`
}

// Log says how loud the log is and what it looks like.
type Log struct {
	Level  string `yaml:"level"`  // one of LogLevels
	Format string `yaml:"format"` // one of LogFormats
}

// LogLevels are the levels of the log, loudest first.
func LogLevels() []string { return []string{"debug", "info", "warning", "error"} }

// LogFormats are the forms of the log; auto is text on a terminal and JSON
// elsewhere.
func LogFormats() []string { return []string{"auto", "text", "json"} }

// Temporal is where workflows run. An empty address means the server inside
// our own process.
type Temporal struct {
	Address   string `yaml:"address"`
	Namespace string `yaml:"namespace"`
}

// Render says what renditions are made with.
type Render struct {
	Chunks Bytes `yaml:"chunks"` // how much disk the finished chunks may take
}

// Speech is a service that transcribes, in the shape that OpenAI gave it.
// Without an address there is none.
type Speech struct {
	URL   string      `yaml:"url"` // its base, such as http://127.0.0.1:8000/v1
	Model string      `yaml:"model"`
	Key   clip.Secret `yaml:"key"`
}

// Bytes is an amount of disk, written 500MB, 20GB or 1TB.
type Bytes int64

// units are how Bytes are written: as disks are sold, in powers of ten.
var units = []struct {
	name  string
	bytes Bytes
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}}

// String writes the bytes in the largest unit that divides them.
func (b Bytes) String() string {
	for _, u := range units {
		if b%u.bytes == 0 {
			return fmt.Sprintf("%d%s", b/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", int64(b))
}

// parseBytes reads what String writes.
func parseBytes(text string) (Bytes, bool) {
	for _, u := range units {
		if digits, ok := strings.CutSuffix(text, u.name); ok {
			n, err := strconv.ParseInt(digits, 10, 32)
			return Bytes(n) * u.bytes, err == nil && n > 0 && n <= math.MaxInt64/int64(u.bytes)
		}
	}
	return 0, false
}

// User may use the API and the desk with a token.
type User struct {
	Name  string      `yaml:"name"`
	Role  clip.Role   `yaml:"role"`
	Token clip.Secret `yaml:"token"`
}

// FirstAdmin is the name of the user who is there from the first start.
const FirstAdmin = "admin"

// Names of files in the data directory by which a command on the same machine
// finds a running Ovation and its first administrator's token.
const (
	URLFile   = "url"   // the desk's URL, there while the process runs
	TokenFile = "token" // mode 0600
)

// Load reads and checks a configuration file.
func Load(path string) (Config, error) {
	const op = "read the configuration"
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Config{}, clip.Errorf(clip.NotFound, op, "there is no file %s; `ovation demo` runs without one, configs/example.yaml is a start", path)
	case err != nil:
		return Config{}, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	return Parse(path, text)
}

// Parse reads and checks a configuration; name stands in errors, and its
// directory is where relative paths begin.
func Parse(name string, text []byte) (Config, error) {
	c := Default()
	d, root, err := newDecoder(name, text)
	if err != nil {
		return Config{}, err
	}
	d.decode(root, "", &c)
	if len(d.problems) == 0 { // a value that could not be read would be reported twice
		d.check(c)
	}
	if err := d.err(); err != nil {
		return Config{}, err
	}
	c.resolve(filepath.Dir(name))
	return c, nil
}

// resolve makes relative paths count from dir.
func (c *Config) resolve(dir string) {
	for i, r := range c.Rules {
		if r.Logo != "" && r.Logo != BuiltInLogo && !filepath.IsAbs(r.Logo) {
			c.Rules[i].Logo = filepath.Join(dir, r.Logo)
		}
	}
}
