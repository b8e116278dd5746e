package clip

import (
	"errors"
	"time"
)

// PostID names a post: highlight and destination.
type PostID string

// NewPostID is the id of a highlight's post to a destination. There is one.
func NewPostID(h MomentID, destination string) PostID { return PostID(string(h) + "." + destination) }

// PostState is what the ledger knows of a post.
type PostState string

// The states of a post. Only Sending and Unknown may hide a post that is
// public without our knowing.
const (
	PostPlanned     PostState = "planned"      // approved; nothing went out
	PostIntent      PostState = "intent"       // the final bytes and our marker are written down
	PostSending     PostState = "sending"      // the publish call has begun, and has a lease
	PostConfirmed   PostState = "confirmed"    // the platform said so; there is a receipt
	PostRejected    PostState = "rejected"     // the platform refused for good
	PostUnknown     PostState = "unknown"      // the answer was lost: read back before anything else
	PostNeedsPerson PostState = "needs-person" // cannot be read back: somebody must look
	PostCancelled   PostState = "cancelled"    // never sent, never will be
	PostRetracted   PostState = "retracted"    // taken down; the receipt says when
)

// Final reports whether nothing more happens by itself.
func (s PostState) Final() bool {
	switch s {
	case PostConfirmed, PostRejected, PostNeedsPerson, PostCancelled, PostRetracted:
		return true
	}
	return false
}

// Receipt is the platform's own name for what it published.
type Receipt struct {
	ID  string    `json:"id"`
	URL string    `json:"url"`
	At  time.Time `json:"at"`
}

// Post is one rendition on one destination, and its row in the ledger.
type Post struct {
	ID          PostID        `json:"id"`
	Highlight   MomentID      `json:"highlight"`
	Destination string        `json:"destination"`
	Decision    string        `json:"decision"` // the record that allows it
	Revision    int           `json:"revision"` // the revision that was approved
	Shape       Shape         `json:"shape"`
	Media       Digest        `json:"media"` // the rendition's file
	Size        int64         `json:"size"`  // of it, in bytes
	Cover       Digest        `json:"cover,omitempty"`
	Captions    Digest        `json:"captions,omitempty"`
	Duration    time.Duration `json:"duration"`
	Lang        string        `json:"lang,omitempty"`
	Title       string        `json:"title"`
	Text        string        `json:"text"`
	Alt         string        `json:"alt,omitempty"`
	NotBefore   time.Time     `json:"not_before,omitzero"`
	Priority    Priority      `json:"priority,omitempty"` // who goes first where an account's budget is short

	State     PostState `json:"state"`
	Retract   bool      `json:"retract"`                         // somebody wants it taken down
	Marker    string    `json:"marker,omitempty"`                // ours, chosen at the intent: idempotency key, record key
	Session   string    `json:"session,omitempty" hidden:"true"` // the driver's own note of an upload under way; may open the account, so never shown
	Handle    string    `json:"handle,omitempty"`                // the platform's, of the uploaded media
	Attempt   int       `json:"attempt"`                         // intents so far
	Resent    int       `json:"resent"`                          // how often it was proved absent and intended again
	Absent    int       `json:"absent"`                          // good reads that did not find it, since Sent
	Sent      time.Time `json:"sent,omitzero"`                   // when the last publish call began
	Receipt   Receipt   `json:"receipt,omitzero"`                // once confirmed
	Reason    string    `json:"reason,omitempty"`                // of the state, for people
	Changed   time.Time `json:"changed,omitzero"`                // when the row last changed
	Retracted time.Time `json:"retracted,omitzero"`              // when it was taken down
}

// Shown is the post as it may leave this process: without the session of its
// upload, which is a key to the account.
func (p Post) Shown() Post {
	p.Session = ""
	return p
}

// Step is what a post needs next.
type Step string

// The steps of a post. All but StepPublish may be repeated.
const (
	StepNone      Step = "none"      // settled
	StepWait      Step = "wait"      // until the embargo is over
	StepCancel    Step = "cancel"    // wanted down before it was sent
	StepIntend    Step = "intend"    // write down the final bytes
	StepUpload    Step = "upload"    // bring the media to the platform, invisibly
	StepPublish   Step = "publish"   // once
	StepReconcile Step = "reconcile" // read back by our own marker
	StepRetract   Step = "retract"   // take it down
)

// MaxIntents bounds how often a post that was proved absent is sent again.
const MaxIntents = 3

// Next is the step that a post needs at the instant now. It is the whole
// publishing state machine; everything else only carries it out.
func (p Post) Next(now time.Time) Step {
	switch p.State {
	case PostPlanned, PostIntent:
		switch {
		case p.Retract:
			return StepCancel
		case now.Before(p.NotBefore):
			return StepWait
		case p.State == PostPlanned:
			return StepIntend
		case p.Handle == "":
			return StepUpload
		}
		return StepPublish
	case PostSending, PostUnknown:
		return StepReconcile
	case PostConfirmed:
		if p.Retract {
			return StepRetract
		}
	}
	return StepNone
}

// Answer takes what a publish call returned. Only a clear answer settles the
// post: when the platform's driver says that nothing can have been sent it is
// as intended as before, and whatever else went wrong leaves it unknown. An
// error that nobody classified says nothing, a passed deadline least of all.
func (p *Post) Answer(r Receipt, err error) {
	if err == nil {
		p.State, p.Receipt, p.Reason = PostConfirmed, r, ""
		return
	}
	p.Reason = err.Error()
	var classified *Error
	if !errors.As(err, &classified) { // such as a deadline that passed while the answer was awaited
		p.State = PostUnknown
		return
	}
	switch classified.Kind {
	case Rejected, Invalid:
		p.State = PostRejected
	case Throttled:
		p.State, p.NotBefore = PostIntent, later(p.NotBefore, UntilOf(err))
		p.Attempt++
	case Denied, Unavailable:
		p.State = PostIntent
		p.Attempt++
	default:
		p.State = PostUnknown
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Reconcile takes the result of one good read after the quiet period: the post
// is there, or it was not found once more. What was proved absent is intended
// again, a few times; what cannot be read back needs a person.
func (p *Post) Reconcile(r Receipt, found, readable bool) {
	switch {
	case found:
		p.State, p.Receipt, p.Absent, p.Reason = PostConfirmed, r, 0, ""
	case !readable:
		p.State, p.Reason = PostNeedsPerson, "the answer was lost and the platform cannot be asked; look whether it is there"
	case p.Absent+1 < AbsentReads:
		p.State = PostUnknown
		p.Absent++
	case p.Resent+1 >= MaxIntents:
		p.State, p.Reason = PostNeedsPerson, "it was sent and not found several times; look whether it is there"
	default:
		p.State, p.Absent, p.Reason = PostIntent, 0, ""
		p.Attempt++
		if p.Resent++; p.Resent+1 == MaxIntents {
			p.Handle, p.Session = "", "" // the uploaded media may have expired: bring it again
		}
	}
}

// AbsentReads is how many good reads without a match, after the quiet period,
// prove that a post is not there.
const AbsentReads = 2

// Lease is how long a publish attempt may last. Its HTTP deadline is shorter,
// so that an attempt which everybody gave up on cannot send any more.
const Lease = 60 * time.Second
