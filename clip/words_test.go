package clip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestKinds(t *testing.T) {
	tests := []struct {
		kind  Kind
		name  string
		retry bool
	}{
		{Internal, "internal", true},
		{Invalid, "invalid", false},
		{NotFound, "not-found", false},
		{Conflict, "conflict", false},
		{Expired, "expired", false},
		{Denied, "denied", false},
		{Throttled, "throttled", true},
		{Rejected, "rejected", false},
		{Unavailable, "unavailable", true},
		{Ambiguous, "ambiguous", false}, // it may be public
		{Full, "full", true},
	}
	if len(tests) != len(kinds) {
		t.Errorf("there are %d kinds, of which %d are tested", len(kinds), len(tests))
	}
	for _, tt := range tests {
		if tt.kind.String() != tt.name || tt.kind.Retry() != tt.retry || ParseKind(tt.name) != tt.kind {
			t.Errorf("%s: retry %t, parsed as %s", tt.kind, tt.kind.Retry(), ParseKind(tt.name))
		}
	}
	if got := Kind(99); got.String() != "kind(99)" || got.Retry() || Kind(-1).Retry() || Kind(-1).String() != "kind(-1)" {
		t.Errorf("an unknown kind is %s, retry %t", got, got.Retry())
	}
	if ParseKind("nonsense") != Internal {
		t.Error("an unknown name is not internal")
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk full")
	until := evening(20, 45, 0)
	throttled := &Error{Op: "post to club", Kind: Throttled, Err: cause, Until: until}
	tests := []struct {
		err   error
		text  string
		kind  Kind
		until time.Time
	}{
		{Errorf(Unavailable, "record match", "write: %w", cause), "record match: write: disk full", Unavailable, time.Time{}},
		{&Error{Kind: Denied, Err: cause}, "disk full", Denied, time.Time{}},
		{&Error{Op: "post to club", Kind: Denied}, "post to club: denied", Denied, time.Time{}},
		{&Error{Kind: Denied}, "denied", Denied, time.Time{}},
		{throttled, "post to club: disk full", Throttled, until},
		{fmt.Errorf("again: %w", throttled), "again: post to club: disk full", Throttled, until},
		{Errorf(Rejected, "outer", "%w", throttled), "outer: post to club: disk full", Rejected, time.Time{}}, // the outermost counts
		{cause, "disk full", Internal, time.Time{}},
		{context.Canceled, "context canceled", Unavailable, time.Time{}},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), "read: context deadline exceeded", Unavailable, time.Time{}},
	}
	for _, tt := range tests {
		if tt.err.Error() != tt.text || KindOf(tt.err) != tt.kind || !UntilOf(tt.err).Equal(tt.until) {
			t.Errorf("%q is %s until %v; want %q, %s, %v", tt.err, KindOf(tt.err), UntilOf(tt.err), tt.text, tt.kind, tt.until)
		}
	}
	if !errors.Is(throttled, cause) || KindOf(nil) != Internal {
		t.Error("the cause is lost, or no error has a kind of its own")
	}
}

