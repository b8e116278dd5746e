package configs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// problem is one thing that is wrong with a configuration.
type problem struct {
	line int    // 0: unknown
	path string // of the key; empty: the file as a whole
	text string
}

// problem notes what is wrong with the key at path.
func (d *decoder) problem(path, format string, args ...any) {
	d.problems = append(d.problems, problem{line: d.lineOf(path), path: path, text: fmt.Sprintf(format, args...)})
}

// lineOf is the line of a key, or of the nearest thing around one that is
// missing.
func (d *decoder) lineOf(path string) int {
	for path != "" {
		if n, ok := d.lines[path]; ok {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

// err joins the problems in the order of their lines; nil when there is none.
func (d *decoder) err() error {
	const op = "read the configuration"
	slices.SortStableFunc(d.problems, func(a, b problem) int { return a.line - b.line })
	var lines []string
	for _, p := range d.problems {
		lines = append(lines, p.in(d.file))
	}
	switch len(lines) {
	case 0:
		return nil
	case 1:
		return clip.Errorf(clip.Invalid, op, "%s", lines[0])
	}
	return clip.Errorf(clip.Invalid, op, "%d problems\n  %s", len(lines), strings.Join(lines, "\n  "))
}

// in is the problem as a line that editors can jump to.
func (p problem) in(file string) string {
	where := filepath.Base(file)
	if p.line > 0 {
		where = fmt.Sprintf("%s:%d", where, p.line)
	}
	if p.path != "" {
		where += ": " + p.path
	}
	return where + ": " + p.text
}

// suggest names the known key that a misspelt one was meant for, or all of
// them.
func suggest(key string, known []string) string {
	best, least := "", 3 // three changes make another word
	for _, k := range known {
		if n := distance(key, k); n < least {
			best, least = k, n
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; known here: " + strings.Join(known, ", ")
}

// distance is the number of letters to add, drop or change between two words
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
