package media

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/ovation-live/ovation/clip"
)

// runUp is how far after zero the first frame of what ffmpeg is given lies, so
// that nothing around it has a negative time.
const runUp = 10 * clip.TickRate

// A zero is the tick that becomes time zero in the bytes that ffmpeg is given.
// Go moves all timestamps there, so that the 33-bit wrap never happens inside
// ffmpeg, whose versions disagree about it.
type zero clip.Ticks

// zeroBefore is the last multiple of unit that lies a run-up before first. It
// may be negative.
func zeroBefore(first, unit clip.Ticks) zero {
	t := first - runUp
	n := t / unit
	if t%unit < 0 {
		n--
	}
	return zero(n * unit)
}

// at is where a tick lies for ffmpeg.
func (z zero) at(t clip.Ticks) clip.Ticks { return t - clip.Ticks(z) }

// segments reads whole segments, one after the other, as one input for ffmpeg
// whose time zero is z. Each must be what was recorded, byte for byte.
type segments struct {
	open    Open
	format  clip.Format
	sources []clip.Source
	zero    zero

	now   io.Reader // what is being read
	close io.Closer
	sum   *summed // of the segment that is being read
	fmp4  *fmp4   // once the init segment is known
}

func newSegments(open Open, f clip.Format, sources []clip.Source, z zero) *segments {
	return &segments{open: open, format: f, sources: sources, zero: z}
}

// Read gives the next bytes of the segments.
func (s *segments) Read(p []byte) (int, error) {
	for {
		if s.now == nil {
			if len(s.sources) == 0 {
				return 0, io.EOF
			}
			if err := s.next(); err != nil {
				return 0, err
			}
		}
		n, err := s.now.Read(p)
		if errors.Is(err, io.EOF) {
			if err := s.finish(); err != nil {
				return n, err
			}
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next begins the next segment.
func (s *segments) next() error {
	src := s.sources[0]
	f, err := s.openFile(src.Path)
	if err != nil {
		return err
	}
	s.close, s.sum = f, &summed{Reader: f, hash: sha256.New(), want: src}
	if s.format.Container != clip.FMP4 {
		s.now = newShiftTS(s.sum, -clip.Ticks(s.zero))
		return nil
	}
	if s.fmp4 == nil {
		if s.fmp4, err = s.readInit(src); err != nil {
			return err
		}
	}
	s.now, err = s.fmp4.segment(s.sum, src, s.zero)
	return err
}

// finish ends a segment.
func (s *segments) finish() error {
	err := s.sum.check()
	_ = s.close.Close() // it was only read
	s.now, s.close, s.sources = nil, nil, s.sources[1:]
	return err
}

// Close gives up what is open.
func (s *segments) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close.Close()
}

func (s *segments) readInit(src clip.Source) (*fmp4, error) {
	f, err := s.openFile(src.Init)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return newFMP4(f)
}

// openFile opens a DVR file. One that is gone is programme time that the DVR
// no longer holds.
func (s *segments) openFile(path string) (io.ReadCloser, error) {
	f, err := s.open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, clip.Errorf(clip.Expired, "read the recording", "segment %s is no longer there: %w", path, err)
	}
	return f, err
}

// summed hashes what is read.
type summed struct {
	io.Reader
	hash hash.Hash
	want clip.Source
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.hash.Write(p[:n])
	return n, err
}

// check compares the whole segment with what was recorded.
func (s *summed) check() error {
	if s.want.Digest == "" {
		return nil // a hand-made plan
	}
	if got := clip.Digest(hex.EncodeToString(s.hash.Sum(nil))); got != s.want.Digest {
		return fmt.Errorf("segment %d (%s) is not what was recorded: its digest is %s, not %s",
			s.want.Seq, s.want.Path, got.Short(), s.want.Digest.Short())
	}
	return nil
}
