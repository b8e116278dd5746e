package platform

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	//lint:ignore SA1019 the user chose it, for this dialect alone
	"github.com/dghubble/go-twitter/twitter"
)

// xLegacyCall is one call through go-twitter, which knows no context, no other
// server and no error but its first: it carries the call, and keeps all that
// came back.
type xLegacyCall struct {
	*caller
	ctx  context.Context
	sent atomic.Bool
	got  *http.Response
	text []byte
	err  error // of the connection, also after an answer began
}

// by makes a call through go-twitter, and reads its outcome as [caller.do] does.
func (a *xLegacyAccount) by(ctx context.Context, what ask, call func(*twitter.Client) error) error {
	ctx, _, cancel := deadline(ctx, what)
	defer cancel()
	made := &xLegacyCall{caller: a.caller, ctx: ctx}
	once := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	err := call(twitter.NewClient(&http.Client{Transport: made, CheckRedirect: once}))
	switch {
	case made.got == nil && made.err != nil:
		return a.broken(ctx, what, made.sent.Load(), made.err)
	case made.got == nil:
		return a.broken(ctx, what, false, err)
	case made.got.StatusCode >= 300:
		_, err = a.refused(what, made.got, made.text)
		return err
	case made.err != nil:
		return a.broken(ctx, what, true, made.err)
	case err != nil, len(made.text) > maxAnswer:
		return unclear(what, "status %d with %s instead of the JSON expected; is the server's address right?",
			made.got.StatusCode, orElse(made.got.Header.Get("Content-Type"), "something"))
	}
	return nil
}

// RoundTrip sends a request of go-twitter once, to the account's own server.
func (l *xLegacyCall) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { l.sent.Store(true) }}
	r = r.Clone(httptrace.WithClientTrace(l.ctx, trace))
	r.GetBody = nil // a commit is never sent again by the transport
	r.URL.Scheme, r.URL.Host, r.Host = l.base.Scheme, l.base.Host, ""
	r.Header.Set("Accept-Language", "en")
	resp, err := l.client.Transport.RoundTrip(r)
	if err != nil {
		l.err = err
		return nil, err
	}
	defer resp.Body.Close()
	l.got = resp
	l.text, l.err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	resp.Body = io.NopCloser(bytes.NewReader(l.text))
	return resp, nil
}
