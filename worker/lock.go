//go:build unix

package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ovation-live/ovation/clip"
)

// lock takes the data directory for this process; the kernel gives it back
// when the process ends, however it ends.
func lock(data string) (unlock func() error, err error) {
	if _, err := directory(data, "."); err != nil {
		return nil, err
	}
	path := filepath.Join(data, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "lock the data directory", "%w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(path) // only for the message
		_ = f.Close()
		return nil, clip.Errorf(clip.Conflict, "use data directory "+data,
			"another ovation%s is using it; stop that one, or name another directory with --data", owner(holder))
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid()) // for people; the lock itself is the kernel's
	}
	return f.Close, nil
}

func owner(text []byte) string {
	if pid := strings.TrimSpace(string(text)); pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}
