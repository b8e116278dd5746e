package clip

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every name in docs/glossary.md exists.
func TestGlossary(t *testing.T) {
	page, err := os.ReadFile("../docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]map[string]bool{}
	refs := regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z.]+)`").FindAllStringSubmatch(string(page), -1)
	if len(refs) < 50 {
		t.Errorf("the glossary names only %d things", len(refs))
	}
	for _, r := range refs {
		pkg, name := r[1], r[2]
		if names[pkg] == nil {
			names[pkg] = exported(t, filepath.Join("..", pkg))
		}
		if !names[pkg][name] {
			t.Errorf("docs/glossary.md has `%s.%s`, which does not exist", pkg, name)
		}
	}
}

// exported are the names that a package declares: Type, Type.Field,
// Type.Method, Func, Const.
func exported(t *testing.T, dir string) map[string]bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no Go files: %v", dir, err)
	}
	out := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			declare(out, d)
		}
	}
	return out
}

// declare adds what one declaration names.
func declare(out map[string]bool, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		out[receiver(d)+d.Name.Name] = true
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					out[n.Name] = true
				}
			case *ast.TypeSpec:
				out[s.Name.Name] = true
				if st, ok := s.Type.(*ast.StructType); ok {
					for _, field := range st.Fields.List {
						for _, n := range field.Names {
							out[s.Name.Name+"."+n.Name] = true
						}
					}
				}
			}
		}
	}
}

// receiver is the type that a method belongs to, with a dot, or nothing.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	switch r := d.Recv.List[0].Type.(type) {
	case *ast.Ident:
		return r.Name + "."
	case *ast.StarExpr:
		if id, ok := r.X.(*ast.Ident); ok {
			return id.Name + "."
		}
	}
	return ""
}
