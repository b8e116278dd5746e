package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

// print shows an answer: as it came with -o json, else as text writes it.
func (a *app) print(raw json.RawMessage, text func(w *tabwriter.Writer)) error {
	if a.output == "json" {
		return a.printJSON(raw)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// printJSON shows v, indented. What the API did not answer with (204) is {}.
func (a *app) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if string(b) == "null" {
		b = []byte("{}")
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, out.String())
	return err
}

// row writes the cells of a table's line. An empty cell is a dash, so that
// columns can be cut by space.
func row(w io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = firstOf(oneLine(fmt.Sprint(c)), "-")
	}
	fmt.Fprintln(w, strings.Join(texts, "\t"))
}

// line writes one fact of a page; nothing when there is none.
func line(w io.Writer, name string, value any) {
	if text := fmt.Sprint(value); text != "" {
		fmt.Fprintf(w, "%s\t%s\n", name, oneLine(text))
	}
}

// oneLine keeps what others wrote from moving the cursor or breaking a table.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// stamp is a time for people; empty when there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func escape(s string) string { return url.PathEscape(s) }
