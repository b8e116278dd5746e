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
	target.RawQuery, target.RawPath = "", ""
	if target.Port() == "" {
		target.Host = net.JoinHostPort(u.Hostname(), map[bool]string{true: "1936", false: "1935"}[u.Scheme == "rtmps"])
	}
	app, key, ok := rtmpPath(u)
	if !ok {
		return nil, clip.Errorf(clip.Invalid, op, "it needs an application and a key, such as rtmp://host/live/final-100m")
	}
	switch mode {
	case "", "pull":
		if len(q) > 0 {
			key += "?" + q.Encode()
		}
		target.Path, target.Fragment = app, key // as the library wants it
		return &transport{over: errAway, holds: true, wait: 10 * time.Second, dial: func(ctx context.Context) (connection, error) {
			return pullRTMP(ctx, &target, f.AllowPrivate)
		}}, nil
	case "listener":
		if u.Scheme == "rtmps" {
			return nil, clip.Errorf(clip.Invalid, op, "a listener has no certificate for rtmps: use rtmp, or put a TLS proxy in front")
		}
		if len(q) > 0 {
			return nil, clip.Errorf(clip.Invalid, op, "a listener has no option but mode=")
		}
		return &transport{holds: true, dial: func(context.Context) (connection, error) { return listenRTMP(&target, log) }}, nil
	}
	return nil, clip.Errorf(clip.Invalid, op, "mode=%s is not pull or listener", mode)
}

// rtmpPath takes the path of a URL apart: what comes after the last slash is the
// key, which is the name of what is played.
func rtmpPath(u *url.URL) (app, key string, ok bool) {
	path := strings.Trim(u.Path, "/")
	i := strings.LastIndexByte(path, '/')
	if i < 1 {
		return "", "", false
	}
	return "/" + path[:i], path[i+1:], true
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
	conn, err := playRTMP(hello, c)
	if err != nil {
		return nil, failure(op, err)
	}
	return conn, nil
}

func playRTMP(ctx context.Context, c *gortmplib.Client) (r *rtmpReader, err error) {
	defer func() {
		if conn := c.NetConn(); err != nil && conn != nil {
			_ = conn.Close()
		}
	}()
	defer survive(&err)
	if err := c.Initialize(ctx); err != nil {
		return nil, err
	}
	return newRTMPReader(c, c.NetConn())
}

// rtmpListener lets publishers in.
type rtmpListener struct {
	want  string // application and key
	log   logrus.FieldLogger
	said  *sparingly
	crowd *crowd
}

func listenRTMP(u *url.URL, log logrus.FieldLogger) (connection, error) {
	ln, err := net.Listen("tcp", u.Host)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "listen on "+u.Host, "%w", err)
	}
	s := newSenders(ln.Close)
	go rtmpListener{strings.Trim(u.Path, "/"), log, &sparingly{}, &crowd{}}.accept(ln, s)
	return s, nil
}

func (l rtmpListener) accept(ln net.Listener, s *senders) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			s.end(err)
			return
		}
		l.crowd.enter(conn)
		go func() {
			defer l.crowd.leave(conn)
			log := l.log.WithField("sender", conn.RemoteAddr().String())
			r, err := l.greet(conn)
			if err != nil {
				_ = conn.Close()
				if l.said.due(hostOf(conn.RemoteAddr())+err.Error(), time.Now()) {
					log.WithError(err).Warn("an RTMP sender was refused")
				}
				return
			}
			log.Info("an RTMP sender came")
			s.replace(r)
		}()
	}
}

// greet shakes hands with a publisher and looks at its key. Before that is known
// it may send no more than a handshake takes.
func (l rtmpListener) greet(conn net.Conn) (r io.ReadCloser, err error) {
	const op = "let an RTMP sender in"
	defer survive(&err)
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout)) // a TCP connection takes one
	from := &stranger{ReadWriter: conn, left: maxHandshake}
	c := &gortmplib.ServerConn{RW: from}
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
	from.trusted = true
	l.crowd.leave(conn)
	return newRTMPReader(c, conn)
}
