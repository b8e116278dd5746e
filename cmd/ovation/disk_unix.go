//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// freeBytes is what the disk that holds dir has left for us.
func freeBytes(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// inUse reports whether another process has locked the data directory, as
// worker does while it runs.
func inUse(data string) bool {
	f, err := os.Open(filepath.Join(data, "lock"))
	if err != nil {
		return false
	}
	defer f.Close() // gives the lock back
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}
