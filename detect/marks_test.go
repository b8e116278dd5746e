package detect

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ovation-live/ovation/clip"
)

func goalMark() clip.Mark {
	return clip.Mark{
		Epoch: 2, PTS: 900_000, Scheme: "scte35", Event: "17",
		Fields: map[string]string{
			"type": "48", "upid": "ovation:goal?team=HOME&player=Ada%20L.&minute=12&player=Grace", "upid_type": "15",
		},
	}
}

func TestMarks(t *testing.T) {
	rules := []MarkRule{
		{Name: "other-feed", Feed: "studio", Map: Mapping{Kind: "studio"}},
		{Name: "other-scheme", Scheme: "id3", Map: Mapping{Kind: "id3"}},
		{Name: "away", Scheme: "scte35", Match: map[string]string{"upid_query.team": "AWAY"}, Map: Mapping{Kind: "away-goal"}},
		{Name: "home", Scheme: "scte35", Match: map[string]string{"type": "48", "upid_query.team": "HOME"}, Map: Mapping{
			Kind: "goal", Title: "{{.upid_query.minute}}' {{.upid_query.player}}", People: "{{.upid_query.player}}",
			Fields: map[string]string{"team": "{{lower .upid_query.team}}", "place": "{{.feed}} {{.position}}"},
		}},
		{Name: "break-end", Scheme: "scte35", Match: map[string]string{"type": "49"}, Map: Mapping{
			Out: "{{.position}}", In: "-30s", Kind: "{{.scheme}}", Key: "break {{.event}}",
		}},
		{Name: "until-live", Scheme: "scte35", Match: map[string]string{"type": "50"}, Map: Mapping{Out: "now"}},
		{Name: "cancelled", Scheme: "scte35", Match: map[string]string{"cancel": "true"}, Map: Mapping{Status: "withdrawn"}},
	}
	marks, err := NewMarks(rules)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*clip.Mark)) clip.Mark {
		m := goalMark()
		change(&m)
		return m
	}
	fields := func(nameValues ...string) func(*clip.Mark) {
		return func(m *clip.Mark) {
			m.Fields = map[string]string{}
			for i := 0; i < len(nameValues); i += 2 {
				m.Fields[nameValues[i]] = nameValues[i+1]
			}
		}
	}
	home := clip.Flag{
		Feed: "match", At: "2:900000", Kind: "goal", Title: "12' Ada L.", People: []string{"Ada L."}, Source: "scte35", Key: "match/17",
		Fields: map[string]string{"team": "home", "place": "match 2:900000"},
	}
	unnamed := home
	unnamed.Key = "match/2:900000"
	tests := []struct {
		name string
		feed clip.FeedID
		mark clip.Mark
		want clip.Flag
		ok   bool
	}{
		{"a goal", "match", goalMark(), home, true},
		{"the first rule wins", "studio", goalMark(), clip.Flag{Feed: "studio", At: "2:900000", Kind: "studio", Source: "scte35", Key: "studio/17"}, true},
		{"without an event id", "match", with(func(m *clip.Mark) { m.Event = "" }), unnamed, true},
		{"a field differs", "match", with(func(m *clip.Mark) { m.Fields["type"] = "4" }), clip.Flag{}, false},
		{"a query differs", "match", with(fields("type", "48", "upid", "ovation:goal?team=home")), clip.Flag{}, false},
		{"no UPID", "match", with(fields("type", "48")), clip.Flag{}, false},
		{"as the synthetic match marks it", "match", with(fields("type", "48", "upid", "urn:ovation:match:goal:7?minute=12&player=Ada+L.&score=1%3A0&team=HOME")), home, true},
		{"several UPIDs", "match", with(fields("type", "48", "upid", "0x1f urn:x:1 ovation:goal?minute=12&player=Ada L.&team=HOME")), home, true},
		{"a UPID without a query", "match", with(fields("type", "48", "upid", "urn:x:team=HOME")), clip.Flag{}, false},
		{"a UPID that is no URI", "match", with(fields("type", "48", "upid", ":%zz?team=HOME")), clip.Flag{}, false},
		{"another scheme", "match", with(func(m *clip.Mark) { m.Scheme = "emsg" }), clip.Flag{}, false},
		{"a span of its own", "match", with(fields("type", "49")), clip.Flag{Feed: "match", In: "-30s", Out: "2:900000", Kind: "scte35", Source: "scte35", Key: "break 17"}, true},
		{"only an end", "match", with(fields("type", "50")), clip.Flag{Feed: "match", In: "2:900000", Out: "now", Source: "scte35", Key: "match/17"}, true},
		{"a number of an event message is not one of SCTE-35", "match", clip.Mark{Epoch: 2, PTS: 900_000, Scheme: "id3", Event: "17"},
			clip.Flag{Feed: "match", At: "2:900000", Kind: "id3", Source: "id3", Key: "match/id3/17"}, true},
		{"withdrawn", "match", with(fields("cancel", "true")), clip.Flag{Feed: "match", At: "2:900000", Status: clip.Withdrawn, Source: "scte35", Key: "match/17"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := marks.Flag(tt.feed, tt.mark)
			if err != nil || ok != tt.ok {
				t.Fatalf("ok %t, error %v; want ok %t", ok, err, tt.ok)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("flag (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarksRefuse(t *testing.T) {
	_, err := NewMarks([]MarkRule{{Name: "Goals!"}})
	wantError(t, err, clip.Invalid, `"Goals!" is not a name`)
	_, err = NewMarks([]MarkRule{{Name: "goals", Map: Mapping{Feed: "match"}}})
	wantError(t, err, clip.Invalid, "on the feed that it rides in")
	_, err = NewMarks([]MarkRule{{Name: "goals", Map: Mapping{Title: "{{.x"}}})
	wantError(t, err, clip.Invalid, `mark rule "goals": map: title`)

	marks, err := NewMarks([]MarkRule{{Name: "goals", Map: Mapping{Title: "{{.upid_query.city}}"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, ok, err := marks.Flag("match", goalMark())
	wantError(t, err, clip.Invalid, "upid_query.team")
	wantError(t, err, clip.Invalid, "on match by rule goals")
	if ok {
		t.Error("a mark that cannot be read is a flag")
	}
}

// Whatever a feed carries, a mark is a flag, none, or Invalid.
func FuzzMarks(f *testing.F) {
	f.Add("48", "ovation:goal?team=HOME", "17")
	f.Add("", "%%%?", "")
	f.Add("upid_query", "a?upid_query=1&&=&;", "x/y")
	marks, err := NewMarks([]MarkRule{{Name: "goals", Map: Mapping{Title: "{{.upid_query.team}}"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind, upid, event string) {
		got, ok, err := marks.Flag("match", clip.Mark{Epoch: 1, Scheme: "scte35", Event: event, Fields: map[string]string{"type": kind, "upid": upid}})
		if err != nil && clip.KindOf(err) != clip.Invalid || err == nil && (!ok || got.Key == "" || got.At != "1:0") {
			t.Fatalf("%+v, %t, %v", got, ok, err)
		}
	})
}
