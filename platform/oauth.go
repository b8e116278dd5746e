package platform

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// oauthOptions is the part of a driver's options that lets it renew its own
// access. In a configuration each secret may also be a file, under its key plus
// _file.
type oauthOptions struct {
	// ClientID is the name under which the application is registered with the
	// platform.
	ClientID string `yaml:"client_id" json:"client_id"`
	// ClientSecret is its secret; a public client has none.
	ClientSecret clip.Secret `yaml:"client_secret" json:"client_secret"`
	// RefreshToken is the first one. Where the platform exchanges it for
	// another, that one is kept in the data directory; write a new one here to
	// begin anew.
	RefreshToken clip.Secret `yaml:"refresh_token" json:"refresh_token"`
	// TokenURL is where access is renewed, if not at the platform's own address.
	TokenURL string `yaml:"token_url" json:"token_url"`
}

// check says what is missing.
func (o oauthOptions) check(op string) error {
	switch {
	case o.ClientID == "":
		return clip.Errorf(clip.Invalid, op, "oauth.client_id is missing; it stands where the application is registered with the platform")
	case o.RefreshToken == "":
		return clip.Errorf(clip.Invalid, op, "oauth.refresh_token is missing; write it, or oauth.refresh_token_file")
	}
	return nil
}

// access is what opens an account: what is kept in its vault.
type access struct {
	First   clip.Digest `json:"first"` // of the configured token it descends from
	Refresh string      `json:"refresh"`
	Token   string      `json:"token"`
	Renew   time.Time   `json:"renew"` // the token; before it ends
	Scope   string      `json:"scope"` // what it may do; empty: the platform does not tell
}

// grant is how a platform is asked for access by a refresh token.
type grant func(o oauthOptions, refresh clip.Secret) ask

// refreshGrant is the way of RFC 6749, section 6: the client names itself in
// the form under idKey (client_id, client_key), or by Basic where it has a
// secret and idKey is empty.
func refreshGrant(idKey string) grant {
	return func(o oauthOptions, refresh clip.Secret) ask {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()}}
		a := ask{op: "renew the access of " + o.ClientID, method: http.MethodPost, path: o.TokenURL}
		switch {
		case idKey == "" && o.ClientSecret != "":
			pair := url.QueryEscape(o.ClientID) + ":" + url.QueryEscape(o.ClientSecret.Reveal())
			a.header = http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}}
		default:
			form.Set(orElse(idKey, "client_id"), o.ClientID)
			if o.ClientSecret != "" {
				form.Set("client_secret", o.ClientSecret.Reveal())
			}
		}
		a.body = formValues(form)
		return a
	}
}

// formValues is a request's body of names and values.
func formValues(form url.Values) *body {
	text := []byte(form.Encode())
	return &body{kind: "application/x-www-form-urlencoded", size: int64(len(text)), Reader: bytes.NewReader(text)}
}

// How long before its end access is renewed, so that hardly a call outlives the
// token that it began with, and how long it lasts where nothing says so.
const (
	renewBefore   = 5 * time.Minute
	defaultAccess = time.Hour
)

// oauth gives access tokens and renews them. It is safe for concurrent use: of
// all who find a token stale, one renews it.
type oauth struct {
	options oauthOptions
	grant   grant
	caller  *caller
	vault   Vault
	now     func() time.Time

	mu   sync.Mutex
	have access
	lost bool   // have could not be saved yet
	bad  string // the token that the platform did not take
}

// newOAuth prepares the renewal of access; it uses no network. Give what it
// returns to a caller as its tokens.
func newOAuth(d Deps, o oauthOptions, g grant, allowPrivate bool) (*oauth, error) {
	op := "open an account"
	if err := o.check(op); err != nil {
		return nil, err
	}
	at, err := url.Parse(o.TokenURL)
	if err != nil || at.Host == "" || at.Scheme != "https" && !(at.Scheme == "http" && allowPrivate) {
		return nil, clip.Errorf(clip.Invalid, op, "oauth.token_url: write an https address")
	}
	return &oauth{options: o, grant: g, caller: newCaller(d, at, "", allowPrivate), vault: d.Vault, now: time.Now}, nil
}

// oauthAPI is the API of a platform that gives access by OAuth.
type oauthAPI struct {
	server       string // its address
	tokens       string // where it renews access, where the options do not say
	grant        grant
	allowPrivate bool
}

