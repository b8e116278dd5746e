package dvr

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// encoder is a real sender: ffmpeg that plays programmes at their own speed,
// each in a run of its own.
type encoder struct {
	format, url string
	programmes  []numbered
	more        []string      // options of the output
	kill        func() bool   // when the first run is killed; nil: it ends
	between     time.Duration // two runs

	over     sync.WaitGroup
	stop     context.CancelFunc
	mu       sync.Mutex
	returned time.Time // when the second run began
	said     strings.Builder
}

// play starts it.
func (e *encoder) play(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e.stop = cancel
	var files []string
	for _, n := range e.programmes {
		file := filepath.Join(t.TempDir(), "all.ts")
		if err := os.WriteFile(file, n.bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	e.over.Go(func() {
		for n, file := range files {
			for e.once(ctx, n, file) && ctx.Err() == nil {
				time.Sleep(100 * time.Millisecond) // nobody was there
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(e.between):
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		if e.over.Wait(); t.Failed() {
			t.Log("the encoder said:", e.said.String())
		}
	})
}

// once plays one programme, and reports whether nobody took it.
func (e *encoder) once(ctx context.Context, n int, file string) (again bool) {
	if n == 0 && e.kill != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			for ctx.Err() == nil && !e.kill() {
				time.Sleep(50 * time.Millisecond)
			}
			cancel()
		}()
	}
	args := append([]string{"-nostdin", "-v", "error", "-re", "-i", file, "-map", "0", "-c", "copy", "-muxdelay", "0", "-muxpreload", "0", "-f", e.format}, e.more...)
	cmd := exec.CommandContext(ctx, "ffmpeg", append(args, e.url)...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	began := time.Now()
	_ = cmd.Run() // what it says is looked at
	e.mu.Lock()
	defer e.mu.Unlock()
	e.said.WriteString(complaints.String())
	again = strings.Contains("\n"+complaints.String(), "\n"+e.url+":")
	if n == 1 && !again {
		e.returned = began
	}
	return again
}

// again is when its second run began.
func (e *encoder) again() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.returned
}
