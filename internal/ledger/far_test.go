package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
)

// guard is what a platform itself does about a publish call that comes twice.
type guard string

const (
	byKey    guard = "by key"    // a key of ours names the post: the second call finds the first (Bluesky, a folder)
	byHandle guard = "by handle" // uploaded media can be posted once (Mastodon, Instagram, TikTok)
	byNobody guard = "by nobody" // posts twice, but can be read back (X)
	blind    guard = "blind"     // posts twice, and cannot be read back (Telegram)
)

// fault is what becomes of one call.
type fault string

const (
	none      fault = ""
	before    fault = "failed before it was executed"
	after     fault = "executed, and the answer lost"
	late      fault = "executed after it was given up"
	throttled fault = "too many calls"
	denied    fault = "the token is dead for a while"
	dead      fault = "the worker died before it"
	killed    fault = "the worker died after it"
	killLate  fault = "the worker died, and the call was executed afterwards"
	refused   fault = "refused for good"
)

// far is a platform's far side with one account on it, and the network between.
// Everything that the world can see is counted where the world would see it.
type far struct {
	guard  guard
	random *rand.Rand
	now    func() time.Time
	rate   int // one call in so many goes wrong

	n       int // of uploads and posts, for names
	used    map[string]bool
	public  map[clip.PostID][]seen
	most    int // posts of one approval that were public at once
	pending []arrival
	counts  map[string]int // of faults, by call and fault
	gone    bool           // the worker that called has died
}

// seen is a post that the world sees.
type seen struct{ id, marker, handle string }

// arrival is a call that is still on its way.
type arrival struct {
	at   time.Time
	post clip.Post
}

// errDied ends a call whose worker is dead: nothing runs after it.
var errDied = errors.New("the worker died")

func (f *far) profile() clip.Profile {
	return clip.Profile{Platform: string(f.guard), Quiet: time.Minute, ReadBack: f.guard != blind, Takedown: clip.TakedownDelete, Count: utf8.RuneCountInString}
}

// fate chooses what becomes of a call, of those faults that it can have.
func (f *far) fate(call string, faults ...fault) fault {
	f.arrive()
	if f.gone {
		panic(errDied) // a dead worker calls nobody
	}
	if f.random.IntN(f.rate) > 0 {
		return none
	}
	chosen := faults[f.random.IntN(len(faults))]
	f.counts[call+": "+string(chosen)]++
	return chosen
}

// arrive executes what was on its way.
func (f *far) arrive() {
	waiting := f.pending
	f.pending = nil
	for _, a := range waiting {
		if a.at.After(f.now()) {
			f.pending = append(f.pending, a)
			continue
		}
		_, _ = f.execute(a.post) // nobody hears the answer
	}
}

// execute makes a post public, as far as the platform's guard lets it.
func (f *far) execute(p clip.Post) (clip.Receipt, error) {
	for _, s := range f.public[p.ID] {
		if f.guard == byKey && s.marker == p.Marker {
			return clip.Receipt{ID: s.id, URL: "https://far.example/" + s.id, At: f.now()}, nil
		}
	}
	if f.guard == byHandle && f.used[p.Handle] {
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, "publish", "the media is posted already")
	}
	f.used[p.Handle] = true
	f.n++
	id := fmt.Sprintf("%d", f.n)
	f.public[p.ID] = append(f.public[p.ID], seen{id, p.Marker, p.Handle})
	f.most = max(f.most, len(f.public[p.ID]))
	return clip.Receipt{ID: id, URL: "https://far.example/" + id, At: f.now()}, nil
}

// die ends the worker: what called is not told, and writes nothing down.
func (f *far) die() {
	f.gone = true
	panic(errDied)
}

// failure is the answer to a call that was not executed.
func (f *far) failure(what fault) error {
	switch what {
	case throttled:
		return &clip.Error{Op: "call", Kind: clip.Throttled, Err: errors.New("slow down"), Until: f.now().Add(time.Duration(1+f.random.IntN(300)) * time.Second)}
	case denied:
		return clip.Errorf(clip.Denied, "call", "the token is dead")
	case refused:
		return clip.Errorf(clip.Rejected, "call", "we do not want that")
	}
	return clip.Errorf(clip.Unavailable, "call", "no answer")
}

// Limits implements platform.Account.
func (f *far) Limits(context.Context) (clip.Profile, error) {
	switch what := f.fate("limits", before, throttled, denied, dead); what {
	case none:
		return f.profile(), nil
	case dead:
		f.die()
		return clip.Profile{}, nil
	default:
		return clip.Profile{}, f.failure(what)
	}
}

// Upload implements platform.Account. It keeps a session first, and goes on
// from one that it finds.
func (f *far) Upload(_ context.Context, p clip.Post, m platform.Media) (string, error) {
	what := f.fate("upload", before, after, throttled, denied, dead, killed)
	handle := p.Session
	if handle == "" {
		f.n++
		handle = fmt.Sprintf("media %d", f.n)
		if err := m.Keep(handle); err != nil {
			return "", err
		}
	}
	switch what {
	case none:
		return handle, nil
	case dead, killed:
		f.die()
	}
	return "", f.failure(what)
}

// Processed implements platform.Account.
func (f *far) Processed(context.Context, string) (bool, error) {
	switch what := f.fate("processed", before, throttled, after, dead); what {
	case none:
		return true, nil
	case after:
		return false, nil // it takes its time
	case dead:
		f.die()
		return false, nil
	default:
		return false, f.failure(what)
	}
}

// Publish implements platform.Account.
func (f *far) Publish(_ context.Context, p clip.Post) (clip.Receipt, error) {
	soon := f.now().Add(time.Duration(1+f.random.IntN(40)) * time.Second) // within the call's own deadline
	switch what := f.fate("publish", before, after, late, throttled, denied, dead, killed, killLate, refused); what {
	case none:
		return f.execute(p)
	case after:
		_, _ = f.execute(p) // the answer is lost
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, "publish", "no answer")
	case late:
		f.pending = append(f.pending, arrival{soon, p})
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, "publish", "no answer")
	case killed:
		_, _ = f.execute(p) // nobody is there to hear the answer
		f.die()
	case killLate:
		f.pending = append(f.pending, arrival{soon, p})
		f.die()
	case dead:
		f.die()
	case before:
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, "publish", "no answer")
	default:
		return clip.Receipt{}, f.failure(what)
	}
	return clip.Receipt{}, nil
}

// Find implements platform.Account.
func (f *far) Find(_ context.Context, p clip.Post) (clip.Receipt, bool, error) {
	switch what := f.fate("find", before, throttled, denied, dead); what {
	case none:
	case dead:
		f.die()
	default:
		return clip.Receipt{}, false, f.failure(what)
	}
	for _, s := range f.public[p.ID] {
		return clip.Receipt{ID: s.id, URL: "https://far.example/" + s.id, At: f.now()}, true, nil
	}
	return clip.Receipt{}, false, nil
}

// Retract implements platform.Account.
func (f *far) Retract(_ context.Context, p clip.Post) error {
	what := f.fate("retract", before, after, throttled, denied, dead, killed)
	if what == none || what == after || what == killed {
		delete(f.public, p.ID)
	}
	switch what {
	case none:
		return nil
	case dead, killed:
		f.die()
	}
	return f.failure(what)
}
