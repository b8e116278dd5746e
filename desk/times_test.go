package desk

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestTimes are the marks and times that go wrong, by their numbers in the list
// of inputs that the product is judged by: a named error that says what to do,
// or the result that is meant, never a guess. What a cut of them shows is in
// clip's plan tests; here is what the API says.
func TestTimes(t *testing.T) {
	w := newWorld(t)
	places := w.record()
	tl, err := w.cat.Timeline(t.Context(), "pitch")
	must(t, err)
	stamp := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	first, second, live := tl[0], tl[1], tl.Window().Out
	at := func(in, out time.Time) string {
		return fmt.Sprintf(`{"feed":"pitch","in":%q,"out":%q}`, stamp(in), stamp(out))
	}
	text := func(in string) string { return fmt.Sprintf(`{"feed":"pitch","in":%q}`, in) }
	edge := first.Time(places[50].PTS) // a segment and a GOP begin here
	for _, c := range []struct {
		input      string
		body       string
		status     int
		kind, says string
	}{
		{"84 no length", at(live.Add(-9*time.Second), live.Add(-9*time.Second)), 201, "", ""},
		{"85 negative", `{"feed":"pitch","in":"-9s","out":"--5s"}`, 422, "invalid", "time before live"},
		{"86 the end first", at(live.Add(-5*time.Second), live.Add(-9*time.Second)), 422, "invalid", "before the mark-in"},
		{"87 a millisecond", at(live.Add(-9*time.Second), live.Add(-9*time.Second+time.Millisecond)), 201, "", ""},
		{"88 a day", at(live.Add(-9*time.Second), live.Add(24*time.Hour)), 422, "invalid", "longer than the limit"},
		{"89 before the buffer", at(first.Start.Add(-time.Millisecond), live), 410, "expired", "begins at"},
		{"90 an hour ahead", text(stamp(live.Add(time.Hour))), 422, "invalid", "check the clock and the time zone"},
		{"91 on an edge", at(edge, edge.Add(2*time.Second)), 201, "", ""},
		{"92 across the gap", at(first.Time(first.End).Add(-time.Second), second.Start.Add(time.Second)), 201, "", ""},
		{"92 within the gap", at(first.Time(first.End).Add(time.Second), second.Start.Add(-time.Second)), 201, "", ""},
		{"93 across the discontinuity, by places", fmt.Sprintf(`{"feed":"pitch","in":"1:%d","out":"2:%d"}`, places[epochOne-25].PTS, places[epochOne+25].PTS), 201, "", ""},
		{"94 by a wrapped clock", fmt.Sprintf(`{"feed":"pitch","in":"2:%d"}`, places[epochOne+25].PTS+clip.Wrap), 422, "invalid", "future"},
		{"96 the same again", at(edge, edge.Add(2*time.Second)), 201, "", ""},
		{"97 a frame of overlap", at(edge.Add(1960*time.Millisecond), edge.Add(4*time.Second)), 201, "", ""},
		{"99 an unknown feed", `{"feed":"elsewhere","in":"-5s"}`, 404, "not-found", "pitch"},
		{"101 expired", text(stamp(first.Start.Add(-time.Hour))), 410, "expired", "begins at"},
		{"102 no zone", text("2026-11-23T20:41:07"), 422, "invalid", "has no zone"},
		{"102 +14:00", text(live.Add(-9 * time.Second).In(time.FixedZone("", 14*3600)).Format(time.RFC3339Nano)), 201, "", ""},
		{"102 a leap second", text("2026-11-23T23:59:60Z"), 422, "invalid", "leap second"},
		{"102 nanoseconds", text(live.Add(-9*time.Second + time.Nanosecond).UTC().Format("2006-01-02T15:04:05.000000000Z")), 201, "", ""},
		{"102 a float", text("1e308"), 422, "invalid", "seconds since 1970"},
		{"102 a JSON number", `{"feed":"pitch","in":1795639267}`, 422, "invalid", "string"},
		{"102 NaN", text("NaN"), 422, "invalid", "is no time"},
		{"102 JSON NaN", `{"feed":"pitch","in":NaN}`, 400, "invalid", ""},
		{"102 seconds", text("1795639267"), 422, "invalid", "seconds since 1970"},
		{"102 milliseconds", text("1795639267000"), 422, "invalid", "seconds since 1970"},
		{"102 now", text("now"), 201, "", ""},
		{"103 a frame beyond the rate", text("20:41:07:99"), 422, "invalid", "counts frames"},
		{"104 drop frame", text("20:41:07;29"), 422, "invalid", "counts frames"},
		{"105 midnight at the end", text("24:00:00:00"), 422, "invalid", "counts frames"},
		{"105 midnight at the end, without frames", text("24:00:00"), 422, "invalid", "not a time of day"},
		{"106 the hour that comes twice", text("2026-10-25T02:30:00+02:00"), 410, "expired", "begins at"},
		{"107 a clock that is a minute fast", text(stamp(live.Add(time.Minute))), 201, "", ""},
		{"107 a clock that is five minutes fast", text(stamp(live.Add(5 * time.Minute))), 422, "invalid", "check the clock"},
		{"107 a clock that is five minutes slow", text(stamp(live.Add(-5 * time.Minute))), 410, "expired", "begins at"},
		{"107 a clock that is a day slow", text(stamp(live.AddDate(0, 0, -1))), 410, "expired", "begins at"},
		{"109 ten thousand marks in one request", "[" + strings.Repeat(`{"feed":"pitch","in":"-9s"},`, 9999) + `{"feed":"pitch","in":"-9s"}]`, 422, "invalid", "object"},
	} {
		t.Run(c.input, func(t *testing.T) {
			w.t = t
			var p struct{ Type, Detail string }
			a := w.get(c.status, &p, "paul", "POST", "/api/v1/moments", c.body)
			if c.kind != "" && (p.Type != "/problems/"+c.kind || !strings.Contains(p.Detail, c.says)) {
				t.Errorf("%s %+v", a.Header.Get("Content-Type"), p)
			}
		})
	}
	w.t = t
}