// A secret never prints itself, however it is asked.
func TestSecretNeverPrints(t *testing.T) {
	const word = "hunter2"
	s := Secret(word)
	type config struct {
		Token  Secret
		Inner  *struct{ Keys []Secret }
		ByName map[string]Secret
	}
	c := config{Token: s, Inner: &struct{ Keys []Secret }{[]Secret{s}}, ByName: map[string]Secret{"a": s}}
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "% X", "%d", "%t", "%f", "%c", "%U", "%40s", "%-3.1v", "%!"} {
		for _, v := range []any{s, &s, []Secret{s}, map[Secret]int{s: 1}, struct{ S Secret }{s}} {
			out = append(out, fmt.Sprintf(verb, v))
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		out = append(out, fmt.Sprintf(verb, c), fmt.Sprintf(verb, &c))
	}
	out = append(out, fmt.Sprint(s), fmt.Sprintln(c), s.String(), Errorf(Denied, "sign in", "with %v", s).Error())
	for _, v := range []any{s, c, []Secret{s}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	for _, text := range out {
		if strings.Contains(text, word) || strings.Contains(strings.ToLower(text), "68756e74") { // in hexadecimal
			t.Errorf("it printed itself: %s", text)
		}
	}
	if got := fmt.Sprintf("%v|%s|%d", s, s, s); got != "•••|•••|•••" {
		t.Errorf("it prints %s", got)
	}
	if s.Reveal() != word || Secret("").String() != "" || fmt.Sprintf("%v", Secret("")) != "" {
		t.Error("it does not reveal itself, or an empty one looks like one")
	}
	var read Secret
	if err := json.Unmarshal([]byte(`"hunter2"`), &read); err != nil || read != s {
		t.Errorf("it is read as %q, %v", string(read), err)
	}
}

func TestRoleMay(t *testing.T) {
	tests := []struct {
		role                              Role
		view, flag, edit, decide, operate bool
	}{
		{Viewer, true, false, false, false, false},
		{Machine, false, true, false, false, false},
		{Producer, true, true, true, false, false},
		{Publisher, true, true, true, true, false},
		{Admin, true, true, true, true, true},
		{"", false, false, false, false, false},
		{"ADMIN", false, false, false, false, false},
		{"partner", false, false, false, false, false},
	}
	for _, tt := range tests {
		for right, want := range map[Right]bool{MayView: tt.view, MayFlag: tt.flag, MayEdit: tt.edit, MayDecide: tt.decide, MayOperate: tt.operate, "": false, "all": false} {
			if got := tt.role.May(right); got != want {
				t.Errorf("%q may %q: %t, want %t", tt.role, right, got, want)
			}
		}
	}
}

func TestCheckID(t *testing.T) {
	for _, s := range []string{"a", "9", "final-100m", "a-", strings.Repeat("a", 40)} {
		if err := CheckID("feed", s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "-a", "A", "ü", "a b", "a_b", "a.b", "a/b", "..", "a\n", strings.Repeat("a", 41)} {
		wantError(t, s, CheckID("feed", s), Invalid, "name a feed")
	}
}

// A change of any part of any link breaks the chain there.
func TestAuditSum(t *testing.T) {
	e := AuditEntry{Seq: 7, At: evening(20, 41, 7), Actor: "ada", Role: "publisher", Action: "highlight.approve", Object: "m1", Detail: "revision 2", Prev: "0a"}
	e.Hash = e.Sum()
	if e.Sum() != e.Hash {
		t.Errorf("the sum depends on the hash: %s", e.Hash)
	}
	for name, change := range map[string]func(*AuditEntry){
		"seq": func(e *AuditEntry) { e.Seq++ }, "at": func(e *AuditEntry) { e.At = e.At.Add(1) },
		"actor": func(e *AuditEntry) { e.Actor = "eve" }, "role": func(e *AuditEntry) { e.Role = "admin" },
		"action": func(e *AuditEntry) { e.Action = "" }, "object": func(e *AuditEntry) { e.Object += " " },
		"detail": func(e *AuditEntry) { e.Detail = "" }, "prev": func(e *AuditEntry) { e.Prev = "0b" },
	} {
		other := e
		change(&other)
		if other.Sum() == e.Hash {
			t.Errorf("another %s has the same sum", name)
		}
	}
}

func TestDigest(t *testing.T) {
	// FIPS 180-4: SHA-256 of "abc"
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if d := DigestOf([]byte("abc")); d != abc || d.Short() != abc[:12] {
		t.Errorf("%s, short %s", d, d.Short())
	}
	if got := Digest("abc").Short(); got != "abc" {
		t.Errorf("a short digest is cut to %q", got)
	}
}

func TestProfileCheck(t *testing.T) {
	p := Profile{
		Platform: "club", Shapes: []Shape{Tall, Square}, MinDuration: 3 * time.Second, MaxDuration: time.Minute, MaxBytes: 1000, MaxText: 10, MaxAlt: 5,
		Count: func(s string) int { return 2 * len(s) },
	}
	ok, file := Draft{Destination: "club-eu", Shape: Tall, Text: "12345", Alt: "ünföñ"}, Rendition{Duration: 3 * time.Second, Size: 1000}
	if err := p.Check(ok, file); err != nil {
		t.Error(err)
	}
	if err := (Profile{}).Check(ok, file); err != nil {
		t.Errorf("a platform without limits: %v", err)
	}
	tests := []struct {
		change func(*Draft, *Rendition)
		says   string
	}{
		{func(d *Draft, _ *Rendition) { d.Shape = Wide }, "the shape is 16:9, club takes [9:16 1:1]"},
		{func(_ *Draft, r *Rendition) { r.Duration-- }, "wants at least 3s"},
		{func(_ *Draft, r *Rendition) { r.Duration = time.Minute + 1 }, "takes 1m0s at most; trim it"},
		{func(_ *Draft, r *Rendition) { r.Size++ }, "the file has 1001 bytes"},
		{func(d *Draft, _ *Rendition) { d.Text = "123456" }, "the text counts 12, club takes 10 at most; shorten it by 2"},
		{func(d *Draft, _ *Rendition) { d.Alt = "123456" }, "the alternative text has 6 characters"},
	}
	for _, tt := range tests {
		d, r := ok, file
		tt.change(&d, &r)
		wantError(t, tt.says, p.Check(d, r), Invalid, tt.says)
		wantError(t, tt.says, p.Check(d, r), Invalid, "post to club-eu")
	}
}

func TestMomentCheck(t *testing.T) {
	now := evening(20, 41, 40)
	window := Span{evening(20, 0, 0), now}
	ok := Moment{Feed: "match", Span: Span{evening(20, 41, 7), evening(20, 41, 12)}, Title: "Goal", Key: "k", People: []string{"Ada"}}
	tests := []struct {
		name   string
		change func(*Moment)
		kind   Kind
		says   string // empty: it can be clipped
	}{
		{"as it is", func(*Moment) {}, 0, ""},
		{"an instant", func(m *Moment) { m.Span.Out = m.Span.In }, 0, ""},
		{"one millisecond", func(m *Moment) { m.Span.Out = m.Span.In.Add(ms) }, 0, ""},
		{"open", func(m *Moment) { m.Span.Out = time.Time{} }, 0, ""},
		{"the whole limit", func(m *Moment) { m.Span.In = m.Span.Out.Add(-MaxMoment) }, 0, ""},
		{"from the first frame", func(m *Moment) { m.Span = Span{window.In, window.In.Add(time.Second)} }, 0, ""},
		{"two minutes ahead", func(m *Moment) { m.Span = Span{In: now.Add(MaxFuture)} }, 0, ""},
		{"the longest title", func(m *Moment) { m.Title = strings.Repeat("é", MaxTitle) }, 0, ""},
		{"no mark-in", func(m *Moment) { m.Span.In = time.Time{} }, Invalid, "the mark-in is missing"},
		{"end before start", func(m *Moment) { m.Span.Out = m.Span.In.Add(-1) }, Invalid, "before the mark-in"},
		{"a tick too long", func(m *Moment) { m.Span.In = m.Span.Out.Add(-MaxMoment - 1) }, Invalid, "limit of 10m0s"},
		{"a whole day", func(m *Moment) { m.Span.In = m.Span.Out.AddDate(0, 0, -1) }, Invalid, "limit of 10m0s"},
		{"an hour ahead", func(m *Moment) { m.Span = Span{In: now.Add(time.Hour)} }, Invalid, "check the clock and the time zone"},
		{"ends too far ahead", func(m *Moment) { m.Span.Out = now.Add(MaxFuture + 1) }, Invalid, "check the clock"},
		{"year 9999", func(m *Moment) { m.Span = Span{In: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} }, Invalid, "check the clock"},
		{"before the recording", func(m *Moment) { m.Span.In = window.In.Add(-1); m.Span.Out = window.In }, Expired, "begins at 2026-11-23T20:00:00.000Z"},
		{"a title too long", func(m *Moment) { m.Title = strings.Repeat("é", MaxTitle+1) }, Invalid, "201 characters"},
		{"a title with a line end", func(m *Moment) { m.Title = "a\nb" }, Invalid, "control characters"},
		{"a title with NUL", func(m *Moment) { m.Title = "a\x00" }, Invalid, "control characters"},
		{"a title that is not UTF-8", func(m *Moment) { m.Title = "a\xff" }, Invalid, "UTF-8"},
		{"a key too long", func(m *Moment) { m.Key = strings.Repeat("k", MaxKey+1) }, Invalid, "201 bytes"},
		{"too many people", func(m *Moment) { m.People = make([]string, MaxPeople+1) }, Invalid, "21 people"},
		{"a person with an escape", func(m *Moment) { m.People = []string{"Ada", "\x1b[31m"} }, Invalid, "control characters"},
		{"a person too long", func(m *Moment) { m.People = []string{strings.Repeat("x", MaxTitle+1)} }, Invalid, "201 characters"},
		{"a kind too long", func(m *Moment) { m.Kind = strings.Repeat("x", MaxTitle+1) }, Invalid, "201 characters"},
		{"a kind with a line end", func(m *Moment) { m.Kind = "goal\r" }, Invalid, "control characters"},
		{"too many fields", func(m *Moment) { m.Fields = numbered(MaxFields + 1) }, Invalid, "51 fields"},
		{"a field too long", func(m *Moment) { m.Fields = map[string]string{"a": strings.Repeat("x", MaxField+1)} }, Invalid, "2001 bytes"},
	}
	for _, tt := range tests {
		m := ok
		tt.change(&m)
		err := m.Check(window, now)
		if tt.says == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		wantError(t, tt.name, err, tt.kind, tt.says)
		wantError(t, tt.name, err, tt.kind, "flag a moment on match")
	}
	wantError(t, "nothing recorded", ok.Check(Span{}, now), Unavailable, "recorded nothing yet")
}

func numbered(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprint("f", i)] = "x"
	}
	return out
}

// Ids sort by the time they were made, and are names that paths and URLs take.
func TestNewMomentID(t *testing.T) {
	if got := NewMomentID(evening(20, 41, 7), [5]byte{1, 2, 3, 4, 5}); got != "06h0k90mn00g40o40k" {
		t.Errorf("made %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(0, 1<<47).Draw(t, "at"))
		random := func() (r [5]byte) {
			copy(r[:], rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "random"))
			return r
		}
		a, b := NewMomentID(at, random()), NewMomentID(at.Add(ms), random())
		if a >= b {
			t.Fatalf("%s does not sort before %s, which is a millisecond younger", a, b)
		}
		if err := CheckID("moment", string(a)); err != nil {
			t.Fatal(err)
		}
	})
}
