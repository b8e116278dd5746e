package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ovation-live/ovation/clip"
)

// read signs a body and lets a hook read it.
func read(t testing.TB, m Mapping, body string) (clip.Flag, error) {
	t.Helper()
	w := webhook{id: "msg_1", stamp: fmt.Sprint(vectorStamp), body: body, now: time.Unix(vectorStamp, 0)}
	w.signature = w.signWith(vectorSecret)
	return newHook(t, m, vectorSecret).Read(w.header(), []byte(body), w.now)
}

const goal = `{
	"event": {"id": 9007199254740993, "type": "GOAL", "minute": 90, "extra": null},
	"team": {"name": "Équipe {{.x}}", "code": "EQU"},
	"scorers": [{"name": "Ada L."}, {"name": "Grace H."}],
	"names": ["Ada L.", "Grace H."],
	"at": 1614265329.25, "ms": 1614265329250, "own_goal": false, "xg": -0.10, "huge": 1e400
}`

func TestMapping(t *testing.T) {
	base := func(change func(*Mapping)) Mapping {
		m := Mapping{Feed: "match", At: "now"}
		change(&m)
		return m
	}
	title := func(s string) Mapping { return base(func(m *Mapping) { m.Title = s }) }
	flag := func(change func(*clip.Flag)) clip.Flag {
		f := clip.Flag{Feed: "match", At: "now", Source: "scores", Key: "msg_1"}
		change(&f)
		return f
	}
	titled := func(s string) clip.Flag { return flag(func(f *clip.Flag) { f.Title = s }) }
	tests := []struct {
		name string
		m    Mapping
		want clip.Flag
	}{
		{"everything", Mapping{
			Feed: "match", In: "{{unix .at}}", Out: "{{unixms .ms}}", Kind: "{{lower .event.type}}",
			Title: "{{.event.minute}}' {{.team.name}}", People: "{{range .scorers}}{{.name}}\n{{end}}", Key: "{{.event.id}}",
			Status: `{{if eq .event.type "GOAL"}}amended{{else}}withdrawn{{end}}`,
			Fields: map[string]string{"team": "{{.team.code}}", "extra": "{{.event.extra}}"},
		}, clip.Flag{
			Feed: "match", In: "2021-02-25T15:02:09.25Z", Out: "2021-02-25T15:02:09.25Z", Kind: "goal",
			Title: "90' Équipe {{.x}}", People: []string{"Ada L.", "Grace H."}, Key: "9007199254740993",
			Status: clip.Amended, Fields: map[string]string{"team": "EQU"}, Source: "scores",
		}},
		{"numbers keep their digits", title("{{.event.id}} {{.xg}} {{.huge}}"), titled("9007199254740993 -0.10 1e400")},
		{"numbers compare as texts", title(`{{if eq .event.minute "90"}}late{{end}}`), titled("late")},
		{"booleans", title("{{if .own_goal}}own{{else}}{{.own_goal}}{{end}}"), titled("false")},
		{"null is nothing", title("{{.event.extra}}"), titled("")},
		{"null is false", title("{{with .event.extra}}{{.}}{{else}}none{{end}}"), titled("none")},
		{"optional, there", title(`{{optional . "team" "name"}}`), titled("Équipe {{.x}}")},
		{"optional, absent", title(`{{optional . "team" "coach" "name"}}`), titled("")},
		{"optional, not an object", title(`{{optional . "at" "name"}}`), titled("")},
		{"optional in a condition", title(`{{if optional . "var"}}VAR{{else}}clear{{end}}`), titled("clear")},
		{"a list of texts", base(func(m *Mapping) { m.People = "{{lines .names}}" }), flag(func(f *clip.Flag) { f.People = []string{"Ada L.", "Grace H."} })},
		{"lines of nothing", base(func(m *Mapping) { m.People = "{{lines .event.extra}}" }), flag(func(*clip.Flag) {})},
		{"space around is dropped", title("\n  {{.team.code}}\n"), titled("EQU")},
		{"variables print nothing", title("{{$t := .team}}{{$t.code}}"), titled("EQU")},
		{"a template within", title(`{{define "x"}}<{{.}}>{{end}}{{template "x" .team.code}}`), titled("<EQU>")},
		{"withdrawn needs no time", base(func(m *Mapping) { m.At, m.Status = "{{.event.extra}}", "withdrawn" }), flag(func(f *clip.Flag) { f.At, f.Status = "", clip.Withdrawn })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.m, goal)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("flag (-want +got):\n%s", diff)
			}
		})
	}
}

