package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// How long is looked.
const (
	probeFor    = 15 * time.Second // at a source
	probeSender = 5 * time.Second  // for the first byte of a sender, which may begin any time
	probePieces = 2
	maxGroup    = 10 * time.Second // what a key frame may take without a warning
)

// Probe opens a feed's source, reads until it gave two pieces, and says what
// they are, or precisely why there are none. A feed that is sent to us may
// have no sender yet: then it says that it waits, which is no error.
func Probe(ctx context.Context, f clip.Feed, tools Tools, log logrus.FieldLogger) (Found, error) {
	op := "probe feed " + string(f.ID)
	src, err := Open(f, tools, log)
	if err != nil {
		return Found{}, err
	}
	p := prober{feed: f}
	err = p.run(ctx, src)
	switch {
	case ctx.Err() != nil:
		return Found{}, clip.Errorf(clip.Unavailable, op, "%w", ctx.Err())
	case len(p.seen) > 0:
		return p.found()
	case p.bad != nil:
		return Found{}, clip.Errorf(clip.KindOf(p.bad), op, "%w", p.bad)
	case err != nil:
		return Found{}, clip.Errorf(clip.KindOf(err), op, "%w", err)
	case p.arrived:
		return Found{}, clip.Errorf(clip.Invalid, op, "media arrives, but nothing that can be cut: no key frame within %s", probeFor)
	case Awaits(f):
		return Found{Waiting: Invitation(f)}, nil
	}
	return Found{}, clip.Errorf(clip.Unavailable, op, "it answers, but gave no media within %s", probeFor)
}

// errEnough ends a source that has shown what was wanted.
var errEnough = errors.New("enough was seen")

// prober is one Probe.
type prober struct {
	feed    clip.Feed
	arrived bool // some of a segment
	seen    []Content
	bytes   int64
	pieces  []Piece // those of seen, without their bytes
	splices bool
	bad     error // the first that is lost or cannot be read
}

// run reads the source. Its error is why it ended, where that was not our
// doing.
func (p *prober) run(ctx context.Context, src Source) error {
	ctx, cancel := context.WithTimeout(ctx, probeFor)
	defer cancel()
	if Awaits(p.feed) {
		first := time.AfterFunc(probeSender, cancel)
		defer first.Stop()
		return p.read(ctx, src, func() { first.Stop() })
	}
	return p.read(ctx, src, func() {})
}

func (p *prober) read(ctx context.Context, src Source, came func()) error {
	err := runSource(ctx, src, func(piece Piece) error {
		came()
		return p.take(piece)
	})
	if ctx.Err() != nil || errors.Is(err, errEnough) {
		return nil
	}
	if err == nil && len(p.seen) == 0 && p.bad == nil {
		return clip.Errorf(clip.Unavailable, "read the source", "it says that the broadcast is over")
	}
	return err
}

// take looks at a piece.
func (p *prober) take(piece Piece) error {
	if piece.Part {
		p.arrived = true
		return nil
	}
	if err := cmp.Or(piece.Lost, piece.remark); err != nil {
		if p.fail(err); piece.vain {
			return errEnough
		}
		return nil
	}
	c, err := Scan(piece)
	if err != nil {
		p.fail(err)
		return nil
	}
	if piece.Container == clip.MPEGTS {
		if programme, err := findProgram(piece.Bytes); err == nil {
			p.splices = p.splices || programme.cue != nullPID
		}
	}
	p.splices = p.splices || slices.ContainsFunc(c.messages, message.splices)
	p.bytes += int64(len(piece.Bytes))
	piece.Bytes, piece.Init = nil, nil
	p.seen, p.pieces = append(p.seen, c), append(p.pieces, piece)
	if len(p.seen) < probePieces {
		return nil
	}
	return errEnough
}

func (p *prober) fail(err error) {
	if p.bad == nil {
		p.bad = err
	}
}

// found puts together what was seen.
func (p *prober) found() (Found, error) {
	first := p.seen[0]
	f := Found{Splices: p.splices}
	if p.bad != nil {
		f.Warnings = append(f.Warnings, p.bad.Error())
	}
	if err := first.hear(p.feed.Audio); err != nil {
		f.Warnings = append(f.Warnings, err.Error())
	}
	format, err := settle(first, first.Format)
	if err != nil {
		return Found{}, clip.Errorf(clip.Invalid, "probe feed "+string(p.feed.ID), "%w", err)
	}
	f.Format = format
	var length time.Duration
	for i, c := range p.seen {
		d := (c.End - c.First).Duration()
		length, f.Segment = length+d, max(f.Segment, d)
		for _, t := range c.Texts {
			if !slices.Contains(f.Texts, t) {
				f.Texts = append(f.Texts, t)
			}
		}
		f.Clock = f.Clock || p.pieces[i].states()
	}
	if length > 0 {
		f.Bitrate = clip.Rescale(p.bytes*8, int64(time.Second), int64(length))
	}
	if f.Group = p.group(); f.Group > maxGroup {
		f.Warnings = append(f.Warnings, fmt.Sprintf("key frames are up to %s apart: the desk's player can begin only at them", f.Group.Round(time.Second)))
	}
	return f, nil
}

// group is the longest way between key frames that was seen.
func (p *prober) group() time.Duration {
	var longest clip.Ticks
	var last *clip.Ticks
	for i, c := range p.seen {
		if i > 0 && abs(c.First-p.seen[i-1].End) > gapTicks {
			last = nil // another clock
		}
		for _, f := range c.Frames {
			if f.Kind != clip.IDR && f.Kind != clip.Recovery {
				continue
			}
			if last != nil {
				longest = max(longest, f.PTS-*last)
			}
			at := f.PTS
			last = &at
		}
	}
	return longest.Duration()
}

// gapTicks is more than two pieces that follow each other are apart.
const gapTicks = clip.TickRate / 2

// Awaits reports a feed that is sent to us, rather than fetched by us: it may
// have no sender yet.
func Awaits(f clip.Feed) bool {
	u, err := url.Parse(f.URL)
	return err == nil && (u.Scheme == "udp" || u.Scheme == "rtp" || u.Query().Get("mode") == "listener")
}

// Invitation says how a sender is to send to a feed that awaits one.
func Invitation(f clip.Feed) string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "this machine"
	}
	to := host + ", port " + u.Port()
	switch {
	case u.Scheme == "rtmp":
		return "it waits for an encoder that publishes to rtmp on " + to + ", path " + u.Path
	case u.Scheme == "srt":
		return "it waits for an SRT caller on " + to
	}
	return "nothing is sent to " + strings.ToUpper(u.Scheme) + " " + to + " yet"
}
