package main

import (
	"fmt"

	"github.com/ovation-live/ovation/clip"
)

// result is one line of a check.
type result struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`        // what was found
	Fix    string `json:"fix,omitempty"` // what to do, when it is not OK
}

// resultOf is the line of something that either works or says why not.
func resultOf(name, works string, err error) result {
	if err != nil {
		return result{Name: name, Detail: err.Error()}
	}
	return result{Name: name, OK: true, Detail: works}
}

// report prints the lines; any that is not OK makes the command one that
// failed.
func (a *app) report(results []result) error {
	if a.output == "json" {
		if err := a.printJSON(struct {
			Checks []result `json:"checks"`
		}{results}); err != nil {
			return err
		}
	}
	failed := 0
	for _, r := range results {
		if !r.OK {
			failed++
		}
		if a.output != "json" {
			fmt.Fprintln(a.out, r.text())
		}
	}
	if failed == 0 {
		return nil
	}
	if a.output == "json" {
		return errReported
	}
	return clip.Errorf(clip.Invalid, "check", "%d of %d is not as it must be", failed, len(results))
}

// text is the line for people.
func (r result) text() string {
	mark := "✓"
	if !r.OK {
		mark = "✗"
	}
	text := mark + " " + r.Name
	if r.Detail != "" {
		text += ": " + oneLine(r.Detail)
	}
	if !r.OK && r.Fix != "" {
		text += "\n  → " + oneLine(r.Fix)
	}
	return text
}