// open makes the caller of an account; it uses no network.
func (api oauthAPI) open(d Deps, o oauthOptions) (*caller, error) {
	server, err := apiServer("server", api.server, api.allowPrivate)
	if err != nil {
		return nil, err
	}
	o.TokenURL = orElse(o.TokenURL, api.tokens)
	access, err := newOAuth(d, o, api.grant, api.allowPrivate)
	if err != nil {
		return nil, err
	}
	c := newCaller(d, server, "", api.allowPrivate)
	c.tokens = access
	return c, nil
}

// token is an access token that lasts a while.
func (o *oauth) token(ctx context.Context) (clip.Secret, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.load(ctx); err != nil {
		return "", err
	}
	if o.fresh() && !o.lost {
		return clip.Secret(o.have.Token), nil
	}
	// Whoever asked may give up, but an exchanged refresh token must not be lost.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	if !o.fresh() {
		if err := o.renew(ctx); err != nil {
			return "", err
		}
	}
	return clip.Secret(o.have.Token), o.save(ctx)
}

// permits says which of the permissions that posting takes the account's access
// lacks, where the platform tells what it has.
func (c *caller) permits(ctx context.Context, op string, scopes ...string) error {
	o, ok := c.tokens.(*oauth)
	if !ok {
		return nil
	}
	if _, err := o.token(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	has := strings.FieldsFunc(o.have.Scope, func(r rune) bool { return r == ' ' || r == ',' })
	lacks := slices.DeleteFunc(scopes, func(s string) bool { return len(has) == 0 || slices.Contains(has, s) })
	if len(lacks) > 0 {
		return clip.Errorf(clip.Denied, op, "the access lacks %s; connect the account again with it", strings.Join(lacks, ", "))
	}
	return nil
}

func (o *oauth) fresh() bool {
	return o.have.Token != "" && o.have.Token != o.bad && o.now().Before(o.have.Renew)
}

// load reads what another process, or this one before it was restarted, kept.
func (o *oauth) load(ctx context.Context) error {
	if o.lost || o.fresh() {
		return nil
	}
	first := clip.DigestOf([]byte(o.options.RefreshToken.Reveal()))
	text, err := o.vault.Load(ctx)
	if err != nil {
		return err
	}
	var kept access
	if text != nil && json.Unmarshal(text, &kept) == nil && kept.First == first {
		o.have = kept
		return nil
	}
	o.have = access{First: first, Refresh: o.options.RefreshToken.Reveal()}
	return nil
}

// renew exchanges the refresh token.
func (o *oauth) renew(ctx context.Context) error {
	var told struct {
		Token   string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Expires int64  `json:"expires_in"`
		Scope   string `json:"scope"`
	}
	a := o.grant(o.options, clip.Secret(o.have.Refresh))
	if _, err := o.caller.do(ctx, a, &told); err != nil {
		return o.denied(a.op, err)
	}
	if told.Token == "" {
		return clip.Errorf(clip.Unavailable, a.op, "%s answered without an access token", o.caller.base.Host)
	}
	lasts := defaultAccess
	if told.Expires > 0 {
		lasts = time.Duration(told.Expires) * time.Second
	}
	o.have.Token, o.have.Renew = told.Token, o.now().Add(lasts-min(renewBefore, lasts/4))
	o.have.Refresh, o.have.Scope = orElse(told.Refresh, o.have.Refresh), told.Scope
	o.lost = true
	return nil
}

// denied says what to do about a refresh token that was refused, and passes on
// what may pass.
func (o *oauth) denied(op string, err error) error {
	kind, why := clip.KindOf(err), strings.TrimPrefix(strike(err.Error(), o.secrets()...), op+": ")
	switch kind {
	case clip.Rejected, clip.Denied, clip.NotFound:
		return clip.Errorf(clip.Denied, op, "the refresh token was refused: connect the account again, and write the new one into the configuration (%s)", why)
	}
	return &clip.Error{Op: op, Kind: kind, Err: errors.New(why), Until: clip.UntilOf(err)}
}

// save keeps what was exchanged; until it is, it is tried at every call.
func (o *oauth) save(ctx context.Context) error {
	if !o.lost {
		return nil
	}
	text, err := json.Marshal(o.have)
	if err == nil {
		err = o.vault.Save(ctx, text)
	}
	o.lost = err != nil
	return err
}

// refused forgets a token that the platform did not take, so that the next call
// renews it.
func (o *oauth) refused(token clip.Secret) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bad = token.Reveal()
}

// secrets are all that must be struck from errors. The lock is held.
func (o *oauth) secrets() []clip.Secret {
	return []clip.Secret{o.options.ClientSecret, o.options.RefreshToken, clip.Secret(o.have.Refresh), clip.Secret(o.have.Token)}
}

// redact strikes the secrets from a text.
func (o *oauth) redact(s string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strike(s, o.secrets()...)
}
