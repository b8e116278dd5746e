package media

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// fake is an engine whose ffmpeg is a shell script. Everything the script
// starts carries the script's path, by which it can be found.
func fake(t *testing.T, script string) (*Engine, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(path, []byte("#!/bin/bash\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	return must[*Engine](t)(New(path, path, log)), path
}

// left lists processes that still carry a mark, a moment after they should
// have gone.
func left(t *testing.T, mark string) string {
	t.Helper()
	var out []byte
	for range 20 {
		out, _ = exec.Command("pgrep", "-f", mark).Output() // 1 means none
		if len(out) == 0 {
			return ""
		}
		time.Sleep(50 * time.Millisecond)
	}
	return string(out)
}

// TestRunFailures runs programs that fail in every way, and looks that the
// error says it and nothing is left of them.
func TestRunFailures(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		edit   func(*Command)
		kind   clip.Kind
		says   string
	}{
		"exit code":       {`echo "it broke" >&2; exit 3`, nil, clip.Internal, "it broke"},
		"killed":          {`kill -9 $$`, nil, clip.Unavailable, "killed"},
		"crash":           {`kill -SEGV $$`, nil, clip.Unavailable, "segmentation fault"},
		"hangs":           {`exec -a "$0" sleep 100`, func(c *Command) { c.Stall = 300 * time.Millisecond }, clip.Unavailable, "no progress for 300ms"},
		"reports no news": {`while :; do echo -e "frame=1\nprogress=continue" >&3; sleep 0.05; done`, func(c *Command) { c.Stall = 300 * time.Millisecond }, clip.Unavailable, "no progress"},
		"ignores TERM":    {`trap "" TERM; (exec -a "$0" sleep 100) & while :; do sleep 0.1; done`, func(c *Command) { c.Stall = 200 * time.Millisecond }, clip.Unavailable, "no progress"},
		"stopped":         {`kill -STOP $$`, func(c *Command) { c.Stall = 200 * time.Millisecond }, clip.Unavailable, "no progress"},
		"leaves children": {`(exec -a "$0" sleep 100) & exit 4`, nil, clip.Internal, "exit status 4"},
		"lies":            {`echo "av_write_trailer: No space left on device" >&2`, nil, clip.Unavailable, "ended with success, but"},
		"complains long":  {`head -c 10000000 /dev/zero | tr '\0' x >&2; echo; echo "the end" >&2; exit 1`, nil, clip.Internal, "the end"},
		"hostile words":   {`printf 'a\x1b[31mb\x07\n' >&2; exit 1`, nil, clip.Internal, `a\x1b[31mb\x07`},
		"large file":      {`sleep 0.5; head -c 3000000 /dev/zero > big`, func(c *Command) { c.MaxFile = 1 << 20 }, clip.Internal, "exit status"},
		"bad reader":      {`cat <&3`, func(c *Command) { c.In = []io.Reader{iotestErr{}} }, clip.Expired, "gone"},
		"bad writer":      {`yes`, func(c *Command) { c.Stdout = badWriter{} }, clip.Unavailable, "no more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, mark := fake(t, c.script)
			cmd := Command{Op: "try", Dir: t.TempDir(), Stall: 20 * time.Second}
			if c.edit != nil {
				c.edit(&cmd)
			}
			began := time.Now()
			err := e.Run(context.Background(), cmd)
			if err == nil || clip.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "try: ") {
				t.Fatalf("%v: %v", clip.KindOf(err), err)
			}
			if len(err.Error()) > 20000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			if d := time.Since(began); d > 6*time.Second {
				t.Errorf("it took %s", d)
			}
			if l := left(t, mark); l != "" {
				t.Errorf("left behind: %s", l)
			}
		})
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) {
	return 0, clip.Errorf(clip.Expired, "read a segment", "it is gone")
}

type badWriter struct{}

func (badWriter) Write([]byte) (int, error) { return 0, errors.New("no more") }

