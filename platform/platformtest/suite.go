// Package platformtest is what every platform has to pass, for tests only: one
// suite over real and faked servers, a proxy that breaks calls in front of
// them, and a drive that takes posts through their life.
package platformtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
)

// Bench is one account on one server, made ready for the suite.
type Bench struct {
	Account platform.Account
	Proxy   *Proxy // in front of the server; nil: there is no network
	Secrets []string
	// Posted lists what the far side shows of posts with exactly this text.
	Posted func(t testing.TB, text string) []Posted
	// SameVideo requires that the video arrived as it was sent.
	SameVideo func(t testing.TB, want, got []byte)
	// Left lists what is on the far side besides published posts, after all
	// were retracted; nil: it cannot be seen.
	Left func(t testing.TB) []string
}

// Posted is a post as the far side shows it.
type Posted struct {
	ID, Alt string
	Video   []byte
}

// Harness makes benches for one kind of server.
type Harness struct {
	Platform string // its name
	Server   string // what answers, for the test's name
	New      func(t testing.TB) *Bench
	Calls    []Call // by name; empty: there is no network
	// Thorough also breaks the calls that do not make anything public.
	Thorough bool
}

// text is hard to bring across unharmed.
const text = "Gold für Norway & <Ingebrigtsen>! \"3:28.32\" 🏅👨‍👩‍👧\n\nزمن قياسي #Athletics 'ok' %s"

// suite is one run over one server.
type suite struct {
	Harness
	*Bench
	sample Sample
	made   int
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	s := &suite{Harness: h, Bench: h.New(t), sample: NewSample(t)}
	t.Run("arrives", s.arrives)
	t.Run("too long", s.tooLong)
	t.Run("twin", s.twin)
	t.Run("killed", s.killed)
	if s.Proxy == nil {
		return
	}
	t.Run("broken", s.broken)
	t.Run("broken for good", s.brokenForGood)
	t.Run("throttled", s.throttled)
}

// profile is what the platform documents.
func (s *suite) profile() clip.Profile {
	all := platform.All()
	return all[slices.IndexFunc(all, func(p platform.Platform) bool { return p.Name == s.Platform })].Profile
}

// drive makes a post that is like no other.
func (s *suite) drive(t testing.TB) *Drive {
	t.Helper()
	s.made++
	id := fmt.Sprintf("post-%d", s.made)
	words := strings.Map(func(r rune) rune {
		if strings.ContainsRune(s.profile().Without, r) {
			return -1
		}
		return r
	}, fmt.Sprintf(text, id))
	p := s.sample.Post(id, words)
	p.Duration = max(p.Duration, s.profile().MinDuration)
	if shapes := s.profile().Shapes; !slices.Contains(shapes, p.Shape) {
		p.Shape = shapes[0]
	}
	return &Drive{Account: s.Account, Proxy: s.Proxy, Media: s.sample.Media(), Now: time.Now(), Post: p}
}

// arrives: text, alternative text and video come across unharmed, and are gone
// after the retraction, which may repeat.
func (s *suite) arrives(t *testing.T) {
	d := s.drive(t)
	d.Run(t)
	if d.Post.State != clip.PostConfirmed || len(d.Errors) > 0 {
		t.Fatalf("the post is %s: %s %v", d.Post.State, d.Post.Reason, d.Errors)
	}
	posted := s.Posted(t, d.Post.Text)
	if len(posted) != 1 {
		t.Fatalf("%d posts, want 1", len(posted))
	}
	if r := d.Post.Receipt; r.ID != posted[0].ID || r.URL == "" || time.Since(r.At).Abs() > time.Minute {
		t.Errorf("the receipt is %+v, want the id %s, a URL and now", r, posted[0].ID)
	}
	if posted[0].Alt != d.Post.Alt && !s.profile().NoAlt {
		t.Errorf("the alternative text arrived as %q", posted[0].Alt)
	}
	s.SameVideo(t, s.sample.Video, posted[0].Video)
	s.down(t, d)
	if s.profile().Takedown == clip.TakedownByHand {
		return
	}
	for range 2 {
		if err := s.Account.Retract(t.Context(), d.Post); err != nil {
			t.Errorf("retract again: %v", err)
		}
	}
	if s.Left != nil {
		if left := s.Left(t); len(left) > 0 {
			t.Errorf("left after the retraction: %v", left)
		}
	}
}

