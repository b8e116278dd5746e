package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Command is one run of ffmpeg.
type Command struct {
	Op       string        // what is attempted, in words, for the error
	Args     []string      // without the program and the options that every run has
	Dir      string        // working directory, so that graphs hold plain file names
	In       []io.Reader   // ffmpeg reads them as pipe:3, pipe:4, …
	Out      []io.Writer   // ffmpeg writes them as the pipes after those of In
	Stdout   io.Writer     // nil: discarded
	Nice     int           // above zero for work that must never starve a recorder
	Stall    time.Duration // longest time without progress; zero: defaultStall
	MaxFile  int64         // largest file it may write, in bytes; zero: defaultMaxFile
	Progress func()        // called while it gets on; may be nil
	Secrets  []string      // are shown neither in the log nor in the error
}

const (
	defaultStall   = 30 * time.Second
	defaultMaxFile = 8 << 30
	grace          = 3 * time.Second // between TERM and KILL
	firstPipe      = 3               // file descriptor of the first pipe
	tailBytes      = 16 << 10        // of stderr that are kept
	tailLines      = 8               // of them that stand in an error
)

// Run runs ffmpeg to its end. It returns nil only when ffmpeg ended well and
// wrote nothing to stderr that belies it; callers still verify what it made.
// When ctx ends, or nothing moves for the stall limit, the whole process group
// gets TERM and after a grace KILL. Nothing of it is left when Run returns.
//
// A reader in c.In that is an io.Closer is closed once ffmpeg has all of it, or
// wants no more. One that blocks when ffmpeg is gone is closed after its next
// read.
func (e *Engine) Run(ctx context.Context, c Command) error {
	b := &beat{report: c.Progress}
	b.touch()
	progress := firstPipe + len(c.In) + len(c.Out)
	args := append([]string{"-nostdin", "-hide_banner", "-v", "error", "-y", "-max_alloc", "1073741824",
		"-progress", fmt.Sprintf("pipe:%d", progress), "-stats_period", "0.5"}, c.Args...)
	c.Out = append(append([]io.Writer(nil), c.Out...), b)
	e.log.WithField("args", c.hide(fmt.Sprint(args))).Debug("run ffmpeg")
	return run(ctx, e.ffmpeg, args, c, b)
}

// hide is a text without the secrets, the longest first.
func (c Command) hide(text string) string {
	for _, s := range slices.SortedFunc(slices.Values(c.Secrets), func(a, b string) int { return len(b) - len(a) }) {
		if s != "" {
			text = strings.ReplaceAll(text, s, "xxxxx")
		}
	}
	return text
}

// run runs any program under the runner's rules.
func run(ctx context.Context, program string, args []string, c Command, b *beat) error {
	if err := ctx.Err(); err != nil {
		return clip.Errorf(clip.Unavailable, c.Op, "%w", err)
	}
	ch := &child{c: c, beat: b, done: make(chan error, 1), broken: make(chan error, 1)}
	if err := ch.start(program, args); err != nil {
		return clip.Errorf(clip.Unavailable, c.Op, "%w", err)
	}
	cause := ch.watch(ctx)
	return ch.verdict(cause)
}

// child is a running program with its pipes.
type child struct {
	c      Command
	beat   *beat
	cmd    *exec.Cmd
	tail   tail
	done   chan error // how it ended
	broken chan error // a pipe whose Go side failed
	drains sync.WaitGroup
	end    error // its exit, where nobody stopped it

	mu    sync.Mutex
	alive bool  // the process id is still ours to signal
	read  error // the first failure to read what ffmpeg should be fed
}

// start begins the program. A goroutine that is locked to its thread stays
// with it, because Pdeathsig fires when the starting thread ends.
func (ch *child) start(program string, args []string) error {
	ch.cmd = exec.Command(program, args...)
	ch.cmd.Dir, ch.cmd.Env, ch.cmd.SysProcAttr = ch.c.Dir, environment(), ownGroup()
	ours, err := ch.connect()
	theirs := ch.cmd.ExtraFiles
	defer closeAll(theirs)
	if err != nil {
		closeAll(ours)
		return err
	}
	started := make(chan error)
	go ch.live(started)
	if err := <-started; err != nil {
		closeAll(ours)
		return err
	}
	ch.attend(ours)
	return nil
}

// connect makes the pipes; it returns our ends in the order in, out, stdout,
// stderr.
func (ch *child) connect() (ours []*os.File, err error) {
	pipe := func(childReads bool) *os.File {
		if err != nil {
			return nil
		}
		r, w, e := os.Pipe()
		if e != nil {
			err = e
			return nil
		}
		if childReads {
			r, w = w, r
		}
		ours = append(ours, r)
		return w
	}
	for range ch.c.In {
		ch.cmd.ExtraFiles = append(ch.cmd.ExtraFiles, pipe(true))
	}
	for range ch.c.Out {
		ch.cmd.ExtraFiles = append(ch.cmd.ExtraFiles, pipe(false))
	}
	stdout, stderr := pipe(false), pipe(false)
	if err == nil {
		ch.cmd.Stdout, ch.cmd.Stderr = stdout, stderr
	}
	return ours, err
}

