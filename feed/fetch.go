package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// What one answer may weigh.
const (
	maxPlaylist = 8 << 20
	maxInit     = 4 << 20
	maxSegment  = 256 << 20 // ten seconds at 200 Mb/s
)

// errRefused is why a server gives nothing although it is there.
var errRefused = errors.New("the feed's URL or its credentials are no longer valid")

// request is one thing to fetch.
type request struct {
	url     *url.URL
	from, n int64 // byte range; n 0: the whole
	limit   int64
	timeout time.Duration
}

// fetch gets a body whole, and the URL that it came from after redirects. A
// body that is shorter than announced is an error, not a short body.
func fetch(ctx context.Context, client *http.Client, r request) ([]byte, *url.URL, error) {
	op := "fetch " + redact(r.url)
	if err := checkScheme(r.url.Scheme); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return nil, nil, clip.Errorf(clip.Invalid, op, "the URL cannot be used")
	}
	req.Header.Set("User-Agent", "ovation")
	if r.n > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", r.from, r.from+r.n-1))
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, failure(op, err)
	}
	defer resp.Body.Close()
	if err := status(op, resp); err != nil {
		return nil, nil, err
	}
	body, err := readBody(op, resp, r)
	return body, resp.Request.URL, err
}

// readAll reads to the end. Room is made once where the length is known: in
// steps, a segment is cleared and copied several times. A server is believed up
// to a point.
func readAll(r io.Reader, length int64) ([]byte, error) {
	const believed = 16 << 20
	if length < 0 || length > believed {
		return io.ReadAll(r)
	}
	b := bytes.NewBuffer(make([]byte, 0, length+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

// readBody reads the answer within its limit and cuts a byte range out of an
// answer that ignored it.
func readBody(op string, resp *http.Response, r request) ([]byte, error) {
	limit := r.limit
	whole := r.n > 0 && resp.StatusCode != http.StatusPartialContent
	if r.n > 0 && !whole {
		limit = min(limit, r.n)
	}
	if resp.ContentLength > limit {
		return nil, clip.Errorf(clip.Invalid, op, "it has %d bytes, the limit is %d", resp.ContentLength, limit)
	}
	body, err := readAll(io.LimitReader(resp.Body, limit+1), resp.ContentLength)
	switch {
	case err != nil:
		return nil, failure(op, err)
	case int64(len(body)) > limit:
		return nil, clip.Errorf(clip.Invalid, op, "it has more than %d bytes", limit)
	case whole && int64(len(body)) < r.from+r.n, r.n > 0 && !whole && int64(len(body)) < r.n:
		return nil, clip.Errorf(clip.Unavailable, op, "the byte range %d+%d lies beyond its end", r.from, r.n)
	case whole:
		return body[r.from : r.from+r.n], nil
	}
	return body, nil
}

// status turns an answer's status into an error.
func status(op string, resp *http.Response) error {
	code := resp.StatusCode
	switch {
	case code == http.StatusOK, code == http.StatusPartialContent:
		return nil
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return clip.Errorf(clip.Denied, op, "the server answers %s: %w", resp.Status, errRefused)
	case code == http.StatusNotFound, code == http.StatusGone:
		return clip.Errorf(clip.NotFound, op, "the server answers %s", resp.Status)
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return &clip.Error{Op: op, Kind: clip.Throttled, Until: retryAfter(resp.Header, time.Now()),
			Err: fmt.Errorf("the server answers %s", resp.Status)}
	}
	return clip.Errorf(clip.Unavailable, op, "the server answers %s", resp.Status)
}

// retryAfter is when the server wants to be asked again, a minute ahead at
// most.
func retryAfter(h http.Header, now time.Time) time.Time {
	text := h.Get("Retry-After")
	var until time.Time
	if s, err := strconv.Atoi(text); err == nil && s > 0 {
		until = now.Add(time.Duration(min(s, 60)) * time.Second)
	} else if t, err := http.ParseTime(text); err == nil {
		until = t
	}
	if limit := now.Add(time.Minute); until.After(limit) {
		return limit
	}
	return until
}

// failure classifies what went wrong below HTTP, without the URL's secrets.
func failure(op string, err error) error {
	var classified *clip.Error
	if errors.As(err, &classified) {
		return clip.Errorf(classified.Kind, op, "%w", classified)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return clip.Errorf(clip.Unavailable, op, "the server did not answer in time: %w", err)
	}
	return clip.Errorf(clip.Unavailable, op, "%w", err)
}

// redact is a URL without what may be secret in it: user, query, fragment.
func redact(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
