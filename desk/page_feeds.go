package desk

import (
	"net/http"
	"slices"
	"time"
)

// feedsBody is what the Feeds page shows.
type feedsBody struct {
	Rows []feedRow
	Used int64 // bytes of all recordings
}

// feedRow is a feed's health in words.
type feedRow struct {
	feedView
	Said    said
	Trouble bool
}

// Length is how far back the recording reaches.
func (r feedRow) Length() time.Duration { return r.Window.Duration() }

// feedsPage is GET /feeds: what is wrong comes first.
func (d *Desk) feedsPage(w http.ResponseWriter, r *http.Request) {
	views, err := d.feedViews(r.Context())
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	var body feedsBody
	for _, v := range views {
		body.Used += v.Health.Bytes
		body.Rows = append(body.Rows, feedRow{v, feedSaid(v.Health, d.Now()), troubled(v.Health, d.Now())})
	}
	slices.SortStableFunc(body.Rows, func(a, b feedRow) int { return int(one(b.Trouble) - one(a.Trouble)) })
	d.show(w, r, http.StatusOK, "feeds", page{Title: "Feeds", Section: "feeds", Body: body})
}
