package feed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// newSRT makes the source of a feed over SRT. srt://host:port calls a sender;
// srt://0.0.0.0:port?mode=listener waits for one. Further options are those of
// Haivision's srt-live-transmit: passphrase, pbkeylen, streamid, latency in ms.
// A listener with a streamid lets nobody in who does not name it.
func newSRT(f clip.Feed, u *url.URL, log logrus.FieldLogger) (Source, error) {
	op := "open feed " + string(f.ID)
	o, err := readSRTOptions(u)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	switch mode := u.Query().Get("mode"); mode {
	case "", "caller":
		return &transport{over: errAway, dial: func(ctx context.Context) (connection, error) {
			return callSRT(ctx, u.Host, o, f.AllowPrivate)
		}}, nil
	case "listener":
		return &transport{dial: func(ctx context.Context) (connection, error) { return listenSRT(ctx, u.Host, o, log) }}, nil
	default:
		return nil, clip.Errorf(clip.Invalid, op, "mode=%s is not caller or listener", mode)
	}
}

// srtOptions are what a URL says.
type srtOptions struct {
	latency    time.Duration // how long a missing packet is waited for; a sender may want longer
	passphrase string        // empty: nothing is encrypted
	keyLength  int           // in bytes, of the key that a caller makes
	stream     string        // its id
}

// What SRT's options may be.
const (
	defaultLatency = 120 * time.Millisecond // libsrt's SRTO_LATENCY, 2026-11-24
	mostLatency    = 30 * time.Second       // ffmpeg's URLs have a latency in µs, those of everybody else in ms
	defaultKey     = 16
	leastSecret    = 10 // SRTO_PASSPHRASE, 2026-11-24
	mostSecret     = 79
	longestStream  = 512 // SRTO_STREAMID, 2026-11-24
)

// readSRTOptions reads a URL's options.
func readSRTOptions(u *url.URL) (o srtOptions, err error) {
	if u.Port() == "" {
		return o, errors.New("it needs a port, such as srt://host:9000")
	}
	if err := options(u, "latency", "mode", "passphrase", "pbkeylen", "streamid"); err != nil {
		return o, err
	}
	q := u.Query()
	number := func(name string, otherwise int) int {
		n, e := strconv.Atoi(q.Get(name))
		switch {
		case !q.Has(name):
			return otherwise
		case e != nil:
			err = fmt.Errorf("its %s= is no whole number", name)
		}
		return n
	}
	ms := number("latency", int(defaultLatency.Milliseconds()))
	o = srtOptions{time.Duration(ms) * time.Millisecond, q.Get("passphrase"), number("pbkeylen", defaultKey), q.Get("streamid")}
	switch secret := len(o.passphrase); {
	case err != nil:
		return o, err
	case ms < 0 || ms > int(mostLatency.Milliseconds()):
		return o, fmt.Errorf("its latency=%d cannot be: it is given in milliseconds, %d at most", ms, mostLatency.Milliseconds())
	case secret > 0 && secret < leastSecret || secret > mostSecret:
		return o, fmt.Errorf("its passphrase= must have %d to %d characters", leastSecret, mostSecret)
	case o.keyLength != 16 && o.keyLength != 24 && o.keyLength != 32:
		return o, errors.New("its pbkeylen= must be 16, 24 or 32")
	case len(o.stream) > longestStream:
		return o, fmt.Errorf("its streamid= is longer than %d characters", longestStream)
	}
	return o, nil
}
