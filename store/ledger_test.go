package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ovation-live/ovation/clip"
)

// ledger is a highlight under random hands, and what a bystander who trusts
// nobody has noted of it: what each approval was shown, and what was sent.
type ledger struct {
	t     *testing.T
	c     *Catalogue
	id    clip.MomentID
	now   time.Time
	shown map[string]clip.Highlight // by decision, the highlight as it was approved
	sent  map[clip.PostID]int       // publish calls of which nobody said that they failed
	tried map[string]bool           // attempts that were sent
	edits int
}

// Nothing is ever sent that a decision does not cover, nothing twice, and
// whatever happens is in the audit log.
func TestLedger(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c, err := Open(ctx, ":memory:")
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		l := &ledger{t: t, c: c, now: start, shown: map[string]clip.Highlight{}, sent: map[clip.PostID]int{}, tried: map[string]bool{}}
		c.now = func() time.Time { l.now = l.now.Add(time.Millisecond); return l.now }
		l.id = flag(t, c, "g1", span(10, 14))
		r.Repeat(map[string]func(*rapid.T){
			"render":   l.render,
			"redraft":  l.redraft,
			"sneak":    l.sneak,
			"trim":     l.trim,
			"withdraw": l.withdraw,
			"approve":  l.approve,
			"refuse":   l.refuse,
			"intend":   l.intend,
			"send":     l.send,
			"answer":   l.answer,
			"retract":  l.retract,
			"settle":   l.settle,
			"forward":  l.forward,
			"further":  l.forward,
			"still on": l.forward,
			"wait":     func(r *rapid.T) { l.now = l.now.Add(time.Hour) },
			"":         l.check,
		})
		if err := c.VerifyAudit(ctx); err != nil {
			r.Fatal(err)
		}
	})
}

func (l *ledger) highlight(r *rapid.T) clip.Highlight {
	h, err := l.c.Highlight(ctx, l.id)
	if err != nil {
		r.Fatal(err)
	}
	return h
}

// forward takes the steps that are next when nothing goes wrong, so that many
// runs come to an end.
func (l *ledger) forward(r *rapid.T) {
	for range rapid.IntRange(1, 6).Draw(r, "steps") {
		switch l.highlight(r).State {
		case clip.HighlightRendering:
			l.render(r)
		case clip.HighlightReview:
			l.approve(r)
		case clip.HighlightApproved, clip.HighlightSettled:
			switch p := l.post(r); p.Next(l.now) {
			case clip.StepIntend:
				l.intend(r)
			case clip.StepPublish:
				l.send(r)
			case clip.StepReconcile:
				l.answer(r)
			default:
				l.now = l.now.Add(time.Hour)
			}
		}
	}
}

// edit tries an edit, which the state may refuse.
func (l *ledger) edit(edit func(*clip.Highlight) error) {
	_, _ = l.c.EditHighlight(ctx, l.id, maria, "highlight.edit", edit) // check sees what came of it
}

func (l *ledger) render(r *rapid.T) {
	l.edit(func(h *clip.Highlight) error {
		if h.State != clip.HighlightRendering {
			return fmt.Errorf("it is %s", h.State)
		}
		return rendered(h)
	})
}

func (l *ledger) draft(r *rapid.T) clip.Draft {
	l.edits++
	d := clip.Draft{Destination: "folder", Shape: clip.Wide, Text: fmt.Sprint("text ", l.edits)}
	if rapid.Bool().Draw(r, "mastodon") {
		d.Destination, d.Shape = "mastodon", clip.Tall
	}
	if rapid.Bool().Draw(r, "embargo") {
		d.NotBefore = l.now.Add(90 * time.Minute)
	}
	return d
}

func (l *ledger) redraft(r *rapid.T) {
	d := l.draft(r)
	l.edit(func(h *clip.Highlight) error { return h.Redraft(d) })
}

// sneak changes a draft as only a mistake in our own code could.
func (l *ledger) sneak(r *rapid.T) {
	d := l.draft(r)
	l.edit(func(h *clip.Highlight) error {
		for i, o := range h.Drafts {
			if o.Destination == d.Destination {
				h.Drafts[i] = d
			}
		}
		return nil
	})
}

func (l *ledger) trim(r *rapid.T) {
	in := rapid.Float64Range(0, 20).Draw(r, "in")
	l.edit(func(h *clip.Highlight) error { return h.Trim(span(in, in+3)) })
}

func (l *ledger) withdraw(r *rapid.T) {
	if rapid.IntRange(0, 9).Draw(r, "rare") > 0 {
		return
	}
	_, _, _ = l.c.EditMoment(ctx, l.id, maria, "moment.withdraw", func(m *clip.Moment, h *clip.Highlight) error {
		m.Status = clip.Withdrawn
		if !h.State.Final() {
			h.State = clip.HighlightWithdrawn
		}
		return nil
	})
}

// decision is one that somebody makes who may have looked some time ago.
func (l *ledger) decision(r *rapid.T, v clip.Verdict) (clip.Highlight, clip.Decision) {
	h := l.highlight(r)
	d := clip.Decision{Highlight: l.id, Revision: h.Revision, Verdict: v}
	if rapid.Bool().Draw(r, "names what was seen") {
		d.Subject = h.Subject()
	}
	switch rapid.IntRange(0, 9).Draw(r, "looked long ago") {
	case 0:
		d.Revision--
	case 1:
		d.Subject = clip.DigestOf(nil)
	}
	return h, d
}

