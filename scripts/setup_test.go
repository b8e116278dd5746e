// Package scripts tests the scripts beside it.
package scripts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a PATH of its own, on which only what a case names is installed.
type machine struct {
	t   *testing.T
	dir string
}

func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{t, t.TempDir()}
	for _, tool := range []string{"sh", "dirname", "find", "head", "env", "cp", "chmod"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	m.has("go", "")
	m.has("id", "echo 0") // root
	return m
}

// has installs a program that is a shell script.
func (m machine) has(name, script string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// able is an ffmpeg that says of itself that it can do everything.
const able = `echo " libx264  aac  ass "`

// setup runs setup.sh on the machine.
func (m machine) setup(what string) (string, int) {
	cmd := exec.Command("./setup.sh", what)
	cmd.Env = []string{"PATH=" + m.dir, "HOME=" + m.dir}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		m.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// fonts puts the fonts where the script looks for a user's own.
func (m machine) fonts() {
	m.t.Helper()
	dir := filepath.Join(m.dir, ".fonts")
	if err := os.Mkdir(dir, 0o755); err != nil {
		m.t.Fatal(err)
	}
	for _, name := range []string{"DejaVuSans.ttf", "NotoColorEmoji.ttf"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			m.t.Fatal(err)
		}
	}
}

// TestNothingMissing proves that what is there is not installed again.
func TestNothingMissing(t *testing.T) {
	m := newMachine(t)
	m.fonts()
	m.has("ffmpeg", able)
	m.has("ffprobe", "")
	m.has("apt-get", "echo apt-get was called; exit 1")
	if out, code := m.setup("runtime"); code != 0 || out != "setup: everything is there already (runtime)\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	for _, name := range []string{"chromium", "cc", "c++", "node", "npm", "python3", "make"} {
		m.has(name, "")
	}
	if out, code := m.setup("test"); code != 0 || out != "setup: everything is there already (test)\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestInstalls proves that each package manager is asked for the right things.
func TestInstalls(t *testing.T) {
	for manager, want := range map[string]string{
		"apt-get": "apt-get install -y -q --no-install-recommends ffmpeg chromium gcc libc6-dev nodejs npm python3 make g++",
		"dnf":     "dnf install -y ffmpeg chromium gcc glibc-devel nodejs nodejs-npm python3 make gcc-c++",
		"apk":     "apk add ffmpeg chromium gcc musl-dev nodejs npm python3 make g++",
		"pacman":  "pacman -Sy --noconfirm --needed ffmpeg chromium gcc nodejs npm python make gcc",
	} {
		t.Run(manager, func(t *testing.T) {
			m := newMachine(t)
			m.fonts()
			made := ""
			for _, name := range []string{"ffmpeg", "ffprobe", "chromium", "cc", "c++", "node", "npm", "python3", "make"} {
				made += fmt.Sprintf("cp %s/able %s/%s; ", m.dir, m.dir, name)
			}
			m.has("able", able)
			m.has(manager, "echo "+manager+" \"$@\"; [ \"$1\" = update ] || { "+made+"}")
			out, code := m.setup("test")
			if code != 0 || !strings.Contains(out, want+"\n") || !strings.HasSuffix(out, "setup: done\n") {
				t.Errorf("exit code %d, want %q in:\n%s", code, want, out)
			}
		})
	}
}

// TestStops holds what is said where it cannot go on.
func TestStops(t *testing.T) {
	t.Run("no Go", func(t *testing.T) {
		m := newMachine(t)
		if err := os.Remove(filepath.Join(m.dir, "go")); err != nil {
			t.Fatal(err)
		}
		m.stops("setup: Go is missing; it is at https://go.dev/dl/")
	})
	t.Run("no package manager", func(t *testing.T) {
		newMachine(t).stops("No package manager that I know is here")
	})
	t.Run("not root", func(t *testing.T) {
		m := newMachine(t)
		m.has("id", "echo 1000")
		m.has("apk", "echo apk was called")
		m.stops("this needs root, and sudo cannot be used here. Run it yourself: apk add ffmpeg")
	})
	t.Run("an ffmpeg without libx264", func(t *testing.T) {
		m := newMachine(t)
		m.has("dnf", fmt.Sprintf("cp %s/poor %s/ffmpeg; cp %s/poor %s/ffprobe", m.dir, m.dir, m.dir, m.dir))
		m.has("poor", "echo ' aac  ass '")
		m.stops("still missing after installing: ffmpeg")
		m.stops("enable RPM Fusion")
	})
	t.Run("a Node.js that is too old", func(t *testing.T) {
		m := newMachine(t)
		m.fonts()
		for _, name := range []string{"ffmpeg", "ffprobe"} {
			m.has(name, able)
		}
		for _, name := range []string{"chromium", "cc", "c++", "npm", "python3", "make", "apt-get"} {
			m.has(name, "")
		}
		m.has("node", "exit 1")
		if out, code := m.setup("test"); code != 1 || !strings.Contains(out, "still missing after installing: node") {
			t.Errorf("exit code %d: %s", code, out)
		}
	})
	t.Run("the manager fails", func(t *testing.T) {
		m := newMachine(t)
		m.has("pacman", "exit 1")
		m.stops("pacman could not install ffmpeg")
	})
	t.Run("usage", func(t *testing.T) {
		if out, code := newMachine(t).setup("everything"); code != 2 || !strings.HasPrefix(out, "usage: ") {
			t.Errorf("exit code %d: %s", code, out)
		}
	})
}

func (m machine) stops(want string) {
	m.t.Helper()
	if out, code := m.setup("runtime"); code != 1 || !strings.Contains(out, want) {
		m.t.Errorf("exit code %d, want %q in:\n%s", code, want, out)
	}
}