// TestRunCancel cancels a real ffmpeg that would run for ever, and a family
// that does not listen.
func TestRunCancel(t *testing.T) {
	e := engine(t)
	mark := "cancel" + filepath.Base(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	moved := make(chan struct{}, 100)
	go func() { <-moved; cancel() }()
	err := e.Run(ctx, Command{Op: "try", Args: []string{"-re", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-metadata", "title=" + mark, "-f", "null", "-"},
		Progress: func() { moved <- struct{}{} }})
	if !errors.Is(err, context.Canceled) || clip.KindOf(err) != clip.Unavailable {
		t.Errorf("%v", err)
	}
	if l := left(t, mark); l != "" {
		t.Errorf("left behind: %s", l)
	}

	stubborn, path := fake(t, `trap "" TERM; for i in 1 2 3; do (trap "" TERM; exec -a "$0" sleep 100) & done; wait`)
	ctx, cancel = context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := stubborn.Run(ctx, Command{Op: "try"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
	if l := left(t, path); l != "" {
		t.Errorf("left behind: %s", l)
	}
}

// TestRunDiesWithUs kills a process that runs ffmpeg: ffmpeg goes with it.
func TestRunDiesWithUs(t *testing.T) {
	if mark := os.Getenv("MEDIA_TEST_RUN"); mark != "" { // we are that process
		_ = engine(t).Run(context.Background(), Command{Op: "try", Args: []string{"-re", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-metadata", "title=" + mark, "-f", "null", "-"}})
		return
	}
	mark := "orphan" + filepath.Base(t.TempDir())
	cmd := exec.Command(os.Args[0], "-test.run=^TestRunDiesWithUs$")
	cmd.Env = append(os.Environ(), "MEDIA_TEST_RUN="+mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	running := func() bool { return exec.Command("pgrep", "-f", "title="+mark).Run() == nil }
	for n := 0; !running(); n++ {
		if n == 100 {
			t.Fatal("ffmpeg did not start")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if l := left(t, "title="+mark); l != "" {
		t.Errorf("left behind: %s", l)
	}
}

// TestRunMissing names the fix.
func TestRunMissing(t *testing.T) {
	_, err := New("/no/such/ffmpeg", "ffprobe", logrus.New())
	if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "apt-get install ffmpeg") {
		t.Error(err)
	}
}

// TestRenderDistrustsSuccess has an ffmpeg that exits with 0 and made nothing,
// or an empty file, or another one.
func TestRenderDistrustsSuccess(t *testing.T) {
	tp := record(t, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 60})
	p := tp.plan(t, 5, 40, clip.Wide)
	for name, script := range map[string]string{
		"nothing": `cat <&3 >/dev/null`,
		"empty":   `cat <&3 >/dev/null; for a; do case $a in file:*.part) : > "${a#file:}";; esac; done`,
		"other":   `cat <&3 >/dev/null; for a; do case $a in file:*.part) /usr/bin/env ffmpeg -v error -f lavfi -i testsrc2=s=640x360:r=25:d=1 -c:v libx264 -f mp4 "${a#file:}";; esac; done`,
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := fake(t, script)
			dir := t.TempDir()
			made, err := e.RenderCell(context.Background(), CellWork{Cell: p.Cells[0], Rate: p.Rate, Encoding: fast(30), Open: tp.open, Dir: dir}, nil)
			if err == nil {
				t.Errorf("made %v", made)
			}
			if files, _ := os.ReadDir(dir); len(files) != 0 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
}

// TestAbilities finds everything on a machine that can render, and says what
// to do where nothing is found.
func TestAbilities(t *testing.T) {
	for _, a := range engine(t).Abilities() {
		if !a.OK {
			t.Errorf("%+v", a)
		}
	}
	e, _ := fake(t, `echo "ffmpeg version 4.4.2 Copyright"`)
	missing := 0
	for _, a := range e.Abilities() {
		if !a.OK {
			missing++
		}
		if a.Fix == "" || a.Said == "" {
			t.Errorf("%+v", a)
		}
	}
	if missing < 10 {
		t.Errorf("only %d abilities are missing", missing)
	}
	for said, ok := range map[string]bool{"ffmpeg version 5.1.9-0+deb12u1 C": true, "ffmpeg version n7.1.1 C": true, "ffmpeg version 8.0 C": true,
		"ffmpeg version N-118448-g43be8d0728 C": true, "ffmpeg version 5.0.1 C": false, "ffmpeg version 4.4.2 C": false, "": false} {
		if a := versionAbility("ffmpeg", said); a.OK != ok {
			t.Errorf("%q: %+v", said, a)
		}
	}
}
