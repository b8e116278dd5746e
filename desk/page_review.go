package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// tab is one way of narrowing a list.
type tab struct {
	Name, Label string
	Current     bool
	Count       int
	Empty       string // what to do when nothing is there
}

// reviewTabs are the states that can be looked at; Name is the state's own.
var reviewTabs = []tab{
	{Name: "review", Label: "Waiting", Empty: "Nothing waits for you. A moment that is flagged on Live, by a webhook or by the feed itself appears here when its clip is ready."},
	{Name: "rendering", Label: "Rendering", Empty: "Nothing is being rendered. Flag a moment on Live: press I at its start and O at its end."},
	{Name: "approved", Label: "Approved", Empty: "Nothing approved is still on its way. What is finished is under Done."},
	{Name: "settled", Label: "Done", Empty: "No highlight is finished yet. Approve one under Waiting."},
	{Name: "refused", Label: "Refused", Empty: "Nothing was refused."},
	{Name: "failed", Label: "Failed", Empty: "Nothing failed."},
	{Name: "withdrawn", Label: "Withdrawn", Empty: "Nothing was withdrawn."},
}

// reviewBody is what the Review page shows.
type reviewBody struct {
	Tab    tab
	Tabs   []tab
	List   []momentRow
	Chosen bool // the address names the highlight that is open
	Open   *reviewItem
}

// reviewItem is the highlight that is open.
type reviewItem struct {
	highlightView
	Said   said
	Rule   *clip.Rule
	Feed   string
	Shapes []shapeView
	Drafts []draftView
	Rate   clip.Rate // of the feed: what one frame of a trim is

	Captions  []captionView
	NoCaption captionView // what a new line is made from
}

// Waits reports that a decision can be made.
func (i reviewItem) Waits() bool { return i.Highlight.State == clip.HighlightReview }

// Editable reports that texts and marks can still change.
func (i reviewItem) Editable() bool { return !i.Highlight.State.Final() }

// Trimmable reports that the span can still change: also one that could not be
// rendered may be with another.
func (i reviewItem) Trimmable() bool {
	return i.Editable() || i.Highlight.State == clip.HighlightFailed
}

// Length is how long the clip is.
func (i reviewItem) Length() time.Duration {
	if i.Highlight.Recipe.Span.Open() {
		return 0
	}
	return i.Highlight.Recipe.Span.Duration()
}

// shapeView is one shape as it will be seen.
type shapeView struct {
	clip.Rendition
	Goes []string // the destinations that it goes to
}

// draftView is a draft with its counter.
type draftView struct {
	clip.Draft
	Platform string
	Known    bool // is the destination still configured
	Shapes   []clip.Shape
	Count    countBody
}

// reviewPage is GET /review and GET /review/{id}.
func (d *Desk) reviewPage(w http.ResponseWriter, r *http.Request) {
	body, err := d.reviewBody(r.Context(), clip.MomentID(r.PathValue("id")), r.URL.Query().Get("tab"))
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	title := "Review"
	if body.Open != nil {
		title = or(body.Open.Moment.Title, "Review")
	}
	d.show(w, r, http.StatusOK, "review", page{Title: title, Section: "review", Body: body})
}

func (d *Desk) reviewBody(ctx context.Context, id clip.MomentID, name string) (b reviewBody, err error) {
	b.Chosen = id != ""
	if b.Chosen {
		if b.Open, err = d.reviewItem(ctx, id); err != nil {
			return b, err
		}
		if name == "" {
			name = string(b.Open.Highlight.State)
		}
	}
	b.Tab = reviewTabs[0]
	for _, t := range reviewTabs {
		t.Current = t.Name == name || name == "" && t.Name == "review"
		hs, err := d.Catalogue.Highlights(ctx, store.Query{State: t.Name, Limit: momentsShown})
		if err != nil {
			return b, err
		}
		t.Count = len(hs)
		if t.Current {
			b.Tab = t
			if b.List, err = d.highlightRows(ctx, hs); err != nil {
				return b, err
			}
		}
		b.Tabs = append(b.Tabs, t)
	}
	if b.Open == nil && len(b.List) > 0 {
		b.Open, err = d.reviewItem(ctx, b.List[0].Highlight.ID)
	}
	return b, err
}

// highlightRows are highlights with their moments. Those that wait longest
// come first: their deadline is nearest.
func (d *Desk) highlightRows(ctx context.Context, hs []clip.Highlight) ([]momentRow, error) {
	rows := make([]momentRow, len(hs))
	for i, h := range hs {
		m, err := d.Catalogue.Moment(ctx, h.ID)
		if err != nil {
			return nil, err
		}
		at := i
		if h.State == clip.HighlightReview {
			at = len(hs) - 1 - i
		}
		rows[at] = momentRow{m, h, highlightSaid(m, h)}
	}
	return rows, nil
}

func (d *Desk) reviewItem(ctx context.Context, id clip.MomentID) (*reviewItem, error) {
	v, err := d.highlightView(ctx, id)
	if err != nil {
		return nil, err
	}
	i := &reviewItem{highlightView: v, Said: highlightSaid(v.Moment, v.Highlight), Feed: string(v.Highlight.Feed)}
	for _, r := range d.Rules {
		if r.Name == v.Highlight.Rule {
			i.Rule = &r
		}
	}
	if f, err := d.Catalogue.Feed(ctx, v.Highlight.Feed); err == nil {
		i.Feed = f.Title
	}
	health, err := d.Catalogue.Health(ctx, v.Highlight.Feed)
	if err != nil {
		return nil, err
	}
	i.Rate = health.Format.Rate
	if i.Rate.Zero() && len(v.Highlight.Renditions) > 0 {
		i.Rate = v.Highlight.Renditions[0].Rate
	}
	for _, r := range v.Highlight.Renditions {
		s := shapeView{Rendition: r}
		for _, draft := range v.Highlight.Drafts {
			if draft.Shape == r.Shape {
				s.Goes = append(s.Goes, draft.Destination)
			}
		}
		i.Shapes = append(i.Shapes, s)
	}
	for _, draft := range v.Highlight.Drafts {
		i.Drafts = append(i.Drafts, d.draftView(draft, v.Highlight.Recipe.Shapes))
	}
	i.Captions, err = d.captionsShown(ctx, v.Highlight)
	return i, err
}

// captionsShown are the captions of the files that are there.
func (d *Desk) captionsShown(ctx context.Context, h clip.Highlight) ([]captionView, error) {
	if ref, _ := h.Build(h.Revision); ref.Revision == 0 || len(h.Renditions) == 0 {
		return nil, nil
	}
	_, build, err := d.built(ctx, h.ID)
	return captionViews(build.Plan), err
}

func (d *Desk) draftView(draft clip.Draft, shapes []clip.Shape) draftView {
	v := draftView{Draft: draft, Shapes: shapes}
	if t, err := d.destination(draft.Destination); err == nil {
		v.Known, v.Platform, v.Count = true, t.Platform, t.count(draft)
	}
	return v
}

// Reasons are offered when a highlight is refused.
func (i reviewItem) Reasons() []string {
	return []string{"Wrong cut", "Not strong enough", "Text is wrong", "No rights", "Duplicate", "Picture or sound is broken"}
}