// down retracts the post and requires that nothing is public any more.
func (s *suite) down(t testing.TB, d *Drive) {
	t.Helper()
	d.Post.Retract = true
	d.Run(t)
	if s.profile().Takedown == clip.TakedownByHand {
		if d.Post.State != clip.PostNeedsPerson || !strings.Contains(d.Post.Reason, "https://") {
			t.Errorf("nobody is told where to take it down by hand: %s, %s", d.Post.State, d.Post.Reason)
		}
		return
	}
	if d.Post.State != clip.PostRetracted {
		t.Errorf("after the retraction the post is %s: %v", d.Post.State, d.Errors)
	}
	n := len(s.Posted(t, d.Post.Text))
	for limit := time.Now().Add(10 * time.Second); n > 0 && time.Now().Before(limit); n = len(s.Posted(t, d.Post.Text)) {
		time.Sleep(20 * time.Millisecond) // GoToSocial deletes after it has answered
	}
	if n != 0 {
		t.Errorf("%d posts are public after the retraction", n)
	}
}

// person does what somebody does about a post that its platform cannot be asked
// for: looks, and says whether it is there.
func (s *suite) person(t testing.TB, d *Drive) {
	t.Helper()
	if s.profile().ReadBack || d.Post.State != clip.PostNeedsPerson {
		return
	}
	posted := s.Posted(t, d.Post.Text)
	var r clip.Receipt
	if len(posted) > 0 {
		r = clip.Receipt{ID: posted[0].ID, URL: "https://example.org/" + posted[0].ID, At: d.Now}
	}
	if err := d.Post.Resolve(len(posted) > 0, r); err != nil {
		t.Errorf("a person's answer: %v", err)
	}
	d.Run(t)
}

// once requires a confirmed post that is public exactly once.
func (s *suite) once(t testing.TB, d *Drive) {
	t.Helper()
	s.person(t, d)
	s.quiet(t, d)
	if d.Post.State != clip.PostConfirmed {
		t.Errorf("the post is %s, want confirmed: %s %v", d.Post.State, d.Post.Reason, d.Errors)
	}
	posted := s.Posted(t, d.Post.Text)
	if len(posted) != 1 {
		t.Fatalf("%d posts are public, want 1; steps %v, errors %v", len(posted), d.Steps, d.Errors)
	}
	if d.Post.Receipt.ID != posted[0].ID {
		t.Errorf("the receipt says %q, the server %q", d.Post.Receipt.ID, posted[0].ID)
	}
}

// quiet requires that no error shows a secret, however it is printed, and that
// every error is classified.
func (s *suite) quiet(t testing.TB, d *Drive) {
	t.Helper()
	for _, err := range d.Errors {
		if clip.KindOf(err) == clip.Internal {
			t.Errorf("unclassified: %v", err)
		}
		asJSON, _ := json.Marshal(err) // an error without fields is as good
		for _, form := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), string(asJSON)} {
			for _, secret := range append(d.Sessions, s.Secrets...) {
				if strings.Contains(form, secret) {
					t.Errorf("an error shows the secret: %s", form)
				}
			}
		}
	}
}

// tooLong: a text over the limit is refused in words before anything is sent,
// and one of exactly the limit arrives whole.
func (s *suite) tooLong(t *testing.T) {
	limits, err := s.Account.Limits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if limits.MaxText == 0 {
		if limits.Count("🏅") != 1 {
			t.Error("a platform without a limit counts oddly")
		}
		return
	}
	d := s.drive(t)
	d.Post.Text += strings.Repeat("x", limits.MaxText-limits.Count(d.Post.Text))
	d.Run(t)
	s.once(t, d)
	s.down(t, d)
	d = s.drive(t)
	d.Post.Text += strings.Repeat("x", limits.MaxText-limits.Count(d.Post.Text)+1)
	d.Run(t)
	if d.Post.State != clip.PostRejected || !strings.Contains(d.Post.Reason, "shorten it by 1") {
		t.Errorf("a text that is one too long: %s, %q", d.Post.State, d.Post.Reason)
	}
	if slices.Contains(d.Steps, clip.StepUpload) {
		t.Error("something was sent")
	}
}

