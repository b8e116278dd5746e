package bench

import (
	"os"
	"syscall"
)

// largest is a process's largest resident set in bytes.
func largest(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}
