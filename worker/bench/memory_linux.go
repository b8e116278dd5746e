package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// largest is a process's largest resident set in bytes.
func largest(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

// helperMemory is the resident memory of this process's children, in bytes.
// What cannot be read counts nothing: a child may have just ended.
func helperMemory() (total int64) {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		ids, _ := os.ReadFile(list)
		for _, id := range bytes.Fields(ids) {
			statm, _ := os.ReadFile(filepath.Join("/proc", string(id), "statm"))
			if f := bytes.Fields(statm); len(f) > 1 {
				pages, _ := strconv.ParseInt(string(f[1]), 10, 64)
				total += pages * int64(os.Getpagesize())
			}
		}
	}
	return total
}
