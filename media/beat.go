package media

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// beat knows when a run last got on. It reads ffmpeg's -progress report, in
// which newer versions repeat the same numbers while nothing moves, so only a
// change counts.
type beat struct {
	report func()

	mu   sync.Mutex
	last time.Time
	line []byte
	now  []byte // the numbers of the report that is being read
	then string // those of the one before
}

// touch notes progress.
func (b *beat) touch() {
	b.mu.Lock()
	b.last = time.Now()
	b.mu.Unlock()
}

// idle is the time since the last progress.
func (b *beat) idle() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Since(b.last)
}

// Write takes a part of the progress report: lines of key=value, each report
// ending in the key "progress".
func (b *beat) Write(p []byte) (int, error) {
	moved := false
	b.mu.Lock()
	for _, c := range p {
		if c != '\n' {
			b.line = append(b.line, c)
			continue
		}
		key, _, _ := bytes.Cut(b.line, []byte("="))
		switch string(key) {
		case "frame", "total_size", "out_time_us":
			b.now = append(append(b.now, b.line...), '\n')
		case "progress":
			if string(b.now) != b.then {
				b.then, b.last, moved = string(b.now), time.Now(), true
			}
			b.now = b.now[:0]
		}
		b.line = b.line[:0]
	}
	b.mu.Unlock()
	if moved && b.report != nil {
		b.report()
	}
	return len(p), nil
}

// moving notes progress whenever bytes go through.
type moving struct {
	io.Reader
	beat *beat
}

func (m moving) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if n > 0 {
		m.beat.touch()
	}
	return n, err
}

// tail keeps the end of what a program complains about.
type tail struct {
	mu    sync.Mutex
	bytes []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes = append(t.bytes, p...)
	if extra := len(t.bytes) - tailBytes; extra > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[extra:]...)
	}
	return len(p), nil
}

// String is the tail as part of a sentence: "" or ": …". Of lines that repeat
// one is kept, of many the last ones; control characters, which may come from
// a hostile feed, are shown as what they are.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.FieldsFunc(string(t.bytes), func(r rune) bool { return r == '\n' || r == '\r' })
	var kept []string
	seen := map[string]bool{}
	for _, l := range slices.Backward(lines) {
		// Addresses of decoders differ where the complaint is the same.
		key := address.ReplaceAllString(strings.TrimSpace(l), "")
		if key != "" && !seen[key] && len(kept) < tailLines {
			seen[key] = true
			kept = append(kept, printable(key))
		}
	}
	if len(kept) == 0 {
		return ""
	}
	slices.Reverse(kept)
	return ": " + strings.Join(kept, " | ")
}

var address = regexp.MustCompile(` @ 0x[0-9a-f]+`)

// printable shows control characters as what they are.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			fmt.Fprintf(&b, "\\x%02x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// environment is all that a child sees of ours: no secrets.
func environment() []string {
	env := []string{"LANG=C.UTF-8", "AV_LOG_FORCE_NOCOLOR=1"}
	for _, k := range []string{"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(k); ok {
			env = append(env, k+"="+v)
		}
	}
	return env
}

// asFile is the file that a command's stdout or stderr is.
func asFile(w io.Writer) *os.File {
	f, _ := w.(*os.File)
	return f
}

// closeAll closes the files that are there.
func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close() // our copies of a pipe's ends hold nothing to flush
		}
	}
}
