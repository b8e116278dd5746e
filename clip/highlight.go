package clip

import "time"

// HighlightState is how far a highlight is.
type HighlightState string

// The states of a highlight.
const (
	HighlightRendering HighlightState = "rendering" // also while the moment goes on
	HighlightReview    HighlightState = "review"    // waits for a decision
	HighlightApproved  HighlightState = "approved"  // posts are on their way
	HighlightSettled   HighlightState = "settled"   // every post is settled
	HighlightRefused   HighlightState = "refused"   // by a person, or by silence
	HighlightWithdrawn HighlightState = "withdrawn" // the event did not happen
	HighlightFailed    HighlightState = "failed"    // could not be rendered; see Reason
)

// Final reports whether nothing more happens by itself.
func (s HighlightState) Final() bool {
	return s == HighlightSettled || s == HighlightRefused || s == HighlightWithdrawn || s == HighlightFailed
}

// Approval says who decides on a highlight.
type Approval string

// Who decides.
const (
	ByPerson Approval = "person"
	ByRule   Approval = "rule"
)

// Highlight is the life of one moment; it carries the moment's id.
type Highlight struct {
	ID         MomentID       `json:"id"`
	Feed       FeedID         `json:"feed"`
	Rule       string         `json:"rule"`     // the rule that made the recipe
	Revision   int            `json:"revision"` // grows with every edit; a decision names one
	State      HighlightState `json:"state"`
	Reason     string         `json:"reason,omitempty"` // why refused or failed
	Recipe     Recipe         `json:"recipe"`
	Unspoken   string         `json:"unspoken,omitempty"`   // why no captions were made of what is said
	Missing    []Span         `json:"missing,omitempty"`    // inside the span, but not recorded
	Renditions []Rendition    `json:"renditions,omitempty"` // of this revision
	Builds     []Built        `json:"builds,omitempty"`     // what the renditions of each revision were made from
	Drafts     []Draft        `json:"drafts"`               // one for each destination
	Approval   Approval       `json:"approval"`
	Priority   Priority       `json:"priority,omitempty"`
	Patience   time.Duration  `json:"patience"`          // how long review waits
	Deadline   time.Time      `json:"deadline,omitzero"` // when silence refuses
	Created    time.Time      `json:"created"`
	Updated    time.Time      `json:"updated"`
}

// Draft is what will be posted to one destination.
type Draft struct {
	Destination string    `json:"destination"`
	Shape       Shape     `json:"shape"`
	Text        string    `json:"text"`
	Alt         string    `json:"alt"`
	NotBefore   time.Time `json:"not_before,omitzero"` // embargo
}

// Rendition finds the file of a shape.
func (h Highlight) Rendition(s Shape) (Rendition, bool) {
	for _, r := range h.Renditions {
		if r.Shape == s {
			return r, true
		}
	}
	return Rendition{}, false
}

// Build finds what the renditions of a revision were made from, and what those
// of the revision before it that has any; the zero value is none.
func (h Highlight) Build(revision int) (is, was Built) {
	for _, b := range h.Builds {
		if b.Revision > revision {
			break
		}
		is, was = b, is
	}
	return is, was
}

// Subject is the hash of exactly what a decision is made over: the revision,
// the bytes of every rendition, cover and captions, and every draft.
func (h Highlight) Subject() Digest {
	return digestJSON(struct {
		ID         MomentID
		Revision   int
		Renditions []Rendition
		Drafts     []Draft
	}{h.ID, h.Revision, h.Renditions, h.Drafts})
}

// Verdict is what was decided.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Refuse  Verdict = "refuse"
)

// Decision is the record of an approval or refusal. A workflow is only ever
// told to look; it believes the record, and only while Covers holds.
type Decision struct {
	ID        string    `json:"id"`
	Highlight MomentID  `json:"highlight"`
	Revision  int       `json:"revision"`
	Subject   Digest    `json:"subject"`
	Verdict   Verdict   `json:"verdict"`
	Reason    string    `json:"reason,omitempty"`
	By        string    `json:"by"`
	Role      string    `json:"role"`
	At        time.Time `json:"at"`
}

// Covers reports whether the decision was made over h exactly as it is now.
// Any later edit makes it false.
func (d Decision) Covers(h Highlight) bool {
	return d.Highlight == h.ID && d.Revision == h.Revision && d.Subject == h.Subject()
}

// Posts are the rows of the ledger that an approval of h plans: one for each
// draft, over the rendition of its shape.
func (h Highlight) Posts(m Moment) ([]Post, error) {
	var posts []Post
	for _, d := range h.Drafts {
		r, ok := h.Rendition(d.Shape)
		if !ok {
			return nil, Errorf(Conflict, "approve highlight "+string(h.ID), "its %s rendition for %s is not ready", d.Shape, d.Destination)
		}
		posts = append(posts, Post{
			ID: NewPostID(h.ID, d.Destination), Highlight: h.ID, Destination: d.Destination, Revision: h.Revision,
			Shape: d.Shape, Media: r.Digest, Size: r.Size, Cover: r.Cover, Captions: r.Captions, Duration: r.Duration,
			Lang: h.Recipe.Captions.Lang, Title: m.Title, Text: d.Text, Alt: d.Alt, NotBefore: d.NotBefore, Priority: h.Priority,
			State: PostPlanned,
		})
	}
	return posts, nil
}