// twin: an attempt that everybody gave up on publishes the same intent again.
func (s *suite) twin(t *testing.T) {
	d := s.drive(t)
	d.Run(t)
	again := d.Post
	again.Receipt = clip.Receipt{}
	receipt, err := s.Account.Publish(t.Context(), again)
	if err == nil && receipt.ID != d.Post.Receipt.ID || err != nil && clip.KindOf(err) != clip.Ambiguous {
		t.Errorf("publishing twice gave %+v, %v; want the same receipt or Ambiguous", receipt, err)
	}
	s.once(t, d)
	s.down(t, d)
}

// deadly are the steps that talk to the far side.
func (s *suite) deadly() []clip.Step {
	steps := []clip.Step{clip.StepUpload, clip.StepPublish}
	if s.profile().Takedown != clip.TakedownByHand {
		steps = append(steps, clip.StepRetract)
	}
	return steps
}

// killed: the process ends before or after each call, and starts again with
// what was written down.
func (s *suite) killed(t *testing.T) {
	for _, step := range s.deadly() {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/before=%t", step, before), func(t *testing.T) {
				d := s.drive(t)
				d.Kill, d.Before = step, before
				d.Run(t)
				s.once(t, d)
				s.down(t, d)
			})
		}
	}
}

// broken: every fault at every call, once.
func (s *suite) broken(t *testing.T) {
	for _, call := range s.Calls {
		for _, fault := range Faults() {
			if !s.Thorough && call.Name != "publish" && call.Name != "retract" {
				continue
			}
			t.Run(call.Name+"/"+string(fault), func(t *testing.T) {
				d := s.drive(t)
				if strings.HasPrefix(call.Name, "find") {
					s.Proxy.Break("publish", ExecutedReset, 1)
				}
				s.Proxy.Break(call.Name, fault, 1)
				d.Run(t)
				s.once(t, d)
				s.down(t, d)
				if len(d.Errors) == 0 {
					t.Error("nothing went wrong: the fault never happened")
				}
			})
		}
	}
}

// brokenForGood: every fault at the publish call, each time. Then the post may
// be public once, where the server executed it, and its state says so.
func (s *suite) brokenForGood(t *testing.T) {
	for _, fault := range Faults() {
		t.Run(string(fault), func(t *testing.T) {
			d := s.drive(t)
			s.Proxy.Break("publish", fault, 1000)
			defer s.Proxy.Mend()
			d.Run(t)
			s.quiet(t, d)
			want := 0
			if strings.HasPrefix(string(fault), "executed") {
				want = 1
			}
			if n := len(s.Posted(t, d.Post.Text)); n != want {
				t.Fatalf("%d posts are public, want %d; %v", n, want, d.Steps)
			}
			if !s.profile().ReadBack && d.Post.State == clip.PostNeedsPerson && d.Post.Reason != "" {
				return // which is all that can be known
			}
			if confirmed := d.Post.State == clip.PostConfirmed; confirmed != (want == 1) || d.Post.State == clip.PostSending {
				t.Errorf("with %d public posts it is %s: %s", want, d.Post.State, d.Post.Reason)
			}
			if want == 0 && d.Post.Reason == "" {
				t.Error("nobody is told why it is not public")
			}
		})
	}
}

// throttled: the error says until when, for each way to write it.
func (s *suite) throttled(t *testing.T) {
	for _, call := range []string{"upload", "publish", "retract"} {
		for fault, least := range map[Fault]time.Duration{
			ThrottledISO: 24 * time.Hour, ThrottledUnix: 24 * time.Hour, ThrottledAfter: 80 * time.Second, ThrottledBare: time.Second,
		} {
			t.Run(call+"/"+string(fault), func(t *testing.T) {
				d := s.drive(t)
				s.Proxy.Break(call, fault, 1)
				d.Run(t)
				s.down(t, d)
				if len(d.Errors) != 1 || clip.KindOf(d.Errors[0]) != clip.Throttled || d.Waited < least {
					t.Errorf("waited %s after %v", d.Waited, d.Errors)
				}
			})
		}
	}
}
