package clip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// postStates are all that there are.
var postStates = []PostState{
	PostPlanned, PostIntent, PostSending, PostConfirmed, PostRejected, PostUnknown, PostNeedsPerson, PostCancelled, PostRetracted,
}

// Every state, wanted down or not, before its embargo or not, with its media
// uploaded or not.
func TestPostNext(t *testing.T) {
	now := evening(20, 41, 7)
	type row struct {
		state                     PostState
		retract, embargo, handled bool
	}
	want := func(r row) Step {
		switch r.state {
		case PostPlanned:
			if r.retract {
				return StepCancel
			} else if r.embargo {
				return StepWait
			}
			return StepIntend
		case PostIntent:
			if r.retract {
				return StepCancel
			} else if r.embargo {
				return StepWait
			} else if !r.handled {
				return StepUpload
			}
			return StepPublish
		case PostSending, PostUnknown:
			return StepReconcile
		case PostConfirmed:
			if r.retract {
				return StepRetract
			}
		}
		return StepNone
	}
	for _, state := range postStates {
		for i := range 8 {
			r := row{state, i&1 > 0, i&2 > 0, i&4 > 0}
			p := Post{State: r.state, Retract: r.retract}
			if r.embargo {
				p.NotBefore = now.Add(1)
			}
			if r.handled {
				p.Handle = "media-1"
			}
			if got := p.Next(now); got != want(r) {
				t.Errorf("%+v: next is %s, want %s", r, got, want(r))
			}
		}
	}
	at := Post{State: PostIntent, Handle: "media-1", NotBefore: now}
	if got := at.Next(now); got != StepPublish {
		t.Errorf("at the end of its embargo the next step is %s", got)
	}
}

func TestPostStateFinal(t *testing.T) {
	moving := []PostState{PostPlanned, PostIntent, PostSending, PostUnknown}
	for _, s := range postStates {
		if got := s.Final(); got == slices.Contains(moving, s) {
			t.Errorf("%s: final is %t", s, got)
		}
		if s.Final() && (Post{State: s}).Next(evening(20, 0, 0)) != StepNone {
			t.Errorf("%s is final, but wants another step", s)
		}
	}
}

func TestPostAnswer(t *testing.T) {
	until := evening(20, 45, 0)
	receipt := Receipt{ID: "17", URL: "https://example.social/@club/17"}
	lost := errors.New("read tcp: connection reset by peer")
	tests := []struct {
		name    string
		err     error
		state   PostState
		attempt int
		not     time.Time // NotBefore
	}{
		{"a receipt", nil, PostConfirmed, 1, time.Time{}},
		{"refused", Errorf(Rejected, "post", "422"), PostRejected, 1, time.Time{}},
		{"invalid", Errorf(Invalid, "post", "400"), PostRejected, 1, time.Time{}},
		{"wait", &Error{Op: "post", Kind: Throttled, Err: errors.New("429"), Until: until}, PostIntent, 2, until},
		{"wait, nobody says how long", Errorf(Throttled, "post", "429"), PostIntent, 2, time.Time{}},
		{"a dead token", Errorf(Denied, "post", "401"), PostIntent, 2, time.Time{}},
		{"no connection", Errorf(Unavailable, "post", "dial: refused"), PostIntent, 2, time.Time{}},
		{"the answer was lost", Errorf(Ambiguous, "post", "%w", lost), PostUnknown, 1, time.Time{}},
		{"our own fault", Errorf(Internal, "post", "%w", lost), PostUnknown, 1, time.Time{}},
		{"conflict", Errorf(Conflict, "post", "409"), PostUnknown, 1, time.Time{}},
		{"not found", Errorf(NotFound, "post", "404"), PostUnknown, 1, time.Time{}},
		{"expired", Errorf(Expired, "post", "410"), PostUnknown, 1, time.Time{}},
		{"unclassified", lost, PostUnknown, 1, time.Time{}},
		{"a deadline passed", context.DeadlineExceeded, PostUnknown, 1, time.Time{}},
		{"a deadline passed, wrapped", fmt.Errorf("Post %q: %w", "https://example.social", context.DeadlineExceeded), PostUnknown, 1, time.Time{}},
		{"cancelled", context.Canceled, PostUnknown, 1, time.Time{}},
	}
	for _, tt := range tests {
		p := Post{State: PostSending, Attempt: 1, Reason: "an earlier one"}
		p.Answer(receipt, tt.err)
		if p.State != tt.state || p.Attempt != tt.attempt || !p.NotBefore.Equal(tt.not) {
			t.Errorf("%s: %s, attempt %d, not before %v; want %s, %d, %v", tt.name, p.State, p.Attempt, p.NotBefore, tt.state, tt.attempt, tt.not)
		}
		if (p.Receipt == receipt) != (tt.state == PostConfirmed) || (p.Reason == "") != (tt.err == nil) {
			t.Errorf("%s: receipt %v, reason %q", tt.name, p.Receipt, p.Reason)
		}
	}
	p := Post{State: PostSending, NotBefore: until.Add(time.Hour)}
	p.Answer(Receipt{}, &Error{Op: "post", Kind: Throttled, Err: lost, Until: until})
	if !p.NotBefore.Equal(until.Add(time.Hour)) {
		t.Errorf("being throttled shortened the embargo to %v", p.NotBefore)
	}
}

