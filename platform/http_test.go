package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

const testToken = "a-secret-of-this-test"

// callerAt makes a caller for a server that answers with f.
func callerAt(t *testing.T, f http.HandlerFunc) *caller {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return newCaller(Deps{}, base, testToken, true)
}

func commitAsk(t *testing.T) ask {
	t.Helper()
	b, err := jsonBody(map[string]string{"status": "Gold!"})
	if err != nil {
		t.Fatal(err)
	}
	return ask{op: "publish", method: http.MethodPost, path: "/posts", key: "k", body: b, commit: true}
}

// TestStatusKind goes through every status there can be, so that nothing is
// classified by chance.
func TestStatusKind(t *testing.T) {
	read := map[int]clip.Kind{
		401: clip.Denied, 403: clip.Denied, 404: clip.NotFound, 410: clip.NotFound, 408: clip.Unavailable, 425: clip.Unavailable, 429: clip.Throttled,
	}
	commit := map[int]clip.Kind{401: clip.Denied, 403: clip.Denied, 408: clip.Ambiguous, 409: clip.Ambiguous, 425: clip.Unavailable, 429: clip.Throttled}
	for status := 300; status < 600; status++ {
		wantRead, ok := read[status]
		if !ok {
			wantRead = clip.Rejected
			if status >= 500 {
				wantRead = clip.Unavailable
			}
		}
		wantCommit, ok := commit[status]
		if !ok {
			wantCommit = clip.Rejected
			if status < 400 || status >= 500 {
				wantCommit = clip.Ambiguous
			}
		}
		if got := statusKind(status, false); got != wantRead {
			t.Errorf("%d is %s, want %s", status, got, wantRead)
		}
		if got := statusKind(status, true); got != wantCommit {
			t.Errorf("%d on a commit is %s, want %s", status, got, wantCommit)
		}
	}
}

func TestRetryAt(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 41, 7, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"seconds", http.Header{"Retry-After": {"90"}}, 90 * time.Second},
		{"a date", http.Header{"Retry-After": {"Tue, 24 Nov 2026 20:43:07 GMT"}}, 2 * time.Minute},
		{"an instant, as Mastodon", http.Header{"X-Ratelimit-Reset": {"2026-11-24T20:45:07.000000Z"}}, 4 * time.Minute},
		{"Unix seconds, as X", http.Header{"X-Rate-Limit-Reset": {fmt.Sprint(now.Add(15 * time.Minute).Unix())}}, 15 * time.Minute},
		{"Unix seconds, as Bluesky", http.Header{"Ratelimit-Reset": {fmt.Sprint(now.Add(5 * time.Minute).Unix())}}, 5 * time.Minute},
		{"seconds from now, as the IETF draft", http.Header{"Ratelimit-Reset": {"30"}}, 30 * time.Second},
		{"the stricter word first", http.Header{"Retry-After": {"10"}, "Ratelimit-Reset": {"30"}}, 10 * time.Second},
		{"by a server whose clock is an hour ahead", http.Header{
			"Date": {"Tue, 24 Nov 2026 21:41:07 GMT"}, "X-Ratelimit-Reset": {"2026-11-24T21:42:07Z"},
		}, time.Minute},
		{"in the past", http.Header{"X-Ratelimit-Reset": {"2026-11-24T20:00:00Z"}}, time.Second},
		{"nonsense", http.Header{"Retry-After": {"soon"}}, defaultWait},
		{"less than nothing", http.Header{"Retry-After": {"-5"}}, defaultWait},
		{"nothing", http.Header{}, defaultWait},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := retryAt(tt.header, now).Sub(now); got != tt.want {
				t.Errorf("wait %s, want %s", got, tt.want)
			}
		})
	}
}

// TestCommitIsSentOnce: Go's transport repeats requests with an
// Idempotency-Key when a kept connection breaks. Ours must not.
func TestCommitIsSentOnce(t *testing.T) {
	var posts atomic.Int32
	c := callerAt(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
			return
		}
		_, _ = w.Write([]byte("{}"))
	})
	var out struct{}
	if _, err := c.do(t.Context(), ask{op: "warm the connection", method: http.MethodGet, path: "/"}, &out); err != nil {
		t.Fatal(err)
	}
	_, err := c.do(t.Context(), commitAsk(t), &out)
	if clip.KindOf(err) != clip.Ambiguous || posts.Load() != 1 {
		t.Errorf("%d requests were sent, %v; want 1 and Ambiguous", posts.Load(), err)
	}
}