// Every refusal names the template and says what there is, or what to write.
func TestMappingRefuses(t *testing.T) {
	title := func(s string) Mapping { return Mapping{Feed: "match", At: "now", Title: s} }
	tests := []struct {
		name string
		m    Mapping
		says []string
	}{
		{"a missing name", title("{{.player}}"), []string{"title: the template {{.player}}", `.player is missing (no "player")`, "event.minute", "team.name"}},
		{"a missing name within", title("{{.team.coach.name}}"), []string{`no "coach"`, "team.code"}},
		{"in a condition", title("{{if .var}}x{{end}}"), []string{`no "var"`}},
		{"below a text", title("{{.team.code.x}}"), []string{"title", "can't evaluate field x"}},
		{"an object printed", title("{{.team}}"), []string{"prints an object", "code, name"}},
		{"a list printed", title("{{.names}}"), []string{"prints a list of 2", "lines"}},
		{"an object printed in a range", title("{{range .scorers}}{{.}}{{end}}"), []string{"prints an object", "name"}},
		{"an object printed in an else", title("{{if .own_goal}}{{else}}{{.team}}{{end}}"), []string{"prints an object"}},
		{"an object printed in a with", title("{{with .team}}{{.}}{{end}}"), []string{"prints an object"}},
		{"a list of objects as lines", title("{{lines .scorers}}"), []string{"prints an object"}},
		{"seconds taken for milliseconds", title("{{unixms .at}}"), []string{"use unix for seconds"}},
		{"milliseconds taken for seconds", title("{{unix .ms}}"), []string{"use unixms for milliseconds"}},
		{"a time that is a text", title("{{unix .team.code}}"), []string{`"EQU" is not a time counted since 1970`}},
		{"a time with an exponent", title("{{unix .huge}}"), []string{`"1e400" is not a time`}},
		{"a text too long", title(`{{range 70000}}x{{end}}`), []string{"more than 65536 bytes"}},
		{"an unknown status", Mapping{Feed: "match", At: "now", Status: "{{.event.type}}"}, []string{`status came out as "GOAL"`, "withdrawn"}},
		{"an instant and a span", Mapping{Feed: "match", At: "now", In: "-5s"}, []string{"either an instant or a span"}},
		{"an instant and an end", Mapping{Feed: "match", At: "now", Out: "now"}, []string{"either an instant or a span"}},
		{"no feed", Mapping{Feed: "{{.event.extra}}", At: "now"}, []string{"feed came out empty"}},
		{"no time", Mapping{Feed: "match", At: "{{.event.extra}}"}, []string{"at and in came out empty"}},
		{"a field", Mapping{Feed: "match", At: "now", Fields: map[string]string{"city": "{{.city}}"}}, []string{"fields.city: the template {{.city}}"}},
		{"two at once", Mapping{Feed: "match", At: "now", Title: "{{.a}}", Kind: "{{.b}}"}, []string{`no "a"`, `no "b"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(t, tt.m, goal)
			for _, s := range tt.says {
				wantError(t, err, clip.Invalid, s)
			}
			if strings.Contains(err.Error(), printed) {
				t.Errorf("the error shows our own function: %v", err)
			}
		})
	}
}

// Inputs 149 to 154 of the catalogue of bad inputs.
func TestBodies(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001)
	tests := []struct {
		name, body string
		title      string // what {{.a}} gives
		says       string // or the error
	}{
		{"empty", "", "", "not JSON"},
		{"a page", "<html>", "", "not JSON"},
		{"cut off", `{"a": 1`, "", "not JSON"},
		{"10,001 deep", deep, "", "not JSON"},
		{"two documents", `{"a": 1} {"a": 2}`, "", "goes on after its JSON"},
		{"a list", `[{"a": 1}]`, "", "not a JSON object"},
		{"a text", `"a"`, "", "not a JSON object"},
		{"null", `null`, "", "not a JSON object"},
		{"an empty object", `{}`, "", "there is nothing in it"},
		{"a name twice", `{"a": 1, "a": 2}`, "2", ""},
		{"unknown names", `{"a": 1, "b": {"c": []}}`, "1", ""},
		{"1e400", `{"a": 1e400}`, "1e400", ""},
		{"minus nought", `{"a": -0}`, "-0", ""},
		{"2^53+1", `{"a": 9007199254740993}`, "9007199254740993", ""},
		{"another type", `{"a": {"b": 1}}`, "", "prints an object; name one of its parts: b"},
		{"bytes that are not UTF-8", "{\"a\": \"\xff\"}", "\uFFFD", ""},
		{"many names", `{` + strings.Repeat(`"x":0,`, 1) + manyNames(40) + `}`, "", "and 11 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, Mapping{Feed: "match", At: "now", Title: "{{.a}}"}, tt.body)
			if tt.says != "" {
				wantError(t, err, clip.Invalid, tt.says)
				return
			}
			if err != nil || got.Title != tt.title {
				t.Errorf("title %q, %v; want %q", got.Title, err, tt.title)
			}
		})
	}
}

func manyNames(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf(`"n%02d": %d`, i, i))
	}
	return strings.Join(names, ",")
}

// A signed body can make any mapping give a flag or an Invalid error, and
// nothing else.
func FuzzMapping(f *testing.F) {
	f.Add("{{.a}}", `{"a": 1}`)
	f.Add(`{{range .a}}{{.b}}{{else}}{{$x := .c}}{{$x}}{{end}}`, goal)
	f.Add(`{{lines .a}}{{optional . "b" "c"}}{{unix .d}}`, `{"a": [null, true, {}], "d": "9999999999"}`)
	f.Fuzz(func(t *testing.T, text, body string) {
		if strings.Contains(text, "template") || strings.Contains(text, "range") || strings.Contains(text, "printf") {
			return // a configuration can loop or fill memory by itself; it is ours
		}
		h, err := NewHook("scores", []clip.Secret{vectorSecret}, Mapping{Feed: "match", At: "now", Title: text})
		if err != nil {
			return
		}
		w := webhook{id: "msg_1", stamp: fmt.Sprint(vectorStamp), body: body, now: time.Unix(vectorStamp, 0)}
		w.signature = w.signWith(vectorSecret)
		if _, err := h.Read(w.header(), []byte(body), w.now); err != nil && clip.KindOf(err) != clip.Invalid {
			t.Fatalf("%s: %v", clip.KindOf(err), err)
		}
	})
}
