package feed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// newRTSP makes the source of a feed over RTSP, read by ffmpeg over TCP. Where
// private addresses are not allowed, ffmpeg reaches the server through a relay
// that is guarded as all connections of a feed are.
func newRTSP(f clip.Feed, u *url.URL, tools Tools) (Source, error) {
	op := "open feed " + string(f.ID)
	if u.Hostname() == "" {
		return nil, clip.Errorf(clip.Invalid, op, "it names no host; it looks like rtsp://host/path")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), "554")
	}
	return &transport{over: errAway, holds: true, wait: 10 * time.Second, dial: func(ctx context.Context) (connection, error) {
		if tools.Remux == nil {
			return nil, errNoRemux
		}
		at, relayed := *u, &relay{}
		if !f.AllowPrivate {
			var err error
			if relayed, err = startRelay(ctx, u.Host); err != nil {
				return nil, clip.Errorf(clip.KindOf(err), "read "+redact(u), "%w", err)
			}
			at.Host = relayed.address()
		}
		return remuxed(ctx, Input{URL: at.String(), Protocols: []string{"rtsp", "rtp", "tcp"}}, func(ctx context.Context, in Input, out io.Writer) error {
			defer relayed.close()
			return relayed.explain(tools.Remux(ctx, in, out))
		})
	}}, nil
}

// relay passes one TCP connection of ffmpeg on to a server. It hangs up on a
// server that redirects, because ffmpeg would follow without asking anybody.
type relay struct {
	listener net.Listener
	server   net.Conn

	mu         sync.Mutex
	redirected bool
}

func startRelay(ctx context.Context, address string) (*relay, error) {
	dialer := net.Dialer{Timeout: dialTimeout, Control: guard}
	server, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, failure("connect", err)
	}
	return relayTo(server)
}

func relayTo(server net.Conn) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_ = server.Close()
		return nil, clip.Errorf(clip.Unavailable, "relay", "%w", err)
	}
	r := &relay{listener: l, server: server}
	go r.run()
	return r, nil
}

func (r *relay) address() string { return r.listener.Addr().String() }

// run serves the first who comes.
func (r *relay) run() {
	defer r.server.Close()
	client, err := r.listener.Accept()
	_ = r.listener.Close()
	if err != nil {
		return
	}
	defer client.Close()
	go func() {
		_, _ = io.Copy(r.server, client) // either way it is over
		_ = r.server.Close()
	}()
	if _, err := io.Copy(client, &unredirected{from: r.server}); errors.Is(err, errRedirects) {
		r.mu.Lock()
		r.redirected = true
		r.mu.Unlock()
	}
}

func (r *relay) close() {
	if r.listener != nil {
		_ = r.listener.Close()
		_ = r.server.Close()
	}
}

// errRedirects is why a relay hangs up.
var errRedirects = errors.New("the server redirects to another address: give the feed that one")

// explain puts the relay's reason before ffmpeg's.
func (r *relay) explain(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.redirected {
		return clip.Errorf(clip.Denied, "read RTSP", "%w", errRedirects)
	}
	return err
}

// unredirected reads what a server says, until that has a Location header in
// it. What is around it does not matter, as nobody can know how ffmpeg reads
// an answer that was made to fool it: it takes headers in any case, and passes
// over carriage returns.
type unredirected struct {
	from io.Reader
	tail []byte // of what was read, for a header that comes in two reads
}

// Read implements [io.Reader].
func (u *unredirected) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	seen := append(u.tail, bytes.ToLower(bytes.ReplaceAll(b[:n], []byte("\r"), nil))...)
	header := []byte("location:")
	if bytes.Contains(seen, header) {
		return 0, errRedirects
	}
	u.tail = append(u.tail[:0], seen[max(0, len(seen)-len(header)+1):]...)
	return n, err
}
