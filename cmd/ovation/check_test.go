package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/platform"
)

// check runs `ovation check -o json` and gives its lines by name.
func check(t *testing.T, want int, args ...string) map[string]result {
	t.Helper()
	out, stderr, code := run(t, nil, append([]string{"check", "-o", "json"}, args...)...)
	if code != want {
		t.Fatalf("exit code %d, want %d: %s%s", code, want, out, stderr)
	}
	var got struct{ Checks []result }
	must(t, json.Unmarshal([]byte(out), &got))
	lines := map[string]result{}
	for _, r := range got.Checks {
		lines[r.Name] = r
	}
	return lines
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

func TestCheckGood(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("ovation.yaml", configs.Demo, 0o600))
	lines := check(t, exitDone, "--listen", free(t))
	for _, name := range []string{"configuration", "data directory data", "disk space", "feed match", "destination folder", "rule goals", "rule everything-else", "marks"} {
		if r, ok := lines[name]; !ok || !r.OK {
			t.Errorf("%s: %+v", name, r)
		}
	}
	out, _, _ := run(t, nil, "check", "--listen", free(t))
	if !strings.Contains(out, "✓ configuration: feeds 1, destinations 2, rules 2") || strings.Contains(out, "✗") {
		t.Errorf("text:\n%s", out)
	}
	if _, err := os.Stat("data"); err == nil {
		t.Error("a check made the data directory")
	}
}

func TestCheckLive(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("ovation.yaml", []byte(strings.Replace(string(configs.Demo), "size=1280x720", "size=640x360", 1)), 0o600))
	lines := check(t, exitDone, "--live", "--listen", free(t))
	if r := lines["feed match"]; !strings.HasPrefix(r.Detail, "H.264 640×360, 25 fps; AAC stereo; ") || !strings.Contains(r.Detail, "; a key frame every 2.0 s; captions (CEA-608); SCTE-35 messages") {
		t.Errorf("feed: %+v", r)
	}
	if r := lines["destination folder"]; r.Detail != "folder, the account answers" {
		t.Errorf("destination: %+v", r)
	}
}

func TestCheckBad(t *testing.T) {
	t.Chdir(t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	must(t, os.WriteFile("bad.yaml", []byte(`
listen: `+l.Addr().String()+`
data: file
ffmpeg: no-such-ffmpeg
feeds:
  - {id: a, url: "synthetic:nothing"}
destinations:
  - {name: x, platform: myspace}
  - {name: y, platform: folder, options: {dri: posts}}
rules:
  - {name: r, when: "moment.kind ==", text: x, destinations: [x]}
hooks:
  - {name: h, secrets: [whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZQ==]}
marks:
  - {name: m, map: {title: "{{.x"}}
`), 0o600))
	must(t, os.WriteFile("file", nil, 0o600))
	lines := check(t, exitFailed, "-c", "bad.yaml")
	for name, want := range map[string]string{
		"ffmpeg":                         "no-such-ffmpeg",
		"data directory file":            "is a file",
		"listen on " + l.Addr().String(): "address already in use",
		"feed a":                         "synthetic",
		"destination x":                  `there is no platform "myspace"; there are [`,
		"destination y":                  `bad.yaml:9: destinations[1].options.dri: unknown key; did you mean "dir"?`,
		"rule r":                         "when",
		"hook h":                         "its map has no feed",
		"marks":                          "title",
	} {
		if r, ok := lines[name]; !ok || r.OK || r.Fix == "" || !strings.Contains(r.Detail, want) {
			t.Errorf("%s: %+v, want %q and a fix", name, r, want)
		}
	}
	out, _, code := run(t, nil, "check", "-c", "bad.yaml")
	if code != exitFailed || !strings.Contains(out, "✗ destination x") || !strings.Contains(out, "\n  → ") {
		t.Errorf("exit code %d, text:\n%s", code, out)
	}
}

func TestCheckConfiguration(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("ovation.yaml", []byte("lisen: x\n"), 0o600))
	lines := check(t, exitFailed, "--listen", free(t))
	if r := lines["configuration ovation.yaml"]; r.OK || !strings.Contains(r.Detail, `ovation.yaml:1: lisen: unknown key; did you mean "listen"?`) {
		t.Errorf("%+v", r)
	}
	if r, ok := lines["data directory data"]; !ok || !r.OK {
		t.Errorf("the machine was not looked at: %+v", lines)
	}
}

// TestCheckInUse locks a data directory as a running Ovation does.
func TestCheckInUse(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, os.Mkdir("data", 0o755))
	f, err := os.Create(filepath.Join("data", "lock"))
	must(t, err)
	defer f.Close()
	_, err = f.WriteString("4711\n")
	must(t, err)
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	lines := check(t, exitFailed, "--listen", free(t))
	if r := lines["data directory data"]; r.OK || !strings.Contains(r.Detail, "process 4711 holds it and does not answer") {
		t.Errorf("%+v", r)
	}
	w := newWorld(t)
	must(t, os.WriteFile(filepath.Join("data", configs.URLFile), []byte(w.url), 0o600))
	lines = check(t, exitDone, "--listen", strings.TrimPrefix(w.url, "http://"))
	if r := lines["data directory data"]; !r.OK || !strings.Contains(r.Detail, "an Ovation runs on it, at "+w.url) {
		t.Errorf("%+v", r)
	}
	if r := lines["listen on "+strings.TrimPrefix(w.url, "http://")]; !r.OK {
		t.Errorf("%+v", r)
	}
}

// TestExampleNamesEveryOption proves that the example shows every platform, and
// that every key it gives one is known.
func TestExampleNamesEveryOption(t *testing.T) {
	c, err := configs.Parse("example.yaml", configs.Example)
	must(t, err)
	for _, p := range platform.All() {
		found := false
		for _, d := range c.Destinations {
			if d.Platform != p.Name {
				continue
			}
			found = true
			o := p.Options()
			if err := d.Decode(o); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
			v := reflect.ValueOf(o).Elem()
			for i := range v.NumField() {
				key := v.Type().Field(i).Tag.Get("yaml")
				if !strings.Contains(string(configs.Example), key+":") && !strings.Contains(string(configs.Example), key) {
					t.Errorf("example.yaml does not name %s of %s", key, p.Name)
				}
			}
		}
		if !found {
			t.Errorf("example.yaml has no destination of platform %s", p.Name)
		}
	}
}
