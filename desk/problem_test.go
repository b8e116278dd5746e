package desk

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

var update = flag.Bool("update", false, "write golden files and docs/api/openapi.json")

// golden compares with a file of testdata.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if string(want) != string(got) {
		t.Errorf("%s is not what it was; look at the difference and run go test ./desk -update\n%s", file, got)
	}
}

// TestProblems is every kind of failure as it goes out.
func TestProblems(t *testing.T) {
	w := newWorld(t)
	now := time.Date(2026, 11, 24, 20, 41, 7, 0, time.UTC)
	w.at(now)
	secret := errors.New("dial tcp 10.0.0.7:5432: password is hunter2")
	var text strings.Builder
	for k := clip.Internal; k <= clip.Ambiguous; k++ {
		err := error(&clip.Error{Op: "flag a moment", Kind: k, Err: errors.New("because of this")})
		if k == clip.Internal {
			err = secret
		}
		if k == clip.Throttled {
			err.(*clip.Error).Until = now.Add(89*time.Second + time.Millisecond)
		}
		rec := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		w.desk.fail(rec, r, err)
		var p map[string]any
		must(t, json.Unmarshal(rec.Body.Bytes(), &p))
		fmt.Fprintf(&text, "%d %s", rec.Code, rec.Header().Get("Content-Type"))
		if v := rec.Header().Get("Retry-After"); v != "" {
			fmt.Fprintf(&text, " Retry-After: %s", v)
		}
		fmt.Fprintf(&text, "\n%s", rec.Body)
		if int(p["status"].(float64)) != rec.Code {
			t.Errorf("%s: the document says %v, the answer %d", k, p["status"], rec.Code)
		}
	}
	golden(t, "testdata/problems.txt", []byte(text.String()))
	if strings.Contains(text.String(), "hunter2") {
		t.Error("an internal error's text went out")
	}
	if !strings.Contains(w.log.String(), "hunter2") {
		t.Error("an internal error is not in the log")
	}
}

// TestRefusals are requests that cannot work, through the whole API.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	w.record()
	id, posted := string(w.flagged("A goal")), string(w.approved("Another").ID)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		kind, says               string
	}{
		{"unknown feed", "POST", "/moments", `{"feed":"none","in":"-5s"}`, 404, "not-found", "none"},
		{"missing feed", "POST", "/moments", `{"in":"-5s"}`, 422, "invalid", "feed"},
		{"unknown field", "POST", "/moments", `{"feed":"pitch","inn":"-5s"}`, 422, "invalid", "inn"},
		{"no JSON", "POST", "/moments", `{"feed":`, 400, "invalid", ""},
		{"before the recording", "POST", "/moments", `{"feed":"pitch","in":"-3h","out":"-2h59m"}`, 410, "expired", "begins at"},
		{"end before start", "POST", "/moments", `{"feed":"pitch","in":"-5s","out":"-9s"}`, 422, "invalid", "before"},
		{"unreadable time", "POST", "/moments", `{"feed":"pitch","in":"yesterday"}`, 422, "invalid", "RFC 3339"},
		{"two keys", "POST", "/moments", `{"feed":"pitch","in":"-5s","key":"a"}`, 422, "invalid", "differ"},
		{"too large", "POST", "/moments", `{"feed":"pitch","in":"-5s","title":"` + strings.Repeat("x", maxBody) + `"}`, 413, "invalid", ""},
		{"refuse without reason", "POST", "/highlights/" + id + "/decisions", `{"revision":1,"verdict":"refuse"}`, 422, "invalid", "reason"},
		{"unknown verdict", "POST", "/highlights/" + id + "/decisions", `{"revision":1,"verdict":"maybe"}`, 422, "invalid", "verdict"},
		{"not in review yet", "POST", "/highlights/" + id + "/decisions", `{"revision":1,"verdict":"refuse","reason":"no"}`, 409, "conflict", ""},
		{"older revision", "POST", "/highlights/" + id + "/trim", `{"revision":9,"in":"-11s"}`, 409, "conflict", "revision"},
		{"trim turned round", "POST", "/highlights/" + id + "/trim", `{"revision":1,"in":"-3s","out":"-9s"}`, 422, "invalid", ""},
		{"too long a text", "PATCH", "/highlights/" + id + "/drafts/fans", `{"revision":1,"text":"` + strings.Repeat("x", 61) + `"}`, 422, "invalid", "shorten it by 1"},
		{"unknown destination", "PATCH", "/highlights/" + id + "/drafts/none", `{"revision":1,"text":"x"}`, 404, "not-found", "fans"},
		{"retract nothing", "POST", "/highlights/" + id + "/retract", ``, 409, "conflict", "no posts"},
		{"unknown highlight", "GET", "/highlights/none", ``, 404, "not-found", ""},
		{"unknown state", "GET", "/posts?state=lost", ``, 422, "invalid", "state"},
		{"bad feed name", "POST", "/feeds", `{"id":"Not A Name","url":"https://x.example/a.m3u8"}`, 422, "invalid", "final-100m"},
		{"bad feed URL", "POST", "/feeds", `{"id":"x","url":"gopher://x"}`, 422, "invalid", "synthetic"},
		{"a local file", "POST", "/feeds", `{"id":"x","url":"file:///etc/passwd"}`, 422, "invalid", "allow_private"},
		{"no audio track", "POST", "/feeds", `{"id":"x","url":"synthetic:match","audio":"commentary"}`, 422, "invalid", "pt-BR"},
		{"unknown call", "GET", "/nothing", ``, 404, "not-found", "openapi.json"},
		{"resolve what is not asked", "POST", "/posts/" + id + ".fans/resolve", `{"there":false}`, 404, "not-found", ""},
		{"resolve without a link", "POST", "/posts/" + posted + ".fans/resolve", `{"there":true,"url":"javascript:alert(1)"}`, 422, "invalid", "paste its link"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			var p struct{ Type, Title, Detail string }
			var extra []string
			if c.name == "two keys" {
				extra = []string{"Idempotency-Key", "b"}
			}
			a := w.get(c.status, &p, "anna", c.method, "/api/v1"+c.path, c.body, extra...)
			if a.Header.Get("Content-Type") != "application/problem+json" || p.Type != "/problems/"+c.kind || p.Title == "" || !strings.Contains(p.Detail, c.says) {
				t.Errorf("%s %+v", a.Header.Get("Content-Type"), p)
			}
			if p.Type != "" {
				w.get(http.StatusOK, nil, "", "GET", p.Type, "")
			}
		})
	}
}

// TestPanic: a panic is an answer and a log line, not a broken connection.
func TestPanic(t *testing.T) {
	w := newWorld(t)
	w.desk.Ready = nil
	h := w.desk.protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("hunter2") }))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "hunter2") || !strings.Contains(w.log.String(), "hunter2") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