// TestNotSent: whatever happens before there is a connection is no reason to
// look for a post.
func TestNotSent(t *testing.T) {
	base := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // that we do not trust it is the point
	tls.StartTLS()
	t.Cleanup(tls.Close)
	for name, tt := range map[string]struct {
		ctx  context.Context
		c    *caller
		word string
	}{
		"nobody listens":        {t.Context(), newCaller(Deps{}, base("http://127.0.0.1:1"), "", true), "refused"},
		"no such host":          {t.Context(), newCaller(Deps{}, base("http://nowhere.invalid"), "", true), "nowhere.invalid"},
		"given up before":       {over, newCaller(Deps{}, base("http://127.0.0.1:1"), "", true), "canceled"},
		"a private address":     {t.Context(), newCaller(Deps{}, base("http://127.0.0.1:1"), "", false), "allow_private: true"},
		"a foreign certificate": {t.Context(), newCaller(Deps{}, base(tls.URL), "", true), "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			var out struct{}
			_, err := tt.c.do(tt.ctx, commitAsk(t), &out)
			if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), tt.word) {
				t.Errorf("%v, want Unavailable with %q", err, tt.word)
			}
		})
	}
}

// TestAnswers: what a server may answer besides what it should.
func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		answer       http.HandlerFunc
		read, commit clip.Kind
		word         string
	}{
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>Sign in"))
		}, clip.Unavailable, clip.Ambiguous, "text/html instead of the JSON"},
		"nothing": {func(http.ResponseWriter, *http.Request) {}, clip.Unavailable, clip.Ambiguous, "instead of the JSON"},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte("["), maxAnswer+10))
		}, clip.Unavailable, clip.Ambiguous, "longer than"},
		"another address": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				t.Error("the redirect was followed, with the token")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, clip.Rejected, clip.Ambiguous, "redirects"},
		"a sunset version": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUpgradeRequired)
		}, clip.Rejected, clip.Rejected, "too old"},
		"its own words, with our secret": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = fmt.Fprintf(w, `{"error":"no: %s\n %s"}`, r.Header.Get("Authorization"), strings.Repeat("long ", 100))
		}, clip.Rejected, clip.Rejected, "no: Bearer ••• long long"},
	} {
		t.Run(name, func(t *testing.T) {
			c := callerAt(t, tt.answer)
			for _, each := range []struct {
				ask  ask
				want clip.Kind
			}{{ask{op: "read", method: http.MethodGet, path: "/x"}, tt.read}, {commitAsk(t), tt.commit}} {
				var out struct{}
				_, err := c.do(t.Context(), each.ask, &out)
				if clip.KindOf(err) != each.want || !strings.Contains(fmt.Sprint(err), tt.word) {
					t.Errorf("%s gives %v (%s), want %s with %q", each.ask.op, err, clip.KindOf(err), each.want, tt.word)
				}
				if s := fmt.Sprintf("%+v", err); strings.Contains(s, testToken) || len(s) > 400 || strings.Contains(s, "\n") {
					t.Errorf("not an error for people: %s", s)
				}
			}
		})
	}
}

// TestDialect: a driver reads its platform's own words, and what it makes of
// them is what the caller gets.
func TestDialect(t *testing.T) {
	c := callerAt(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/more":
			w.Header().Set("Range", "bytes=0-4")
			w.WriteHeader(http.StatusPermanentRedirect)
		case "/gone":
			w.WriteHeader(http.StatusNoContent)
		default:
			http.Error(w, `{"why":"`+r.Header.Get("X-Mine")+` `+testToken+`"}`, http.StatusForbidden)
		}
	})
	until := time.Now().Add(time.Hour)
	c.dialect = func(text []byte, r *refusal) {
		if bytes.Contains(text, []byte("enough")) {
			r.kind, r.until, r.reason, r.advice = clip.Throttled, until, string(text), "come tomorrow"
		}
	}
	_, err := c.do(t.Context(), ask{op: "read", method: http.MethodGet, path: "/", header: http.Header{"X-Mine": {"enough"}}}, nil)
	if clip.KindOf(err) != clip.Throttled || !clip.UntilOf(err).Equal(until) || !strings.Contains(err.Error(), "come tomorrow") || strings.Contains(err.Error(), testToken) {
		t.Errorf("%v until %s", err, clip.UntilOf(err))
	}
	got, err := c.do(t.Context(), ask{op: "read", method: http.MethodPut, path: "/more", also: http.StatusPermanentRedirect}, nil)
	if err != nil || got.status != http.StatusPermanentRedirect || got.header.Get("Range") == "" {
		t.Errorf("an answer that is expected: %+v, %v", got, err)
	}
	if _, err := c.do(t.Context(), ask{op: "delete", method: http.MethodDelete, path: "/gone"}, nil); err != nil {
		t.Errorf("an answer without words where none are needed: %v", err)
	}
	var into struct{}
	if _, err := c.do(t.Context(), ask{op: "delete", method: http.MethodDelete, path: "/gone"}, &into); clip.KindOf(err) != clip.Unavailable {
		t.Errorf("an answer without words where some are: %v", err)
	}
}

