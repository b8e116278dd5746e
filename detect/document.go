package detect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// document is what arrived, as templates see it: an object whose values are
// texts, numbers with their digits, booleans, lists, objects and nothing.
type document map[string]any

// readDocument decodes a JSON object. A name that stands twice counts once,
// as its last value; numbers are kept as they are written.
func readDocument(body []byte) (document, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body goes on after its JSON")
	}
	doc, ok := objects(v).(document)
	if !ok {
		return nil, errors.New("the body is not a JSON object")
	}
	return doc, nil
}

// objects gives every object within v our type.
func objects(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, part := range v {
			v[name] = objects(part)
		}
		return document(v)
	case []any:
		for i, part := range v {
			v[i] = objects(part)
		}
	}
	return v
}

// maxNames bounds how many names an error tells.
const maxNames = 30

// names tells what a document has, for an error: "minute, team, team.name".
func (d document) names() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(d)) {
		all = append(all, name)
		if inner, ok := d[name].(document); ok {
			for _, below := range slices.Sorted(maps.Keys(inner)) {
				all = append(all, name+"."+below)
			}
		}
	}
	switch {
	case len(all) == 0:
		return "nothing in it"
	case len(all) > maxNames:
		return fmt.Sprintf("%s and %d more", strings.Join(all[:maxNames], ", "), len(all)-maxNames)
	}
	return strings.Join(all, ", ")
}

// find is the text at a path of names joined by dots.
func (d document) find(path string) (string, bool) {
	var v any = d
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := v.(document)
		if !ok {
			return "", false
		}
		if v, ok = inner[name]; !ok {
			return "", false
		}
	}
	s, err := text(v)
	return s, err == nil
}
