package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestHelp compares the help of every command with testdata/help.txt, so that
// a change of the public contract is seen in a review.
func TestHelp(t *testing.T) {
	var all strings.Builder
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if !c.IsAvailableCommand() || c.Name() == "help" || c.Name() == "completion" {
			return
		}
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		out, stderr, code := run(t, nil, args...)
		if code != exitDone || stderr != "" {
			t.Errorf("%s: exit code %d, %s", c.CommandPath(), code, stderr)
		}
		all.WriteString("$ " + c.CommandPath() + " --help\n" + out + "\n")
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	root := (&app{}).root()
	root.Run = func(*cobra.Command, []string) {}
	walk(root)
	golden := filepath.Join("testdata", "help.txt")
	if *update {
		must(t, os.WriteFile(golden, []byte(all.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Errorf("help changed; if that is meant: go test ./cmd/ovation -run TestHelp -update (-want +got):\n%s", diff)
	}
}

// TestUsage holds what is said to a command line that is not understood; the
// exit code is 2, and nothing was asked of a server.
func TestUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "say what to do: bench, check, clip, completion, demo, destination, feed, highlight, moment, post, rule, up, version"},
		{"fed", `there is no command "fed"; did you mean "feed"?`},
		{"feed", "say what to do: add, cues, list, marks, remove, show"},
		{"feed lst", `there is no command "lst"; did you mean "list"?`},
		{"feed banana", `there is no command "banana"; there are add, cues, list, marks, remove, show`},
		{"feed show", "ID is missing"},
		{"feed add a", "URL is missing"},
		{"feed list a", `"a" is one argument too many`},
		{"feed list --colour", "unknown flag: --colour"},
		{"feed list -o xml", "-o xml: it is text or json"},
		{"feed add a http://b --window long", `invalid argument "long" for "--window" flag: time: invalid duration "long"`},
		{"moment flag match", "say when: --at T for an instant, or --in T, with --out T once it is over; T can be now or -15s"},
		{"moment flag match --at now --out now", "--at is an instant and excludes --in and --out"},
		{"moment close m", "say where it ends: --out now, --out -5s, or another T"},
		{"moment amend m", "say what to correct: --in, --out, --kind, --title or --person"},
		{"highlight trim h", "say where it begins or ends: --in T, --out T"},
		{"highlight reframe h", "say what is framed and how: --shape 9:16 --mode centre|fit|manual"},
		{"highlight reframe h --shape 9:16 --mode manual --key now", `--key "now" is not T=X or T=X,Y, such as 20:41:03=250: X and Y are thousandths of the picture`},
		{"highlight edit h d", "say what to change: --text, --alt, --shape or --not-before"},
		{"highlight edit h d --not-before tomorrow", "--not-before tomorrow: it is RFC 3339 with a zone, such as 2026-11-23T22:00:00+01:00, or none"},
		{"highlight reject h", `say why: --reason "…"`},
		{"highlight wait h --until refused", "--until refused: it is one of [rendering review approved settled]"},
		{"post resolve p", "look at the platform, then say --there or --absent; absent sends it again"},
		{"post resolve p --there --absent", "look at the platform, then say --there or --absent; absent sends it again"},
	} {
		out, stderr, code := run(t, map[string]string{"OVATION_URL": "http://127.0.0.1:1"}, strings.Fields(c.args)...)
		if code != exitUsage || out != "" || !strings.HasPrefix(stderr, "ovation: "+c.want+"\nSee: ovation") {
			t.Errorf("ovation %s: exit code %d\ngot  %s%s\nwant ovation: %s", c.args, code, out, stderr, c.want)
		}
	}
}

func TestVersion(t *testing.T) {
	out, _, code := run(t, nil, "version")
	if code != exitDone || !strings.HasPrefix(out, "ovation  v1.2.3\n") {
		t.Errorf("exit code %d, %q", code, out)
	}
	out, _, _ = run(t, nil, "version", "-o", "json")
	var b build
	if err := json.Unmarshal([]byte(out), &b); err != nil || b.Version != "v1.2.3" {
		t.Errorf("%v in %s", err, out)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, _, code := run(t, nil, "completion", shell); code != exitDone || len(out) < 1000 {
			t.Errorf("%s: exit code %d, %d bytes", shell, code, len(out))
		}
	}
}

// serveWith runs up or demo with a process that only says that it is ready.
func serveWith(t *testing.T, result error, args ...string) (got options, out, stderr string, code int) {
	t.Helper()
	var o, e strings.Builder
	a := &app{out: &o, err: &e, env: func(string) string { return "" }, up: func(_ context.Context, opt options) error {
		got = opt
		must(t, os.MkdirAll(opt.Data, 0o755))
		opt.Ready("http://127.0.0.1:1234", "http://127.0.0.1:1234/sign-in?token=x")
		if b, err := os.ReadFile(filepath.Join(opt.Data, configs.URLFile)); err != nil || string(b) != "http://127.0.0.1:1234\n" {
			t.Errorf("the URL file holds %q, %v", b, err)
		}
		return result
	}}
	code = a.run(t.Context(), args)
	if _, err := os.Stat(filepath.Join(got.Data, configs.URLFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the URL file is left behind: %v", err)
	}
	return got, o.String(), e.String(), code
}

func TestUp(t *testing.T) {
	t.Chdir(t.TempDir())
	o, out, stderr, code := serveWith(t, nil, "up")
	if code != exitDone || o.Data != "data" || o.Listen != "127.0.0.1:8080" || o.Demo || len(o.Config.Rules) != 1 {
		t.Errorf("exit code %d, %+v %s", code, o, stderr)
	}
	if !strings.Contains(out, "http://127.0.0.1:1234/sign-in?token=x") {
		t.Errorf("it does not say where the desk is: %s", out)
	}

	must(t, os.WriteFile("ovation.yaml", []byte("data: d\nlisten: 127.0.0.1:9\n"), 0o600))
	if o, _, _, _ := serveWith(t, nil, "up"); o.Data != "d" || o.Listen != "127.0.0.1:9" {
		t.Errorf("ovation.yaml was not read: %+v", o)
	}
	if o, _, _, _ := serveWith(t, nil, "up", "--data", "e", "--listen", "127.0.0.1:10"); o.Data != "e" || o.Listen != "127.0.0.1:10" {
		t.Errorf("a flag does not come before the file: %+v", o)
	}
	_, _, stderr, code = serveWith(t, clip.Errorf(clip.Conflict, "use data directory data", "another ovation is using it"), "up", "-o", "json")
	if code != exitFailed || stderr != "ovation: use data directory data: another ovation is using it\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if _, _, _, code := serveWith(t, context.Canceled, "up"); code != exitDone {
		t.Errorf("a stop that was asked for has exit code %d", code)
	}
	if _, stderr, code := run(t, nil, "up", "-c", "none.yaml"); code != exitFailed || !strings.Contains(stderr, "there is no file none.yaml") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	o, out, stderr, code := serveWith(t, nil, "demo", "-o", "json")
	if code != exitDone || o.Data != demoData || !o.Demo || len(o.Config.Feeds) != 1 {
		t.Errorf("exit code %d, %+v %s", code, o, stderr)
	}
	var said map[string]string
	if err := json.Unmarshal([]byte(out), &said); err != nil || said["sign_in"] == "" || said["url"] == "" {
		t.Errorf("%v in %s", err, out)
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\nb\x1b[31m\u0085c"); got != "a b [31m c" {
		t.Errorf("got %q", got)
	}
}
