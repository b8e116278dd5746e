package activities

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/store"
)

// Starter starts workflows, or tells those that run to look again. Every call
// may repeat. What it is told is never believed: workflows read the catalogue.
type Starter interface {
	StartFeed(ctx context.Context, id clip.FeedID) error
	StopFeed(ctx context.Context, id clip.FeedID) error
	StartHighlight(ctx context.Context, id clip.MomentID) error
	StartPost(ctx context.Context, id clip.PostID) error
}

// Flagger turns wishes into moments, and corrects them. People, webhooks and
// marks in the feed all come this way.
type Flagger struct {
	Catalogue *store.Catalogue
	Rules     *Rules
	Profiles  *Profiles
	Logos     map[string]*clip.Overlay // of each Rule.Logo
	Start     Starter
	Disk      *feed.Disk // nil: nobody looks after it
	Now       func() time.Time
}

// Flag makes a moment and begins its highlight; false says that the same
// source event was flagged before and what it made is returned.
func (f *Flagger) Flag(ctx context.Context, w clip.Flag, by clip.Actor) (clip.Moment, clip.Highlight, bool, error) {
	if w.Key != "" {
		known, found, err := f.Catalogue.MomentByKey(ctx, w.Source, w.Key)
		if err != nil {
			return clip.Moment{}, clip.Highlight{}, false, err
		}
		if found {
			return f.known(ctx, known, w, by)
		}
	}
	if f.Disk != nil {
		if err := f.Disk.CheckRoom(); err != nil {
			return clip.Moment{}, clip.Highlight{}, false, err
		}
	}
	watched, err := f.Catalogue.Feed(ctx, w.Feed)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, false, err
	}
	m, err := f.moment(ctx, w, by)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, false, err
	}
	h, err := f.highlight(m, watched)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, false, err
	}
	if w.Status == clip.Withdrawn { // the withdrawal overtook the event: nothing may come of that one
		m.Status, h.State, h.Reason = clip.Withdrawn, clip.HighlightWithdrawn, "the event was withdrawn before it was told of"
	}
	m, h, created, err := f.Catalogue.Flag(ctx, m, h, by)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, false, err
	}
	return m, h, created, f.Start.StartHighlight(ctx, h.ID)
}

// known answers a repeated flag, and takes what its source corrects.
func (f *Flagger) known(ctx context.Context, m clip.Moment, w clip.Flag, by clip.Actor) (clip.Moment, clip.Highlight, bool, error) {
	switch w.Status {
	case clip.Withdrawn:
		m, h, err := f.Withdraw(ctx, m.ID, by)
		return m, h, false, err
	case clip.Amended:
		m, h, err := f.Amend(ctx, m.ID, amendment(w), by)
		return m, h, false, err
	}
	h, err := f.Catalogue.Highlight(ctx, m.ID)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, false, err
	}
	return m, h, false, f.Start.StartHighlight(ctx, h.ID)
}

// amendment is what a source says anew of an event; what it leaves out stays.
func amendment(w clip.Flag) clip.Amendment {
	said := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	a := clip.Amendment{In: said(w.In), Out: said(w.Out), Kind: said(w.Kind), Title: said(w.Title)}
	if w.At != "" {
		a.In, a.Out = &w.At, &w.At
	}
	if w.People != nil {
		a.People = &w.People
	}
	return a
}

// moment reads the wish's times on the feed's timeline and checks them.
func (f *Flagger) moment(ctx context.Context, w clip.Flag, by clip.Actor) (clip.Moment, error) {
	tl, err := f.Catalogue.Timeline(ctx, w.Feed)
	if err != nil {
		return clip.Moment{}, err
	}
	span, err := spanOf(w, tl)
	if err != nil {
		return clip.Moment{}, err
	}
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand
	now := f.Now()
	m := clip.Moment{
		ID: clip.NewMomentID(now, random), Feed: w.Feed, Span: span, Kind: w.Kind, Title: strings.TrimSpace(w.Title),
		People: w.People, Source: w.Source, Key: w.Key, Fields: w.Fields,
		Status: clip.Confirmed, Revision: 1, By: by.Name, Created: now,
	}
	if m.Key == "" {
		m.Key = string(m.ID)
	}
	return m, m.Check(tl.Window(), now)
}

// spanOf reads a wish's marks.
func spanOf(w clip.Flag, tl clip.Timeline) (clip.Span, error) {
	const op = "flag a moment"
	switch {
	case w.At != "" && (w.In != "" || w.Out != ""):
		return clip.Span{}, clip.Errorf(clip.Invalid, op, "at names an instant; give either at, or in with or without out")
	case w.At != "":
		at, err := clip.ResolveWhen(w.At, tl)
		return clip.Span{In: at, Out: at}, err
	case w.In == "":
		return clip.Span{}, clip.Errorf(clip.Invalid, op, "the mark-in is missing: give in, or at")
	}
	in, err := clip.ResolveWhen(w.In, tl)
	if err != nil || w.Out == "" {
		return clip.Span{In: in}, err
	}
	out, err := clip.ResolveWhen(w.Out, tl)
	return clip.Span{In: in, Out: out}, err
}

// highlight begins a moment's life by the first rule that applies.
func (f *Flagger) highlight(m clip.Moment, feed clip.Feed) (clip.Highlight, error) {
	r, err := f.Rules.match(m, feed)
	if err != nil {
		return clip.Highlight{}, err
	}
	drafts, err := r.drafts(m, f.Profiles)
	if err != nil {
		return clip.Highlight{}, err
	}
	h := clip.Highlight{
		ID: m.ID, Feed: m.Feed, Rule: r.Name, Revision: 1, State: clip.HighlightRendering,
		Recipe: r.Recipe(m, feed, f.Logos[r.Logo]), Drafts: drafts,
		Approval: r.Approval, Priority: r.Priority, Patience: r.Patience, Created: m.Created, Updated: m.Created,
	}
	return h, h.Recipe.Check()
}

