package feed

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// connection is a transport stream that somebody sends us. Read gives io.EOF
// when the other side ended it; Close ends a Read that waits.
type connection io.ReadCloser

// witness is a connection that knows what went wrong below the packets.
type witness interface {
	// lost is how many packets never came, and other is a second sender that
	// was not listened to, if there is one, both since they were last asked.
	// It may be called while a Read waits.
	lost() (packets int, other string)
}

// remarker is a connection of which not all is recorded.
type remarker interface {
	// remark is what is left out, and why; nil: nothing. It may be called while a
	// Read waits.
	remark() error
}

// transport is a feed whose media is an endless transport stream: over UDP,
// RTP or SRT, out of a file, or remuxed. It keeps its clock from one
// connection to the next, so that an encoder that went on is told from one
// that began anew.
type transport struct {
	dial  func(ctx context.Context) (connection, error)
	wait  time.Duration // until a connection that is silent is given up; zero: never, as for listeners
	holds bool          // nothing is lost while it is silent: what is late comes later, as over TCP
	over  error         // what a connection's end means: nil for files
	whole bool          // a file: nothing is dropped, however slow the disk is

	cutter *cutter
	align  aligner
	came   time.Time // when the first bytes came of what cannot be cut yet; zero: there are none
	bytes  int64     // of them
	said   time.Time // when losses were told last
}

// Patience with a sender.
const (
	silentAfter = time.Second      // what came is handed on
	goneAfter   = 3 * time.Second  // the open segment is closed
	sayEvery    = 10 * time.Second // losses are told
	tableAfter  = 3 * time.Second  // and that there is no programme: tables come every half second (ETSI TR 101 290, 1.3.a and 1.5.a)
	accessAfter = 12 * time.Second // and that there is no key frame
)

// errAway is why a connection ended that should not have.
var errAway = clip.Errorf(clip.Unavailable, "read the feed", "the sender ended the connection")

// Run implements [Source].
func (t *transport) Run(ctx context.Context, emit func(Piece) error) error {
	conn, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // ends a read that waits
	defer conn.Close()
	if t.cutter == nil {
		t.cutter = newCutter(time.Now, nil)
	}
	t.cutter.emit = emit
	t.anew()
	err = t.read(ctx, conn)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Waits implements [Waiter]: listeners and datagrams wait as long as it takes.
func (t *transport) Waits() bool { return t.wait == 0 && t.over == nil && !t.whole }

// read takes what a connection gives until it ends.
func (t *transport) read(ctx context.Context, conn connection) error {
	b := newBacklog(conn, t.whole)
	defer b.stop()
	quiet := time.Duration(0)
	for {
		got, err := b.next(ctx)
		if err == nil {
			quiet = 0
			err = t.take(got)
		}
		if err == nil {
			err = t.missed(conn, b)
		}
		switch {
		case err == nil:
		case errors.Is(err, errNext):
			if err := t.next(err); err != nil {
				return err
			}
		case errors.Is(err, errSilent):
			if quiet += silentAfter; t.wait > 0 && quiet >= t.wait {
				return cmp.Or(t.cutter.broke(), clip.Errorf(clip.Unavailable, "read the feed", "nothing came for %s", quiet))
			}
			if err := t.silent(quiet); err != nil {
				return err
			}
		case errors.Is(err, io.EOF):
			over := t.over
			if !t.came.IsZero() {
				_, over = t.nothing()
			}
			return cmp.Or(t.cutter.ended(), over)
		default:
			return cmp.Or(t.cutter.broke(), failure("read the feed", err))
		}
	}
}

// next ends what one sender sent. One that hung up is nothing to speak of, and
// all of it came; what else ended it is said.
func (t *transport) next(why error) error {
	t.anew()
	if errors.Is(why, io.EOF) {
		return t.cutter.ended()
	}
	if err := t.cutter.broke(); err != nil || errors.Is(why, net.ErrClosed) {
		return err
	}
	return t.cutter.emit(Piece{remark: clip.Errorf(clip.Unavailable, "read the feed", "%w", why)})
}

// take cuts what came.
func (t *transport) take(got []byte) error {
	if err := t.cutter.add(t.align.add(got)); err != nil || t.cutter.began {
		t.came, t.bytes = time.Time{}, 0
		return err
	}
	t.bytes += int64(len(got))
	if t.came.IsZero() {
		t.came = time.Now()
		return t.cutter.emit(Piece{Part: true, Container: clip.MPEGTS})
	}
	return nil
}

// silent stores what there is when nothing more comes: at first as a part of
// the open segment, for the sender may only be late.
func (t *transport) silent(quiet time.Duration) error {
	if quiet < goneAfter || t.holds {
		return t.cutter.flush()
	}
	t.anew()
	return t.cutter.broke()
}

// anew forgets what is of one connection only.
func (t *transport) anew() { t.align, t.came, t.bytes = aligner{}, time.Time{}, 0 }

// missed says now and then what never came, came faster than it could be
// recorded, or cannot be recorded at all.
func (t *transport) missed(conn connection, b *backlog) error {
	if time.Since(t.said) < sayEvery {
		return nil
	}
	for _, p := range t.wrongs(conn, b) {
		t.said = time.Now()
		if err := t.cutter.emit(p); err != nil {
			return err
		}
	}
	return nil
}

// wrongs are what is wrong with what came since they were last asked for.
func (t *transport) wrongs(conn connection, b *backlog) (all []Piece) {
	const op = "read the feed"
	if !t.came.IsZero() {
		if after, why := t.nothing(); time.Since(t.came) >= after {
			all = append(all, Piece{remark: why, vain: true})
		}
	}
	n, other := t.cutter.continuity.missed, ""
	t.cutter.continuity.missed = 0
	if w, ok := conn.(witness); ok {
		below, from := w.lost()
		n, other = max(n, below), from
	}
	if n > 0 && t.came.IsZero() {
		all = append(all, Piece{Lost: clip.Errorf(clip.Unavailable, op, "about %d packets were lost or damaged on the way", n)})
	}
	if other != "" {
		all = append(all, Piece{remark: clip.Errorf(clip.Invalid, op, "%s sends to the same address as the sender that is recorded, and is not listened to; choose one with source=", other)})
	}
	if r, ok := conn.(remarker); ok {
		if why := r.remark(); why != nil {
			all = append(all, Piece{remark: why})
		}
	}
	if n := b.dropped.Swap(0); n > 0 {
		all = append(all, Piece{Lost: clip.Errorf(clip.Unavailable, op, "%d bytes came faster than they could be recorded", n)})
	}
	return all
}

// nothing is why what came cannot be recorded, and after how long that is no
// longer a matter of waiting.
func (t *transport) nothing() (after time.Duration, why error) {
	say := func(after time.Duration, format string, args ...any) (time.Duration, error) {
		return after, clip.Errorf(clip.Invalid, "read the feed", format, args...)
	}
	tables := &t.cutter.tables
	switch {
	case t.align.skipped >= t.bytes/2:
		return say(tableAfter, "%d bytes came, and they are no MPEG transport stream", t.bytes)
	case !tables.known && len(tables.directory.listed) == 0:
		return say(tableAfter, "a transport stream comes, but no table of its programmes (PAT)")
	case !tables.known && len(tables.directory.maps) == 0:
		return say(tableAfter, "a transport stream comes, but no map of a programme (PMT)")
	case !tables.known:
		return say(tableAfter, "a transport stream comes, but no programme in it has a video track of H.264 or HEVC")
	case t.cutter.sealed:
		return say(tableAfter, "its video track is encrypted")
	}
	return say(accessAfter, "pictures come, but no key frame: nothing can be decoded")
}
