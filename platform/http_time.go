package platform

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// deadline bounds a call. moved is to be called whenever an upload moves.
func deadline(ctx context.Context, a ask) (_ context.Context, moved func(), cancel func()) {
	switch {
	case a.commit:
		ctx, stop := context.WithTimeoutCause(ctx, commitTime, fmt.Errorf("no answer within %s", commitTime))
		return ctx, func() {}, stop
	case a.body == nil:
		ctx, stop := context.WithTimeoutCause(ctx, readTime, fmt.Errorf("no answer within %s", readTime))
		return ctx, func() {}, stop
	}
	ctx, stop := context.WithCancelCause(ctx)
	timer := time.AfterFunc(stallTime, func() { stop(fmt.Errorf("the upload did not move for %s", stallTime)) })
	return ctx, func() { timer.Reset(stallTime) }, func() { timer.Stop(); stop(context.Canceled) }
}

// movingReader tells when it is read from.
type movingReader struct {
	io.Reader
	moved func()
}

// Read reads on.
func (m movingReader) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.moved()
	return n, err
}

// defaultWait is how long a throttled call waits where the platform does not
// say for how long.
const defaultWait = time.Minute

// retryAt reads the instant before which a throttled call must not be repeated,
// in any dialect: Retry-After in seconds or as a date (RFC 9110, 10.2.3), a
// reset header as an instant (Mastodon), in Unix seconds (X, Bluesky) or in
// seconds from now (the IETF draft). Instants are by the server's clock, so
// they are moved by its difference from ours.
func retryAt(h http.Header, now time.Time) time.Time {
	server, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		server = now
	}
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset"} {
		if wait, ok := parseWait(h.Get(name), server); ok {
			return now.Add(max(wait, time.Second))
		}
	}
	return now.Add(defaultWait)
}

// parseWait reads one header's value, however the platform writes it.
func parseWait(s string, server time.Time) (time.Duration, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		const aDate = 1_000_000_000 // smaller numbers are seconds from now: as a date, 2001
		if n < aDate {
			return time.Duration(n) * time.Second, true
		}
		return time.Unix(n, 0).Sub(server), true
	}
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.Sub(server), true
	}
	if at, err := http.ParseTime(s); err == nil {
		return at.Sub(server), true
	}
	return 0, false
}
