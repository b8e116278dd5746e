// Package platform is where clips are posted: one file for each platform, its
// limits at the top, and one word in [All].
//
// Start with folder.go, the plainest driver; mastodon.go is the example of a
// platform on the network. All drivers have the same order inside: limits,
// options, open, then the methods of [Account] in the order in which a post
// needs them. What the drivers have in common is in http.go.
package platform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// Platform is what is known about a platform without an account on it.
type Platform struct {
	// Name is how the configuration calls it.
	Name string
	// About is a sentence for a person who chooses one.
	About string
	// Proof is a sentence on how the driver was proven: on a real server, with
	// the official client against our fake, or by our reading of the
	// documentation alone. docs/platforms.md shows it.
	Proof string
	// Profile is what the platform documents that it accepts;
	// [Account.Limits] may know better.
	Profile clip.Profile
	// Options is a fresh pointer to the driver's options, which the
	// configuration is strictly decoded into.
	Options func() any
	// Open makes an account from decoded options. It checks them (Invalid says
	// which key and what to write), and does not use the network.
	Open func(options any, d Deps) (Account, error)
}

// Deps is what a driver may use of the process around it.
type Deps struct {
	// Client is nil in the product: a driver then uses one that refuses
	// private addresses. What is given here is used as it is, but never
	// follows redirects.
	Client *http.Client
	// Log is for what no error can tell.
	Log logrus.FieldLogger
	// Dir is what relative paths in options are relative to.
	Dir string
	// Vault keeps what the account must not lose, such as a refresh token that
	// was exchanged for the configured one. It is never nil.
	Vault Vault
}

// Vault is one destination's secret, sealed where it lies. It holds one value;
// Save replaces it, and has it on the disk when it returns.
type Vault interface {
	// Load gives what was saved last; nil: nothing yet.
	Load(ctx context.Context) ([]byte, error)
	Save(ctx context.Context, secret []byte) error
}

// Account is one account on a platform.
//
// The steps of a post ([clip.Post.Next]) call it. Calls for different posts
// may run at the same time; for one post there is one call at a time.
//
// Every error is a [clip.Error]: Denied when the token is dead or lacks a
// permission, Throttled with Until, Rejected when the platform refused for
// good, Unavailable when it may work later. No error holds a secret or a whole
// response. No call waits out a rate limit or sleeps; the caller has durable
// timers.
type Account interface {
	// Limits reads what this account may post, where the platform tells.
	// It changes nothing and may repeat.
	Limits(ctx context.Context) (clip.Profile, error)

	// Upload brings the media to the platform, where nobody sees it yet, and
	// gives the platform's handle for it. It may repeat: media that was brought
	// twice is waste, never a second post. Where p.Session is set, an earlier
	// call gave that to m.Keep and did not come to its end: go on from there, or
	// begin anew if the platform forgot it.
	Upload(ctx context.Context, p clip.Post, m Media) (handle string, err error)

	// Processed reports whether the platform is ready to publish what Upload
	// brought. It changes nothing and may repeat. Rejected means that the
	// platform could not use the media.
	Processed(ctx context.Context, handle string) (bool, error)

	// Publish makes the post public. It is called at most once for each intent,
	// with Marker and Handle set, and must itself send its request once.
	//
	// It returns Ambiguous for every failure that leaves a possibility that the
	// post is public: whatever goes wrong after the first byte of the request
	// has left, except an answer that says clearly that it was not executed.
	// Any other kind is a promise that nothing is public.
	Publish(ctx context.Context, p clip.Post) (clip.Receipt, error)

	// Find reads back whether any attempt of p is public, by our own marker or
	// the handle, never by text or time. False is a statement, not a guess: a
	// read that did not reach back to p.Sent is an error. It changes nothing
	// and may repeat.
	Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error)

	// Retract takes the post of p.Receipt down, with its media, as the
	// profile's Takedown says. It may repeat; a post that is gone already is a
	// success. Where only a person can, it sends nothing and returns Rejected
	// with the link to do it by.
	Retract(ctx context.Context, p clip.Post) error
}

// Checked is an account that can prove its token and permissions without
// posting anything, for `ovation destination check`.
type Checked interface {
	Check(ctx context.Context) error
}

// Counted is an account on which posts can be counted. Numbers changes
// nothing, may repeat, and its failure never touches the post.
type Counted interface {
	Numbers(ctx context.Context, p clip.Post) (clip.Numbers, error)
}

// Hidden is an account on which a public post can be hidden, and shown again.
// Both may repeat.
type Hidden interface {
	Hide(ctx context.Context, p clip.Post) error
	Show(ctx context.Context, p clip.Post) error
}

// Media is what a post shows.
type Media struct {
	Video, Cover, Captions Blob
	// Keep writes into the ledger, before it returns, what a later Upload needs
	// to go on where this one stopped; that one finds it in p.Session. Call it
	// when there is something new to remember, not for progress that the
	// platform can be asked for. An error means that the post has moved on: stop.
	// It is never nil.
	Keep func(session string) error
}

// Blob is a file that can be opened again and again. The zero Blob is none.
type Blob struct {
	Open func() (io.ReadCloser, error)
	Size int64
}

// Zero reports whether there is no such file.
func (b Blob) Zero() bool { return b.Open == nil }

// NewMarker is our own name for an intent, made when it is written down: the
// same for the same attempt, whoever computes it. A post that was proved absent
// is sent again under the marker that it has, so that a twin that comes late
// meets a platform that knows it; one that an edit took back gets another.
func NewMarker(p clip.Post) string { return marker(p.ID, p.Attempt) }

// marker is the name of one attempt, shaped so that it fits an HTTP header, a
// file name and a record key.
func marker(id clip.PostID, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "ovation post %s attempt %d", id, attempt))
	return "ovation-" + hex.EncodeToString(sum[:16])
}
