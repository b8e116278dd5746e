package platform_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
)

var update = flag.Bool("update", false, "write docs/platforms.md")

// TestDocument keeps docs/platforms.md in step with All(): it is written from
// the same values that the planner, the desk and the configuration use.
func TestDocument(t *testing.T) {
	const file = "../docs/platforms.md"
	want := document(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what it was; look at the difference and run go test ./platform -run TestDocument -update", file)
	}
}

// page is the document while it is written.
type page struct {
	strings.Builder
	t        *testing.T
	comments map[string]string // of options, by Type.Field
}

// document is the page about all platforms.
func document(t *testing.T) string {
	b := &page{t: t, comments: optionComments(t)}
	b.WriteString(`# Platforms

Written by ` + "`go test ./platform -run TestDocument -update`" + ` from the platforms' own values; the sources of the numbers, each with the day it was checked, are at the top of each platform's file. What an account tells of itself (its server's limits) counts before what is documented here. Every secret may also be given as a file, under its key plus ` + "`_file`" + `.

| platform | proven by |
|---|---|
`)
	for _, p := range platform.All() {
		fmt.Fprintf(b, "| [%s](#%[1]s) | %s |\n", p.Name, p.Proof)
	}
	for _, p := range platform.All() {
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n", p.Name, p.About)
		for _, fact := range facts(p.Profile) {
			fmt.Fprintf(b, "- %s\n", fact)
		}
		b.WriteString("\n| option | meaning |\n|---|---|\n")
		b.optionRows("", reflect.TypeOf(p.Options()).Elem())
	}
	return b.String()
}

// facts is a profile in words.
func facts(p clip.Profile) []string {
	var out []string
	add := func(there bool, format string, args ...any) {
		if there {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(true, "Shapes, best first: %s", words(p.Shapes))
	add(p.MinDuration > 0, "At least %s", p.MinDuration)
	add(p.MaxDuration > 0, "At most %s", p.MaxDuration)
	add(p.MaxBytes > 0, "At most %d bytes", p.MaxBytes)
	add(p.MaxText > 0, "Text: at most %d, as the platform counts", p.MaxText)
	add(p.MaxTitle > 0, "Title: at most %d characters", p.MaxTitle)
	add(p.Without != "", "Neither text nor title may have any of `%s`", p.Without)
	add(p.MaxAlt > 0, "Alternative text: at most %d characters", p.MaxAlt)
	add(p.NoAlt, "There is no place for an alternative text")
	for _, budget := range p.Budgets {
		add(true, "An account takes %s", budget)
	}
	add(p.ReadBack, "A lost answer is looked up by our own marker; \"absent\" is believed after %s and two reads", quiet(p.Quiet))
	add(!p.ReadBack, "A lost answer cannot be looked up: a person has to look")
	add(true, "Taking a post back: %s", map[clip.Takedown]string{
		clip.TakedownDelete: "it is deleted",
		clip.TakedownHide:   "it is hidden, and can come back",
		clip.TakedownByHand: "a person has to do it; Ovation shows the link",
	}[p.Takedown])
	return out
}

func quiet(d time.Duration) string {
	if d == 0 {
		return "no time at all"
	}
	return d.String()
}

func words(shapes []clip.Shape) string {
	var all []string
	for _, s := range shapes {
		all = append(all, string(s))
	}
	return strings.Join(all, ", ")
}

// optionRows lists the keys of an options struct, with those of structs inside.
func (p *page) optionRows(prefix string, of reflect.Type) {
	for i := range of.NumField() {
		f := of.Field(i)
		key := prefix + f.Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			p.optionRows(key+".", f.Type)
			continue
		}
		said := p.comments[of.Name()+"."+f.Name]
		if said == "" {
			p.t.Errorf("%s.%s has no comment: say what it is", of.Name(), f.Name)
		}
		fmt.Fprintf(p, "| `%s` | %s |\n", key, plain(f.Name, said))
	}
}

// plain is a comment without the Go name that it begins with.
func plain(name, comment string) string {
	rest, named := strings.CutPrefix(comment, name+" ")
	if !named || strings.HasPrefix(rest, "and ") {
		return comment
	}
	if is, ok := strings.CutPrefix(rest, "is "); ok {
		return strings.ToUpper(is[:1]) + is[1:]
	}
	return "It " + rest
}

// optionComments are the comments of all struct fields of the package, by
// Type.Field: what the source says of an option is what the page says.
func optionComments(t *testing.T) map[string]string {
	comments := map[string]string{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				structComments(comments, spec)
			}
			return true
		})
	}
	return comments
}

// structComments reads the comments of one struct; a field without one shares
// that of the field above it.
func structComments(into map[string]string, spec *ast.TypeSpec) {
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	last := ""
	for _, f := range s.Fields.List {
		if text := strings.TrimSpace(f.Doc.Text() + " " + f.Comment.Text()); text != "" {
			last = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", "\\|")
		}
		for _, name := range f.Names {
			into[spec.Name.Name+"."+name.Name] = last
		}
	}
}
