// Command summary reads `go test -json`, shows what a person wants to know of
// it, and ends with one line of counts. It exits with 1 when a test failed,
// when one was skipped, or when nothing ran: a test that was meant to run and
// did not is no success.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	label := "tests"
	if len(os.Args) > 1 {
		label = os.Args[1]
	}
	ok, err := run(os.Stdin, os.Stdout, label)
	if err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		ok = false
	}
	if !ok {
		os.Exit(1)
	}
}

// event is one line of `go test -json` (go doc test2json, go1.26).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build events
	Test       string
	Output     string
	Elapsed    float64
}

// counts is what a run came to.
type counts struct {
	packages, without, passed, failed, skipped int
	broken                                     []string // packages that failed without a failed test
}

// run copies what matters of in to out.
func run(in io.Reader, out io.Writer, label string) (bool, error) {
	var c counts
	said := map[string][]string{} // package and test → its output
	failures := map[string]int{}  // package → failed tests
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // not an event: a message of the go command
			continue
		}
		key := e.Package + " " + e.Test
		switch {
		case e.Action == "build-output":
			fmt.Fprint(out, e.Output)
		case e.Action == "output":
			said[key] = append(said[key], e.Output)
		case e.Test != "":
			c.test(e, out, said[key], failures)
			delete(said, key)
		default:
			c.end(e, out, said[key], failures[e.Package])
			delete(said, key)
		}
	}
	fmt.Fprintln(out, c.line(label))
	return c.good(), lines.Err()
}

// test counts one test's end; output of a failed or skipped one is shown.
func (c *counts) test(e event, out io.Writer, said []string, failures map[string]int) {
	switch e.Action {
	case "pass":
		c.passed++
		for _, l := range said { // what tests measured is wanted even when they pass
			if strings.Contains(l, "measured:") {
				fmt.Fprintf(out, "     %s\n", strings.TrimSpace(l))
			}
		}
	case "fail":
		c.failed++
		failures[e.Package]++
		fmt.Fprintf(out, "FAIL %s %s (%.1f s)\n%s", e.Package, e.Test, e.Elapsed, strings.Join(said, ""))
	case "skip":
		c.skipped++
		fmt.Fprintf(out, "SKIP %s %s\n%s", e.Package, e.Test, strings.Join(said, ""))
	}
}

// end counts a package's end.
func (c *counts) end(e event, out io.Writer, said []string, failed int) {
	switch e.Action {
	case "pass":
		c.packages++
		fmt.Fprintf(out, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
	case "skip":
		c.without++ // it has no tests
	case "fail":
		c.packages++
		if failed == 0 { // it did not build, crashed, or ran out of time
			c.broken = append(c.broken, e.Package)
		}
		fmt.Fprintf(out, "FAIL %s (%.1f s)\n%s", e.Package, e.Elapsed, strings.Join(said, ""))
	}
}

func (c *counts) good() bool {
	return c.failed == 0 && c.skipped == 0 && len(c.broken) == 0 && c.passed > 0
}

// line is the run in one line.
func (c *counts) line(label string) string {
	text := fmt.Sprintf("%s: %d packages, %d passed, %d failed, %d skipped", label, c.packages, c.passed, c.failed, c.skipped)
	if c.without > 0 {
		text += fmt.Sprintf(" (%d packages have no tests)", c.without)
	}
	if len(c.broken) > 0 {
		slices.Sort(c.broken)
		text += "; broken: " + strings.Join(c.broken, ", ")
	}
	if c.passed == 0 {
		text += "; nothing passed, which is no success"
	}
	return text
}
