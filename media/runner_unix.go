//go:build unix && !linux

package media

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup puts a child in its own process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// restrain lowers the priority of a child that has just begun.
func restrain(pid int, c Command) {
	if c.Nice > 0 {
		_ = unix.Setpriority(unix.PRIO_PROCESS, pid, c.Nice)
	}
}

// reap waits for the child's end and removes what is left of its group.
func (ch *child) reap() error {
	err := ch.cmd.Wait()
	ch.signal(syscall.SIGKILL)
	ch.dead()
	return err
}