func (l *ledger) approve(r *rapid.T) {
	before, d := l.decision(r, clip.Approve)
	h, err := l.c.Decide(ctx, d, maria)
	if err != nil {
		return
	}
	if d.Revision != before.Revision || d.Subject != "" && d.Subject != before.Subject() {
		r.Fatalf("a decision on something else was taken: %+v on %+v", d, before)
	}
	all := must(l.c.Decisions(ctx, l.id))(l.t)
	last := all[len(all)-1]
	if before.State == clip.HighlightReview {
		l.shown[last.ID] = before
	}
	if !last.Covers(h) {
		r.Fatal("a fresh decision does not cover its highlight")
	}
}

func (l *ledger) refuse(r *rapid.T) {
	if rapid.IntRange(0, 4).Draw(r, "rare") > 0 {
		return
	}
	_, d := l.decision(r, clip.Refuse)
	_, _ = l.c.Decide(ctx, d, theo)
}

// post picks one of the two posts; there may be none.
func (l *ledger) post(r *rapid.T) clip.Post {
	dest := rapid.SampledFrom([]string{"folder", "mastodon"}).Draw(r, "destination")
	p, err := l.c.Post(ctx, clip.NewPostID(l.id, dest))
	if err != nil {
		r.Skip()
	}
	return p
}

func (l *ledger) intend(r *rapid.T) {
	p := l.post(r)
	_, _ = l.c.EditPost(ctx, p.ID, maria, "post.intend", func(p *clip.Post) error {
		if p.State != clip.PostPlanned {
			return fmt.Errorf("it is %s", p.State)
		}
		return intend(p)
	})
}

// send tries to send, with the right attempt or another, and judges by what
// the bystander noted.
func (l *ledger) send(r *rapid.T) {
	p := l.post(r)
	got, err := l.c.Send(ctx, p.ID, p.Attempt+rapid.SampledFrom([]int{0, 0, 0, -1, 1}).Draw(r, "off"), l.now)
	if err != nil {
		return
	}
	l.sent[p.ID]++
	if l.sent[p.ID] > 1 {
		r.Fatalf("%s was sent %d times and may be public twice", p.ID, l.sent[p.ID])
	}
	attempt := fmt.Sprint(p.ID, got.Attempt)
	if l.tried[attempt] {
		r.Fatalf("attempt %s was sent twice", attempt)
	}
	l.tried[attempt] = true
	seen, ok := l.shown[got.Decision]
	if !ok {
		r.Fatalf("%s was sent on no approval", p.ID)
	}
	for _, d := range seen.Drafts {
		f, _ := seen.Rendition(d.Shape)
		if d.Destination != got.Destination {
			continue
		}
		if d.Text != got.Text || d.Alt != got.Alt || d.Shape != got.Shape || f.Digest != got.Media || f.Cover != got.Cover || l.now.Before(d.NotBefore) {
			r.Fatalf("sent %+v, approved %+v", got, d)
		}
		h := l.highlight(r)
		if h.Revision != seen.Revision || h.Subject() != seen.Subject() || h.State == clip.HighlightWithdrawn {
			r.Fatalf("sent after it was edited: %+v, approved %+v", h, seen)
		}
		return
	}
	r.Fatalf("%s was never approved", p.ID)
}

// answer ends an attempt in one of the ways that it can end.
func (l *ledger) answer(r *rapid.T) {
	p := l.post(r)
	how := rapid.SampledFrom([]string{"public", "not sent", "refused", "lost", "found", "absent"}).Draw(r, "how")
	_, err := l.c.EditPost(ctx, p.ID, maria, "post.answer", func(p *clip.Post) error {
		sending, unknown := p.State == clip.PostSending, p.State == clip.PostUnknown
		switch {
		case sending && how == "public":
			p.Answer(clip.Receipt{ID: "1"}, nil)
		case sending && how == "not sent":
			p.Answer(clip.Receipt{}, clip.Errorf(clip.Throttled, "publish", "slow down"))
		case sending && how == "refused":
			p.Answer(clip.Receipt{}, clip.Errorf(clip.Rejected, "publish", "no"))
		case sending && how == "lost":
			p.Answer(clip.Receipt{}, clip.Errorf(clip.Ambiguous, "publish", "reset"))
		case unknown && how == "found":
			p.Reconcile(clip.Receipt{ID: "1"}, true, true)
		case unknown && how == "absent":
			p.Reconcile(clip.Receipt{}, false, true)
		default:
			return fmt.Errorf("it is %s", p.State)
		}
		return nil
	})
	if err != nil && clip.KindOf(err) == clip.Internal && !strings.Contains(err.Error(), "it is ") {
		r.Fatalf("the ledger refuses what a step of the post's life makes: %v", err)
	}
	if after, e := l.c.Post(ctx, p.ID); err == nil && e == nil && after.State == clip.PostIntent {
		l.sent[p.ID] = 0 // proved, or said, not to be there
	}
}

func (l *ledger) retract(r *rapid.T) {
	p := l.post(r)
	_, _ = l.c.EditPost(ctx, p.ID, maria, "post.retract", func(p *clip.Post) error {
		if err := p.AskRetract(); err != nil {
			return err
		}
		if p.Next(l.now) == clip.StepCancel {
			p.State = clip.PostCancelled
		}
		return nil
	})
}

func (l *ledger) settle(r *rapid.T) {
	h, err := l.c.Settle(ctx, l.id)
	if err != nil {
		r.Fatal(err)
	}
	for _, p := range must(l.c.Posts(ctx, Query{Highlight: l.id}))(l.t) {
		if h.State == clip.HighlightSettled && !p.State.Final() {
			r.Fatalf("settled while %s is %s", p.ID, p.State)
		}
	}
}

// check is what holds after every step.
func (l *ledger) check(r *rapid.T) {
	for _, p := range must(l.c.Posts(ctx, Query{Highlight: l.id}))(l.t) {
		if _, ok := l.shown[p.Decision]; !ok {
			r.Fatalf("%s stands in the ledger without an approval", p.ID)
		}
	}
}