// live starts the program, waits for its end, removes what is left of its
// group while its id still is ours, and only then reaps it.
func (ch *child) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := ch.cmd.Start()
	closeAll([]*os.File{asFile(ch.cmd.Stdout), asFile(ch.cmd.Stderr)})
	if err != nil {
		started <- err
		return
	}
	pid := ch.cmd.Process.Pid
	ch.alive = true
	restrain(pid, ch.c)
	started <- nil
	ch.done <- ch.reap()
}

// attend feeds and drains our ends of the pipes.
func (ch *child) attend(ours []*os.File) {
	for i, r := range ch.c.In {
		go ch.feed(ours[i], r)
	}
	sinks := append(append([]io.Writer(nil), ch.c.Out...), ch.c.Stdout, &ch.tail)
	for i, w := range sinks {
		if w == nil {
			w = io.Discard
		}
		ch.drains.Add(1)
		go ch.drain(ours[len(ch.c.In)+i], w)
	}
}

// feed writes what r gives into ffmpeg. That ffmpeg stops reading early is its
// right: a trim may be satisfied.
func (ch *child) feed(w *os.File, r io.Reader) {
	defer w.Close()
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	_, err := io.Copy(w, moving{r, ch.beat})
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		ch.mu.Lock()
		if ch.read == nil {
			ch.read = err
		}
		ch.mu.Unlock()
	}
}

// drain takes what ffmpeg writes. When the receiver fails, ffmpeg is stopped.
func (ch *child) drain(r *os.File, w io.Writer) {
	defer ch.drains.Done()
	defer r.Close()
	var from io.Reader = r
	if w != io.Writer(ch.beat) {
		from = moving{r, ch.beat}
	}
	if _, err := io.Copy(w, from); err != nil {
		select {
		case ch.broken <- err:
		default:
		}
	}
}

// watch waits for the end. The error says why the program was stopped; nil
// means that it ended by itself, well or not.
func (ch *child) watch(ctx context.Context) (cause error) {
	stall := ch.c.Stall
	if stall == 0 {
		stall = defaultStall
	}
	tick := time.NewTicker(max(stall/10, 10*time.Millisecond))
	defer tick.Stop()
	var kill <-chan time.Time
	stop := func(why error) {
		if cause == nil {
			cause, kill = why, time.After(grace)
			ch.signal(syscall.SIGTERM)
		}
	}
	cancelled := ctx.Done()
	for {
		select {
		case err := <-ch.done:
			ch.settle(cause != nil)
			if cause == nil {
				ch.end = err
			}
			return cause
		case <-cancelled:
			cancelled = nil
			stop(ctx.Err())
		case err := <-ch.broken:
			stop(fmt.Errorf("pass on what ffmpeg made: %w", err))
		case <-kill:
			ch.signal(syscall.SIGKILL)
		case <-tick.C:
			if ch.beat.idle() > stall {
				stop(fmt.Errorf("it made no progress for %s and was stopped", stall))
			}
		}
	}
}

// settle waits until everything that was written has been passed on. A
// receiver that blocks is not waited for once the run has failed.
func (ch *child) settle(failed bool) {
	drained := make(chan struct{})
	go func() { ch.drains.Wait(); close(drained) }()
	if !failed {
		<-drained
		return
	}
	select {
	case <-drained:
	case <-time.After(grace):
	}
}

// verdict turns the end into an error.
func (ch *child) verdict(cause error) error {
	ch.mu.Lock()
	read := ch.read
	ch.mu.Unlock()
	said := ch.c.hide(ch.tail.String())
	end := ch.end
	if cause == nil {
		select {
		case cause = <-ch.broken:
		default:
		}
	}
	switch {
	case cause != nil:
		return clip.Errorf(clip.Unavailable, ch.c.Op, "%w%s", cause, said)
	case read != nil:
		return clip.Errorf(clip.KindOf(read), ch.c.Op, "read the media to work on: %w", read)
	case end != nil && (ch.cmd.ProcessState == nil || !ch.cmd.ProcessState.Exited() || full(said)):
		return clip.Errorf(clip.Unavailable, ch.c.Op, "%s: %w%s", ch.cmd.Path, end, said)
	case end != nil:
		return clip.Errorf(clip.Internal, ch.c.Op, "%s: %w%s", ch.cmd.Path, end, said)
	case lies(said):
		return clip.Errorf(clip.Unavailable, ch.c.Op, "%s ended with success, but%s", ch.cmd.Path, said)
	}
	return nil
}

// full recognises a disk without room.
func full(said string) bool { return strings.Contains(said, "No space left on device") }

// lies recognises a failure that ffmpeg reports while it exits with 0, such as
// a full disk when it writes the trailer (ffmpeg 5.1.9, 2026-11-24).
func lies(said string) bool {
	return full(said) || strings.Contains(said, "Error writing trailer") || strings.Contains(said, "Error closing file")
}

// dead says that the process id is no longer ours.
func (ch *child) dead() {
	ch.mu.Lock()
	ch.alive = false
	ch.mu.Unlock()
}

// signal reaches the whole process group, as long as its id cannot be another
// process's.
func (ch *child) signal(s syscall.Signal) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.alive {
		_ = syscall.Kill(-ch.cmd.Process.Pid, s) // gone already is what we want
	}
}
