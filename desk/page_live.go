package desk

import (
	"context"
	"net/http"
	"slices"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// liveBody is what the Live page shows.
type liveBody struct {
	Feeds   []clip.Feed
	Feed    feedRow
	Proxy   []string // why the player shows proxies; empty: it shows what was recorded
	Kinds   []string
	Moments []momentRow
}

// momentRow is a moment in a list.
type momentRow struct {
	Moment    clip.Moment
	Highlight clip.Highlight
	Said      said
}

// Open reports a moment that still waits for its mark-out.
func (m momentRow) Open() bool {
	return m.Moment.Span.Open() && m.Moment.Status != clip.Withdrawn && !m.Highlight.State.Final()
}

// Instant reports a moment of which only an instant is known.
func (m momentRow) Instant() bool { return m.Moment.Span.In.Equal(m.Moment.Span.Out) }

// Cover is a still of the clip, once there is one.
func (m momentRow) Cover() clip.Digest {
	for _, r := range m.Highlight.Renditions {
		if r.Cover != "" {
			return r.Cover
		}
	}
	return ""
}

// usualKinds are offered before a feed's own.
var usualKinds = []string{"goal", "chance", "save", "card", "foul", "celebration", "replay", "interview"}

// momentsShown is how many moments a list holds.
const momentsShown = 60

// home is GET /: the first feed that records, else one that has recorded.
func (d *Desk) home(w http.ResponseWriter, r *http.Request) {
	views, err := d.feedViews(r.Context())
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	i := slices.IndexFunc(views, func(v feedView) bool { return v.Health.State == clip.FeedRecording })
	if i < 0 {
		i = slices.IndexFunc(views, func(v feedView) bool { return !v.Window.In.IsZero() })
	}
	if len(views) == 0 {
		d.show(w, r, http.StatusOK, "live", page{Title: "Live", Section: "live", Body: liveBody{}})
		return
	}
	i = max(i, 0)
	http.Redirect(w, r, "/watch/"+string(views[i].Feed.ID), http.StatusSeeOther)
}

// livePage is GET /watch/{feed}.
func (d *Desk) livePage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	f, err := d.Catalogue.Feed(ctx, clip.FeedID(r.PathValue("feed")))
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	read := d.liveBody
	if r.URL.Query().Get("part") == "status" { // asked for every three seconds by everybody who watches
		read = d.liveStatus
	}
	body, err := read(ctx, f)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	d.show(w, r, http.StatusOK, "live", page{Title: f.Title, Section: "live", Body: body})
}

func (d *Desk) liveBody(ctx context.Context, f clip.Feed) (liveBody, error) {
	b, err := d.liveStatus(ctx, f)
	if err != nil {
		return b, err
	}
	if b.Feeds, err = d.Catalogue.Feeds(ctx); err != nil {
		return b, err
	}
	if b.Moments, err = d.momentRows(ctx, store.Query{Feed: f.ID, Limit: momentsShown}); err != nil {
		return b, err
	}
	b.Kinds = kindsOf(b.Moments)
	return b, nil
}

// liveStatus is as much of the page as the strip above the player shows.
func (d *Desk) liveStatus(ctx context.Context, f clip.Feed) (b liveBody, err error) {
	v, err := d.feedView(ctx, f)
	if err != nil {
		return b, err
	}
	b.Feed = d.feedRow(v)
	b.Proxy, err = d.unplayable(ctx, f.ID)
	return b, err
}

// unplayable says why browsers cannot play all that is held of a feed.
func (d *Desk) unplayable(ctx context.Context, id clip.FeedID) ([]string, error) {
	tl, err := d.Catalogue.Timeline(ctx, id)
	var why []string
	for _, e := range tl {
		for _, reason := range e.Format.Unplayable() {
			if !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
	}
	return why, err
}

// momentRows are moments with their highlights; those that are open come
// first.
func (d *Desk) momentRows(ctx context.Context, q store.Query) ([]momentRow, error) {
	ms, err := d.Catalogue.Moments(ctx, q)
	if err != nil {
		return nil, err
	}
	rows := make([]momentRow, 0, len(ms))
	for _, m := range ms {
		h, err := d.Catalogue.Highlight(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, momentRow{m, h, highlightSaid(m, h)})
	}
	slices.SortStableFunc(rows, func(a, b momentRow) int {
		switch {
		case a.Open() == b.Open():
			return 0
		case a.Open():
			return -1
		}
		return 1
	})
	return rows, nil
}

// kindsOf are the kinds to offer: those flagged lately first.
func kindsOf(rows []momentRow) []string {
	var kinds []string
	for _, r := range rows {
		if r.Moment.Kind != "" && !slices.Contains(kinds, r.Moment.Kind) {
			kinds = append(kinds, r.Moment.Kind)
		}
	}
	kinds = kinds[:min(len(kinds), 4)]
	for _, k := range usualKinds {
		if len(kinds) < 7 && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}
