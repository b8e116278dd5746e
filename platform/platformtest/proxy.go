package platformtest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// Fault is what goes wrong with one call to a platform.
type Fault string

// The faults. Those that begin with "executed" are the ones that make careless
// programs post twice: the server did it, and the caller does not know.
const (
	Refused         Fault = "refused"          // nobody listens
	Reset           Fault = "reset"            // the connection ends before the call was executed
	Timeout         Fault = "timeout"          // no answer, not executed
	Page            Fault = "page"             // 200 with a page of HTML, not executed
	Down            Fault = "down"             // 503, not executed
	ExecutedReset   Fault = "executed-reset"   // executed, then the connection ends
	ExecutedHalf    Fault = "executed-half"    // executed, and half an answer
	ExecutedTimeout Fault = "executed-timeout" // executed, no answer
	ExecutedError   Fault = "executed-500"     // executed, answered 500
	ExecutedPage    Fault = "executed-page"    // executed, 200 with a page of HTML
	Unauthorized    Fault = "unauthorized"     // 401
	ThrottledISO    Fault = "throttled-iso"    // 429, X-RateLimit-Reset as Mastodon writes it
	ThrottledUnix   Fault = "throttled-unix"   // 429, x-rate-limit-reset in Unix seconds
	ThrottledAfter  Fault = "throttled-after"  // 429, Retry-After in seconds
	ThrottledBare   Fault = "throttled-bare"   // 429, and nothing says for how long
)

// Faults lists every fault.
func Faults() []Fault { return slices.Sorted(maps.Keys(acts)) }

// Throttles reports whether the fault asks to wait.
func (f Fault) Throttles() bool {
	return slices.Contains([]Fault{ThrottledISO, ThrottledUnix, ThrottledAfter, ThrottledBare}, f)
}

// polite reports whether the fault is an answer to a request that was read.
func (f Fault) polite() bool { return f.Throttles() || f == Unauthorized || f == Page || f == Down }

// act plays a fault; execute has the server do what was asked, and gives its
// answer.
type act func(p *Proxy, w http.ResponseWriter, r *http.Request, execute func() *httptest.ResponseRecorder)

var acts = map[Fault]act{
	Refused: nil, // the proxy's Client does it
	Reset:   func(_ *Proxy, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) { reset(w) },
	Timeout: func(p *Proxy, _ http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		p.silence(r)
	},
	Page: func(_ *Proxy, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) { page(w) },
	Down: func(_ *Proxy, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.WriteHeader(http.StatusServiceUnavailable)
	},
	ExecutedReset: func(_ *Proxy, w http.ResponseWriter, _ *http.Request, execute func() *httptest.ResponseRecorder) {
		execute()
		reset(w)
	},
	ExecutedHalf: func(_ *Proxy, w http.ResponseWriter, _ *http.Request, execute func() *httptest.ResponseRecorder) {
		whole := execute().Body.Bytes()
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)+1))
		_, _ = w.Write(whole[:len(whole)/2]) // the caller sees what it sees
		reset(w)
	},
	ExecutedTimeout: func(p *Proxy, _ http.ResponseWriter, r *http.Request, execute func() *httptest.ResponseRecorder) {
		execute()
		p.silence(r)
	},
	ExecutedError: func(_ *Proxy, w http.ResponseWriter, r *http.Request, execute func() *httptest.ResponseRecorder) {
		execute()
		// Some servers repeat what they were sent; no error may repeat it.
		http.Error(w, `{"error":"we are sorry, `+r.Header.Get("Authorization")+`"}`, http.StatusInternalServerError)
	},
	ExecutedPage: func(_ *Proxy, w http.ResponseWriter, _ *http.Request, execute func() *httptest.ResponseRecorder) {
		execute()
		page(w)
	},
	Unauthorized: func(_ *Proxy, w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		http.Error(w, `{"error":"The access token is invalid: `+r.Header.Get("Authorization")+`"}`, http.StatusUnauthorized)
	},
	ThrottledISO:   throttle("X-RateLimit-Reset", "2030-01-01T00:00:00.123456Z"),
	ThrottledUnix:  throttle("x-rate-limit-reset", "1893456000"),
	ThrottledAfter: throttle("Retry-After", "90"),
	ThrottledBare:  throttle("X-Nothing", "0"),
}

func throttle(header, value string) act {
	return func(_ *Proxy, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.Header().Set(header, value)
		http.Error(w, `{"error":"Too many requests"}`, http.StatusTooManyRequests)
	}
}

