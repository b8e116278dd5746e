package gotosocial

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// outOfBand is the redirect address of a client without a browser.
const outOfBand = "urn:ietf:wg:oauth:2.0:oob"

const scopes = "read write"

// signIn gets an access token as a browser would: it registers an application,
// opens its consent page, signs in, consents, and exchanges the code.
func signIn(ctx context.Context, base string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	form := url.Values{"client_name": {"ovation"}, "redirect_uris": {outOfBand}, "scopes": {scopes}}
	if err := call(ctx, browser, request{url: base + "/api/v1/apps", form: form}, &app); err != nil {
		return "", err
	}
	code, err := consent(ctx, browser, base, app.ID)
	if err != nil {
		return "", err
	}
	var token struct {
		Access string `json:"access_token"`
	}
	err = call(ctx, browser, request{url: base + "/oauth/token", form: url.Values{
		"client_id": {app.ID}, "client_secret": {app.Secret}, "redirect_uri": {outOfBand},
		"grant_type": {"authorization_code"}, "code": {code},
	}}, &token)
	return token.Access, err
}

// consent signs the account in and lets the application act for it.
func consent(ctx context.Context, browser *http.Client, base, app string) (code string, err error) {
	page := base + "/oauth/authorize?" + url.Values{
		"client_id": {app}, "redirect_uri": {outOfBand}, "response_type": {"code"}, "scope": {scopes},
	}.Encode()
	if err := call(ctx, browser, request{url: page}, nil); err != nil {
		return "", err
	}
	if err := call(ctx, browser, request{url: base + "/auth/sign_in", form: url.Values{"username": {email}, "password": {password}}}, nil); err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/oauth/authorize", nil)
	if err != nil {
		return "", err
	}
	resp, err := browser.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("consent: status %d: %w", resp.StatusCode, err)
	}
	if code = to.Query().Get("code"); code == "" {
		return "", errors.New("consent: no code in " + to.Path)
	}
	return code, nil
}
