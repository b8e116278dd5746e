package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// How long calls may last. A commit ends well before its lease, so that an
// attempt which everybody gave up on cannot send any more.
const (
	commitTime = clip.Lease - 15*time.Second
	readTime   = 30 * time.Second
	// stallTime ends an upload that has not moved. There is no limit on a whole
	// upload; the server may use as much again to look at the media.
	stallTime = 2 * time.Minute
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// caller is the one HTTP client of all drivers. It sends each request once,
// follows no redirect, and turns whatever happens into a [clip.Kind].
type caller struct {
	client *http.Client
	base   *url.URL
	token  clip.Secret // sent as a bearer token, and struck from every error
	tokens tokens      // where set, it gives the token instead
	now    func() time.Time
	// dialect reads the platform's own words for a refusal; nil: the status and
	// the usual fields say it all.
	dialect func(text []byte, r *refusal)
}

// tokens give an account's access tokens, where those change.
type tokens interface {
	// token is one that lasts a while.
	token(ctx context.Context) (clip.Secret, error)
	// refused tells of one that the platform did not take.
	refused(token clip.Secret)
	// redact strikes all secrets from a text.
	redact(text string) string
}

// secrets are tokens of which none is sent: a call carries them in its body.
type secrets []clip.Secret

func (secrets) token(context.Context) (clip.Secret, error) { return "", nil }
func (secrets) refused(clip.Secret)                        {}
func (s secrets) redact(text string) string                { return strike(text, s...) }

// newCaller makes a caller for a server; d.Client or a guarded client is used.
func newCaller(d Deps, base *url.URL, token clip.Secret, allowPrivate bool) *caller {
	client := guardedClient(allowPrivate)
	if d.Client != nil {
		copied := *d.Client
		client = &copied
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &caller{client: client, base: base, token: token, now: time.Now}
}

// ask is one call of an API.
type ask struct {
	op     string // what is attempted, for errors
	method string
	path   string // with its query
	key    string // Idempotency-Key; empty: none
	header http.Header
	body   *body // nil: none
	commit bool  // makes a post public: anything unclear is Ambiguous
	words  bool  // an answer in words of any kind will do, unless it is a page
	also   int   // a status of 300 or more that is an answer too, with JSON or nothing
}

// body is what a request carries.
type body struct {
	kind string // Content-Type
	size int64
	io.Reader
}

// jsonBody is v as a request's body.
func jsonBody(v any) (*body, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &body{kind: "application/json", size: int64(len(text)), Reader: bytes.NewReader(text)}, nil
}

// answer is what came back with a status below 300, or the one expected.
type answer struct {
	status int
	header http.Header
}

// do makes a call and decodes the answer's JSON. Without JSON nothing happened
// for certain: also a page that says "sign in" comes with status 200. Only
// where into is nil the answer has nothing to say but its status.
func (c *caller) do(ctx context.Context, a ask, into any) (answer, error) {
	token, err := c.bearer(ctx)
	if err != nil {
		return answer{}, &clip.Error{Op: a.op, Kind: clip.KindOf(err), Err: err, Until: clip.UntilOf(err)}
	}
	ctx, moved, cancel := deadline(ctx, a)
	defer cancel()
	var sent atomic.Bool
	req, err := c.request(ctx, a, &sent, moved)
	if err != nil {
		return answer{}, clip.Errorf(clip.Internal, a.op, "compose the request: %s", c.redact(err))
	}
	if token != "" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return answer{}, c.broken(ctx, a, sent.Load(), err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	got := answer{resp.StatusCode, resp.Header}
	switch {
	case resp.StatusCode == a.also:
		if into != nil && len(text) > 0 {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			err = unclear(a, "status %d without the JSON expected", resp.StatusCode)
		}
		return got, err
	case resp.StatusCode >= 300:
		stale, err := c.refused(a, resp, text)
		if stale && c.tokens != nil {
			c.tokens.refused(token)
		}
		return got, err
	case err != nil:
		return got, c.broken(ctx, a, true, err)
	case len(text) > maxAnswer:
		return got, unclear(a, "the answer is longer than %d bytes", maxAnswer)
	case into == nil && (len(text) == 0 || a.words && !page(resp)):
		return got, nil
	case into == nil:
		into = new(json.RawMessage)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return got, unclear(a, "status %d with %s instead of the JSON expected; is the server's address right?",
			resp.StatusCode, orElse(resp.Header.Get("Content-Type"), "something"))
	}
	return got, nil
}

// page reports whether an answer is a page for people, such as one that asks to
// sign in.
func page(resp *http.Response) bool {
	return strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
}

// request composes a call. A commit has no GetBody, so that the transport never
// sends it again by itself, which it otherwise does for requests with an
// Idempotency-Key whose connection breaks. It counts as sent from the moment it
// has a connection: what writes to it is another goroutine, and whether that
// one got to the first byte before the call was given up cannot be known.
func (c *caller) request(ctx context.Context, a ask, sent *atomic.Bool, moved func()) (*http.Request, error) {
	var payload io.Reader
	if a.body != nil {
		payload = movingReader{a.body, moved} // of a type that NewRequest makes no GetBody for
	}
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }}
	at, err := c.base.Parse(a.path)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), a.method, at.String(), payload)
	if err != nil {
		return nil, err
	}
	if a.body != nil {
		req.ContentLength = a.body.size
		req.Header.Set("Content-Type", a.body.kind)
	}
	if a.key != "" {
		req.Header.Set("Idempotency-Key", a.key)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Language", "en") // errors are read by programs and shown to people
	req.Header.Set("User-Agent", "Ovation (+https://github.com/ovation-live/ovation)")
	for name, values := range a.header {
		req.Header[name] = values
	}
	return req, nil
}

// bearer is the token of a call.
func (c *caller) bearer(ctx context.Context) (clip.Secret, error) {
	if c.tokens == nil {
		return c.token, nil
	}
	return c.tokens.token(ctx)
}

// broken classifies a call without a whole answer. Only a call of which nothing
// left this process is known not to have been executed.
func (c *caller) broken(ctx context.Context, a ask, sent bool, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	var address *url.Error
	if errors.As(err, &address) {
		err = address.Err // the URL may hold a secret, and op says what was called
	}
	if !sent {
		return clip.Errorf(clip.Unavailable, a.op, "%s was not reached: %s", c.base.Host, c.redact(err))
	}
	return unclear(a, "%s did not answer: %s", c.base.Host, c.redact(err))
}

// unclear is the error of a call that may or may not have been executed.
func unclear(a ask, format string, args ...any) error {
	kind := clip.Unavailable
	if a.commit {
		kind = clip.Ambiguous
	}
	return clip.Errorf(kind, a.op, format, args...)
}

const maxReason = 200

// redact is an error's text without what opens the account.
func (c *caller) redact(err error) string {
	text := strike(err.Error(), c.token)
	if c.tokens != nil {
		text = c.tokens.redact(text)
	}
	return text
}

// strike hides secrets in a text.
func strike(s string, secrets ...clip.Secret) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret.Reveal(), secret.String())
		}
	}
	return s
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
