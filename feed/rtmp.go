package feed

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/bluenviron/gortmplib"
	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// newRTMP makes the source of a feed over RTMP. rtmp(s)://host/app/key pulls;
// rtmp://0.0.0.0:1935/app/key?mode=listener waits for an encoder that publishes
// under exactly that path. The key is the listener's only secret.
func newRTMP(f clip.Feed, u *url.URL, log logrus.FieldLogger) (Source, error) {
	op := "open feed " + string(f.ID)
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "what follows the ? of its URL cannot be read")
	}
	q := u.Query() // all but mode= is the server's
	mode := q.Get("mode")
	q.Del("mode")
	target := *u
	target.RawQuery = q.Encode()
	if target.Port() == "" {
		target.Host = net.JoinHostPort(u.Hostname(), map[bool]string{true: "1936", false: "1935"}[u.Scheme == "rtmps"])
	}
	if strings.Count(strings.Trim(u.Path, "/"), "/") < 1 {
		return nil, clip.Errorf(clip.Invalid, op, "it needs an application and a key, such as rtmp://host/live/final-100m")
	}
	switch mode {
	case "", "pull":
		return &transport{over: errAway, wait: 10 * time.Second, dial: func(ctx context.Context) (connection, error) {
			return pullRTMP(ctx, &target, f.AllowPrivate)
		}}, nil
	case "listener":
		if u.Scheme == "rtmps" {
			return nil, clip.Errorf(clip.Invalid, op, "a listener has no certificate for rtmps: use rtmp, or put a TLS proxy in front")
		}
		return &transport{dial: func(context.Context) (connection, error) { return listenRTMP(&target, log) }}, nil
	}
	return nil, clip.Errorf(clip.Invalid, op, "mode=%s is not pull or listener", mode)
}

// handshakeTimeout bounds how long the other side may take to say what it
// sends.
const handshakeTimeout = 10 * time.Second

// pullRTMP plays a server's programme.
func pullRTMP(ctx context.Context, u *url.URL, allowPrivate bool) (connection, error) {
	op := "play " + u.Scheme + "://" + u.Host // the path ends in a key
	hello, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	dialer := &net.Dialer{Timeout: dialTimeout}
	if !allowPrivate {
		dialer.Control = guard
	}
	c := &gortmplib.Client{URL: u, DialContext: dialer.DialContext}
	if u.Scheme == "rtmps" {
		c.TLSConfig = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	if err := c.Initialize(hello); err != nil {
		return nil, failure(op, err)
	}
	conn, err := newRTMPReader(c, c.NetConn())
	if err != nil {
		c.Close()
		return nil, failure(op, err)
	}
	return conn, nil
}

// rtmpListener lets publishers in.
type rtmpListener struct {
	want string // application and key
	log  logrus.FieldLogger
}

func listenRTMP(u *url.URL, log logrus.FieldLogger) (connection, error) {
	ln, err := net.Listen("tcp", u.Host)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "listen on "+u.Host, "%w", err)
	}
	s := newSenders(ln.Close)
	go rtmpListener{strings.Trim(u.Path, "/"), log}.accept(ln, s)
	return s, nil
}

func (l rtmpListener) accept(ln net.Listener, s *senders) {
	const atOnce = 8 // handshakes
	free := make(chan struct{}, atOnce)
	for {
		conn, err := ln.Accept()
		if err != nil {
			s.end(err)
			return
		}
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			log := l.log.WithField("sender", conn.RemoteAddr().String())
			r, err := l.greet(conn)
			if err != nil {
				_ = conn.Close()
				log.WithError(err).Warn("an RTMP sender was refused")
				return
			}
			log.Info("an RTMP sender came")
			s.replace(r)
		}()
	}
}

// greet shakes hands with a publisher and looks at its key.
func (l rtmpListener) greet(conn net.Conn) (r io.ReadCloser, err error) {
	const op = "let an RTMP sender in"
	defer func() {
		if p := recover(); p != nil { // a stranger must not end the recording of all feeds
			r, err = nil, clip.Errorf(clip.Internal, op, "it panicked: %v", p)
		}
	}()
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout)) // a TCP connection takes one
	c := &gortmplib.ServerConn{RW: conn}
	if err := c.Initialize(); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	if err := c.Accept(); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	if !c.Publish {
		return nil, clip.Errorf(clip.Denied, op, "it wants to play; this listener takes publishers only")
	}
	if path := strings.Trim(c.URL.Path, "/"); subtle.ConstantTimeCompare([]byte(path), []byte(l.want)) != 1 {
		return nil, clip.Errorf(clip.Denied, op, "its application and key are not the feed's")
	}
	return newRTMPReader(c, conn)
}
