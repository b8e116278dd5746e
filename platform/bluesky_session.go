package platform

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// blueskySession is the session of an account. Signing in is what Bluesky limits
// most (30 times in 5 minutes, 300 a day;
// https://docs.bsky.app/docs/advanced-guides/rate-limits, 2026-11-24), so the
// session is kept over restarts and renewed as long as that goes. It is safe for
// concurrent use: of all who find it stale, one renews it.
type blueskySession struct {
	caller   *caller // without a token
	handle   string
	password clip.Secret
	vault    Vault
	now      func() time.Time

	mu   sync.Mutex
	have blueskyAccess
	bad  string // the token that the server did not take
}

// blueskyAccess is what is kept of a session.
type blueskyAccess struct {
	Of      clip.Digest `json:"of"` // the server, name and password that it was made with
	DID     string      `json:"did"`
	PDS     string      `json:"pds"` // the DID of the PDS, which service tokens are for
	Access  string      `json:"access"`
	Refresh string      `json:"refresh"`
	Renew   time.Time   `json:"renew"` // the access token
}

// blueskySignedIn is the answer of createSession and refreshSession.
type blueskySignedIn struct {
	DID, AccessJWT, RefreshJWT string
	DIDDoc                     struct {
		Service []struct{ Type, ServiceEndpoint string }
	}
}

func newBlueskySession(d Deps, c *caller, handle string, password clip.Secret) *blueskySession {
	s := &blueskySession{caller: c, handle: handle, password: password, vault: d.Vault, now: time.Now}
	c.dialect = blueskyRefusal
	return s
}

// token is an access token that lasts a while.
func (s *blueskySession) token(ctx context.Context) (clip.Secret, error) {
	got, err := s.who(ctx)
	return clip.Secret(got.Access), err
}

// who is the account, signed in.
func (s *blueskySession) who(ctx context.Context) (blueskyAccess, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fresh() {
		return s.have, nil
	}
	if err := s.load(ctx); err != nil || s.fresh() {
		return s.have, err
	}
	// Whoever asked may give up, but a session that was exchanged must not be lost.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	defer cancel()
	told, err := s.renew(ctx)
	if err != nil {
		return blueskyAccess{}, err
	}
	s.have = told
	text, err := json.Marshal(told)
	if err == nil {
		err = s.vault.Save(ctx, text)
	}
	return told, err
}

func (s *blueskySession) fresh() bool {
	return s.have.Access != "" && s.have.Access != s.bad && s.now().Before(s.have.Renew)
}

// load reads what another process, or this one before it was restarted, kept.
func (s *blueskySession) load(ctx context.Context) error {
	text, err := s.vault.Load(ctx)
	if err != nil {
		return err
	}
	var kept blueskyAccess
	if text != nil && json.Unmarshal(text, &kept) == nil && kept.Of == s.of() {
		s.have = kept
	}
	return nil
}

// of names the sign-in that a session came from: another password makes another.
func (s *blueskySession) of() clip.Digest {
	return clip.DigestOf([]byte(strings.Join([]string{s.caller.base.Host, s.handle, s.password.Reveal()}, "\n")))
}

// renew exchanges the refresh token, or signs in where there is none that works.
func (s *blueskySession) renew(ctx context.Context) (blueskyAccess, error) {
	if s.have.Refresh != "" {
		again := ask{op: "renew the session of " + s.handle, method: http.MethodPost, path: "/xrpc/com.atproto.server.refreshSession"}
		c := *s.caller
		c.token = clip.Secret(s.have.Refresh)
		got, err := s.sign(ctx, &c, again)
		if err == nil || clip.KindOf(err) == clip.Throttled {
			return got, err
		}
	}
	op := "sign in as " + s.handle
	in, err := xrpc(op, "com.atproto.server.createSession", nil, map[string]string{"identifier": s.handle, "password": s.password.Reveal()})
	if err != nil {
		return blueskyAccess{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	c := *s.caller
	c.tokens = secrets{s.password}
	return s.sign(ctx, &c, in)
}

// sign makes a session.
func (s *blueskySession) sign(ctx context.Context, c *caller, in ask) (blueskyAccess, error) {
	var told blueskySignedIn
	if _, err := c.do(ctx, in, &told); err != nil {
		return blueskyAccess{}, err
	}
	if told.DID == "" || told.AccessJWT == "" || told.RefreshJWT == "" {
		return blueskyAccess{}, clip.Errorf(clip.Unavailable, in.op, "%s answered without a session", c.base.Host)
	}
	got := blueskyAccess{Of: s.of(), DID: told.DID, Access: told.AccessJWT, Refresh: told.RefreshJWT}
	got.Renew = blueskyEnd(told.AccessJWT, s.now()).Add(-renewBefore)
	var err error
	got.PDS, err = s.pds(ctx, told)
	return got, err
}

// pds is the DID of the account's PDS: bsky.social, which passes calls on, says
// which it is; a PDS that does not is the one that was asked.
func (s *blueskySession) pds(ctx context.Context, told blueskySignedIn) (string, error) {
	for _, each := range told.DIDDoc.Service {
		if at, err := url.Parse(each.ServiceEndpoint); err == nil && each.Type == "AtprotoPersonalDataServer" && at.Hostname() != "" {
			return "did:web:" + at.Hostname(), nil
		}
	}
	look, err := xrpc("ask which server it is", "com.atproto.server.describeServer", nil, nil)
	if err != nil {
		return "", err
	}
	var server struct{ DID string }
	_, err = s.caller.do(ctx, look, &server)
	return server.DID, err
}

// blueskyEnd is when a token ends: the exp of a JWT (RFC 7519), or an hour from
// now where it is none. Nothing depends on it but that hardly a call is refused.
func blueskyEnd(token string, now time.Time) time.Time {
	var claims struct {
		Exp int64 `json:"exp"`
	}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(text, &claims) == nil && claims.Exp > 0 {
			return time.Unix(claims.Exp, 0)
		}
	}
	return now.Add(defaultAccess)
}

// refused forgets a token that the server did not take.
func (s *blueskySession) refused(token clip.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad = token.Reveal()
}

// redact strikes the secrets from a text.
func (s *blueskySession) redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strike(text, s.password, clip.Secret(s.have.Access), clip.Secret(s.have.Refresh))
}
