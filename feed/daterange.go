package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// schemeDateRange is clip.Mark's scheme of date ranges without SCTE-35.
const schemeDateRange = "daterange"

// dateRange is an EXT-X-DATERANGE (RFC 8216 4.3.2.7): something that a
// playlist says about its programme.
type dateRange struct {
	id         string
	start, end time.Time // end is zero while it is not known
	fields     map[string]string
	sections   map[string][]byte // SCTE-35 by OUT, IN and CMD
}

// readDateRange reads one; it is not ok when it lacks what it must have.
func readDateRange(text string) (d dateRange, ok bool) {
	a := attributes(text)
	d = dateRange{id: a["ID"], fields: map[string]string{}, sections: map[string][]byte{}}
	var err error
	if d.start, err = time.Parse(time.RFC3339Nano, a["START-DATE"]); err != nil || d.id == "" {
		return d, false
	}
	if t, err := time.Parse(time.RFC3339Nano, a["END-DATE"]); err == nil {
		d.end = t
	} else if n, err := time.ParseDuration(a["DURATION"] + "s"); err == nil && n >= 0 && n < 7*24*time.Hour {
		d.end = d.start.Add(n)
	}
	for name, value := range a {
		switch what, isCue := strings.CutPrefix(name, "SCTE35-"); {
		case isCue:
			if b, err := hex.DecodeString(strings.TrimPrefix(strings.ToLower(value), "0x")); err == nil {
				d.sections[what] = b
			}
		case name != "ID":
			d.fields[strings.ToLower(name)] = value
		}
	}
	return d, true
}

// asides are the marks that a date range makes.
func (d dateRange) asides() (out []Aside) {
	for _, what := range slices.Sorted(maps.Keys(d.sections)) {
		at := d.start
		if what == "IN" && !d.end.IsZero() {
			at = d.end
		}
		marks, err := message{bytes: d.sections[what], exact: true}.marks(0)
		if err != nil {
			continue // the range itself is a mark then
		}
		for _, m := range marks {
			m.Fields["daterange"] = d.id
			out = append(out, Aside{Mark: &m, At: at})
		}
	}
	if len(out) == 0 {
		out = []Aside{{Mark: &clip.Mark{Scheme: schemeDateRange, Event: d.id, Fields: d.fields}, At: d.start}}
	}
	return out
}

// digest tells a date range that says more than before.
func (d dateRange) digest() string {
	h := sha256.New()
	h.Write([]byte(d.id + d.end.String()))
	for _, what := range slices.Sorted(maps.Keys(d.sections)) {
		h.Write([]byte(what))
		h.Write(d.sections[what])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// news are the asides of the date ranges that were not told before. What left
// the playlist is forgotten.
func (h *HLS) news(w *window) (out []Aside) {
	told := map[string]bool{}
	for _, d := range w.ranges {
		key := d.digest()
		if told[key] = true; !h.told[key] {
			out = append(out, d.asides()...)
		}
	}
	h.told = told
	return out
}
