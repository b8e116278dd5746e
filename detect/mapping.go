package detect

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/ovation-live/ovation/clip"
)

// Mapping says how each part of a flag is written from what arrived: every
// value is a text/template over the decoded document. An empty template, or
// one that comes out empty, leaves the part unset. A name that the document
// does not have is an error, never an empty text; optional asks for one that
// may be missing. Numbers keep the digits they came with and compare as texts:
// {{if eq .minute "90"}}.
type Mapping struct {
	Feed   string            // the feed's id
	At     string            // an instant, as clip.ResolveWhen reads it; excludes In and Out
	In     string            // mark-in
	Out    string            // mark-out; empty: still going on
	Kind   string            // "goal", "save", …
	Title  string            // one line
	People string            // one name a line: {{lines .scorers}}
	Key    string            // the source's own event id
	Status string            // confirmed, amended or withdrawn
	Fields map[string]string // further values for rules and texts, by name
}

// maxText bounds what one template may write.
const maxText = 64 << 10

// mapper is a mapping whose templates are parsed.
type mapper struct {
	parts  map[string]part
	fields map[string]part
}

// part is one template, with the text that its writer knows it by.
type part struct {
	source string
	*template.Template
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// newMapper parses every template, so that a slip in one is found when the
// configuration is read and not when the goal falls.
func newMapper(m Mapping) (*mapper, error) {
	out := &mapper{parts: map[string]part{}, fields: map[string]part{}}
	texts := m.texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		p, err := newPart(name, texts[name])
		if err != nil {
			return nil, err
		}
		out.parts[name] = p
	}
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		if !fieldName.MatchString(name) {
			return nil, fmt.Errorf("fields: %q is not a name: use lower-case letters, digits and _, at most 40", name)
		}
		p, err := newPart("fields."+name, m.Fields[name])
		if err != nil {
			return nil, err
		}
		out.fields[name] = p
	}
	return out, nil
}

// texts are the templates of the fixed parts, by the name in the configuration.
func (m Mapping) texts() map[string]string {
	return map[string]string{
		"feed": m.Feed, "at": m.At, "in": m.In, "out": m.Out, "kind": m.Kind,
		"title": m.Title, "people": m.People, "key": m.Key, "status": m.Status,
	}
}

// flag writes every part over doc.
func (m *mapper) flag(doc document) (clip.Flag, error) {
	var errs []error
	text := func(p part) string {
		s, err := p.write(doc)
		errs = append(errs, err)
		return s
	}
	f := clip.Flag{
		Feed: clip.FeedID(text(m.parts["feed"])),
		At:   text(m.parts["at"]), In: text(m.parts["in"]), Out: text(m.parts["out"]),
		Kind: text(m.parts["kind"]), Title: text(m.parts["title"]), Key: text(m.parts["key"]),
		People: names(text(m.parts["people"])),
		Status: clip.MomentStatus(text(m.parts["status"])),
	}
	for _, name := range slices.Sorted(maps.Keys(m.fields)) {
		if s := text(m.fields[name]); s != "" {
			if f.Fields == nil {
				f.Fields = map[string]string{}
			}
			f.Fields[name] = s
		}
	}
	errs = append(errs, checkParts(f))
	return f, errors.Join(errs...)
}

// checkParts finds parts that contradict each other.
func checkParts(f clip.Flag) error {
	switch f.Status {
	case "", clip.Confirmed, clip.Amended, clip.Withdrawn:
	default:
		return fmt.Errorf("status came out as %q; it must be one of %s, %s, %s, or empty", f.Status, clip.Confirmed, clip.Amended, clip.Withdrawn)
	}
	if f.At != "" && (f.In != "" || f.Out != "") {
		return fmt.Errorf("at came out as %q and in as %q, out as %q; give either an instant or a span", f.At, f.In, f.Out)
	}
	return nil
}

// names splits a text into its lines, without empty ones.
func names(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// write executes the template. What went wrong is told with the template's own
// text and with the names that the document has.
func (p part) write(doc document) (string, error) {
	var b bytes.Buffer
	if err := p.Execute(&limited{&b, maxText}, doc); err != nil {
		return "", fmt.Errorf("%s: the template %s does not fit what arrived: %s; there is %s", p.Name(), p.source, reason(err), doc.names())
	}
	return strings.TrimSpace(b.String()), nil
}

var (
	missingKey = regexp.MustCompile(`at <(.*)>: map has no entry for key "(.*)"$`)
	failedCall = regexp.MustCompile(`at <(.*)>: (?:error calling \w+: )?(.*)$`)
)

// reason is the part of a template's error that its writer can use.
func reason(err error) string {
	if m := missingKey.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Sprintf("%s is missing (no %q)", m[1], m[2])
	}
	m := failedCall.FindStringSubmatch(err.Error())
	switch {
	case m == nil:
		return err.Error()
	case m[1] == printed:
		return m[2]
	}
	return m[1] + ": " + m[2]
}

// limited refuses to grow a buffer past left bytes.
type limited struct {
	b    *bytes.Buffer
	left int
}

// Write appends p, or nothing when it does not fit.
func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("it writes more than %d bytes", maxText)
	}
	return l.b.Write(p)
}