func TestPostReconcile(t *testing.T) {
	receipt := Receipt{ID: "17"}
	tests := []struct {
		name            string
		absent, attempt int
		found, readable bool
		state           PostState
		wantAbsent      int
		wantAttempt     int
	}{
		{"found", 0, 1, true, true, PostConfirmed, 0, 1},
		{"found at the second read", 1, 1, true, true, PostConfirmed, 0, 1},
		{"not found once", 0, 1, false, true, PostUnknown, 1, 1},
		{"not found twice: absent", 1, 1, false, true, PostIntent, 0, 2},
		{"absent once too often", 1, MaxIntents, false, true, PostNeedsPerson, 1, MaxIntents},
		{"cannot be asked", 0, 1, false, false, PostNeedsPerson, 0, 1},
	}
	for _, tt := range tests {
		p := Post{State: PostUnknown, Absent: tt.absent, Attempt: tt.attempt, Resent: tt.attempt - 1}
		p.Reconcile(receipt, tt.found, tt.readable)
		if p.State != tt.state || p.Absent != tt.wantAbsent || p.Attempt != tt.wantAttempt {
			t.Errorf("%s: %s, absent %d, attempt %d; want %s, %d, %d", tt.name, p.State, p.Absent, p.Attempt, tt.state, tt.wantAbsent, tt.wantAttempt)
		}
		if tt.found != (p.Receipt == receipt) || (p.State == PostNeedsPerson) == (p.Reason == "") {
			t.Errorf("%s: receipt %v, reason %q", tt.name, p.Receipt, p.Reason)
		}
	}
}

func TestPostRetractAndResolve(t *testing.T) {
	for _, s := range postStates {
		p := Post{ID: "m1.club", State: s}
		err := p.AskRetract()
		if nothing := s == PostRejected || s == PostCancelled || s == PostRetracted; nothing {
			wantError(t, s, err, Conflict, "nothing to take down")
		} else if err != nil || !p.Retract || p.State != s {
			t.Errorf("%s: retract %t, %s, %v", s, p.Retract, p.State, err)
		}
		if s == PostNeedsPerson {
			continue
		}
		p = Post{ID: "m1.club", State: s, Attempt: 1}
		wantError(t, s, p.Resolve(true, Receipt{ID: "17"}), Conflict, "not needs-person")
		if p.State != s || p.Receipt != (Receipt{}) {
			t.Errorf("%s: a refused answer changed the post to %+v", s, p)
		}
	}
	there := Post{State: PostNeedsPerson, Attempt: 1, Reason: "look"}
	if err := there.Resolve(true, Receipt{ID: "17"}); err != nil || there.State != PostConfirmed || there.Receipt.ID != "17" || there.Reason != "" {
		t.Errorf("it is there: %+v, %v", there, err)
	}
	gone := Post{State: PostNeedsPerson, Attempt: 1, Absent: 1}
	if err := gone.Resolve(false, Receipt{}); err != nil || gone.State != PostIntent || gone.Absent != 0 || gone.Attempt != 2 {
		t.Errorf("it is not there: %+v, %v", gone, err)
	}
}