func page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!doctype html><title>Sign in</title>")) // the caller sees what it sees
}

// reset ends the connection as a crashed server does: with RST, where nothing
// was answered yet.
func reset(w http.ResponseWriter) {
	if flush, ok := w.(http.Flusher); ok && w.Header().Get("Content-Length") != "" {
		flush.Flush()
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the answer has begun: the server ends it
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // worst case: FIN instead of RST
	}
	_ = conn.Close() // that is the point
}

// Call names a call of a platform's API.
type Call struct {
	Name string
	Is   func(r *http.Request) bool
}

// Proxy stands between a driver and a server, and breaks calls.
type Proxy struct {
	URL    string
	Client *http.Client // refuses where Refused is planned

	mu     sync.Mutex
	plan   []planned
	hits   map[string]int
	expire context.CancelCauseFunc
	calls  []Call
}

// planned is a fault for the next so many calls of a kind.
type planned struct {
	call  Call
	fault Fault
	after int // so many calls go well before
	times int
}

// NewProxy puts a proxy in front of the server at target.
func NewProxy(t testing.TB, target string, calls []Call) *Proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{hits: map[string]int{}, calls: calls}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := p.next(r)
		play := acts[fault]
		if play == nil {
			forward.ServeHTTP(w, r)
			return
		}
		if fault.polite() {
			_, _ = io.Copy(io.Discard, r.Body) // else the caller may see a reset instead of the answer
		}
		play(p, w, r, func() *httptest.ResponseRecorder {
			answer := httptest.NewRecorder()
			forward.ServeHTTP(answer, r.WithContext(context.WithoutCancel(r.Context())))
			return answer
		})
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	p.Client = &http.Client{Transport: refusing{p, &http.Transport{DisableKeepAlives: true, DialContext: dial}}}
	t.Cleanup(p.Client.CloseIdleConnections)
	return p
}

// Break plans a fault for the next so many calls of the name.
func (p *Proxy) Break(name string, f Fault, times int) {
	p.planned(name, planned{fault: f, times: times})
}

// BreakAfter plans a fault for one call of the name, after so many that go well.
func (p *Proxy) BreakAfter(name string, after int, f Fault) {
	p.planned(name, planned{fault: f, after: after, times: 1})
}

func (p *Proxy) planned(name string, each planned) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.Name == name {
			each.call = c
			p.plan = append(p.plan, each)
			return
		}
	}
	panic("no call " + name)
}

// Hits counts the calls of the name that came through so far.
func (p *Proxy) Hits(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hits[name]
}

// next counts a call and takes the fault that is planned for it.
func (p *Proxy) next(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.Is(r) {
			p.hits[c.Name]++
		}
	}
	return p.take(r, func(f Fault) bool { return f != Refused })
}

// take uses up a planned fault.
func (p *Proxy) take(r *http.Request, wanted func(Fault) bool) Fault {
	for i, each := range p.plan {
		switch {
		case each.times == 0 || !wanted(each.fault) || !each.call.Is(r):
		case each.after > 0:
			p.plan[i].after--
		default:
			p.plan[i].times--
			return each.fault
		}
	}
	return ""
}

// silence never answers; the caller's patience ends at once, so that tests
// need not wait for it.
func (p *Proxy) silence(r *http.Request) {
	p.mu.Lock()
	expire := p.expire
	p.mu.Unlock()
	if expire != nil {
		expire(context.DeadlineExceeded)
	}
	// The server only notices that the caller left once the body is read.
	if _, err := io.Copy(io.Discard, r.Body); err == nil {
		<-r.Context().Done()
	}
}

// patience gives a context that ends when the server falls silent.
func (p *Proxy) patience(ctx context.Context) (context.Context, func()) {
	if p == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire = cancel
	return ctx, func() { cancel(context.Canceled) }
}

// refusing dials a port where nobody listens, where that is planned.
type refusing struct {
	proxy *Proxy
	next  http.RoundTripper
}

type refuse struct{}

// RoundTrip sends the request, or finds nobody.
func (t refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	t.proxy.mu.Lock()
	f := t.proxy.take(r, func(f Fault) bool { return f == Refused })
	t.proxy.mu.Unlock()
	if f == Refused {
		r = r.WithContext(context.WithValue(r.Context(), refuse{}, true))
	}
	return t.next.RoundTrip(r)
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	if ctx.Value(refuse{}) != nil {
		address = "127.0.0.1:1" // tcpmux: nobody listens
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// Mend forgets the faults that are still planned.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = nil
}
