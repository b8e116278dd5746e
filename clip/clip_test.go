package clip

import (
	"strings"
	"testing"
)

// wantError asks for an error of a kind that says something; what names the
// case.
func wantError(t testing.TB, what any, err error, kind Kind, says string) {
	t.Helper()
	if err == nil {
		t.Errorf("%q: no error; want %s: …%s…", what, kind, says)
		return
	}
	if got := KindOf(err); got != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("%q: error is %s: %v\nwant %s: …%s…", what, got, err, kind, says)
	}
}