func TestPostByHand(t *testing.T) {
	receipt, at := Receipt{ID: "17", URL: "https://social.example/17"}, time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		err   error
		state PostState
	}{
		{nil, PostRetracted},
		{Errorf(Unavailable, "retract", "no answer"), PostConfirmed},
		{Errorf(Denied, "retract", "the token is dead"), PostConfirmed},
		{Errorf(Rejected, "retract", "open https://social.example/17 and delete it"), PostNeedsPerson},
	} {
		p := Post{State: PostConfirmed, Receipt: receipt, Retract: true}
		p.TakeDown(at, c.err)
		if p.State != c.state || p.ByHand() != (c.state == PostNeedsPerson) || (c.err == nil) != (p.Reason == "") {
			t.Errorf("%v: %s, %q", c.err, p.State, p.Reason)
		}
		if !p.ByHand() {
			continue
		}
		still := p
		if err := still.Resolve(true, Receipt{}); err != nil || still.State != PostConfirmed || still.Receipt != receipt {
			t.Errorf("it still is there: %+v, %v", still, err)
		}
		if err := p.Resolve(false, Receipt{At: at}); err != nil || p.State != PostRetracted || p.Retracted != at || p.Receipt != receipt {
			t.Errorf("it was taken down: %+v, %v", p, err)
		}
	}
}

// ledger plays a post and the platform that it goes to. The platform knows what
// is public; the ledger only what it is told.
type ledger struct {
	post    Post
	public  int  // how often the platform shows it now
	blind   bool // the platform cannot be read back
	proven  bool // since the last send, its absence was proved or its failure was certain
	retract bool // was asked for at any time
}

// A post is never public twice, and never sent again without proof that it is
// not there, whatever answers are lost, in any order, with people and
// retractions in between.
func TestPostIsSentOnce(t *testing.T) {
	now := evening(20, 41, 7)
	rapid.Check(t, func(t *rapid.T) {
		l := &ledger{post: Post{State: PostPlanned}, proven: true, blind: rapid.Bool().Draw(t, "blind")}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 19).Draw(t, "person") == 0 {
				l.retract = l.post.AskRetract() == nil || l.retract
			}
			if l.post.State == PostNeedsPerson { // who looks, and says what is there
				l.proven = l.proven || l.public == 0
				if err := l.post.Resolve(l.public > 0, Receipt{ID: "17"}); err != nil {
					t.Fatal(err)
				}
			}
			l.step(t, now)
			if l.public > 1 {
				t.Fatalf("it is public %d times", l.public)
			}
		}
		if l.public > 0 && slices.Contains([]PostState{PostPlanned, PostRejected, PostCancelled, PostRetracted}, l.post.State) {
			t.Fatalf("it is public, but the ledger says %s", l.post.State)
		}
		if l.retract && l.post.State == PostConfirmed && l.post.Next(now) != StepRetract {
			t.Fatalf("it is wanted down, but the next step is %s", l.post.Next(now))
		}
	})
}

// step carries out what the post needs next.
func (l *ledger) step(t *rapid.T, now time.Time) {
	switch l.post.Next(now) {
	case StepIntend:
		l.post.State, l.post.Attempt = PostIntent, 1
	case StepUpload:
		l.post.Handle = "media-1"
	case StepPublish:
		if !l.proven {
			t.Fatalf("it is sent again without proof of its absence: %+v", l.post)
		}
		l.publish(t)
	case StepReconcile:
		l.post.Reconcile(Receipt{ID: "17"}, l.public > 0 && !l.blind, !l.blind)
		l.proven = l.post.State == PostIntent
	case StepRetract:
		l.public, l.post.State = 0, PostRetracted
	case StepCancel:
		l.post.State = PostCancelled
	}
}

// publish sends the post; it takes effect or not, and the answer arrives or
// not.
func (l *ledger) publish(t *rapid.T) {
	l.post.State, l.proven = PostSending, false
	switch rapid.SampledFrom([]string{"done", "done, lost", "done, crash", "lost", "crash", "no connection", "deadline", "refused"}).Draw(t, "platform") {
	case "done":
		l.public++
		l.post.Answer(Receipt{ID: "17"}, nil)
	case "done, lost":
		l.public++
		l.post.Answer(Receipt{}, Errorf(Ambiguous, "post", "connection reset"))
	case "done, crash":
		l.public++
	case "deadline":
		l.public += rapid.IntRange(0, 1).Draw(t, "took effect")
		l.post.Answer(Receipt{}, fmt.Errorf("post: %w", context.DeadlineExceeded))
	case "lost":
		l.post.Answer(Receipt{}, Errorf(Ambiguous, "post", "connection reset"))
	case "no connection":
		l.post.Answer(Receipt{}, Errorf(Unavailable, "post", "connection refused"))
		l.proven = true
	case "refused":
		l.post.Answer(Receipt{}, Errorf(Rejected, "post", "too long"))
	}
}
