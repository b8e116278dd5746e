package configs

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ovation-live/ovation/clip"
)

// entries are the keys and values of a mapping.
func entries(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// index remembers on which line each key and list element stands.
func (d *decoder) index(node ast.Node, path string) {
	if list, ok := entries(node); ok {
		for _, e := range list {
			at := join(path, e.Key.GetToken().Value)
			d.lines[at] = e.Key.GetToken().Position.Line
			d.index(e.Value, at)
		}
		return
	}
	if seq, ok := node.(*ast.SequenceNode); ok {
		for i, n := range seq.Values {
			at := path + "[" + strconv.Itoa(i) + "]"
			d.lines[at] = line(n)
			d.index(n, at)
		}
	}
}

// line is where a node begins; a mapping's own token is its first colon.
func line(n ast.Node) int {
	if list, ok := entries(n); ok && len(list) > 0 {
		return list[0].Key.GetToken().Position.Line
	}
	return n.GetToken().Position.Line
}

// join is the path of a key inside another.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// keyOf is the key of a struct's field: its yaml tag, or the json tag where
// the vocabulary's own types are read.
func keyOf(f reflect.StructField) string {
	for _, tag := range []string{"yaml", "json"} {
		if key, _, _ := strings.Cut(f.Tag.Get(tag), ","); key != "" && key != "-" {
			return key
		}
	}
	return ""
}

// field finds the field of a key.
func field(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && key != "" && keyOf(f) == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// fileKey is the key under which the secret of a field can be given as a file:
// token_file for token, secret_file for the list secrets; empty when the field
// is no secret.
func fileKey(f reflect.StructField) string {
	switch f.Type {
	case reflect.TypeFor[clip.Secret]():
		return keyOf(f) + fileSuffix
	case reflect.TypeFor[[]clip.Secret]():
		return strings.TrimSuffix(keyOf(f), "s") + fileSuffix
	}
	return ""
}

// twin finds the secret, or list of secrets, that key names a file for.
func twin(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if key != "" && fileKey(v.Type().Field(i)) == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// fields lists the keys that a struct knows, secret files included.
func fields(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		key := keyOf(f)
		if key == "" {
			continue
		}
		keys = append(keys, key)
		if twin := fileKey(f); twin != "" {
			keys = append(keys, twin)
		}
	}
	return keys
}

// kind is what a value must look like, for people.
func kind(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "a text"
}
