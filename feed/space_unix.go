//go:build unix

package feed

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/ovation-live/ovation/clip"
)

// space is what the disk that holds dir has left for us, and its size.
func space(dir string) (free, total int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}

// lock takes a feed's directory for this recorder. The kernel gives it back
// when the process ends, however it ends.
func (d dvr) lock() (unlock func(), err error) {
	if err := os.MkdirAll(d.dir(), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(d.path(lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		_ = f.Close()
		return nil, clip.Errorf(clip.Conflict, "record feed "+string(d.feed), "another process or another recorder writes to %s; stop that one", d.dir())
	}
	return func() { _ = f.Close() }, err // the kernel gives the lock back with it
}
