package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// contender is a program that records feeds.
type contender struct {
	name   string
	counts bool          // it says what it kept
	keeps  time.Duration // how much it keeps; zero: all
	// commands are its processes for the feeds, recording below dir.
	commands func(urls []string, dir string) ([]*exec.Cmd, error)
}

// cost is what a contender's run took.
type cost struct {
	CPU    time.Duration // user and system, of all its processes
	Memory int64         // bytes: the largest resident sets of its processes, added
}

// ovation is our own recorder in a process of its own; where it listens beside
// it, with one ffmpeg for each feed.
func ovation(o Options, listens bool) contender {
	args := []string{"bench", "dvr-recorder", "--for", o.For.String(), "--window", o.Window.String()}
	c := contender{name: "ovation", counts: true, keeps: min(o.For, o.Window)}
	if listens {
		c.name += ", loudness and key frames watched"
		args = append(args, "--ffmpeg", o.FFmpeg)
	}
	c.commands = func(urls []string, dir string) ([]*exec.Cmd, error) {
		return []*exec.Cmd{exec.Command(o.Self, slices.Concat(args, []string{"--dir", dir}, urls)...)}, nil
	}
	return c
}

// ffmpegCopy is one ffmpeg for each feed, as people do it by hand.
func ffmpegCopy(ffmpeg string) contender {
	return contender{name: "ffmpeg -c copy", commands: func(urls []string, dir string) ([]*exec.Cmd, error) {
		var cmds []*exec.Cmd
		for n, u := range urls {
			to := filepath.Join(dir, fmt.Sprint(n))
			if err := os.MkdirAll(to, 0o755); err != nil {
				return nil, clip.Errorf(clip.Unavailable, "start ffmpeg", "%w", err)
			}
			if strings.HasPrefix(u, "udp:") {
				u += "?fifo_size=50000&overrun_nonfatal=1" // in packets; the default loses some
			}
			cmds = append(cmds, exec.Command(ffmpeg, "-nostdin", "-v", "error", "-i", u, "-map", "0", "-c", "copy",
				"-f", "hls", "-hls_time", "2", "-hls_list_size", "0", filepath.Join(to, "index.m3u8")))
		}
		return cmds, nil
	}}
}

// mediaMTX is one mediamtx that records all feeds as fMP4, its only other
// recording format being MPEG-TS.
func mediaMTX(program string) contender {
	return contender{name: "mediamtx", commands: func(urls []string, dir string) ([]*exec.Cmd, error) {
		var c bytes.Buffer
		fmt.Fprintf(&c, "logLevel: warn\nrtsp: no\nrtmp: no\nhls: no\nwebrtc: no\nsrt: no\napi: no\npathDefaults:\n  record: yes\n  recordFormat: fmp4\n  recordSegmentDuration: 2s\n  recordDeleteAfter: 0s\n  recordPath: %s\npaths:\n",
			filepath.Join(dir, "%path", "%Y-%m-%d_%H-%M-%S-%f"))
		for n, u := range urls {
			fmt.Fprintf(&c, "  feed%d:\n    source: %s\n", n, strings.Replace(u, "udp://", "udp+mpegts://", 1))
		}
		file := filepath.Join(dir, "mediamtx.yml")
		if err := os.WriteFile(file, c.Bytes(), 0o644); err != nil {
			return nil, clip.Errorf(clip.Unavailable, "start mediamtx", "%w", err)
		}
		return []*exec.Cmd{exec.Command(program, file)}, nil
	}}
}

// run lets a contender record for a while.
func (c contender) run(ctx context.Context, urls []string, dir string, length time.Duration) (cost, error) {
	op := "run " + c.name
	cmds, err := c.commands(urls, dir)
	if err != nil {
		return cost{}, err
	}
	var complaints limited
	for _, cmd := range cmds {
		cmd.Stdout, cmd.Stderr = &complaints, &complaints
		if err := cmd.Start(); err != nil {
			return cost{}, clip.Errorf(clip.Unavailable, op, "%w", err)
		}
	}
	wait(ctx, length, c.counts)
	var total cost
	for _, cmd := range cmds {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself
	}
	for _, cmd := range cmds {
		stop := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		stop.Stop()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return cost{}, clip.Errorf(clip.Internal, op, "%w", err)
		}
		total.CPU += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		total.Memory += largest(cmd.ProcessState)
	}
	// What starts late may miss some; what records nothing must not look cheap.
	const least = 6e6 / 8 * 0.6 // bytes a second
	if got, want := written(dir), int64(least*cmp.Or(c.keeps, length).Seconds())*int64(len(urls)); got < want {
		return total, clip.Errorf(clip.Internal, op, "it recorded %d bytes where at least %d came; it says: %s", got, want, complaints.text)
	}
	return total, ctx.Err()
}

// wait lets a program record. One that ends by itself gets a moment more.
func wait(ctx context.Context, length time.Duration, ends bool) {
	if ends {
		length += time.Second
	}
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// written is how many bytes lie below a directory.
func written(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error { // what is gone counts nothing
		if err != nil {
			return nil
		}
		if st, err := e.Info(); err == nil && st.Mode().IsRegular() {
			n += st.Size()
		}
		return nil
	})
	return n
}

// limited keeps the beginning of what many write to it.
type limited struct {
	mu   sync.Mutex
	text []byte
}

func (l *limited) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b[:min(max(0, 4096-len(l.text)), len(b))]...)
	return len(b), nil
}
