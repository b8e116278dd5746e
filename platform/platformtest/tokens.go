package platformtest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Tokens is the part of a fake that gives access for a refresh token (RFC 6749,
// section 6).
type Tokens struct {
	Client, Secret string
	Refresh        string // the one that is good now
	Rotate         bool   // each use exchanges it, as X does
	Scope          string // what is granted

	mu     sync.Mutex
	given  map[string]bool
	issued int
}

// accessPrefix begins every access token of the fakes, so that it is found in
// whatever must not show one.
const accessPrefix = "a-secret-access-token-"

// newTokens makes a client with its first refresh token.
func newTokens(rotate bool, scope string) *Tokens {
	return &Tokens{Client: "the-client", Secret: "a-secret-of-the-client", Refresh: "a-secret-refresh-token-0", Rotate: rotate, Scope: scope,
		given: map[string]bool{}}
}

// Options is the oauth part of a destination's options.
func (k *Tokens) Options(server string) map[string]any {
	return map[string]any{"client_id": k.Client, "client_secret": k.Secret, "refresh_token": k.Refresh, "token_url": server + "/token"}
}

// Secrets are what no error may show.
func (k *Tokens) Secrets() []string {
	return []string{k.Secret, "a-secret-refresh-token", accessPrefix}
}

// Revoke ends all access, as the owner of an account can.
func (k *Tokens) Revoke() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.given)
	k.Refresh = ""
}

// Give issues an access token without being asked over the network.
func (k *Tokens) Give() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.issued++
	token := accessPrefix + fmt.Sprint(k.issued)
	k.given[token] = true
	return token
}

// good reports whether a request has an access token that was given.
func (k *Tokens) good(r *http.Request) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.given[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

// ServeHTTP exchanges a refresh token for access.
func (k *Tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, secret, basic := r.BasicAuth()
	if !basic {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	switch {
	case client != k.Client || secret != k.Secret:
		answerWith(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	case r.PostFormValue("grant_type") != "refresh_token" || r.PostFormValue("refresh_token") != k.Refresh || k.Refresh == "":
		answerWith(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
		return
	}
	token := k.Give()
	told := map[string]any{"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": k.Scope}
	if k.Rotate {
		k.Refresh = fmt.Sprintf("a-secret-refresh-token-%d", k.issued)
		told["refresh_token"] = k.Refresh
	}
	answerWith(w, http.StatusOK, told)
}
