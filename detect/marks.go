package detect

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// MarkRule says which marks in a feed flag a moment, and what it is called.
//
// Its templates and Match see the mark's fields under their own names, and
// beside them
//
//	feed, scheme, event, position   of the mark; position is EPOCH:PTS
//	upid_query                      when the field upid is a URI with a query,
//	                                such as ovation:goal?team=HOME: its values,
//	                                {{.upid_query.team}}
type MarkRule struct {
	Name   string
	Feed   clip.FeedID       // empty: any
	Scheme string            // empty: any; one of clip.Mark's
	Match  map[string]string // names (upid_query.team for one within) and their exact values
	Map    Mapping           // Feed stays empty: the moment is where the mark is
}

// Marks are the rules for marks, in order; the first that matches applies.
type Marks struct {
	rules   []MarkRule
	mappers []*mapper
}

// NewMarks checks rules and their templates.
func NewMarks(rules []MarkRule) (*Marks, error) {
	m := &Marks{rules: rules}
	for _, r := range rules {
		op := fmt.Sprintf("set up mark rule %q", r.Name)
		if err := clip.CheckID("mark rule", r.Name); err != nil {
			return nil, err
		}
		if r.Map.Feed != "" {
			return nil, clip.Errorf(clip.Invalid, op, "its map names a feed; a mark flags a moment on the feed that it rides in")
		}
		mp, err := newMapper(r.Map)
		if err != nil {
			return nil, clip.Errorf(clip.Invalid, op, "map: %w", err)
		}
		m.mappers = append(m.mappers, mp)
	}
	return m, nil
}

// Flag maps a mark to a flag by the first rule that matches it; false: none
// does. Where the map says nothing, At is the mark's place, Source its scheme,
// and Key feed/event, so that a mark that is repeated (SCTE-35 messages are)
// flags the same moment.
func (m *Marks) Flag(feed clip.FeedID, mark clip.Mark) (clip.Flag, bool, error) {
	doc := markDocument(feed, mark)
	for i, r := range m.rules {
		if !r.matches(feed, mark, doc) {
			continue
		}
		f, err := m.mappers[i].flag(doc)
		if err != nil {
			return clip.Flag{}, false, clip.Errorf(clip.Invalid, fmt.Sprintf("read a %s mark on %s by rule %s", mark.Scheme, feed, r.Name), "%w", err)
		}
		f.Feed, f.Source = feed, mark.Scheme
		setPlace(&f, position(mark))
		if f.Key == "" {
			f.Key = key(feed, mark)
		}
		return f, true, nil
	}
	return clip.Flag{}, false, nil
}

// matches reports whether the rule is about the mark.
func (r MarkRule) matches(feed clip.FeedID, mark clip.Mark, doc document) bool {
	if r.Feed != "" && r.Feed != feed || r.Scheme != "" && r.Scheme != mark.Scheme {
		return false
	}
	for path, want := range r.Match {
		if got, ok := doc.find(path); !ok || got != want {
			return false
		}
	}
	return true
}

// setPlace gives the flag the mark's own place where the map says nothing, or
// only where the moment ends.
func setPlace(f *clip.Flag, place string) {
	switch {
	case f.At != "" || f.In != "":
	case f.Out != "":
		f.In = place
	default:
		f.At = place
	}
}

func position(mark clip.Mark) string {
	return clip.Position{Epoch: mark.Epoch, PTS: mark.PTS}.String()
}

// key is the feed and the source's event id; a mark without one is known by
// its place.
func key(feed clip.FeedID, mark clip.Mark) string {
	switch {
	case mark.Event == "":
		return string(feed) + "/" + position(mark)
	case mark.Scheme == "scte35":
		return string(feed) + "/" + mark.Event
	}
	return string(feed) + "/" + mark.Scheme + "/" + mark.Event // numbers of their own
}

// markDocument is what templates see of a mark.
func markDocument(feed clip.FeedID, mark clip.Mark) document {
	doc := document{}
	for name, value := range mark.Fields {
		doc[name] = value
	}
	doc["feed"], doc["scheme"], doc["event"], doc["position"] = string(feed), mark.Scheme, mark.Event, position(mark)

	if q := query(mark.Fields["upid"]); len(q) > 0 {
		doc["upid_query"] = q
	}
	return doc
}

// query is the first value of every name in a UPID's query. Where a message has
// several UPIDs, separated by spaces, it is that of the first with one.
func query(upid string) document {
	before, _, ok := strings.Cut(upid, "?")
	if !ok {
		return nil
	}
	u, err := url.Parse(upid[strings.LastIndex(before, " ")+1:])
	if err != nil {
		return nil
	}
	q := document{}
	for name, values := range u.Query() {
		q[name] = values[0]
	}
	return q
}
