// Package realserver is what tests need to run real servers: each is built once,
// by a script of its own under tools, and runs on a leash.
package realserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Build runs tools/NAME/build.sh, which builds the server where it must, and
// gives the folder that it prints.
func Build(name string) (dir string, err error) {
	root, err := os.Getwd()
	for ; err == nil; root = filepath.Dir(root) {
		script := filepath.Join(root, "tools", name, "build.sh")
		if _, missing := os.Stat(script); missing == nil {
			cmd := exec.Command(script)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			return string(bytes.TrimSpace(out)), err
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("tools/%s/build.sh is in no parent of the working directory", name)
		}
	}
	return "", err
}

// supervise is a shell script that runs a program until its own standard input
// ends, and leaves nothing behind.
const supervise = `dir=$1
shift
"$@" >"$dir/log" 2>&1 &
read -r _
kill -9 $!
wait
rm -rf "$dir"`

// Run starts a program whose directory is dir and whose log is a file in it. It
// runs until its leash is closed, which the kernel does when this process ends,
// even by kill -9; the directory then goes too.
func Run(dir string, env []string, program ...string) (leash *os.File, err error) {
	held, leash, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer held.Close()
	cmd := exec.Command("sh", append([]string{"-c", supervise, "sh", dir}, program...)...)
	cmd.Env, cmd.Stdin = env, held
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches the test only
	return leash, cmd.Start()
}

// Log is the end of what the program of a directory said, for an error.
func Log(dir string) string {
	log, _ := os.ReadFile(filepath.Join(dir, "log")) // no log is none
	return string(log[max(0, len(log)-2000):])
}

// Await asks until the answer is nil, or the context ends.
func Await(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("not ready in time"), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// FreePort is a port of loopback that nobody listened on just now.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strings.TrimPrefix(l.Addr().String(), "127.0.0.1:"), nil
}
