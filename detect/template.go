package detect

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// functions are what a template may call beside the language's own. They are
// few on purpose: what needs more belongs in the sender.
var functions = template.FuncMap{
	"lines":    lines,
	"lower":    strings.ToLower,
	"optional": optional,
	"unix":     unix,
	"unixms":   unixms,
	printed:    text,
}

// printed is the function that ends every action, see end.
const printed = "_printed"

// newPart compiles one template of a mapping.
func newPart(name, source string) (part, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(functions).Parse(source)
	if err != nil {
		return part{}, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "template: "))
	}
	for _, t := range t.Templates() {
		if t.Tree != nil {
			end(t.Root)
		}
	}
	return part{source, t}, nil
}

// end makes every action that prints pass its value through text, as
// html/template does for escaping, so that an object or a list never ends in a
// title as map[name:…].
func end(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			end(c)
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{
				NodeType: parse.NodeCommand, Pos: n.Pos,
				Args: []parse.Node{parse.NewIdentifier(printed).SetPos(n.Pos)},
			})
		}
	case *parse.IfNode:
		end(n.List)
		end(n.ElseList)
	case *parse.WithNode:
		end(n.List)
		end(n.ElseList)
	case *parse.RangeNode:
		end(n.List)
		end(n.ElseList)
	}
}

// text is how a value stands in a flag: null and what is absent as nothing.
func text(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case document:
		return "", fmt.Errorf("it prints an object; name one of its parts: %s", v.names())
	case []any:
		return "", fmt.Errorf("it prints a list of %d; use lines, range or index", len(v))
	}
	return fmt.Sprint(v), nil
}

// lines writes a list with one element on each line.
func lines(v any) (string, error) {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return "", nil
		}
		list = []any{v}
	}
	var b strings.Builder
	for _, e := range list {
		s, err := text(e)
		if err != nil {
			return "", err
		}
		b.WriteString(s + "\n")
	}
	return b.String(), nil
}

// optional is the value at a path of names below v, or nothing when the
// document ends before:
//
//	{{optional . "player" "name"}}
func optional(v any, path ...string) any {
	for _, name := range path {
		d, ok := v.(document)
		if !ok {
			return nil
		}
		v = d[name]
	}
	return v
}

// The years that a time from a sender may lie in. Seconds taken for
// milliseconds, or the other way round, are far outside.
const (
	earliest = 2000
	latest   = 2100
)

// unix reads seconds since 1970, with or without a fraction, as a time that a
// flag can hold.
func unix(v any) (string, error) { return since1970(v, time.Second, "unixms for milliseconds") }

// unixms reads milliseconds since 1970.
func unixms(v any) (string, error) { return since1970(v, time.Millisecond, "unix for seconds") }

// counted is what since1970 reads: digits, and perhaps a fraction. An exponent
// is refused: nobody counts seconds so, and it could stand for a huge number.
var counted = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?$`)

func since1970(v any, unit time.Duration, other string) (string, error) {
	s, err := text(v)
	if err != nil || s == "" {
		return "", err
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || !counted.MatchString(s) {
		return "", fmt.Errorf("%.60q is not a time counted since 1970, such as 1795639267 or 1795639267.25", s)
	}
	r.Mul(r, new(big.Rat).SetInt64(int64(unit)))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	t := time.Unix(0, n.Int64()).UTC()
	if !n.IsInt64() || t.Year() < earliest || t.Year() >= latest {
		return "", fmt.Errorf("%s does not lie between the years %d and %d; use %s", s, earliest, latest, other)
	}
	return t.Format(time.RFC3339Nano), nil
}
