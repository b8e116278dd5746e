package desk

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// feedsBody is what the Feeds page shows.
type feedsBody struct {
	Rows   []feedRow
	Used   int64  // bytes of all recordings
	States string // how many feeds are in which state
	Disk   notice // what the disk does to all of them
}

// notice is something that everybody should know.
type notice struct{ Head, Text string }

// feedRow is a feed's health in words.
type feedRow struct {
	feedView
	Said      said
	Trouble   bool
	Disk      string // what the disk does to its window
	Rate, Off string // of its clock
	ClockWarn bool
	Preview   string // why browsers are shown a copy
}

// Length is how far back the recording reaches.
func (r feedRow) Length() time.Duration { return r.Window.Duration() }

func (d *Desk) feedRow(v feedView) feedRow {
	now := d.Now()
	r := feedRow{feedView: v, Said: feedSaid(v.Feed, v.Health, now), Trouble: troubled(v.Feed, v.Health, now), Disk: diskSaid(v, now)}
	r.Rate, r.Off, r.ClockWarn = clockSaid(v.Health)
	r.Preview = capital(strings.Join(v.Health.Format.Unplayable(), ", and "))
	if v.Health.Format.Width == 0 {
		r.Preview = ""
	}
	return r
}

// feedsPage is GET /feeds: what is wrong comes first.
func (d *Desk) feedsPage(w http.ResponseWriter, r *http.Request) {
	views, err := d.feedViews(r.Context())
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	var body feedsBody
	words := map[string]int{}
	for _, v := range views {
		row := d.feedRow(v)
		body.Used += v.Health.Bytes
		body.Rows = append(body.Rows, row)
		words[row.Said.Word]++
	}
	body.Disk.Head, body.Disk.Text = disksSaid(views, d.Now())
	slices.SortStableFunc(body.Rows, func(a, b feedRow) int { return int(one(b.Trouble) - one(a.Trouble)) })
	var states []string
	for _, row := range body.Rows { // in the order in which they stand there
		if n := words[row.Said.Word]; n > 0 {
			states = append(states, fmt.Sprintf("%d %s", n, strings.ToLower(row.Said.Word)))
			delete(words, row.Said.Word)
		}
	}
	body.States = strings.Join(states, ", ")
	d.show(w, r, http.StatusOK, "feeds", page{Title: "Feeds", Section: "feeds", Body: body})
}
