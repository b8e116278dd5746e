package feed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

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
	config, err := srtConfig(u)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	switch mode := u.Query().Get("mode"); mode {
	case "", "caller":
		return &transport{over: errAway, dial: func(ctx context.Context) (connection, error) {
			return callSRT(ctx, u.Host, config, f.AllowPrivate)
		}}, nil
	case "listener":
		return &transport{dial: func(context.Context) (connection, error) { return listenSRT(u.Host, config, log) }}, nil
	default:
		return nil, clip.Errorf(clip.Invalid, op, "mode=%s is not caller or listener", mode)
	}
}

// mostLatency is what nobody asks of SRT. ffmpeg's URLs have a latency in µs,
// those of everybody else in ms.
const mostLatency = 30 * time.Second

// callTimeout is how long each half of a call may take: until somebody answers,
// and until the connection is made.
const callTimeout = 2 * time.Second

// srtConfig reads a URL's options.
func srtConfig(u *url.URL) (srt.Config, error) {
	config := srt.DefaultConfig()
	if u.Port() == "" {
		return config, errors.New("it needs a port, such as srt://host:9000")
	}
	if err := options(u, "latency", "mode", "passphrase", "pbkeylen", "streamid"); err != nil {
		return config, err
	}
	q := u.Query()
	for _, name := range []string{"latency", "pbkeylen"} {
		if _, err := strconv.Atoi(q.Get(name)); err != nil && q.Has(name) {
			return config, fmt.Errorf("its %s= is no whole number", name)
		}
	}
	q.Del("mode")
	config.ConnectionTimeout = callTimeout
	if err := config.UnmarshalQuery(q.Encode()); err != nil {
		return config, fmt.Errorf("its SRT options cannot be read: %w", err)
	}
	config.EnforcedEncryption = config.Passphrase != ""
	if config.Latency > mostLatency {
		return config, fmt.Errorf("its latency= of %s is too long: it is given in milliseconds, %s at most", config.Latency, mostLatency)
	}
	if err := config.Validate(); err != nil {
		return config, fmt.Errorf("its SRT options cannot be used: %w", err)
	}
	return config, nil
}

// srtListener lets SRT senders in.
type srtListener struct {
	listener srt.Listener
	config   srt.Config
	log      logrus.FieldLogger
	said     *sparingly
}

func listenSRT(address string, config srt.Config, log logrus.FieldLogger) (connection, error) {
	ln, err := srt.Listen("srt", address, config)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "listen on "+address, "%w", err)
	}
	l := srtListener{ln, config, log, &sparingly{}}
	s := newSenders(func() error { ln.Close(); return nil })
	go l.accept(s)
	return s, nil
}

func (l srtListener) accept(s *senders) {
	for {
		err := l.next(s)
		if errors.Is(err, srt.ErrListenerClosed) {
			s.end(err)
			return
		}
		if err != nil && l.said.due(err.Error(), time.Now()) {
			l.log.WithError(err).Warn("an SRT sender was refused")
		}
	}
}

// next lets one sender in. A handshake that is cut short makes the library
// panic (gosrt 0.11.0, 2026-11-24), and anybody may send one.
func (l srtListener) next(s *senders) (err error) {
	defer survive(&err)
	req, err := l.listener.Accept2()
	if err != nil {
		return fmt.Errorf("%w: %w", srt.ErrListenerClosed, err)
	}
	if err := l.check(req); err != nil {
		return fmt.Errorf("from %s: %w", hostOf(req.RemoteAddr()), err)
	}
	conn, err := req.Accept()
	if err != nil {
		return fmt.Errorf("from %s: %w", hostOf(req.RemoteAddr()), err)
	}
	l.log.WithField("sender", req.RemoteAddr().String()).Info("an SRT sender came")
	s.replace(conn)
	return nil
}

// check lets in who names the stream id and knows the passphrase.
func (l srtListener) check(req srt.ConnRequest) error {
	switch {
	case req.Version() != 5:
		// Such a handshake has no stream id and no proof of a passphrase.
		req.Reject(srt.REJ_VERSION)
		return errors.New("its SRT is older than 1.3, of 2018, and cannot prove who it is")
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