// TestDeadlines: a commit is over before its lease is.
func TestDeadlines(t *testing.T) {
	if commitTime > clip.Lease-10*time.Second {
		t.Errorf("a commit may last %s of a lease of %s", commitTime, clip.Lease)
	}
	for name, tt := range map[string]struct {
		ask  ask
		most time.Duration
	}{
		"a commit": {commitAsk(t), commitTime},
		"a read":   {ask{method: http.MethodGet}, readTime},
	} {
		ctx, _, cancel := deadline(t.Context(), tt.ask)
		defer cancel()
		if at, ok := ctx.Deadline(); !ok || time.Until(at) > tt.most {
			t.Errorf("%s ends at %v, %t", name, at, ok)
		}
	}
	upload, _, cancel := deadline(t.Context(), ask{body: &body{}})
	if _, ok := upload.Deadline(); ok {
		t.Error("an upload has a fixed end")
	}
	cancel()
	if upload.Err() == nil {
		t.Error("an upload goes on after its end")
	}
}

// zeros is a file of nothing but zeros.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

// TestFormStreams: a file is never in memory, and its length is announced.
func TestFormStreams(t *testing.T) {
	const size = 256 << 20
	var got, announced int64
	c := callerAt(t, func(w http.ResponseWriter, r *http.Request) {
		announced = r.ContentLength
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		for {
			part, err := form.NextPart()
			if err != nil {
				break
			}
			n, err := io.Copy(io.Discard, part)
			if err != nil {
				t.Error(err)
			}
			if part.FormName() == "file" {
				got = n
			}
		}
		_, _ = w.Write([]byte("{}"))
	})
	blob := Blob{Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(&zeros{size}), nil }}
	form, files, err := formBody([]field{{name: "description", text: "x"}, {name: "file", file: "a.mp4", kind: "video/mp4", blob: blob}})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var out struct{}
	if _, err := c.do(t.Context(), ask{op: "upload", method: http.MethodPost, path: "/", body: form}, &out); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got != size || announced != form.size {
		t.Errorf("%d bytes arrived of %d, announced as %d of %d", got, size, announced, form.size)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("sending %d bytes allocated %d", size, used)
	}
}

// TestFormOfWrongLength: a file that is not as long as was said is our error,
// and no half upload is taken for a whole one.
func TestFormOfWrongLength(t *testing.T) {
	c := callerAt(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			t.Error("the server saw a whole request")
		}
	})
	blob := Blob{Size: 100, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("short")), nil }}
	form, files, err := formBody([]field{{name: "file", file: "a.mp4", kind: "video/mp4", blob: blob}})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var out struct{}
	if _, err := c.do(t.Context(), ask{op: "upload", method: http.MethodPost, path: "/", body: form}, &out); err == nil {
		t.Error("it went through")
	}
	broken := Blob{Open: func() (io.ReadCloser, error) { return nil, errors.New("the disk is gone") }}
	if _, _, err := formBody([]field{{name: "file", file: "a.mp4", blob: broken}}); err == nil {
		t.Error("a file that cannot be opened was sent")
	}
}

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "172.32.0.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fc00::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public is %t", address, got)
		}
	}
	if err := publicOnly("tcp", net.JoinHostPort("169.254.169.254", "80"), nil); err == nil {
		t.Error("the metadata service can be reached")
	}
}
