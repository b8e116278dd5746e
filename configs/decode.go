package configs

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ovation-live/ovation/clip"
)

// decoder walks a YAML tree and a Go value side by side. It goes on after a
// problem, so that one run reports them all.
type decoder struct {
	file     string
	lines    map[string]int // path of a key → line
	problems []problem
}

// newDecoder parses text and gives the tree's root; nil when the file is empty.
func newDecoder(name string, text []byte) (*decoder, ast.Node, error) {
	d := &decoder{file: name, lines: map[string]int{}}
	tree, err := parser.ParseBytes(text, 0)
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		d.problems = append(d.problems, problem{line: syntax.GetToken().Position.Line, text: "this is not YAML: " + syntax.GetMessage()})
		return nil, nil, d.err()
	case err != nil:
		d.problems = append(d.problems, problem{text: "this is not YAML: " + err.Error()})
		return nil, nil, d.err()
	case len(tree.Docs) > 1:
		d.problems = append(d.problems, problem{line: tree.Docs[1].GetToken().Position.Line, text: "a second document begins; put everything into one"})
		return nil, nil, d.err()
	case len(tree.Docs) == 0:
		return d, nil, nil
	}
	d.index(tree.Docs[0].Body, "")
	return d, tree.Docs[0].Body, nil
}

// decode reads node into the pointer into.
func (d *decoder) decode(node ast.Node, path string, into any) {
	if d.lines == nil {
		d.lines = map[string]int{}
		d.index(node, path)
	}
	d.value(node, path, reflect.ValueOf(into).Elem())
}

// value reads node into v by what v is.
func (d *decoder) value(node ast.Node, path string, v reflect.Value) {
	switch node.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return // the key stands there with nothing: the default stays
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.problem(path, "anchors, aliases and tags are not read here; write the value out")
		return
	}
	switch {
	case v.Type() == reflect.TypeFor[Options]():
		if _, ok := entries(node); !ok {
			d.problem(path, "this must be keys with values")
			return
		}
		v.Set(reflect.ValueOf(Options{file: d.file, path: path, node: node}))
	case v.Type() == reflect.TypeFor[time.Duration]():
		d.duration(node, path, v)
	case v.Type() == reflect.TypeFor[Bytes]():
		d.bytes(node, path, v)
	case v.Kind() == reflect.Struct:
		d.mapping(node, path, v)
	case v.Kind() == reflect.Map:
		d.table(node, path, v)
	case v.Kind() == reflect.Slice:
		d.list(node, path, v)
	default:
		d.scalar(node, path, v)
	}
}

// mapping reads keys and values into a struct.
func (d *decoder) mapping(node ast.Node, path string, v reflect.Value) {
	list, ok := entries(node)
	if !ok {
		d.problem(path, "this must be keys with values%s", suggest("", fields(v.Type())))
		return
	}
	for _, e := range list {
		key := e.Key.GetToken().Value
		at := join(path, key)
		if f, ok := field(v, key); ok {
			d.value(e.Value, at, f)
			continue
		}
		if f, ok := twin(v, key); ok {
			d.secret(e.Value, at, f)
			continue
		}
		d.problem(at, "unknown key%s", suggest(key, fields(v.Type())))
	}
}

// table reads a map of strings whose keys are the user's own.
func (d *decoder) table(node ast.Node, path string, v reflect.Value) {
	list, ok := entries(node)
	if !ok {
		d.problem(path, "this must be keys with values")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range list {
		key := e.Key.GetToken().Value
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(e.Value, join(path, key), element)
		v.SetMapIndex(reflect.ValueOf(key), element)
	}
}

// list reads a sequence; each element begins with its defaults.
func (d *decoder) list(node ast.Node, path string, v reflect.Value) {
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		d.problem(path, "this must be a list: lines that begin with a dash, or [a, b]")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, n := range seq.Values {
		fill(out.Index(i).Addr().Interface())
		d.value(n, path+"["+strconv.Itoa(i)+"]", out.Index(i))
	}
	v.Set(out)
}

func (d *decoder) duration(node ast.Node, path string, v reflect.Value) {
	t, err := time.ParseDuration(node.GetToken().Value)
	if err != nil {
		d.problem(path, "%q is not a duration; write 500ms, 8s, 1m30s or 4h", node.GetToken().Value)
		return
	}
	v.SetInt(int64(t))
}

func (d *decoder) bytes(node ast.Node, path string, v reflect.Value) {
	text := node.GetToken().Value
	n, ok := parseBytes(text)
	if !ok {
		d.problem(path, "%q is not an amount of disk; write 500MB, 20GB or 1TB", text)
		return
	}
	v.SetInt(int64(n))
}

// scalar reads a single value. YAML's own number and truth forms are taken for
// text where text is wanted, so that a title may be 2026.
func (d *decoder) scalar(node ast.Node, path string, v reflect.Value) {
	if _, ok := node.(ast.ScalarNode); !ok {
		d.problem(path, "this must be a single value, %s", kind(v))
		return
	}
	if v.Kind() == reflect.String {
		text := node.GetToken().Value
		if block, ok := node.(*ast.LiteralNode); ok {
			text = block.Value.Value
		}
		v.SetString(text)
		return
	}
	if err := yaml.NodeToValue(node, v.Addr().Interface()); err != nil {
		d.problem(path, "%q is not %s", node.GetToken().Value, kind(v))
	}
}

// secret reads a secret, or a list of them, from the file that node names.
func (d *decoder) secret(node ast.Node, path string, v reflect.Value) {
	var name string
	d.value(node, path, reflect.ValueOf(&name).Elem())
	lines, err := readSecrets(d.file, name)
	switch {
	case err != nil:
		d.problem(path, "%v", err)
	case v.Len() > 0:
		d.problem(path, "the secret is given twice: in this file and here; take one out")
	case v.Kind() == reflect.Slice:
		v.Set(reflect.ValueOf(lines))
	case len(lines) > 1:
		d.problem(path, "%s has %d lines; one secret is wanted", name, len(lines))
	default:
		v.Set(reflect.ValueOf(lines[0]))
	}
}

// fileSuffix makes of a secret's key the key of its twin.
const fileSuffix = "_file"

// readSecrets reads a file that holds a secret a line, at least one; a relative
// name counts from the configuration's directory.
func readSecrets(config, name string) ([]clip.Secret, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(config), name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var secrets []clip.Secret
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			secrets = append(secrets, clip.Secret(line))
		}
	}
	if len(secrets) == 0 {
		return nil, errors.New(name + " is empty")
	}
	return secrets, nil
}