// TestTimesOfLaterChanges are the inputs that come after a moment was flagged.
func TestTimesOfLaterChanges(t *testing.T) {
	w := newWorld(t)
	w.record()
	var one, other momentBody
	w.get(201, &one, "max", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-12s","out":"-8s","key":"goal-1"}`)
	// 98: the same key with another body is the same moment, and stays as it was.
	w.get(200, &other, "max", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-6s","out":"-2s","title":"Another","key":"goal-1"}`)
	if other.Moment.ID != one.Moment.ID || other.Moment.Span != one.Moment.Span || other.Moment.Title != one.Moment.Title {
		t.Errorf("98: %+v became %+v", one.Moment, other.Moment)
	}
	// 100: a feed that is down now was recorded then.
	health, err := w.cat.Health(t.Context(), "pitch")
	must(t, err)
	health.State, health.Detail = clip.FeedStalled, "the source gives nothing new"
	must(t, w.cat.SetHealth(t.Context(), health))
	w.get(201, nil, "max", "POST", "/api/v1/moments", `{"feed":"pitch","in":"-12s","out":"-8s","key":"goal-2"}`)
	// 99: one that was removed has no moments any more.
	must(t, w.cat.PutFeed(t.Context(), clip.Feed{ID: "gone", Title: "Gone", URL: "synthetic:match"}, seed))
	must(t, w.cat.RemoveFeed(t.Context(), "gone", seed))
	w.get(404, nil, "max", "POST", "/api/v1/moments", `{"feed":"gone","in":"-5s"}`)
	// 110: a mark that is edited while it is rendered is another revision, and
	// whoever saw the old one is told.
	id := "/api/v1/highlights/" + string(one.Highlight.ID)
	var h clip.Highlight
	w.get(200, &h, "paul", "POST", id+"/trim", fmt.Sprintf(`{"revision":%d,"in":"-14s"}`, one.Highlight.Revision))
	if h.Revision <= one.Highlight.Revision {
		t.Errorf("110: the revision is %d, it was %d", h.Revision, one.Highlight.Revision)
	}
	w.get(http.StatusConflict, nil, "paul", "POST", id+"/trim", fmt.Sprintf(`{"revision":%d,"in":"-13s"}`, one.Highlight.Revision))
	// 111: one that is withdrawn while it is published is taken back.
	approved := w.approved("Goal 3")
	w.get(200, nil, "paul", "POST", "/api/v1/moments/"+string(approved.ID)+"/withdraw", "")
	var posts struct{ Posts []clip.Post }
	w.get(200, &posts, "petra", "GET", "/api/v1/posts?highlight="+string(approved.ID), "")
	for _, p := range posts.Posts {
		if !p.Retract {
			t.Errorf("111: post %s is not taken back", p.ID)
		}
	}
	if len(posts.Posts) != 2 {
		t.Errorf("111: %d posts", len(posts.Posts))
	}
}
