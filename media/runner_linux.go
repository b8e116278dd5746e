package media

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup puts a child in its own process group and ends it when we end.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// restrain limits a child that has just begun. A limit that cannot be set is
// no reason to stop: the watchdog remains.
func restrain(pid int, c Command) {
	if c.Nice > 0 {
		_ = unix.Setpriority(unix.PRIO_PROCESS, pid, c.Nice)
	}
	most := uint64(c.MaxFile)
	if most == 0 {
		most = defaultMaxFile
	}
	_ = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: most, Max: most}, nil)
	_ = unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
}

// reap waits for the child's end, removes what is left of its group while its
// id still is ours, and only then lets the id go.
func (ch *child) reap() error {
	for unix.Waitid(unix.P_PID, ch.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	ch.signal(syscall.SIGKILL)
	ch.dead()
	return ch.cmd.Wait()
}