// Close gives an open moment its mark-out.
func (f *Flagger) Close(ctx context.Context, id clip.MomentID, out string, by clip.Actor) (clip.Moment, clip.Highlight, error) {
	return f.edit(ctx, id, by, "moment.close", func(m *clip.Moment, tl clip.Timeline) error {
		if !m.Span.Open() {
			return clip.Errorf(clip.Conflict, "close moment "+string(id), "it is closed already, at %s; amend it instead", m.Span)
		}
		at, err := clip.ResolveWhen(out, tl)
		m.Span.Out = at
		return err
	})
}

// Amend corrects a moment. Its highlight follows: another span is another
// edit, other words are other drafts; a decision made before is void.
func (f *Flagger) Amend(ctx context.Context, id clip.MomentID, a clip.Amendment, by clip.Actor) (clip.Moment, clip.Highlight, error) {
	return f.edit(ctx, id, by, "moment.amend", func(m *clip.Moment, tl clip.Timeline) error {
		if m.Status == clip.Withdrawn {
			return clip.Errorf(clip.Conflict, "amend moment "+string(id), "it was withdrawn; flag it again under another key")
		}
		var err error
		if a.In != nil {
			m.Span.In, err = clip.ResolveWhen(*a.In, tl)
		}
		if a.Out != nil && err == nil {
			m.Span.Out, err = clip.ResolveWhen(*a.Out, tl)
		}
		if a.Kind != nil {
			m.Kind = *a.Kind
		}
		if a.Title != nil {
			m.Title = strings.TrimSpace(*a.Title)
		}
		if a.People != nil {
			m.People = *a.People
		}
		m.Status = clip.Amended
		return err
	})
}

// edit changes a moment and lets its highlight follow.
func (f *Flagger) edit(ctx context.Context, id clip.MomentID, by clip.Actor, action string,
	change func(*clip.Moment, clip.Timeline) error) (clip.Moment, clip.Highlight, error) {
	old, err := f.Catalogue.Moment(ctx, id)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	feed, err := f.Catalogue.Feed(ctx, old.Feed)
	if clip.KindOf(err) == clip.NotFound && err != nil {
		feed, err = clip.Feed{ID: old.Feed}, nil // removed; what it recorded is still there
	}
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	tl, err := f.Catalogue.Timeline(ctx, old.Feed)
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	m, h, err := f.Catalogue.EditMoment(ctx, id, by, action, func(m *clip.Moment, h *clip.Highlight) error {
		before := *m
		if err := change(m, tl); err != nil {
			return err
		}
		err := m.Check(tl.Window(), f.Now())
		if err != nil && (before.Span != m.Span || clip.KindOf(err) != clip.Expired) {
			return err // what a highlight was made of is kept, however old
		}
		return f.follow(h, before, *m, feed)
	})
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	return m, h, f.Start.StartHighlight(ctx, id)
}

// follow brings a highlight in line with its corrected moment. What a person
// has changed, words or span, stays.
func (f *Flagger) follow(h *clip.Highlight, before, m clip.Moment, feed clip.Feed) error {
	old, errOld := f.highlight(before, feed)
	fresh, err := f.highlight(m, feed)
	if errOld != nil || err != nil { // the rules have changed since: follow the marks alone
		old.Recipe.Span, fresh.Recipe.Span = h.Recipe.Span, clip.Span{In: h.Recipe.Span.In, Out: m.Span.Out}
		old.Drafts, fresh.Drafts = nil, nil
	}
	if before.Span != m.Span && (h.Recipe.Span.Open() || sameSpan(h.Recipe.Span, old.Recipe.Span)) {
		if err := h.Trim(fresh.Recipe.Span); err != nil {
			return err
		}
	}
	for _, now := range h.Drafts {
		was, is := draftFor(old.Drafts, now.Destination), draftFor(fresh.Drafts, now.Destination)
		if now.Text != was.Text || now.Alt != was.Alt || is.Text == was.Text && is.Alt == was.Alt {
			continue // a person's words stay; and what says the same is no edit
		}
		now.Text, now.Alt = is.Text, is.Alt
		if err := h.Redraft(now); err != nil {
			return err
		}
	}
	return nil
}

func sameSpan(a, b clip.Span) bool { return a.In.Equal(b.In) && a.Out.Equal(b.Out) }

func draftFor(drafts []clip.Draft, destination string) clip.Draft {
	for _, d := range drafts {
		if d.Destination == destination {
			return d
		}
	}
	return clip.Draft{}
}

// Withdraw says that the event did not happen: what is not out is held back
// for good, what is out is taken down.
func (f *Flagger) Withdraw(ctx context.Context, id clip.MomentID, by clip.Actor) (clip.Moment, clip.Highlight, error) {
	m, h, err := f.Catalogue.EditMoment(ctx, id, by, "moment.withdraw", func(m *clip.Moment, h *clip.Highlight) error {
		m.Status = clip.Withdrawn
		if !h.State.Final() && h.State != clip.HighlightApproved {
			h.State, h.Reason = clip.HighlightWithdrawn, "the event was withdrawn by "+by.Name
		}
		return nil
	})
	if err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	if _, err := retractAll(ctx, f.Catalogue, f.Start, id, by); err != nil {
		return clip.Moment{}, clip.Highlight{}, err
	}
	return m, h, f.Start.StartHighlight(ctx, id)
}
