package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// binary builds the program once, or takes the one that $OVATION_BIN names.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("OVATION_BIN"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "ovation-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ovation")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/ovation").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

const token = "e2e-administrator"

// ovation is the program as a process.
type ovation struct {
	t    *testing.T
	args []string
	data string
	url  string
	cmd  *exec.Cmd
	log  *os.File

	workflows []string // of what was flagged, for saveHistories
}

// up writes the configuration and starts `ovation up` over a fresh data
// directory.
func up(t *testing.T, config string) *ovation {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "ovation.yaml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &ovation{t: t, data: filepath.Join(dir, "data")}
	o.args = []string{"up", "-c", file, "--data", o.data, "--listen", freeAddress(t)}
	o.open(filepath.Join(dir, "ovation.log"))
	o.start()
	return o
}

// open directs the process's output to a file that is shown when the test
// fails.
func (o *ovation) open(path string) {
	log, err := os.Create(path)
	if err != nil {
		o.t.Fatal(err)
	}
	o.log = log
	o.t.Cleanup(func() {
		o.stop()
		text, _ := os.ReadFile(path) // only for the report
		if o.t.Failed() {
			o.t.Logf("ovation's own log:\n%s", tail(text, 8000))
		}
		if bytes.Contains(text, []byte(token)) {
			o.t.Error("the log holds the token")
		}
	})
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// start starts the process, again where it was killed, and waits until it is
// ready.
func (o *ovation) start() time.Duration {
	o.t.Helper()
	path, err := binary()
	if err != nil {
		o.t.Fatal(err)
	}
	began := time.Now()
	o.url = "http://" + o.args[len(o.args)-1]
	o.cmd = exec.Command(path, o.args...)
	o.cmd.Env = append(os.Environ(), "OVATION_TOKEN="+token)
	o.cmd.Stdout, o.cmd.Stderr = io.Discard, o.log
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.eventually(30*time.Second, "the process is ready", func() error {
		response, err := http.Get(o.url + "/readyz")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz says %s", response.Status)
		}
		return nil
	})
	return time.Since(began)
}

// second tries to start another process on the same data directory.
func (o *ovation) second() (output string, err error) {
	args := append([]string{}, o.args...)
	args[len(args)-1] = "127.0.0.1:0"
	cmd := exec.Command(o.cmd.Path, args...)
	cmd.Env = o.cmd.Env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// kill is kill -9.
func (o *ovation) kill() {
	o.t.Helper()
	if err := o.cmd.Process.Kill(); err != nil {
		o.t.Fatal(err)
	}
	_ = o.cmd.Wait() // "signal: killed"
	o.cmd = nil
}

// stop is what an operator does, and must end the process in good time.
func (o *ovation) stop() {
	if o.cmd == nil {
		return
	}
	cmd := o.cmd
	o.cmd = nil
	_ = cmd.Process.Signal(os.Interrupt) // it may be gone already
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			o.t.Errorf("ovation ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		o.t.Error("ovation did not stop within 30 s")
	}
}

// call speaks the API; a status of 400 or more is an error with the problem's
// words.
func (o *ovation) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	request, err := http.NewRequest(method, o.url+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	if b, ok := out.(*[]byte); ok {
		*b = text
		return nil
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

func (o *ovation) must(method, path string, in, out any) {
	o.t.Helper()
	if err := o.call(method, path, in, out); err != nil {
		o.t.Fatal(err)
	}
}

// eventually repeats f until it succeeds, or fails the test with its last
// error.
func (o *ovation) eventually(limit time.Duration, what string, f func() error) {
	o.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("waited %s until %s: %v", limit, what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// shown is a highlight as the API tells it.
type shown struct {
	Highlight clip.Highlight `json:"highlight"`
	Moment    clip.Moment    `json:"moment"`
	Posts     []clip.Post    `json:"posts"`
}

func (o *ovation) flag(f clip.Flag) (shown, error) {
	var s shown
	err := o.call("POST", "/api/v1/moments", f, &s)
	return s, err
}

func (o *ovation) highlight(id clip.MomentID) (shown, error) {
	var s shown
	return s, o.call("GET", "/api/v1/highlights/"+string(id), nil, &s)
}

// wait waits until a highlight has a state.
func (o *ovation) wait(id clip.MomentID, state clip.HighlightState, limit time.Duration) shown {
	o.t.Helper()
	var s shown
	o.eventually(limit, fmt.Sprintf("highlight %s is %s", id, state), func() (err error) {
		if s, err = o.highlight(id); err != nil {
			return err
		}
		if s.Highlight.State == clip.HighlightFailed && state != clip.HighlightFailed {
			o.t.Fatalf("highlight %s failed: %s", id, s.Highlight.Reason)
		}
		if s.Highlight.State != state {
			return fmt.Errorf("it is %s (%s); posts %s", s.Highlight.State, s.Highlight.Reason, states(s.Posts))
		}
		return nil
	})
	return s
}

func states(posts []clip.Post) string {
	var words []string
	for _, p := range posts {
		words = append(words, fmt.Sprintf("%s %s %s", p.Destination, p.State, p.Reason))
	}
	return strings.Join(words, "; ")
}

// recorded waits until a feed has recorded for a while and gives its window.
func (o *ovation) recorded(feed clip.FeedID, length time.Duration) clip.Span {
	o.t.Helper()
	var one struct {
		Health clip.Health `json:"health"`
		Window clip.Span   `json:"window"`
	}
	o.eventually(length+60*time.Second, fmt.Sprintf("%s of feed %s are recorded", length, feed), func() error {
		if err := o.call("GET", "/api/v1/feeds/"+string(feed), nil, &one); err != nil {
			return err
		}
		if got := one.Window.Duration(); got < length {
			return fmt.Errorf("its window is %s, state %s (%s)", got, one.Health.State, one.Health.Detail)
		}
		return nil
	})
	return one.Window
}
