package platform

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// call runs one call of a library that has a client of its own, and turns what
// became of it into an error as [caller.do] does: by what went over the wire,
// not by the library's words. The library has to send through
// [caller.transport], under the context that it is given. A page is never what
// was asked for, though libraries take one with status 200 for a yes.
func (c *caller) call(ctx context.Context, a ask, library func(ctx context.Context) error) error {
	ctx, moved, cancel := deadline(ctx, a)
	defer cancel()
	x := &exchange{moved: moved}
	err := library(context.WithValue(ctx, exchangeKey{}, x))
	sent, resp, text := x.last()
	switch {
	case err == nil && resp != nil && page(resp):
		return unclear(a, "%s answered with a page; is the server's address right?", c.base.Host)
	case err == nil:
		return nil
	case resp == nil:
		return c.broken(ctx, a, sent, err)
	case resp.StatusCode >= 300:
		_, err := c.refused(a, resp, text)
		return err
	case ctx.Err() != nil:
		return c.broken(ctx, a, true, err)
	}
	return unclear(a, "%s answered %d, and not as expected: %s", c.base.Host, resp.StatusCode, c.short(err.Error()))
}

// transport is what a library sends through. Answers are documents at most, and
// are read whole before the library sees them.
func (c *caller) transport() http.RoundTripper {
	next := c.client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	return watching{next}
}

// exchange is the last request of a library's call, and its answer.
type exchange struct {
	moved func()

	mu   sync.Mutex
	sent bool // of any request of the call
	resp *http.Response
	text []byte // of the answer
}

type exchangeKey struct{}

func (x *exchange) last() (sent bool, resp *http.Response, text []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.sent, x.resp, x.text
}

func (x *exchange) note(sent bool, resp *http.Response, text []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sent, x.resp, x.text = x.sent || sent, resp, text
}

// watching notes what becomes of each request.
type watching struct{ next http.RoundTripper }

// RoundTrip sends the request.
func (t watching) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return t.next.RoundTrip(r)
	}
	x.note(false, nil, nil)
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { x.note(true, nil, nil) }}
	r = r.Clone(httptrace.WithClientTrace(r.Context(), trace))
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = movingBody{movingReader{r.Body, x.moved}, r.Body}
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err // libraries that need no word of it would not notice
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	x.note(true, resp, text)
	return resp, nil
}

// movingBody tells when a request's body is read from.
type movingBody struct {
	movingReader
	io.Closer
}
