package match

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Lateness of the picture that is drawn next.
const (
	lateWarn = 3 * time.Second  // is reported
	lateSkip = 5 * time.Second  // is given up: the broadcast goes on with a gap
	lateEach = 10 * time.Second // at most one report in this time
)

// errLate ends a run that has fallen too far behind.
var errLate = errors.New("too far behind")

// Run broadcasts in real time until ctx ends, or emit or the encoder fails.
// emit takes one whole segment of MPEG-TS that begins with a key frame: whether
// its clock does not continue the one before, and the programme time of its
// first frame. After a pause the broadcast catches up; when it is more than
// five seconds behind it leaves out what was missed, says so, and goes on with
// a discontinuity.
func (m *Match) Run(ctx context.Context, emit func(ts []byte, discontinuity bool, programTime time.Time) error) error {
	for {
		first := m.clock().key(m.now())
		last, err := m.broadcast(ctx, first, emit)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, errLate) {
			return err
		}
		m.log.WithField("skipped", m.now().Sub(m.clock().time(last)).Round(time.Second).String()).
			Warn("synthetic feed fell behind and left out a stretch; this machine is too busy for its size and rate")
	}
}

// broadcast is one run of the encoder from a key frame on. It returns the
// number of the frame that it drew last.
func (m *Match) broadcast(ctx context.Context, first int64, emit func([]byte, bool, time.Time) error) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pipes, err := openPipes()
	if err != nil {
		return first, clip.Errorf(clip.Unavailable, "run a synthetic feed", "%w", err)
	}
	var all sync.WaitGroup
	last := first
	all.Go(func() {
		defer pipes.pictures.w.Close()
		var err error
		last, err = m.drawOn(ctx, first, pipes.pictures.w)
		cancel(err)
	})
	all.Go(func() {
		defer pipes.sound.w.Close()
		cancel(m.playOn(ctx, first, pipes.sound.w))
	})
	all.Go(func() {
		defer pipes.coded.w.Close()
		err := m.encode(ctx, m.Format(), pipes.pictures.r, pipes.sound.r, pipes.coded.w)
		if err == nil {
			err = errors.New("it ended")
		}
		cancel(clip.Errorf(clip.Unavailable, "run a synthetic feed", "encode: %w", err))
		pipes.pictures.r.Close()
		pipes.sound.r.Close()
	})
	c := newCutter(m, first, emit)
	if err := demux(ctx, pipes.coded.r, c.add); err != nil {
		cancel(err)
	}
	pipes.coded.r.Close()
	all.Wait()
	return last, context.Cause(ctx)
}

// pipe is one of the kernel's; the three lead to and from the encoder.
type pipe struct{ r, w *os.File }

type pipes struct{ pictures, sound, coded pipe }

func openPipes() (p pipes, err error) {
	for _, one := range []*pipe{&p.pictures, &p.sound, &p.coded} {
		if one.r, one.w, err = os.Pipe(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// drawOn gives every picture when it is due.
func (m *Match) drawOn(ctx context.Context, n int64, out io.Writer) (int64, error) {
	p := NewPicture(m.set.width, m.set.height)
	var reported time.Time
	for ; ; n++ {
		if err := m.until(ctx, n); err != nil {
			return n, err
		}
		now := m.now()
		late := now.Sub(m.clock().time(n))
		if late > lateSkip {
			return n, errLate
		}
		if late > lateWarn && now.Sub(reported) > lateEach {
			reported = now
			m.log.WithField("behind", late.Round(100*time.Millisecond).String()).Warn("synthetic feed cannot keep up")
		}
		m.Draw(n, p)
		if _, err := out.Write(p.Bytes); err != nil {
			return n, wrote(ctx, err)
		}
	}
}

// playOn gives the sound of every frame when it is due.
func (m *Match) playOn(ctx context.Context, n int64, out io.Writer) error {
	var block []byte
	for ; ; n++ {
		if err := m.until(ctx, n); err != nil {
			return err
		}
		block = m.Sound(n, block[:0])
		if _, err := out.Write(block); err != nil {
			return wrote(ctx, err)
		}
	}
}

// wrote explains why the encoder takes no more. When it is gone its own error
// is on the way and says more.
func wrote(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return clip.Errorf(clip.Unavailable, "run a synthetic feed", "give the encoder pictures and sound: %w", err)
}

// until waits for frame n to be on air.
func (m *Match) until(ctx context.Context, n int64) error {
	wait := m.clock().time(n).Sub(m.now())
	if wait <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
