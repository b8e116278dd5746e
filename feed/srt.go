package feed

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	srt "github.com/datarhei/gosrt"
	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// newSRT makes the source of a feed over SRT. srt://host:port calls a sender;
// srt://0.0.0.0:port?mode=listener waits for one. Further options are those of
// Haivision's srt-live-transmit: passphrase, streamid, latency in ms. A
// listener with a streamid lets nobody in who does not name it.
func newSRT(f clip.Feed, u *url.URL, log logrus.FieldLogger) (Source, error) {
	op := "open feed " + string(f.ID)
	q := u.Query()
	mode := q.Get("mode")
	q.Del("mode")
	config := srt.DefaultConfig()
	config.ConnectionTimeout = dialTimeout
	if err := config.UnmarshalQuery(q.Encode()); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "its SRT options cannot be read: %w", err)
	}
	config.EnforcedEncryption = config.Passphrase != ""
	if err := config.Validate(); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "its SRT options cannot be used: %w", err)
	}
	if u.Port() == "" {
		return nil, clip.Errorf(clip.Invalid, op, "it needs a port, such as srt://host:9000")
	}
	switch mode {
	case "", "caller":
		return &transport{log: log, over: errAway, dial: func(ctx context.Context) (connection, error) {
			return callSRT(ctx, u.Host, config, f.AllowPrivate)
		}}, nil
	case "listener":
		return &transport{log: log, dial: func(context.Context) (connection, error) { return listenSRT(u.Host, config, log) }}, nil
	}
	return nil, clip.Errorf(clip.Invalid, op, "mode=%s is not caller or listener", mode)
}

// callSRT connects to a sender.
func callSRT(ctx context.Context, address string, config srt.Config, allowPrivate bool) (connection, error) {
	op := "call " + address
	resolved, err := resolve1(ctx, address, allowPrivate)
	if err != nil {
		return nil, clip.Errorf(clip.KindOf(err), op, "%w", err)
	}
	conn, err := srt.Dial("srt", resolved, config)
	switch {
	case err == nil:
		return conn, nil
	case strings.Contains(err.Error(), "BADSECRET"), strings.Contains(err.Error(), "UNSECURE"):
		return nil, clip.Errorf(clip.Denied, op, "the sender refuses the passphrase: set the feed's passphrase= to the sender's")
	case strings.Contains(err.Error(), "rejected"):
		return nil, clip.Errorf(clip.Denied, op, "the sender refuses the connection; look at the feed's streamid= and passphrase=: %w", err)
	}
	return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
}

// srtListener lets SRT senders in.
type srtListener struct {
	listener srt.Listener
	config   srt.Config
	log      logrus.FieldLogger
}

func listenSRT(address string, config srt.Config, log logrus.FieldLogger) (connection, error) {
	ln, err := srt.Listen("srt", address, config)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "listen on "+address, "%w", err)
	}
	l := srtListener{ln, config, log}
	s := newSenders(func() error { ln.Close(); return nil })
	go l.accept(s)
	return s, nil
}

func (l srtListener) accept(s *senders) {
	for {
		req, err := l.listener.Accept2()
		if err != nil {
			s.end()
			return
		}
		log := l.log.WithField("sender", req.RemoteAddr().String())
		if err := l.check(req); err != nil {
			log.WithError(err).Warn("an SRT sender was refused")
			continue
		}
		conn, err := req.Accept()
		if err != nil {
			log.WithError(err).Warn("an SRT sender could not be let in")
			continue
		}
		log.Info("an SRT sender came")
		s.replace(conn)
	}
}

// check lets in who names the stream id and knows the passphrase.
func (l srtListener) check(req srt.ConnRequest) error {
	switch {
	case l.config.StreamId != "" && req.StreamId() != l.config.StreamId:
		req.Reject(srt.REJX_NOTFOUND)
		return errors.New("it names another streamid")
	case l.config.Passphrase != "":
		if err := req.SetPassphrase(l.config.Passphrase); err != nil {
			req.Reject(srt.REJ_BADSECRET)
			return errors.New("its passphrase is another one, or it has none")
		}
	case req.IsEncrypted():
		req.Reject(srt.REJ_UNSECURE)
		return errors.New("it encrypts, and the feed has no passphrase=")
	}
	return nil
}

// resolve1 is the address that a name stands for, checked by the guard.
func resolve1(ctx context.Context, address string, allowPrivate bool) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", clip.Errorf(clip.Invalid, "read the address", "%w", err)
	}
	ips, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, "look up "+host, "%w", err)
	}
	resolved := net.JoinHostPort(ips[0], port)
	if !allowPrivate {
		if err := guard("", resolved, nil); err != nil {
			return "", err
		}
	}
	return resolved, nil
}
