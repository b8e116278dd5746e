package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	const pass = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"p","Elapsed":1}` + "\n"
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"all passed", pass, "x: 1 packages, 1 passed, 0 failed, 0 skipped", true},
		{"measured", `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: measured: 3 ms\n"}` + "\n" + pass, "measured: 3 ms", true},
		{"one failed", pass + `{"Action":"output","Package":"q","Test":"TestB","Output":"why\n"}` + "\n" +
			`{"Action":"fail","Package":"q","Test":"TestB"}` + "\n" + `{"Action":"fail","Package":"q"}`, "why\n", false},
		{"one skipped", pass + `{"Action":"skip","Package":"q","Test":"TestB"}`, "1 passed, 0 failed, 1 skipped", false},
		{"a package without tests", pass + `{"Action":"skip","Package":"q"}`, "(1 packages have no tests)", true},
		{"it does not build", pass + `{"Action":"build-output","ImportPath":"q","Output":"q.go:1: no\n"}` + "\n" + `{"Action":"fail","Package":"q"}`, "broken: q", false},
		{"nothing ran", "", "no success", false},
		{"a message of go", "go: cannot find module\n" + pass, "go: cannot find module", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := run(strings.NewReader(c.in), &out, "x")
			if err != nil || ok != c.ok || !strings.Contains(out.String(), c.want) {
				t.Errorf("ok %v, err %v, want %v and %q in:\n%s", ok, err, c.ok, c.want, out.String())
			}
		})
	}
}
